// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// The package that linux-image-amd64 of Debian 12.14 depends on. Those of the
// distribution's security updates leave the archive with the next update, this
// one stays.
const (
	release       = "6.1.0-50-amd64"
	version       = "6.1.176-1"
	packageName   = "linux-image-" + release
	packageSHA256 = "7b5597492a0a65aee61985a492e6bcc3f2cde830072a0e3b3d8c7e1b90279bd3"
	packageURL    = "https://deb.debian.org/debian/pool/main/l/linux-signed-amd64/" + packageFile
	packageFile   = packageName + "_" + version + "_amd64.deb"
)

// kernel returns the folder of a kernel that has been fetched.
func kernel(cache string) (folder string, err error) {
	folder = filepath.Join(cache, release+"_"+version)
	if _, err := os.Stat(filepath.Join(folder, "vmlinux")); err != nil {
		return "", errNoKernel
	}
	return folder, nil
}

// complete tells whether a kernel with all modules is in the cache.
func complete(cache string) bool {
	folder, err := kernel(cache)
	if err == nil {
		_, err = order(folder, wanted())
	}
	return err == nil
}

// fetch brings the kernel with the wanted modules into the cache, unless it is
// there.
func fetch(ctx context.Context, cache string) error {
	if complete(cache) {
		return nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return err
	}
	deb := filepath.Join(cache, packageFile)
	if check(deb) != nil {
		if err := download(ctx, cache); err != nil {
			return fmt.Errorf("getting %s: %w", packageFile, err)
		}
		if err := check(deb); err != nil {
			return err
		}
	}
	tmp, err := os.MkdirTemp(cache, "unpack-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := unpack(ctx, deb, tmp); err != nil {
		return fmt.Errorf("unpacking %s: %w", packageFile, err)
	}
	folder := filepath.Join(cache, release+"_"+version)
	return errors.Join(os.Chmod(tmp, 0o755), os.RemoveAll(folder), os.Rename(tmp, folder))
}

// check compares a package with its checksum.
func check(deb string) error {
	f, err := os.Open(deb)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return fmt.Errorf("reading %s: %w", deb, err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != packageSHA256 {
		return fmt.Errorf("%s has the SHA-256 %s, want %s: remove it and try again", deb, got, packageSHA256)
	}
	return nil
}

// download asks apt, which knows the mirror at hand, and if that does not know
// the package (another distribution), the archive.
func download(ctx context.Context, folder string) error {
	apt := exec.CommandContext(ctx, "apt-get", "download", "-qq", packageName+"="+version)
	apt.Dir = folder
	if apt.Run() == nil {
		return nil
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, packageURL, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", packageURL, answer.Status)
	}
	f, err := os.Create(filepath.Join(folder, packageFile))
	if err != nil {
		return err
	}
	_, err = io.Copy(f, answer.Body)
	return errors.Join(err, f.Close())
}

// unpack takes kernel and modules out of a package: first it sees which modules
// need which, then it takes those that are wanted.
func unpack(ctx context.Context, deb, to string) error {
	needs := map[string][]string{}
	files := map[string]string{} // by module
	err := each(ctx, deb, func(name string, r io.Reader) error {
		if !strings.HasSuffix(name, ".ko") {
			return nil
		}
		p, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		module := moduleName(name)
		files[name] = module
		needs[module], err = dependencies(bytes.NewReader(p))
		return err
	})
	if err != nil {
		return err
	}
	take := map[string]bool{}
	for _, m := range inOrder(wanted(), needs) {
		take[m] = true
	}
	return each(ctx, deb, func(name string, r io.Reader) error {
		switch {
		case path.Base(name) == "vmlinuz-"+release:
			return writeKernel(ctx, r, filepath.Join(to, "vmlinux"))
		case take[files[name]]:
			return write(r, filepath.Join(to, files[name]+".ko"))
		}
		return nil
	})
}

// each calls do for the files of a package.
func each(ctx context.Context, deb string, do func(name string, r io.Reader) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	dpkg := exec.CommandContext(ctx, "dpkg-deb", "--fsys-tarfile", deb)
	dpkg.Stderr = os.Stderr
	out, err := dpkg.StdoutPipe()
	if err != nil {
		return err
	}
	if err := dpkg.Start(); err != nil {
		return err
	}
	files := tar.NewReader(out)
	for {
		h, err := files.Next()
		if err == io.EOF {
			break
		}
		if err == nil && h.Typeflag == tar.TypeReg {
			err = do(h.Name, files)
		}
		if err != nil {
			cancel()
			dpkg.Wait()
			return err
		}
	}
	if _, err := io.Copy(io.Discard, out); err != nil {
		return err
	}
	return dpkg.Wait()
}

func write(r io.Reader, name string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}
