//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Users of the sandbox are these of the machine. Root of the sandbox may do nothing there.
const (
	sandboxFirstUser = 100000
	sandboxUsers     = 65536
)

// sandboxPrograms is the folder of the sandbox that has the programs of the tests.
const sandboxPrograms = "/opt/hearth"

// runSandbox runs the tests again in namespaces that look like a pod with hostUsers: false, and returns their exit code. It
// skips them all where a machine does not allow that.
func runSandbox() int {
	if os.Geteuid() != 0 {
		fmt.Println("SKIPPED: the tests must be started by root, as they mount")
		return 0
	}
	var files []*os.File
	if err := requirePrograms(); err != nil {
		fmt.Println("SKIPPED:", err)
		return 0
	}
	for _, name := range append([]string{"/proc/self/exe"}, sandboxed()...) {
		path, err := exec.LookPath(name)
		if err != nil {
			fmt.Println("SKIPPED:", err)
			return 0
		}
		file, err := os.Open(path)
		if err != nil {
			fmt.Println("SKIPPED:", err)
			return 0
		}
		defer file.Close()
		files = append(files, file)
	}
	arguments := []string{sandboxStage}
	for _, argument := range os.Args[1:] {
		// It is in a folder that the sandbox does not have.
		if !strings.HasPrefix(strings.TrimLeft(argument, "-"), "test.testlogfile=") {
			arguments = append(arguments, argument)
		}
	}
	command := exec.Command("/proc/self/exe")
	command.Args = arguments
	command.Dir = "/"
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	command.ExtraFiles = files
	users := []syscall.SysProcIDMap{{ContainerID: 0, HostID: sandboxFirstUser, Size: sandboxUsers}}
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWIPC |
			unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP,
		UidMappings:                users,
		GidMappings:                users,
		GidMappingsEnableSetgroups: true,
		Credential:                 &syscall.Credential{},
		Pdeathsig:                  syscall.SIGKILL,
	}
	runtime.LockOSThread() // the sandbox ends with this thread
	err := command.Run()
	var ended *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &ended):
		return max(ended.ExitCode(), 1)
	default:
		fmt.Println("SKIPPED: this machine does not allow namespaces:", err)
		return 0
	}
}

// sandboxed are the programs that are copied into the sandbox: git comes with the folder /usr of the machine.
func sandboxed() []string {
	names := []string{"hearth-agent", "buildkitd"}
	for _, name := range runtimes {
		if _, err := exec.LookPath(name); err == nil {
			names = append(names, name)
			break
		}
	}
	return names
}

// capabilities are those of a container that has SYS_ADMIN in addition to what a runtime gives to each.
var capabilities = []uintptr{
	unix.CAP_AUDIT_WRITE, unix.CAP_CHOWN, unix.CAP_DAC_OVERRIDE, unix.CAP_FOWNER, unix.CAP_FSETID, unix.CAP_KILL, unix.CAP_MKNOD,
	unix.CAP_NET_BIND_SERVICE, unix.CAP_NET_RAW, unix.CAP_SETFCAP, unix.CAP_SETGID, unix.CAP_SETPCAP, unix.CAP_SETUID,
	unix.CAP_SYS_ADMIN, unix.CAP_SYS_CHROOT,
}

// limitCapabilities takes all other capabilities from what this thread executes next.
func limitCapabilities() error {
	for capability := uintptr(0); capability <= unix.CAP_LAST_CAP; capability++ {
		if slices.Contains(capabilities, capability) {
			continue
		}
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, capability, 0, 0, 0); err != nil && err != unix.EINVAL {
			return fmt.Errorf("drop capability %d: %w", capability, err)
		}
	}
	return nil
}

