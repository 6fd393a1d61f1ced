// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	containerTools = "podman runc mmdebstrap" // Debian packages
	imageUID       = 10001                    // the user of our image
	sensorFile     = "28.000028D70100/temperature"
)

// TestContainers builds our image from the Dockerfile and runs it as
// docs/containers.md says: a mount inside one container, and one that is handed
// to the host and to a second container. It needs root.
//
// No registry is asked. The Debian base image is bootstrapped once and kept,
// with podman's storage, in .cache/containers; the Go tree and the modules are
// the ones of this machine.
func TestContainers(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	e.image(t)
	server := startOwserver(t, testDevices)
	t.Run("inside", func(t *testing.T) { testInside(t, e, server) })
	t.Run("shared", func(t *testing.T) { testShared(t, e, server) })
	t.Run("server", func(t *testing.T) { testServed(t, e) })
}

// testServed has an owserver in one container and its mount in a second one,
// and a mount that waits for a USB stick.
func testServed(t *testing.T, e *engine) {
	args := []string{"--network", "host", "--cap-drop", "ALL", "--entrypoint", "owserver", "owfs"}
	server := e.start(t, args, "--foreground", "--error_level=1", "--tester=28", "-p", "127.0.0.1:0")
	var addr string
	for end := time.Now().Add(20 * time.Second); addr == ""; time.Sleep(50 * time.Millisecond) {
		said := regexp.MustCompile(`msg=serving address=(\S+)`).FindStringSubmatch(e.logs(server))
		if said != nil {
			addr = said[1]
		} else if time.Now().After(end) {
			t.Fatal("the server does not say where it listens")
		}
	}
	listed := strings.Fields(e.must(t, "exec", server, "ow", "dir", "-s", addr))
	if len(listed) == 0 || !strings.HasPrefix(listed[0], "/28.") {
		t.Fatalf("the server lists %q", listed)
	}
	mount := e.start(t, e.owfs(), "-s", addr, "/mnt/1wire")
	e.awaitFile(t, mount, "/mnt/1wire"+listed[0]+"/temperature")

	stick := e.start(t, e.owfs(), "-u", "/mnt/1wire")
	e.awaitFile(t, stick, "/mnt/1wire/settings/units/temperature_scale")
	if said := e.logs(stick); !strings.Contains(said, "DS2490") {
		t.Errorf("of the stick that it waits for, owfs says %q", said)
	}
}

// testInside has the mount in one container with the programs that read it.
func testInside(t *testing.T, e *engine, server string) {
	owfs := e.start(t, e.owfs(), "-s", server, "--allow_other", "/mnt/1wire")
	in := "/mnt/1wire/" + sensorFile
	e.awaitFile(t, owfs, in)
	temperature := e.must(t, "exec", owfs, "cat", in)
	if _, err := strconv.ParseFloat(strings.TrimSpace(temperature), 64); err != nil {
		t.Errorf("temperature: %v", err)
	}
	if got := e.must(t, "exec", "--user", "0:0", owfs, "cat", in); got != temperature {
		t.Errorf("root reads %q, owfs %q", got, temperature)
	}
	if got := e.must(t, "exec", "--user", "33:33", owfs, "cat", in); got != temperature {
		t.Errorf("another user reads %q, owfs %q", got, temperature)
	}
	if got := e.must(t, "exec", owfs, "id", "-u"); got != fmt.Sprintln(imageUID) {
		t.Errorf("the image's user is %q", got)
	}
	if got := e.must(t, "exec", owfs, "owfs", "--version"); !strings.HasPrefix(got, "owfs test ") {
		t.Errorf("version is %q", got)
	}
	testHealth(t, e, owfs)

	began := time.Now()
	e.must(t, "stop", "--time", "20", owfs)
	if d := time.Since(began); d > 5*time.Second {
		t.Errorf("stopping took %v", d)
	}
	if code := e.state(t, owfs, "ExitCode"); code != "0" {
		t.Errorf("exit code %s after stop", code)
	}
}

