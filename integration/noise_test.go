// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The comparison: so many operations, with so many slots wrong. The variables
// choose another seed, and how many operations.
const (
	noiseOperations = 100_000
	noiseRate       = 0.001
	noiseSeed       = 20260
)

// TestNoise does random operations through a mount whose lines are disturbed,
// and compares each with what the emulated chips saw and hold. Where a chip has
// a CRC or a complement, or what was written can be read back, nothing may be
// wrong; where it has none, no more than the arithmetic says.
func TestNoise(t *testing.T) {
	score := compareNoise(t, noiseOperations, noiseRate, 0)
	score.check(t)
}

// TestNoiseAtTheChips disturbs slots at one chip alone: the bus master reads back
// what it has sent, and does not see that the chip has not got it. A chip that
// has not heard a command to measure, to load or to copy says nothing of that, so
// that no more is asked than what a CRC or a complement covers from the command
// on; the rest is measured.
func TestNoiseAtTheChips(t *testing.T) {
	score := compareNoise(t, noiseOperations/10, 0, noiseRate)
	measured := 0
	for _, row := range score.sorted() {
		tally := score.rows[row]
		measured += tally.wrong
		covered := row.guard == complement.name || row.guard == crc16.name && slices.Contains(coveredFiles(), row.what)
		if covered && tally.wrong > 0 {
			t.Errorf("%s %s (%s): %d of %d operations gave something wrong: %v", row.device, row.what, row.guard, tally.wrong, tally.all(), tally.cases)
		}
	}
	if measured > score.operations()/20 {
		t.Errorf("%d of %d operations gave something wrong", measured, score.operations())
	}
}

// coveredFiles are those whose CRC covers the command that asks for them.
func coveredFiles() []string {
	return []string{
		"PIO.BYTE", "sensed.BYTE", "latch.BYTE", "counters.A", "counters.B", "memory",
		"pages/page.2", "pages/page.3", "pages/page.7", "pages/page.32", "EDS0068/temperature", "EDS0068/light",
	}
}

// compareNoise does the comparison, with slots that are wrong for all on the
// line at one rate, and for one chip at another.
func compareNoise(t *testing.T, operations int, onLine, atChips float64) *noiseScore {
	t.Helper()
	seed := numberFrom(t, "OWFS_NOISE_SEED", noiseSeed)
	n := numberFrom(t, "OWFS_NOISE_OPERATIONS", operations)
	t.Logf("seed %d, %d operations", seed, n)
	m := mountNoise(t)
	m.prepare(t)
	before := m.slots(t)
	m.say(t, fmt.Sprintf("noise %v %v %d", onLine, atChips, seed))
	begin := time.Now()
	score := m.work(t, n, uint64(seed))
	m.say(t, "noise 0 0 0")
	slots := m.slots(t) - before
	t.Logf("%d operations in %.1f s, %d slots, %.0f a operation\n%s", score.operations(), time.Since(begin).Seconds(), slots,
		float64(slots)/float64(score.operations()), score.table())
	return score
}

// numberFrom is what a variable of the environment says, or else otherwise.
func numberFrom(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text, ok := os.LookupEnv(name)
	if !ok {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// A noiseMount is the mount under test and the pipe to its emulated chips.
type noiseMount struct {
	*mounted
	mu  sync.Mutex
	in  io.WriteCloser
	out *bufio.Scanner
}

// mountNoise starts this program as the mount under test.
func mountNoise(t *testing.T) *noiseMount {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	m := &noiseMount{mounted: &mounted{dir: mountPoint(t), log: &syncBuffer{}, done: make(chan error, 1)}}
	m.cmd = exec.Command(self, m.dir)
	m.cmd.Env = append(os.Environ(), noisyMount+"=1")
	m.cmd.Stderr = m.log
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if m.in, err = m.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := m.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	m.out = bufio.NewScanner(out)
	m.out.Buffer(nil, 1<<20)
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.end(t) })
	if !m.out.Scan() || m.out.Text() != "mounted" {
		t.Fatalf("the mount says %q: %s", m.out.Text(), m.log)
	}
	return m
}

// end lets the mount end, as it does when its input does.
func (m *noiseMount) end(t *testing.T) {
	m.in.Close()
	kill := time.AfterFunc(20*time.Second, func() { m.cmd.Process.Kill() })
	defer kill.Stop()
	for m.out.Scan() { // to the end, which Wait must not cut off
	}
	if err := m.cmd.Wait(); err != nil {
		t.Errorf("the mount ends with %v", err)
		syscall.Unmount(m.dir, syscall.MNT_DETACH)
	}
	if log := m.log.String(); t.Failed() && log != "" {
		t.Logf("the mount's log: %s", log[max(0, len(log)-4000):])
	}
}

