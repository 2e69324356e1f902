//go:build e2e

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/protocol"
)

// The volumes of the attack: what the attacker may only read, and what it may write.
const (
	trusted  = "trusted"
	attacked = "attacked"

	seedFolder = protocol.Volumes + "/" + trusted
	ownFolder  = protocol.Volumes + "/" + attacked
)

// attempt is a try to leave a file called evil on the volume that the daemon has started from. Its errors are of no
// interest: whether it was refused is seen by the file.
type attempt struct {
	name string
	do   func()
	// broken looks for another trace that it was not refused, and says which; nil for none.
	broken func() string
}

// attackAll runs in place of a daemon.
func attackAll() {
	results, err := os.OpenFile(attackResults, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return // it was started again
	}
	only, _ := os.ReadFile(attackOnly)
	for _, each := range attempts() {
		if len(only) > 0 && each.name != string(only) {
			continue
		}
		each.do()
		result := attempted{Name: each.name}
		if found := find(seedFolder, "evil"); len(found) > 0 {
			result.Broken = found[0] + " was written"
		} else if each.broken != nil {
			result.Broken = each.broken()
		}
		line, err := json.Marshal(result)
		if err != nil {
			panic(err)
		}
		if _, err := results.Write(append(line, '\n')); err != nil {
			panic(err)
		}
	}
	results.Close()
	touch(attackDone) // the agent goes on to its report while this is still running
	if len(only) > 0 {
		return
	}
	for range 30 {
		for _, path := range programPaths() {
			replaceProgram(path)
		}
		time.Sleep(100 * time.Millisecond) // how long an attacker goes on is its own choice
	}
}

// beEvil is what the agent may be brought to run: outside, the mount can be made writable.
func beEvil() {
	remount(seedFolder)
	touch(seedFolder + "/evil")
}