// testHealth has a container that is well turn sick, and well again.
func testHealth(t *testing.T, e *engine, name string) {
	status := func() string { return e.state(t, name, "Health.Status") }
	e.must(t, "healthcheck", "run", name)
	if got := status(); got != "healthy" {
		t.Errorf("health status is %q", got)
	}
	pid, err := strconv.Atoi(e.state(t, name, "Pid"))
	if err != nil || pid < 2 {
		t.Fatalf("pid %d, %v", pid, err)
	}
	syscall.Kill(pid, syscall.SIGSTOP)
	defer syscall.Kill(pid, syscall.SIGCONT)
	// A failure while the container starts is forgiven, and so is a single one.
	for range 3 {
		began := time.Now()
		if _, err := e.podman("healthcheck", "run", name); err == nil {
			t.Error("the check finds nothing wrong with a mount that hangs")
		}
		if d := time.Since(began); d > 9*time.Second {
			t.Errorf("the check of a mount that hangs took %v", d)
		}
		if status() == "unhealthy" {
			break
		}
	}
	if got := status(); got != "unhealthy" {
		t.Errorf("health status is %q while the mount hangs", got)
	}
	syscall.Kill(pid, syscall.SIGCONT)
	e.must(t, "healthcheck", "run", name)
	if got := status(); got != "healthy" {
		t.Errorf("health status is %q after the mount has come back", got)
	}
}

// testShared has the mount in one container, and readers on the host and in a
// second container.
func testShared(t *testing.T, e *engine, server string) {
	share := sharedDir(t)
	point := filepath.Join(share, "bus")
	onHost := filepath.Join(point, sensorFile)
	inReader := "/1wire/bus/" + sensorFile
	owfs := e.start(t, e.owfs("--volume", share+":/1wire:rshared"), "-s", server, "--allow_other", "/1wire/bus")
	reader := e.start(t, []string{"--network", "none", "--user", "33:33", "--volume", share + ":/1wire:rslave", e.base}, "sleep", "600")

	readable := func() {
		t.Helper()
		e.awaitFile(t, owfs, inReader)
		b, err := os.ReadFile(onHost)
		if err != nil {
			t.Fatalf("on the host: %v", err)
		}
		if got := e.must(t, "exec", reader, "cat", inReader); got != string(b) {
			t.Errorf("the second container reads %q, the host %q", got, b)
		}
	}
	unmounted := func() {
		t.Helper()
		if isMounted(point) {
			t.Error("still mounted on the host")
		}
		if got := e.must(t, "exec", reader, "cat", "/proc/self/mounts"); strings.Contains(got, "/1wire/bus ") {
			t.Error("still mounted in the second container")
		}
	}
	readable()

	e.must(t, "stop", "--time", "20", owfs)
	unmounted()

	e.must(t, "start", owfs)
	readable()

	e.must(t, "kill", "--signal", "KILL", owfs)
	e.awaitEnd(t, owfs)
	if _, err := os.ReadFile(onHost); errnoOf(err) != syscall.ENOTCONN {
		t.Errorf("on the host after a kill: %v, want ENOTCONN", err)
	}
	if out, err := e.podman("exec", reader, "cat", inReader); err == nil {
		t.Errorf("the second container reads %q after a kill", out)
	}
	e.must(t, "start", owfs)
	readable()

	e.must(t, "stop", "--time", "20", owfs)
	unmounted()
}