// runSandboxStage makes the root file system of the sandbox and starts the tests in it. It returns only if it fails.
func runSandboxStage() error {
	const root = "/mnt"
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make the mounts private: %w", err)
	}
	if err := mountNew("tmpfs", root, "mode=755"); err != nil {
		return err
	}
	if err := copySandboxPrograms(root + sandboxPrograms); err != nil {
		return err
	}
	if err := bindReadOnly("/usr", root+"/usr"); err != nil {
		return err
	}
	for _, name := range []string{"/bin", "/sbin", "/lib", "/lib32", "/lib64"} {
		if target, err := os.Readlink(name); err == nil {
			err = os.Symlink(target, root+name)
			if err != nil {
				return err
			}
		} else if _, err := os.Stat(name); err == nil {
			if err := bindReadOnly(name, root+name); err != nil {
				return err
			}
		}
	}
	if err := makeDevices(root + "/dev"); err != nil {
		return err
	}
	for name, content := range map[string]string{
		"passwd": "root:x:0:0:root:/tmp:/sbin/nologin\n", "group": "root:x:0:\n", "hosts": "127.0.0.1 localhost\n", "resolv.conf": "",
	} {
		if err := writeFile(filepath.Join(root, "etc", name), content); err != nil {
			return err
		}
	}
	for _, at := range []struct{ kind, path, options string }{
		{"proc", "/proc", ""},
		{"sysfs", "/sys", ""},
		{"tmpfs", "/var/lib/hearth", "mode=755"},
		{"tmpfs", "/run", "mode=755"},
		{"tmpfs", "/tmp", "mode=1777"},
	} {
		if err := mountNew(at.kind, root+at.path, at.options); err != nil {
			return err
		}
	}
	if err := mountNew("cgroup2", root+"/sys/fs/cgroup", ""); err != nil {
		fmt.Println("steps have no cgroup of their own:", err)
	}
	if err := os.Mkdir(root+"/old", 0o700); err != nil {
		return err
	}
	if err := unix.PivotRoot(root, root+"/old"); err != nil {
		return fmt.Errorf("change the root: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	if err := unix.Unmount("/old", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("unmount the file system of the machine: %w", err)
	}
	if err := os.Remove("/old"); err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""); err != nil {
		return fmt.Errorf("make the root read-only: %w", err)
	}
	if err := startLoopback(); err != nil {
		return err
	}
	runtime.LockOSThread() // capabilities are a thread's
	if err := limitCapabilities(); err != nil {
		return err
	}
	environment := []string{"PATH=" + sandboxPrograms + ":/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME=/tmp"}
	self := filepath.Join(sandboxPrograms, "agent-e2e")
	return unix.Exec(self, append([]string{self}, os.Args[1:]...), environment)
}

// copySandboxPrograms writes the programs that this process was started with as open files: their folders may be closed to
// users of the sandbox.
func copySandboxPrograms(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for i, name := range append([]string{"agent-e2e"}, sandboxed()...) { // the PATH is that of the machine still
		from := os.NewFile(uintptr(3+i), name)
		to, err := os.OpenFile(filepath.Join(folder, name), os.O_CREATE|os.O_WRONLY, 0o755)
		if err != nil {
			return err
		}
		_, err = io.Copy(to, from)
		if err := errors.Join(err, to.Close(), from.Close()); err != nil {
			return fmt.Errorf("copy %s: %w", name, err)
		}
	}
	return nil
}

func makeDevices(folder string) error {
	if err := mountNew("tmpfs", folder, "mode=755"); err != nil {
		return err
	}
	for _, name := range []string{"null", "zero", "full", "random", "urandom", "tty"} {
		to := filepath.Join(folder, name)
		if err := writeFile(to, ""); err != nil {
			return err
		}
		if err := unix.Mount("/dev/"+name, to, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("bind device %s: %w", name, err)
		}
	}
	for name, target := range map[string]string{
		"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2",
	} {
		if err := os.Symlink(target, filepath.Join(folder, name)); err != nil {
			return err
		}
	}
	if err := writeFile(filepath.Join(folder, "termination-log"), ""); err != nil {
		return err
	}
	return mountNew("tmpfs", filepath.Join(folder, "shm"), "mode=1777")
}

func startLoopback() error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return fmt.Errorf("open a socket: %w", err)
	}
	defer unix.Close(socket)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(socket, unix.SIOCGIFFLAGS, request); err != nil {
		return fmt.Errorf("read the flags of lo: %w", err)
	}
	request.SetUint16(request.Uint16() | unix.IFF_UP)
	if err := unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, request); err != nil {
		return fmt.Errorf("start lo: %w", err)
	}
	return nil
}

// mountNew mounts a new file system on a folder, which it makes if need be.
func mountNew(kind, folder, options string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(kind, folder, kind, 0, options); err != nil {
		return fmt.Errorf("mount %s at %s: %w", kind, folder, err)
	}
	return nil
}

// bind mounts a folder at another one, which it makes if need be.
func bind(from, to string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(from, to, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("mount %s at %s: %w", from, to, err)
	}
	return nil
}

func bindReadOnly(from, to string) error {
	if err := bind(from, to); err != nil {
		return err
	}
	readOnly := &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	if err := unix.MountSetattr(unix.AT_FDCWD, to, unix.AT_RECURSIVE, readOnly); err != nil {
		return fmt.Errorf("make %s read-only: %w", to, err)
	}
	return nil
}

func writeFile(path, content string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(content), 0o644)
}
