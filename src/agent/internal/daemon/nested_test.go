package daemon

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/children"
	"hearth.dev/agent/internal/volume"
)

// podVariable names a folder in which this test's program plays a pod with a user namespace, and what it does there.
const (
	podVariable  = "HEARTH_TEST_POD"
	lookVariable = "HEARTH_TEST_LOOK"
)

// In a user namespace as Kubernetes makes it, a nested daemon has the same users, its view, and no way to make a read-only
// mount writable; what it leaves running is ended.
func TestNestedDaemon(t *testing.T) {
	folder, err := os.MkdirTemp("", "n")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	const user = 100_000
	if err := errors.Join(os.Chmod(folder, 0o755), os.Chown(folder, user, user)); err != nil {
		t.Skipf("files cannot be given to another user, as only root can: %v", err)
	}
	users := []syscall.SysProcIDMap{{ContainerID: 0, HostID: user, Size: 65536}}
	command := exec.Command("/proc/self/exe")
	command.Env = append(os.Environ(), podVariable+"="+folder)
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID,
		UidMappings: users, GidMappings: users, GidMappingsEnableSetgroups: true, Credential: &syscall.Credential{},
	}
	said, err := command.CombinedOutput()
	var exited *exec.ExitError
	if err != nil && !errors.As(err, &exited) {
		t.Skipf("this machine allows no user namespaces: %v", err)
	}
	want := strings.Join([]string{
		"users 0 0 65536",
		"groups 0 0 65536 allow",
		"view a: new, b: old",
		"writing to the read-only mount: read-only file system",
		"making it writable: operation not permitted",
		"exit code 5",
		"left running: killed",
		"the view is not mounted",
		"",
	}, "\n")
	if string(said) != want {
		t.Errorf("the pod said\n%s\nnot\n%s", said, want)
	}
}

// podMain plays the daemon's container of a pod with a user namespace.
func podMain(folder string) int {
	if err := podSteps(folder); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

func podSteps(folder string) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return err
	}
	for name, content := range map[string]string{
		"new/a": "new", "old/a": "old", "old/b": "old", "locked/file": "", "upper/": "", "work/": "", "root/": "", "view/": "",
	} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(path, 0o755); err != nil {
				return err
			}
		} else if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return err
		}
	}
	locked := filepath.Join(folder, "locked")
	if err := unix.Mount(locked, locked, "", unix.MS_BIND, ""); err != nil {
		return err
	}
	if err := unix.Mount("", locked, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		return err
	}
	os.Unsetenv(podVariable)
	os.Setenv(lookVariable, folder)
	started := program{
		enter: []string{"/proc/self/exe"}, buildkit: "/proc/self/exe", nested: true,
		configuration: filepath.Join(folder, "buildkitd.toml"), socket: filepath.Join(folder, "buildkitd.sock"),
		view: filepath.Join(folder, "view"), output: os.Stdout,
	}
	lower := []string{filepath.Join(folder, "new")}
	// More folders with longer names than the options of a mount would have room for.
	long := filepath.Join(folder, strings.Repeat("l", 200))
	for i := range 32 {
		empty := fmt.Sprintf("%s/%d", long, i)
		if err := os.MkdirAll(empty, 0o755); err != nil {
			return err
		}
		lower = append(lower, empty)
	}
	lower = append(lower, filepath.Join(folder, "old"))
	view := volume.View{Lower: lower, Upper: filepath.Join(folder, "upper"), Work: filepath.Join(folder, "work")}
	daemon, err := started.start(children.New(), view, filepath.Join(folder, "root"))
	if err != nil {
		return err
	}
	<-daemon.ended
	<-daemon.heard
	fmt.Println("exit code", daemon.code)
	return podLeft(folder, &started)
}

// podLeft leaves a process and a mount as a dead daemon would, and ends them.
func podLeft(folder string, program *program) error {
	left := exec.Command("/proc/self/exe")
	left.Env = append(os.Environ(), lookVariable+"=wait")
	left.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if err := left.Start(); err != nil {
		return err
	}
	if err := mountView(volume.View{
		Lower: []string{filepath.Join(folder, "old")}, Upper: filepath.Join(folder, "upper"), Work: filepath.Join(folder, "work"),
	}, program.view); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(program.view, "b")); err != nil {
		return err
	}
	if err := reap(program.view, filepath.Join(folder, "root")); err != nil {
		return err
	}
	if err := left.Wait(); err != nil {
		fmt.Println("left running:", strings.TrimPrefix(err.Error(), "signal: "))
	}
	if _, err := os.Stat(filepath.Join(program.view, "b")); errors.Is(err, os.ErrNotExist) {
		fmt.Println("the view is not mounted")
	}
	return nil
}

// look says what a daemon finds where it is.
func look(folder string) int {
	if folder == "wait" {
		for {
			_ = unix.Pause()
		}
	}
	fields := func(path string) string {
		content, err := os.ReadFile(path)
		if err != nil {
			return err.Error()
		}
		return string(bytes.Join(bytes.Fields(content), []byte(" ")))
	}
	view, locked := filepath.Join(folder, "view"), filepath.Join(folder, "locked")
	fmt.Println("users", fields("/proc/self/uid_map"))
	fmt.Println("groups", fields("/proc/self/gid_map"), fields("/proc/self/setgroups"))
	fmt.Printf("view a: %s, b: %s\n", fields(view+"/a"), fields(view+"/b"))
	_, err := os.Create(locked + "/other")
	fmt.Println("writing to the read-only mount:", errors.Unwrap(err))
	fmt.Println("making it writable:", unix.Mount("", locked, "", unix.MS_BIND|unix.MS_REMOUNT, ""))
	return 5
}