// ask sends a line and returns the answer.
func (m *noiseMount) ask(line string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := fmt.Fprintln(m.in, line); err != nil {
		return "", err
	}
	if !m.out.Scan() {
		return "", fmt.Errorf("no answer to %q: %s", line, m.log)
	}
	if answer := m.out.Text(); !strings.HasPrefix(answer, "error") {
		return answer, nil
	}
	return "", errors.New(m.out.Text())
}

func (m *noiseMount) say(t *testing.T, line string) string {
	t.Helper()
	answer, err := m.ask(line)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// slots are what all lines have had.
func (m *noiseMount) slots(t *testing.T) (n int) {
	for i := range noisyLines {
		one, _ := strconv.Atoi(strings.Fields(m.say(t, fmt.Sprint("slots ", i)))[0])
		n += one
	}
	return n
}

// prepare lets the mount meet all devices while the lines are quiet, and does
// what a user does first.
func (m *noiseMount) prepare(t *testing.T) {
	for _, d := range noisyDevices() {
		if got := m.read(t, d.path()+"/family"); got != d.name[:2] {
			t.Fatalf("the family of %s reads %s", d.path(), got)
		}
	}
	m.names(t, "/")
	m.write(t, "20.000000000203/power", "1")
	m.write(t, "24.00000000020B/running", "1")
	m.write(t, "29.000000000202/por", "0") // once cleared, it can't be set again
}

// path is where a device is in the mount.
func (d noisyDevice) path() string {
	if d.behind != "" {
		return d.behind + "/main/" + d.name
	}
	return d.name
}

// work does the operations: two at a time on the first line, which must share
// it, and one on each of the others.
func (m *noiseMount) work(t *testing.T, n int, seed uint64) *noiseScore {
	score := &noiseScore{rows: map[noiseRow]*noiseTally{}}
	workers := make([]*noiseWorker, noisyLines+1)
	for i := range workers {
		workers[i] = &noiseWorker{mount: m, score: score, rand: seeded(seed, uint64(100+i)), sure: map[string]string{}, paths: map[string]string{}}
	}
	for i, d := range noisyDevices() {
		w := workers[d.line]
		if d.line == 0 && i%2 == 1 {
			w = workers[noisyLines]
		}
		w.paths[d.name] = d.path()
		w.devices = append(w.devices, d)
	}
	all := len(noisyDevices())
	var group sync.WaitGroup
	for _, w := range workers {
		group.Go(func() { w.run(t, (n*len(w.devices)+all-1)/all) })
	}
	group.Wait()
	return score
}

// A noiseWorker does operations on devices that nobody else uses.
type noiseWorker struct {
	mount   *noiseMount
	score   *noiseScore
	rand    *rand.Rand
	devices []noisyDevice
	paths   map[string]string
	sure    map[string]string // what chips are known to hold, by device and key
	done    int
	broken  error
}

func (w *noiseWorker) run(t *testing.T, n int) {
	list := w.listing()
	for w.done < n && w.broken == nil {
		d := w.devices[w.rand.IntN(len(w.devices))]
		if w.rand.IntN(500) == 0 {
			list.do(w, &list, "")
			continue
		}
		if len(d.probes) == 0 {
			continue
		}
		p := d.probes[w.rand.IntN(len(d.probes))]
		p.family = d.name[:2]
		p.do(w, &p, d.name)
	}
	if w.broken != nil {
		t.Error(w.broken)
	}
}

// listing is the probe of the worker's line.
func (w *noiseWorker) listing() noiseProbe {
	var names []string
	for _, d := range noisyDevices() {
		if d.behind == "" && d.line == w.line() {
			names = append(names, d.name)
		}
	}
	return listing(w.line(), names)
}

// line is the number of the line that the worker's devices are on.
func (w *noiseWorker) line() int { return w.devices[0].line }

// read reads a file, whose path begins with what to go by and a device's name.
func (w *noiseWorker) read(name string) (string, error) {
	p, err := os.ReadFile(w.mount.path(w.place(name)))
	return string(p), err
}

func (w *noiseWorker) write(name, value string) error {
	return os.WriteFile(w.mount.path(w.place(name)), []byte(value), 0o666)
}

// place puts the way to a device behind a coupler before its name.
func (w *noiseWorker) place(name string) string {
	dir, rest := "", name
	if after, ok := strings.CutPrefix(name, "uncached/"); ok {
		dir, rest = "uncached/", after
	}
	dev, file, _ := strings.Cut(rest, "/")
	return dir + w.paths[dev] + "/" + file
}

func (w *noiseWorker) see(dev, key, value string) { w.ask(dev + " " + key + " " + value) }

func (w *noiseWorker) held(dev, key string) string { return w.ask(dev + " " + key) }

func (w *noiseWorker) ask(line string) string {
	answer, err := w.mount.ask(line)
	if err != nil && w.broken == nil {
		w.broken = err
	}
	return answer
}

// judge tells what became of a read.
func (w *noiseWorker) judge(p *noiseProbe, dev string, err error, good func() (bool, string)) {
	if err != nil {
		w.tell(p, failed, dev, err)
		return
	}
	if ok, how := good(); !ok {
		w.tell(p, wrong, dev+": "+how, nil)
		return
	}
	w.tell(p, right, "", nil)
}

func (w *noiseWorker) tell(p *noiseProbe, v verdict, how string, err error) {
	w.done++
	w.score.add(p, v, how, err)
}

// A noiseRow is a row of the table.
type noiseRow struct{ device, what, guard string }

// A noiseTally counts what became of the operations of a row.
type noiseTally struct {
	right, failed, torn, wrong int
	guard                      guard
	errors                     map[string]int
	cases                      []string
}

// A noiseScore counts for all.
type noiseScore struct {
	mu   sync.Mutex
	rows map[noiseRow]*noiseTally
	n    int
}

func (s *noiseScore) operations() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.n
}

