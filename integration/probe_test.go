// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
)

// A probe is one thing that a program does with one path of a mount.
type probe struct {
	op   string // stat, list, read, write, mkdir, …: the functions of probeOps
	path string
	size int64 // of a read; 0: all
	off  int64 // of a read or write
	data string
}

func (p probe) String() string {
	text := p.op + " " + p.path
	if len(text) > 300 {
		text = fmt.Sprintf("%s … (%d bytes)", text[:300], len(text))
	}
	if p.op == "write" {
		text += fmt.Sprintf(" %q", p.data)
	}
	if p.size != 0 || p.off != 0 {
		text += fmt.Sprintf(" size %d offset %d", p.size, p.off)
	}
	return text
}

var probeOps = map[string]func(path string, p probe) (string, error){
	"stat":     probeStat,
	"list":     probeList,
	"read":     probeRead,
	"write":    probeWrite,
	"dtype":    probeDtype,
	"owner":    probeOwner,
	"statfs":   probeStatfs,
	"xattr":    probeXattr,
	"mkdir":    func(path string, _ probe) (string, error) { return "", syscall.Mkdir(path, 0o755) },
	"create":   probeCreate,
	"unlink":   func(path string, _ probe) (string, error) { return "", syscall.Unlink(path) },
	"rmdir":    func(path string, _ probe) (string, error) { return "", syscall.Rmdir(path) },
	"rename":   func(path string, _ probe) (string, error) { return "", syscall.Rename(path, path+"x") },
	"symlink":  func(path string, _ probe) (string, error) { return "", syscall.Symlink("x", path) },
	"link":     func(path string, _ probe) (string, error) { return "", syscall.Link(path, path+"x") },
	"mknod":    func(path string, _ probe) (string, error) { return "", syscall.Mknod(path, syscall.S_IFREG|0o644, 0) },
	"truncate": func(path string, _ probe) (string, error) { return "", syscall.Truncate(path, 0) },
	"chmod":    func(path string, _ probe) (string, error) { return "", syscall.Chmod(path, 0o600) },
}

// on does what the probe says in a mount. What comes of it is one text, the
// same for all mounts that behave alike: a value or the name of an errno.
func (p probe) on(m *mounted) string {
	for {
		// Not filepath.Join: it would clean the path.
		out, err := probeOps[p.op](m.dir+p.path, p)
		switch {
		case errors.Is(err, syscall.EINTR): // the runtime's own signals
			continue
		case err != nil:
			return out + errnoName(errnoOf(err))
		}
		return out
	}
}

func probeStat(path string, _ probe) (string, error) {
	var st syscall.Stat_t
	err := syscall.Lstat(path, &st)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%o %d %d", st.Mode, st.Size, st.Nlink), nil
}

