// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
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
	if p.data != "" || p.op == "write" {
		text += fmt.Sprintf(" %q", p.data)
	}
	if p.size != 0 || p.off != 0 {
		text += fmt.Sprintf(" size %d offset %d", p.size, p.off)
	}
	return text
}

var probeOps = map[string]func(path string, p probe) (string, error){
	"stat":      probeStat,
	"fstat":     probeFstat,
	"list":      probeList,
	"read":      probeRead,
	"write":     probeWrite,
	"writeback": probeWriteBack,
	"dtype":     probeDtype,
	"inode":     probeInode,
	"statfs":    probeStatfs,
	"xattr":     probeXattr,
	"readcalls": probeReadCalls,
	"user":      probeUser,
	"times":     probeTimes,
	"create":    opened(syscall.O_CREAT|syscall.O_WRONLY, nil),
	"create-x":  opened(syscall.O_CREAT|syscall.O_EXCL|syscall.O_WRONLY, nil),
	"trunc":     opened(syscall.O_TRUNC|syscall.O_WRONLY, nil),
	"append":    opened(syscall.O_APPEND|syscall.O_WRONLY, func(fd int) error { _, err := syscall.Write(fd, []byte("1")); return err }),
	"mmap":      opened(syscall.O_RDONLY, tryMmap),
	"flock":     opened(syscall.O_RDONLY, func(fd int) error { return syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB) }),
	"fsync":     opened(syscall.O_WRONLY, syscall.Fsync),
	"fallocate": opened(syscall.O_WRONLY, func(fd int) error { return syscall.Fallocate(fd, 0, 0, 10) }),
	"ftruncate": opened(syscall.O_WRONLY, func(fd int) error { return syscall.Ftruncate(fd, 3) }),
	"mkdir":     call(func(path string) error { return syscall.Mkdir(path, 0o755) }),
	"unlink":    call(syscall.Unlink),
	"rmdir":     call(syscall.Rmdir),
	"rename":    call(func(path string) error { return syscall.Rename(path, filepath.Dir(path)+"/else") }),
	"symlink":   call(func(path string) error { return syscall.Symlink("x", path) }),
	"link":      call(func(path string) error { return syscall.Link(path, filepath.Dir(path)+"/else") }),
	"mknod":     call(func(path string) error { return syscall.Mknod(path, syscall.S_IFREG|0o644, 0) }),
	"mkfifo":    call(func(path string) error { return syscall.Mkfifo(path, 0o644) }),
	"readlink":  call(func(path string) error { _, err := syscall.Readlink(path, make([]byte, 100)); return err }),
	"truncate":  call(func(path string) error { return syscall.Truncate(path, 0) }),
	"chmod":     call(func(path string) error { return syscall.Chmod(path, 0o600) }),
	"chown":     call(func(path string) error { return syscall.Chown(path, 0, 0) }),
	"utimes":    call(func(path string) error { return syscall.Utimes(path, make([]syscall.Timeval, 2)) }),
	"access":    call(func(path string) error { return syscall.Access(path, 4) }),
	"setxattr":  call(func(path string) error { return syscall.Setxattr(path, "user.x", []byte("1"), 0) }),
	"rmxattr":   call(func(path string) error { return syscall.Removexattr(path, "user.x") }),
}

// call is a probe of which only the errno matters.
func call(f func(path string) error) func(string, probe) (string, error) {
	return func(path string, _ probe) (string, error) { return "", f(path) }
}

// opened is such a probe of an open file.
func opened(flags int, f func(fd int) error) func(string, probe) (string, error) {
	return func(path string, _ probe) (string, error) {
		fd, err := syscall.Open(path, flags, 0o644)
		if err != nil {
			return "open ", err
		}
		defer syscall.Close(fd)
		if f == nil {
			return "", nil
		}
		return "", f(fd)
	}
}

func tryMmap(fd int) error {
	mem, err := syscall.Mmap(fd, 0, 4096, syscall.PROT_READ, syscall.MAP_SHARED)
	if err == nil {
		err = syscall.Munmap(mem)
	}
	return err
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

// probeWriteBack reads what was written.
func probeWriteBack(path string, p probe) (string, error) {
	n, err := probeWrite(path, p)
	if err != nil {
		return n, err
	}
	text, err := probeRead(path, probe{})
	return n + " " + text, err
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

// probeInode tells whether a directory and stat agree about the inodes.
func probeInode(path string, _ probe) (string, error) {
	list, err := dirents(path)
	for _, e := range list {
		var st syscall.Stat_t
		if err := syscall.Lstat(path+"/"+e.name, &st); err != nil {
			return "", err
		}
		if e.name != ".." && st.Ino != e.ino {
			return "other in stat", nil
		}
	}
	return "same", err
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

// probeFstat tells the size that an open file shows once it was read.
func probeFstat(path string, _ probe) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	if _, err := file.Read(make([]byte, 4096)); err != nil {
		return "", err
	}
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	return fmt.Sprint(info.Size()), nil
}

// probeReadCalls counts the reads that one cat costs the server.
func probeReadCalls(path string, p probe) (string, error) {
	mount := strings.TrimSuffix(path, p.path)
	counter := func() (n int, err error) {
		text, err := probeRead(mount+"/bus.0/statistics/read/calls", probe{size: 12})
		fmt.Sscanf(text, "%q", &text)
		fmt.Sscan(text, &n)
		return n, err
	}
	before, err := counter()
	if err != nil {
		return "", err
	}
	if _, err := os.ReadFile(path); err != nil {
		return "", err
	}
	after, err := counter()
	return fmt.Sprint(after - before - 1), err
}

// probeUser appends to a file as a user who is not root.
func probeUser(path string, p probe) (string, error) {
	const nobody = 65534
	cmd := exec.Command("/bin/sh", "-c", `printf %s "$1" >>"$0"`, path, p.data)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	if err == nil {
		return "success", nil
	}
	text := strings.TrimSpace(string(out))
	return text[strings.LastIndex(text, ": ")+1:], nil
}

// probeTimes tells whether the time of a directory moves when another one is
// listed. The C program and the kernel go by seconds.
func probeTimes(path string, _ probe) (string, error) {
	var before, after syscall.Stat_t
	if err := syscall.Lstat(path, &before); err != nil {
		return "", err
	}
	time.Sleep(1100 * time.Millisecond)
	if _, err := os.ReadDir(filepath.Dir(path) + "/uncached"); err != nil {
		return "", err
	}
	err := syscall.Lstat(path, &after)
	if before.Mtim == after.Mtim {
		return "stay", err
	}
	return "move", err
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