func attempts() []attempt {
	parent := fmt.Sprintf("/proc/%d", os.Getppid())
	at := func(folder string) string { return attackFolder + "/" + folder }
	for _, folder := range []string{"a", "b", "up", "work"} {
		os.MkdirAll(at(folder), 0o755)
	}
	return []attempt{
		{name: "write", do: func() {
			touch(seedFolder + "/evil")
			appendLine(seedFolder+"/generations/1/chain", "evil")
			os.RemoveAll(seedFolder + "/layers")
		}},
		{name: "remount", do: func() {
			remount(seedFolder)
			touch(seedFolder + "/evil")
		}},
		{name: "remount without bind", do: func() {
			unix.Mount("", seedFolder, "", unix.MS_REMOUNT, "")
			touch(seedFolder + "/evil")
		}},
		{name: "clear the attribute of the mount", do: func() {
			unix.MountSetattr(unix.AT_FDCWD, seedFolder, unix.AT_RECURSIVE, &unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY})
			touch(seedFolder + "/evil")
		}},
		{name: "bind elsewhere", do: func() {
			unix.Mount(seedFolder, at("a"), "", unix.MS_BIND, "")
			remount(at("a"))
			touch(at("a/evil"))
		}},
		{name: "bind all mounts elsewhere", do: func() {
			unix.Mount("/", at("b"), "", unix.MS_BIND|unix.MS_REC, "")
			remount(at("b") + seedFolder)
			touch(at("b") + seedFolder + "/evil")
		}},
		{name: "unmount", do: func() {
			unix.Unmount(seedFolder, unix.MNT_DETACH)
			touch(seedFolder + "/evil")
			unix.Unmount(hearth, unix.MNT_DETACH)
			for _, path := range find(hearth, trusted) {
				touch(path + "/evil")
			}
		}},
		{name: "folder in which the volumes are mounted", do: func() {
			// Seen from mounts that have none of the volumes, their mount points are empty folders.
			fromOtherMounts(at("root"), protocol.Volumes, func(volumes int) {
				for _, claim := range []string{trusted, attacked} {
					unix.Unlinkat(volumes, claim, unix.AT_REMOVEDIR)
					unix.Symlinkat(attackFolder, volumes, claim)
				}
			})
		}, broken: func() string {
			for _, claim := range []string{trusted, attacked} {
				if target, err := os.Readlink(protocol.Volumes + "/" + claim); err == nil {
					return claim + " is a link to " + target
				}
			}
			return ""
		}},
		{name: "overlay that writes there", do: func() {
			options := "userxattr,lowerdir=" + at("up") + ",upperdir=" + seedFolder + "/layers,workdir=" + seedFolder + "/generations"
			if unix.Mount("overlay", at("a"), "overlay", 0, options) == nil {
				touch(at("a/evil"))
				unix.Unmount(at("a"), unix.MNT_DETACH)
			}
		}},
		{name: "one more user namespace", do: func() {
			again := exec.Command(attackEvil)
			identity := []syscall.SysProcIDMap{{ContainerID: 0, HostID: 0, Size: 1}}
			again.SysProcAttr = &syscall.SysProcAttr{
				Cloneflags: unix.CLONE_NEWUSER | unix.CLONE_NEWNS, UidMappings: identity, GidMappings: identity,
			}
			again.Run()
		}},
		{name: "namespaces of the parent", do: func() { joinAndWrite(parent, "user", "mnt") }},
		{name: "mounts of the first process", do: func() { joinAndWrite("/proc/1", "mnt") }},
		{name: "root of the parent", do: func() {
			touch(parent + "/root" + seedFolder + "/evil")
			touch("/proc/1/root" + seedFolder + "/evil")
		}},
		{name: "memory of the parent", do: func() {}, broken: func() string {
			if file, err := os.OpenFile(parent+"/mem", os.O_RDWR, 0); err == nil {
				file.Close()
				return "it can be opened"
			}
			if unix.PtraceSeize(os.Getppid()) == nil {
				return "it can be traced"
			}
			return ""
		}},
		{name: "disk of the node", do: func() {}, broken: func() string {
			for _, major := range []uint32{8, 253, 254, 259} {
				device := at("disk")
				os.Remove(device)
				if unix.Mknod(device, unix.S_IFBLK|0o600, int(unix.Mkdev(major, 0))) != nil {
					continue
				}
				if file, err := os.Open(device); err == nil {
					file.Close()
					return fmt.Sprintf("device %d:0 can be opened", major)
				}
			}
			return ""
		}},
		{name: "its view", do: func() {
			for _, tool := range find(protocol.View, "tool") {
				writeInto(tool, []byte("evil\n"))
				touch(filepath.Dir(tool) + "/evil")
			}
		}, broken: func() string {
			if len(find(protocol.View, "evil")) == 0 {
				return "not even its own view can be written, so that this shows nothing"
			}
			return ""
		}},
		{name: "programs of the agent", do: replacePrograms("")},
		{name: "programs, once the root is remounted", do: func() {
			remount("/")
			unix.Mount("", "/", "", unix.MS_REMOUNT, "")
			replacePrograms("")()
		}},
		{name: "programs, in another mount of the root", do: func() {
			unix.Mount("/", at("b"), "", unix.MS_BIND, "")
			remount(at("b"))
			replacePrograms(at("b"))()
		}},
		{name: "programs below the roots of others", do: func() {
			replacePrograms(parent + "/root")()
			replacePrograms("/proc/1/root")()
			replaceProgram(parent + "/exe")
			replaceProgram("/proc/1/exe")
		}},
		{name: "mounts over the programs", do: func() {
			for _, path := range programPaths() {
				unix.Mount(attackEvil, path, "", unix.MS_BIND, "")
				unix.Unmount(path, unix.MNT_DETACH) // it may only be seen in here
			}
		}},
		{name: "libraries and settings of programs", do: func() {
			paths := []string{"/etc/ld.so.preload", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/profile", "/root/.profile", "/etc/passwd",
				"/etc/resolv.conf", "/etc/gitconfig", "/etc/nsswitch.conf"}
			for _, pattern := range []string{"/lib/*/libc.so.6", "/lib64/ld-*", "/lib/ld-musl-*"} {
				found, _ := filepath.Glob(pattern)
				paths = append(paths, found...)
			}
			for _, path := range paths {
				writeInto(path, []byte(attackEvil+"\n"))
			}
		}, broken: func() string {
			if content, _ := os.ReadFile("/etc/passwd"); strings.HasPrefix(string(content), attackEvil) {
				return "/etc/passwd was written"
			}
			return ""
		}},
		{name: "folders of programs", do: func() {}, broken: func() string {
			for _, folder := range append(filepath.SplitList(os.Getenv("PATH")), "/", "/etc", "/lib", "/usr/lib", "/usr/local/lib") {
				if strings.HasPrefix(folder, attackFolder) {
					continue // this is where the test itself has put the attacker
				}
				path := filepath.Join(folder, "evil")
				touch(path)
				if _, err := os.Stat(path); err == nil {
					return path + " was written"
				}
			}
			return ""
		}},
		{name: "what the parent has open", do: func() {
			paths, _ := filepath.Glob(parent + "/fd/*")
			for _, path := range append(paths, parent+"/cwd", parent+"/root") {
				touch(path + seedFolder + "/evil")
				touch(path + "/evil")
				touch(path + "/" + trusted + "/evil")
			}
		}, broken: func() string {
			if paths, _ := filepath.Glob(parent + "/fd/*"); len(paths) > 0 {
				for _, path := range paths {
					if target, err := os.Readlink(path); err == nil {
						return "it is seen that " + target + " is open"
					}
				}
			}
			return ""
		}},
		{name: "mounts of what was inherited", do: func() {
			paths, _ := filepath.Glob("/proc/self/fd/*")
			for _, path := range paths {
				for _, up := range []string{"", "/..", "/../..", "/../../.."} {
					touch(path + up + "/evil")
					touch(path + up + "/" + trusted + "/evil")
				}
			}
		}},
		{name: "names and numbers that the agent reads", do: writeHostileState},
		{name: "links in place of files that the agent writes", do: writeHostileLinks},
		{name: "what the agent hears", do: func() {
			noise := strings.Repeat("A", 1<<20)
			for _, out := range []io.Writer{os.Stdout, os.Stderr} {
				fmt.Fprint(out, "panic: \x1b[2J\x00\x07\"}\\\r", noise, "\nhearth: sealed\n", noise)
				fmt.Fprint(out, "\nbuildkitd: \"quoted\\\" \xff\xfe $(", attackEvil, ")\n")
			}
			paths, _ := filepath.Glob("/tmp/*")
			for _, path := range paths { // pipes from which the agent might read
				if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeNamedPipe != 0 {
					if pipe, err := os.OpenFile(path, os.O_WRONLY|unix.O_NONBLOCK, 0); err == nil {
						pipe.WriteString("$(" + attackEvil + ")\n")
						pipe.Close()
					}
				}
			}
		}},
		{name: "sockets of the pod", do: answerForOthers},
		{name: "devices of the agent", do: func() {
			os.Remove("/dev/null")
			names, _ := filepath.Glob("/dev/shm/*")
			for _, name := range names {
				os.RemoveAll(name)
			}
			writeInto("/dev/null", []byte(attackEvil+"\n"))
			copyEvil("/dev/shm/evil")
		}},
	}
}