// probeList lists a directory in its order.
func probeList(path string, _ probe) (string, error) {
	dir, err := os.Open(path)
	if err != nil {
		return "open ", err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	return strings.Join(names, "|"), err
}

func probeRead(path string, p probe) (string, error) {
	fd, err := syscall.Open(path, syscall.O_RDONLY, 0)
	if err != nil {
		return "open ", err
	}
	defer syscall.Close(fd)
	size := p.size
	if size == 0 {
		size = 128 << 10 // the kernel asks for no more at a time
	}
	buf := make([]byte, size)
	n, err := syscall.Pread(fd, buf, p.off)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%q", buf[:n]), nil
}

// probeWrite makes one write, and says how much of it was taken.
func probeWrite(path string, p probe) (string, error) {
	fd, err := syscall.Open(path, syscall.O_WRONLY, 0)
	if err != nil {
		return "open ", err
	}
	defer syscall.Close(fd)
	n, err := syscall.Pwrite(fd, []byte(p.data), p.off)
	if err != nil {
		return "", err
	}
	return fmt.Sprint(n), nil
}

// probeDtype tells of what type a directory says its entries are.
func probeDtype(path string, _ probe) (string, error) {
	list, err := dirents(path)
	var out []string
	for _, e := range list {
		if e.name != "." && e.name != ".." {
			out = append(out, fmt.Sprintf("%s:%d", e.name, e.typ))
		}
	}
	return strings.Join(out, "|"), err
}

func probeOwner(path string, _ probe) (string, error) {
	var st syscall.Stat_t
	err := syscall.Lstat(path, &st)
	return fmt.Sprintf("%d:%d", st.Uid, st.Gid), err
}

func probeStatfs(path string, _ probe) (string, error) {
	var st syscall.Statfs_t
	err := syscall.Statfs(path, &st)
	return fmt.Sprintf("%d %d %d %d %d", st.Bsize, st.Namelen, st.Blocks, st.Bfree, st.Files), err
}

func probeXattr(path string, _ probe) (string, error) {
	buf := make([]byte, 4096)
	n, err := syscall.Listxattr(path, buf)
	if err != nil {
		return "", err
	}
	return strings.ReplaceAll(strings.TrimSuffix(string(buf[:n]), "\x00"), "\x00", " "), nil
}

func probeCreate(path string, _ probe) (string, error) {
	fd, err := syscall.Open(path, syscall.O_CREAT|syscall.O_WRONLY, 0o644)
	if err == nil {
		syscall.Close(fd)
	}
	return "", err
}

// A dirent is an entry as the kernel tells it.
type dirent struct {
	name string
	ino  uint64
	typ  byte
}

// dirents reads a directory with the type and inode of each entry, which
// package os does not tell.
func dirents(path string) ([]dirent, error) {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	defer syscall.Close(fd)
	var list []dirent
	buf := make([]byte, 16<<10)
	for {
		n, err := syscall.ReadDirent(fd, buf)
		if n <= 0 || err != nil {
			return list, err
		}
		for rest := buf[:n]; len(rest) > 0; {
			var e dirent
			var size int
			if e, size, err = parseDirent(rest); err != nil {
				return nil, err
			}
			list = append(list, e)
			rest = rest[size:]
		}
	}
}

// errnoName is the name of an errno, "" for none.
func errnoName(e syscall.Errno) string {
	names := map[syscall.Errno]string{
		0: "", syscall.EPERM: "EPERM", syscall.ENOENT: "ENOENT", syscall.EIO: "EIO", syscall.EACCES: "EACCES",
		syscall.EFAULT: "EFAULT", syscall.EEXIST: "EEXIST", syscall.ENODEV: "ENODEV", syscall.ENOTDIR: "ENOTDIR",
		syscall.EISDIR: "EISDIR", syscall.EINVAL: "EINVAL", syscall.ENOSPC: "ENOSPC", syscall.EROFS: "EROFS",
		syscall.ERANGE: "ERANGE", syscall.ENAMETOOLONG: "ENAMETOOLONG", syscall.ENOSYS: "ENOSYS",
		syscall.EMSGSIZE: "EMSGSIZE", syscall.ENOTSUP: "ENOTSUP", syscall.EADDRINUSE: "EADDRINUSE",
		syscall.ENODATA: "ENODATA", syscall.ENOTEMPTY: "ENOTEMPTY",
	}
	if name, ok := names[e]; ok {
		return name
	}
	return fmt.Sprintf("errno %d", int(e))
}

// parseDirent reads the struct linux_dirent64 at the start of b.
func parseDirent(b []byte) (e dirent, size int, err error) {
	const head = 19
	if len(b) < head {
		return e, 0, io.ErrUnexpectedEOF
	}
	if size = int(binary.NativeEndian.Uint16(b[16:])); size < head || size > len(b) {
		return e, 0, io.ErrUnexpectedEOF
	}
	name, _, _ := strings.Cut(string(b[head:size]), "\x00")
	return dirent{name: name, ino: binary.NativeEndian.Uint64(b), typ: b[18]}, size, nil
}
