// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// The package that linux-image-amd64 of Debian 12.14 depends on.
const (
	release       = "6.1.0-50-amd64"
	version       = "6.1.176-1"
	packageName   = "linux-image-" + release
	packageFile   = packageName + "_" + version + "_amd64.deb"
	packageSHA256 = "7b5597492a0a65aee61985a492e6bcc3f2cde830072a0e3b3d8c7e1b90279bd3"
	packageSHA1   = "ab49acaac82ed54455b384f861eac71d080f5e4a" // its name at snapshot.debian.org
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
	if check(deb, packageSHA256) != nil {
		if err := (&download{sum: packageSHA256, from: sources(), pause: retryPause}).to(ctx, deb); err != nil {
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

// unpack takes kernel and modules out of a package. Which modules are needed is
// known when all are there.
func unpack(ctx context.Context, deb, to string) error {
	all := filepath.Join(to, "all")
	if err := os.Mkdir(all, 0o700); err != nil {
		return err
	}
	defer os.RemoveAll(all)
	err := each(ctx, deb, func(name string, r io.Reader) error {
		switch {
		case path.Base(name) == "vmlinuz-"+release:
			return writeKernel(ctx, r, filepath.Join(to, "vmlinux"))
		case strings.HasSuffix(name, ".ko"):
			return write(r, filepath.Join(all, moduleName(name)+".ko"))
		}
		return nil
	})
	if err != nil {
		return err
	}
	files, err := order(all, wanted())
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := os.Rename(file, filepath.Join(to, filepath.Base(file))); err != nil {
			return err
		}
	}
	return nil
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