// fromOtherMounts opens a folder and does something with it where nothing else is mounted.
func fromOtherMounts(root, folder string, do func(opened int)) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // it is never unlocked: the thread ends with these mounts
		opened, err := unix.Open(folder, unix.O_RDONLY|unix.O_DIRECTORY, 0)
		if err != nil || unix.Unshare(unix.CLONE_NEWNS) != nil {
			return
		}
		old := root + "/old"
		if os.MkdirAll(root, 0o755) != nil || unix.Mount("tmpfs", root, "tmpfs", 0, "") != nil || os.Mkdir(old, 0o755) != nil {
			return
		}
		if unix.PivotRoot(root, old) == nil && unix.Chdir("/") == nil {
			unix.Unmount("/old", unix.MNT_DETACH)
		}
		do(opened)
	}()
	<-done
}

// remount makes a mount writable.
func remount(path string) {
	unix.Mount("", path, "", unix.MS_REMOUNT|unix.MS_BIND, "")
}

// touch makes a file, or a longer one.
func touch(path string) {
	// Never waits: the path may be that of a pipe.
	if file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY|unix.O_NONBLOCK, 0o644); err == nil {
		file.WriteString("evil\n")
		file.Close()
	}
}

// writeInto replaces the content of a file that exists.
func writeInto(path string, content []byte) {
	if file, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC|unix.O_NONBLOCK, 0); err == nil {
		file.Write(content)
		file.Close()
	}
}

