// SPDX-License-Identifier: Apache-2.0

package text_test

import (
	"bufio"
	"compress/gzip"
	"encoding/hex"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"owfs/device"
	"owfs/device/text"
)

// golden reads a table below testdata: tab separated, compressed, with a comment at its head that tells where it is from.
func golden(tb testing.TB, name string) [][]string {
	tb.Helper()
	file, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		tb.Fatal(err)
	}
	var table [][]string
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if line := lines.Text(); !strings.HasPrefix(line, "#") {
			table = append(table, strings.Split(line, "\t"))
		}
	}
	if err := lines.Err(); err != nil || len(table) == 0 {
		tb.Fatalf("%s: %d lines, %v", name, len(table), err)
	}
	return table
}

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	data, err := hex.DecodeString(s)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// find looks up "28/temperature", and gives the code of the family too.
func find(tb testing.TB, table *device.Table, path string) (device.File, int64) {
	tb.Helper()
	code, err := strconv.ParseUint(path[:2], 16, 8)
	if err != nil {
		tb.Fatal(err)
	}
	family, _ := table.Family(byte(code))
	file, ok := family.Lookup(path[3:])
	if !ok {
		tb.Fatalf("no %s", path)
	}
	return file, int64(code)
}

// simulated is the value that the adapter of the golden tables computes.
func simulated(p *device.Property, e device.Element, code int64) device.Value {
	n := code + 264 + int64(e.Index)
	switch {
	case e.Index == device.All:
		var list []device.Value
		for i := range p.Elements {
			list = append(list, simulated(p, device.Element{Index: i}, code))
		}
		return device.List(list...)
	case e.Index == device.Byte:
		return device.Bits(uint64(n))
	}
	switch p.Format {
	case device.Integer, device.Unsigned:
		return device.Int(n)
	case device.YesNo, device.Bitfield:
		return device.Flag(n&1 == 1)
	case device.Date:
		return device.Moment(time.Unix(1174622400, 0))
	}
	return device.Num(float64(n) * 0.1)
}

func TestValues(t *testing.T) {
	table := device.New()
	for _, row := range golden(t, "values.tsv.gz") {
		file, code := find(t, table, row[0])
		v := simulated(file.Prop, file.Element, code)
		want := string(unhex(t, row[1]))
		check(t, row[0], file, v, text.Form{Padded: true, Location: time.UTC}, want)
		if file.Prop.Format != device.Date {
			want = strings.ReplaceAll(want, " ", "")
		}
		check(t, row[0], file, v, text.Form{Location: time.UTC}, want)
	}
}

func check(t *testing.T, name string, file device.File, v device.Value, f text.Form, want string) {
	t.Helper()
	got, err := text.Format(file.Prop, file.Element, v, f)
	if err != nil || string(got) != want {
		t.Errorf("%s: got %.80q, %v, want %.80q", name, got, err, want)
	}
}

func TestScales(t *testing.T) {
	table := device.New()
	for _, row := range golden(t, "scales.tsv.gz") {
		n, err := strconv.ParseUint(row[1], 10, 8)
		if err != nil {
			t.Fatal(err)
		}
		form := text.Form{Padded: true, Temperature: text.TemperatureScale(n)}
		if row[0] == "pressure" {
			form = text.Form{Padded: true, Pressure: text.PressureScale(n)}
		}
		file, code := find(t, table, row[2])
		v := simulated(file.Prop, file.Element, code)
		if strings.HasSuffix(row[2], "/range_low") || strings.HasSuffix(row[2], "/range_high") {
			v = thermocouple(row[2])
		}
		check(t, row[2], file, v, form, string(unhex(t, row[3])))
	}
}

// thermocouple is the range of the type K, which is no simulated value.
func thermocouple(path string) device.Value {
	if strings.HasSuffix(path, "low") {
		return device.Num(-270)
	}
	return device.Num(1370)
}

func TestGeneral(t *testing.T) {
	p := &device.Property{Format: device.Float}
	for _, row := range golden(t, "general.tsv.gz") {
		bits, err := strconv.ParseUint(row[0], 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		v := device.Num(math.Float64frombits(bits))
		if len(row[1]) <= 12 {
			check(t, row[0], device.File{Prop: p}, v, text.Form{}, row[1])
		} else if _, err := text.Format(p, device.Element{}, v, text.Form{}); !errors.Is(err, syscall.EMSGSIZE) {
			t.Errorf("%s: got %v, want EMSGSIZE", row[1], err)
		}
	}
}

func TestWrites(t *testing.T) {
	table := device.New()
	for _, row := range golden(t, "writes.tsv.gz") {
		file, _ := find(t, table, row[0])
		data := unhex(t, row[1])
		v, err := text.Parse(file.Prop, file.Element, cut(file, data), text.Form{})
		if want := wantedError(row[0], string(data), row[2]); want != 0 {
			if !errors.Is(err, want) {
				t.Errorf("%s: %q: got %v, want %v", row[0], data, err, want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %q: %v", row[0], data, err)
		} else if row[3] != "-" {
			check(t, row[0], file, v, text.Form{}, string(unhex(t, row[3])))
		}
	}
}

// cut does what the original does with a text that is too long for one element.
func cut(file device.File, data []byte) []byte {
	if file.Prop.Format == device.Binary && file.Element.Index >= 0 {
		return data[:min(len(data), file.Prop.Length)]
	}
	return data
}

// wantedError is the error of the original, or the other one that takes its place here.
func wantedError(path, data, original string) syscall.Errno {
	switch path + " " + data {
	case "28/templow nan", "28/templow inf":
		return syscall.EINVAL
	case "28/tempres -1", "28/tempres 4294967297", "29/PIO.BYTE 256", "29/PIO.BYTE -1", "29/PIO.BYTE 4294967296":
		return syscall.ERANGE
	}
	return map[string]syscall.Errno{
		"ok": 0, "EINVAL": syscall.EINVAL, "ERANGE": syscall.ERANGE, "EFAULT": syscall.EFAULT,
	}[original]
}