// sharedDir makes a directory whose mounts are seen by all that share it, with
// a mount point in it that belongs to the user of our image.
func sharedDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "owfs-test-share-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(dir) })
	if err := syscall.Mount(dir, dir, "", syscall.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Unmount(filepath.Join(dir, "bus"), syscall.MNT_DETACH)
		os.Remove(filepath.Join(dir, "bus"))
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	point := filepath.Join(dir, "bus")
	for _, err := range []error{
		syscall.Mount("", dir, "", syscall.MS_SHARED|syscall.MS_REC, ""),
		os.Mkdir(point, 0o755),
		os.Chown(point, imageUID, imageUID),
		os.Chmod(dir, 0o755),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// An engine is podman with a state of its own. Images stay in the cache,
// everything else lives as long as the test.
type engine struct {
	cache, dir string
	env        []string
	base       string // the Debian image that our image is made from
	fuse       string // a device that everybody may open
}

func newEngine(t *testing.T) *engine {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("the container tests need root")
	}
	for _, tool := range strings.Fields(containerTools) {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%v (install the Debian packages %s)", err, containerTools)
		}
	}
	cache, err := filepath.Abs("../.cache/containers")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "owfs-test-podman-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	lockFile(t, filepath.Join(cache, "lock"))
	e := &engine{cache: cache, dir: dir, fuse: filepath.Join(dir, "fuse")}
	e.configure(t)
	t.Cleanup(func() {
		e.clear(t)
		for _, group := range []string{"libpod_parent/*", "libpod_parent"} {
			left, _ := filepath.Glob("/sys/fs/cgroup/*/" + group)
			for _, dir := range left {
				os.Remove(dir) // fails if it is in use
			}
		}
	})
	e.clear(t)
	return e
}

// lockFile keeps other runs of the test out until this one ends.
func lockFile(t *testing.T, name string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
}

// configure keeps podman away from the machine's own containers, and makes it
// work where there is no systemd. The device is what udev makes of /dev/fuse;
// a machine without udev has one for root alone.
func (e *engine) configure(t *testing.T) {
	t.Helper()
	containers := fmt.Sprintf(`[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
lock_type = "file"
static_dir = "%[1]s/libpod"
volume_path = "%[1]s/volumes"
tmp_dir = "%[1]s/tmp"
`, e.dir)
	storage := fmt.Sprintf(`[storage]
driver = "overlay"
graphroot = %q
runroot = "%s/run"
[storage.options.overlay]
skip_mount_home = "true"
`, filepath.Join(e.cache, "storage"), e.dir)
	e.env = append(os.Environ(), "DISABLE_HC_SYSTEMD=true")
	for name, text := range map[string]string{"CONTAINERS_CONF": containers, "CONTAINERS_STORAGE_CONF": storage} {
		file := filepath.Join(e.dir, name)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		e.env = append(e.env, name+"="+file)
	}
	var info syscall.Stat_t
	if err := syscall.Stat("/dev/fuse", &info); err != nil {
		t.Fatalf("/dev/fuse: %v", err)
	}
	if err := syscall.Mknod(e.fuse, syscall.S_IFCHR, int(info.Rdev)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(e.fuse, 0o666); err != nil {
		t.Fatal(err)
	}
}

// clear removes all containers, also those of a run that was killed.
func (e *engine) clear(t *testing.T) {
	t.Helper()
	for _, id := range strings.Fields(e.must(t, "ps", "--all", "--external", "--quiet")) {
		e.must(t, "rm", "--force", "--time", "0", id)
	}
}

// image builds our image from the Dockerfile, both stages, without network but
// for the packages of its second stage.
func (e *engine) image(t *testing.T) {
	t.Helper()
	dockerfile, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	from := regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllSubmatch(dockerfile, -1)
	if len(from) != 2 {
		t.Fatalf("the Dockerfile has %d stages", len(from))
	}
	golang, debian := string(from[0][1]), string(from[1][1])
	e.debian(t, debian)
	e.run(t, exec.Command("podman", "build", "--network", "host", "--tag", golang, "--file", "-"),
		"FROM "+debian+"\nRUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev pkg-config\n"+
			"ENV GOPATH=/go GOPROXY=off GOTOOLCHAIN=local PATH=/usr/local/go/bin:/usr/sbin:/usr/bin:/sbin:/bin\n")
	e.must(t, "image", "prune", "--force", "--filter", "until=48h")
	e.must(t, "build", "--format", "docker", "--pull=never", "--network", "host", "--tag", "owfs", "--build-arg", "VERSION=test",
		"--volume", goEnv(t, "GOROOT")+":/usr/local/go:ro",
		"--volume", goEnv(t, "GOMODCACHE")+":/go/pkg/mod:ro",
		"--volume", goEnv(t, "GOCACHE")+":/root/.cache/go-build", "..")
}

// debian provides the base image under the name that the Dockerfile uses.
func (e *engine) debian(t *testing.T, name string) {
	t.Helper()
	e.base = name
	if _, err := e.podman("image", "exists", name); err == nil {
		return
	}
	tarball := filepath.Join(e.cache, "bookworm.tar")
	if _, err := os.Stat(tarball); err != nil {
		e.run(t, exec.Command("mmdebstrap", "--quiet", "--variant=apt", "bookworm", tarball+".new.tar"), "")
		if err := os.Rename(tarball+".new.tar", tarball); err != nil {
			t.Fatal(err)
		}
	}
	e.must(t, "import", tarball, name)
}

// goEnv returns a setting of the go command.
func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// owfs are the arguments that run our image, up to its name.
func (e *engine) owfs(more ...string) []string {
	args := []string{"--network", "host", "--device", e.fuse + ":/dev/fuse", "--cap-drop", "ALL", "--cap-add", "SYS_ADMIN"}
	return append(append(args, more...), "owfs")
}

// start runs a container in the background and returns its id.
func (e *engine) start(t *testing.T, args []string, command ...string) string {
	t.Helper()
	id := strings.TrimSpace(e.must(t, append(append([]string{"run", "--detach"}, args...), command...)...))
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("container %.12s: %s", id, e.logs(id))
		}
		e.must(t, "rm", "--force", "--time", "0", id)
	})
	return id
}