func (s *noiseScore) add(p *noiseProbe, v verdict, how string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	row := noiseRow{p.family, p.what, p.guard.name}
	t := s.rows[row]
	if t == nil {
		t = &noiseTally{guard: p.guard, errors: map[string]int{}}
		s.rows[row] = t
	}
	switch v {
	case right:
		t.right++
	case failed:
		t.failed++
	case torn:
		t.torn++
	case wrong:
		t.wrong++
	}
	if err != nil {
		t.errors[errnoOf(err).Error()]++
	}
	if (v >= torn || errors.Is(err, syscall.ENOENT)) && len(t.cases) < 4 {
		t.cases = append(t.cases, how)
	}
}

func (t *noiseTally) all() int { return t.right + t.failed + t.torn + t.wrong }

// sorted are the rows in the order of the table.
func (s *noiseScore) sorted() []noiseRow {
	var rows []noiseRow
	for row := range s.rows {
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b noiseRow) int {
		return cmp.Or(cmp.Compare(a.device, b.device), cmp.Compare(a.what, b.what), cmp.Compare(a.guard, b.guard))
	})
	return rows
}

// table is the result as text, for the log and the documentation.
func (s *noiseScore) table() string {
	var b strings.Builder
	fmt.Fprintln(&b, "| family | property | guard | operations | errors | wrong | undefined after an error |")
	fmt.Fprintln(&b, "| --- | --- | --- | ---: | ---: | ---: | ---: |")
	var sum noiseTally
	sum.errors = map[string]int{}
	line := func(family, what, guard string, t *noiseTally) {
		fmt.Fprintf(&b, "| %s | %s | %s | %d | %.1f %% | %d | %d |\n", family, what, guard,
			t.all(), 100*float64(t.failed+t.torn)/float64(t.all()), t.wrong, t.torn)
	}
	for _, row := range s.sorted() {
		t := s.rows[row]
		line(row.device, row.what, row.guard, t)
		sum.right, sum.failed, sum.torn, sum.wrong = sum.right+t.right, sum.failed+t.failed, sum.torn+t.torn, sum.wrong+t.wrong
		for e, n := range t.errors {
			sum.errors[e] += n
		}
	}
	line("all", "", "", &sum)
	fmt.Fprintln(&b, "errors:", sum.errors)
	return b.String()
}

// check compares the score with what it may be.
func (s *noiseScore) check(t *testing.T) {
	t.Helper()
	for _, row := range s.sorted() {
		tally := s.rows[row]
		for _, how := range tally.cases {
			t.Logf("%s %s (%s): %s", row.device, row.what, row.guard, how)
		}
		// What came twice is wrong if a bit was disturbed both times; the mean of
		// that is bits·rate². Four times that, and three more for chance.
		allowed := 0
		if tally.guard.bits > 0 {
			allowed = 3 + int(4*float64(tally.guard.bits*tally.all())*noiseRate*noiseRate)
		}
		if tally.guard.name == echoOnly.name {
			// Another command that was disturbed, and told as an error or tried
			// again, may have been heard as the one that clears the display.
			allowed = 3
		}
		if tally.torn > 0 && (!tally.guard.raw || tally.torn > 3+tally.all()/50) {
			t.Errorf("%s %s (%s): %d of %d writes ended with an error, and neither the old nor the new", row.device, row.what, row.guard, tally.torn, tally.all())
		}
		if tally.wrong > allowed {
			t.Errorf("%s %s (%s): %d of %d operations gave something wrong, which may be %d", row.device, row.what, row.guard, tally.wrong, tally.all(), allowed)
		}
		if tally.right == 0 && tally.all() > 50 {
			t.Errorf("%s %s (%s): none of %d operations came through: %v", row.device, row.what, row.guard, tally.all(), tally.errors)
		}
	}
}