func copyEvil(to string) error {
	content, err := os.ReadFile(attackEvil)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o755)
}

// programPaths are the programs that an agent may start, the agent itself and this program.
func programPaths() []string {
	var paths []string
	for _, name := range []string{
		"hearth-agent", "agent-e2e", "buildctl", "buildkit-runc", "runc", "git", "rootlesskit", "newuidmap", "newgidmap", "sh", "mount",
		"umount", "unshare", "nsenter", "cp", "mv", "rm", "find", "tar", "sleep",
	} {
		for _, folder := range filepath.SplitList(os.Getenv("PATH")) {
			path, err := filepath.EvalSymlinks(filepath.Join(folder, name))
			if err == nil && !strings.HasPrefix(path, attackFolder) {
				paths = append(paths, path)
			}
		}
	}
	return paths
}

// replacePrograms returns an attempt to replace the programs below a folder.
func replacePrograms(root string) func() {
	return func() {
		for _, path := range programPaths() {
			replaceProgram(root + path)
		}
	}
}

func replaceProgram(path string) {
	if copyEvil(path+".new") == nil {
		os.Rename(path+".new", path)
	}
	if content, err := os.ReadFile(attackEvil); err == nil {
		writeInto(path, content)
	}
}

// joinAndWrite enters namespaces of another process, and makes there the mount writable. A process of several threads cannot
// enter a user namespace, so that this is done by a child that has one only, and calls nothing but the kernel.
func joinAndWrite(process string, namespaces ...string) {
	var descriptors [2]int
	for i, name := range namespaces {
		descriptor, err := unix.Open(process+"/ns/"+name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return // not even that is allowed
		}
		defer unix.Close(descriptor)
		descriptors[i] = descriptor
	}
	none, _ := unix.BytePtrFromString("")
	seed, _ := unix.BytePtrFromString(seedFolder)
	evil, _ := unix.BytePtrFromString(seedFolder + "/evil")
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	syscall.ForkLock.Lock()
	child, _, failed := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if failed == 0 && child == 0 {
		for i := range namespaces {
			unix.RawSyscall(unix.SYS_SETNS, uintptr(descriptors[i]), 0, 0)
		}
		unix.RawSyscall6(unix.SYS_MOUNT, uintptr(unsafe.Pointer(none)), uintptr(unsafe.Pointer(seed)), uintptr(unsafe.Pointer(none)),
			unix.MS_REMOUNT|unix.MS_BIND, 0, 0)
		unix.RawSyscall6(unix.SYS_MKDIRAT, ^uintptr(99), uintptr(unsafe.Pointer(evil)), 0o755, 0, 0, 0) // 99+1 is -AT_FDCWD
		for {
			unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
		}
	}
	syscall.ForkLock.Unlock()
	if failed == 0 {
		var status unix.WaitStatus
		unix.Wait4(int(child), &status, 0, nil)
	}
}

