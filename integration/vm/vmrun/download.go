// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	attempts   = 3                // at a source that fails for a reason that may pass
	retryPause = 3 * time.Second  // between them, times their number
	patience   = 3 * time.Minute  // with one attempt
	silence    = 20 * time.Second // until a server begins to answer
)

// A source brings the package into a file. Another try is of no use if the error
// wraps errAbsent.
type source struct {
	name string
	get  func(ctx context.Context, file string) error
}

var errAbsent = errors.New("it does not have it")

// sources are those of the package, in the order in which they are asked: apt
// knows the mirror at hand. Others are for when it does not know the package: on
// another distribution, or because an update has taken its place. The last one
// keeps all that has ever been in Debian.
func sources() []source {
	all := []source{{"apt-get download", aptGet}}
	for _, url := range [...]string{
		"https://deb.debian.org/debian/pool/main/l/linux-signed-amd64/" + packageFile,
		"https://deb.debian.org/debian-security/pool/updates/main/l/linux-signed-amd64/" + packageFile,
		"https://snapshot.debian.org/file/" + packageSHA1,
	} {
		all = append(all, web(url))
	}
	return all
}

// A download goes from source to source until one has the file that is meant.
type download struct {
	sum   string // SHA-256
	from  []source
	pause time.Duration
}

// to brings the file to its place, complete or not at all.
func (d *download) to(ctx context.Context, file string) error {
	folder, err := os.MkdirTemp(filepath.Dir(file), "download-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	tmp := filepath.Join(folder, filepath.Base(file))
	var all []error
	for _, s := range d.from {
		err := d.patiently(ctx, s, tmp)
		if err == nil {
			return os.Rename(tmp, file)
		}
		all = append(all, fmt.Errorf("%s: %w", s.name, err))
		if ctx.Err() != nil {
			break
		}
	}
	return fmt.Errorf("%w\nnobody has given the file; get it in another way (SHA-256 %s) and put it there:\n%s",
		errors.Join(all...), d.sum, file)
}

// patiently tries a source more than once, if it makes sense.
func (d *download) patiently(ctx context.Context, s source, file string) error {
	for n := 1; ; n++ {
		err := d.once(ctx, s, file)
		if err == nil || n == attempts || errors.Is(err, errAbsent) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Duration(n) * d.pause):
		}
	}
}

func (d *download) once(ctx context.Context, s source, file string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.get(ctx, file); err != nil {
		return err
	}
	return check(file, d.sum)
}

// aptGet asks apt. What it has in its lists may be gone from the mirror; another
// try does not help then.
func aptGet(ctx context.Context, file string) error {
	apt := exec.CommandContext(ctx, "apt-get", "download", "-qq",
		"-o", "Acquire::Retries=3", "-o", "Acquire::http::Timeout=20", packageName+"="+version)
	apt.Dir = filepath.Dir(file)
	said, err := apt.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %w: %s", errAbsent, err, strings.TrimSpace(string(said)))
	}
	return nil
}

// web is the source at a URL.
func web(url string) source {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = silence
	client := &http.Client{Transport: transport}
	return source{url, func(ctx context.Context, file string) error {
		defer client.CloseIdleConnections()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		answer, err := client.Do(request)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		switch code := answer.StatusCode; {
		case code == http.StatusNotFound, code == http.StatusGone, code == http.StatusForbidden:
			return fmt.Errorf("%w: %s", errAbsent, answer.Status)
		case code != http.StatusOK:
			return errors.New(answer.Status)
		}
		return write(answer.Body, file)
	}}
}

// check compares a file with its checksum.
func check(name, sum string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != sum {
		return fmt.Errorf("%s has the SHA-256 %s, want %s", filepath.Base(name), got, sum)
	}
	return nil
}