// awaitFile waits until a file can be read in a container.
func (e *engine) awaitFile(t *testing.T, name, file string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		_, err := e.podman("exec", name, "cat", file)
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

// logs returns what a container has said.
func (e *engine) logs(name string) string {
	cmd := exec.Command("podman", "logs", name)
	cmd.Env = e.env
	said, _ := cmd.CombinedOutput()
	return string(said)
}

// awaitEnd waits until a container does not run any more. podman's own wait can
// take 20 s where nobody collects dead processes.
func (e *engine) awaitEnd(t *testing.T, name string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); e.state(t, name, "Running") != "false"; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the container does not end")
		}
	}
}

// state returns a field of what podman knows of a container's state.
func (e *engine) state(t *testing.T, name, field string) string {
	t.Helper()
	return strings.TrimSpace(e.must(t, "inspect", "--format", "{{.State."+field+"}}", name))
}

// must runs podman and returns what it prints.
func (e *engine) must(t *testing.T, args ...string) string {
	t.Helper()
	out, err := e.podman(args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (e *engine) podman(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	return e.output(exec.CommandContext(ctx, "podman", args...))
}

// run runs a command that reads what is given as input.
func (e *engine) run(t *testing.T, cmd *exec.Cmd, input string) {
	t.Helper()
	cmd.Stdin = strings.NewReader(input)
	if _, err := e.output(cmd); err != nil {
		t.Fatal(err)
	}
}

// output runs a command. podman leaves conmon behind, which keeps the standard
// error, so that goes to a file: a pipe would be waited for.
func (e *engine) output(cmd *exec.Cmd) (string, error) {
	stderr, err := os.CreateTemp(e.dir, "stderr-")
	if err != nil {
		return "", err
	}
	defer os.Remove(stderr.Name())
	defer stderr.Close()
	cmd.Env, cmd.Stderr = e.env, stderr
	out, err := cmd.Output()
	if err != nil {
		told, _ := os.ReadFile(stderr.Name())
		return string(out), fmt.Errorf("%s: %w: %s%s", strings.Join(cmd.Args, " "), err, out, told)
	}
	return string(out), nil
}