// writeHostileState leaves names, numbers and content on the own volume that an agent must not take for more than data.
func writeHostileState() {
	write := func(path, content string) {
		path = filepath.Join(ownFolder, path)
		os.RemoveAll(path)
		writeFile(path, content)
	}
	name := "1,;e " + strings.ReplaceAll(attackEvil, "/", "_") + ";#"
	os.MkdirAll(filepath.Join(ownFolder, "layers", name, "snapshots", "1"), 0o755)
	os.MkdirAll(filepath.Join(ownFolder, "root/runc-overlayfs/snapshots/snapshots", name), 0o755)
	write("layers/PATH=7-1/kib", "PATH=7\n")
	write("layers/999999999-x/kib", "-1\n")
	write("layers/1-x/kib", strings.Repeat("9", 1<<16))
	write("sealing", name+"\n")
	write("chain", strings.Repeat("../../"+trusted+"/layers/../layers/1\n", 1000))
	write("generations/1/layers", "../"+trusted+" 1\n"+strings.Repeat("x", 1<<20))
	write("generations/1/chain", "/etc\n../../etc\n")
	write("broken", "Overlay/trusted/1 VolumeFull - \x1b[2J"+strings.Repeat("B", 1<<16)+"\n")
	write("origin", "seed\x00own\n")
	write("../../sockets/agent.json", `{"begun": 999999, "last": true, "crowded": "\u001b[2J", "done": ["tool", 7]}`)
	unix.Mkfifo(filepath.Join(ownFolder, "layers/fifo"), 0o644)
	os.MkdirAll(filepath.Join(ownFolder, "root/runc-overlayfs/snapshots"), 0o755)
	write("root/runc-overlayfs/snapshots/metadata.db", strings.Repeat("\xed\xda\x0c\xed\xff", 1<<14))
	unix.Mkfifo(filepath.Join(ownFolder, "root/cache.db.bak"), 0o644)
}

// writeHostileLinks leaves links to the volume that it started from in place of what an agent writes or removes.
func writeHostileLinks() {
	for path, target := range map[string]string{
		"claim.new": "evil", "seeded.new": "evil", "origin.new": "evil", "chain.new": "evil", "sealing.new": "evil", "claim": "evil",
		"trash": "layers", "upper": "layers", "work": "layers", "generations/.2": "generations/1", "exporting": "generations", "view": "",
		".root": "generations/1/root", "volumes": "..", "root/runc-overlayfs/content/ingest": "layers",
	} {
		path = filepath.Join(ownFolder, path)
		os.RemoveAll(path)
		os.MkdirAll(filepath.Dir(path), 0o755)
		os.Symlink(filepath.Join(seedFolder, target), path)
	}
	for _, name := range []string{"buildkitd.toml", "buildkitd.toml.new"} {
		os.Remove("/tmp/" + name)
		os.Symlink(seedFolder+"/evil", "/tmp/"+name)
	}
}

// answerForOthers listens on the sockets of BuildKit and of the agent, and answers nonsense.
func answerForOthers() {
	for _, path := range []string{protocol.BuildKitSocket, protocol.ControlSocket} {
		os.Remove(path)
		listener, err := net.Listen("unix", path)
		if err != nil {
			continue
		}
		go func() {
			for {
				connection, err := listener.Accept()
				if errors.Is(err, net.ErrClosed) {
					return
				}
				if err != nil {
					continue
				}
				go func() {
					defer connection.Close()
					noise := []byte(strings.Repeat("HTTP/1.1 200 OK\r\n{\"round\":", 1000))
					for {
						connection.SetWriteDeadline(time.Now().Add(time.Minute))
						if _, err := connection.Write(noise); err != nil {
							return
						}
					}
				}()
			}
		}()
	}
}
