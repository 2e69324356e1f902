package daemon

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/children"
)

const (
	// mostReaps is how often it is looked for processes, as a dying one may have started another.
	mostReaps = 9
	// reapTime is the time in which killed processes end.
	reapTime = 200 * time.Millisecond
	// mostMounts is more mounts than a daemon can have left.
	mostMounts = 100_000
)

// hostProcesses is the namespace of all processes of a machine.
const hostProcesses = "pid:[4026531836]"

// reap ends everything that a dead daemon has left running, which would still write, and detaches what it has mounted at
// one of the paths or below. A process that a daemon has started has another mount namespace than this one. Outside of a
// container, where others have too, no process is ended.
func reap(paths ...string) error {
	if processes, err := os.Readlink("/proc/self/ns/pid"); err != nil || processes == hostProcesses {
		return errors.Join(err, detach(paths))
	}
	mine, err := os.Readlink("/proc/self/ns/mnt")
	if err != nil {
		return fmt.Errorf("find this process's mounts: %w", err)
	}
	for range mostReaps {
		left, err := killOthers(mine)
		if err != nil {
			return err
		}
		if !left {
			break
		}
		time.Sleep(reapTime)
	}
	return detach(paths)
}

// killOthers kills all processes with another mount namespace, and says whether there were some. A process of which this is
// not known, because it has ended or belongs to another user namespace, is left.
func killOthers(mine string) (bool, error) {
	processes, err := children.Processes()
	if err != nil {
		return false, err
	}
	found := false
	for _, process := range processes {
		// The descriptor means this process even if its number comes to mean another one meanwhile.
		descriptor, err := unix.PidfdOpen(process, 0)
		if err != nil {
			continue
		}
		its, err := os.Readlink("/proc/" + strconv.Itoa(process) + "/ns/mnt")
		if err == nil && its != mine {
			found = true
			_ = unix.PidfdSendSignal(descriptor, unix.SIGKILL, nil, 0) // it may have ended
		}
		unix.Close(descriptor)
	}
	return found, nil
}

// detach detaches all mounts at one of the paths or below, the newest first.
func detach(paths []string) error {
	file, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return fmt.Errorf("list mounts: %w", err)
	}
	defer file.Close()
	var below []string
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20) // an overlay names all of its folders
	for lines.Scan() && len(below) < mostMounts {
		fields := bytes.Fields(lines.Bytes())
		if len(fields) < 5 {
			continue
		}
		at := unescaped(string(fields[4]))
		if slices.ContainsFunc(paths, func(path string) bool { return at == path || strings.HasPrefix(at, path+"/") }) {
			below = append(below, at)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("list mounts: %w", err)
	}
	var failed error
	for _, at := range slices.Backward(below) {
		if err := unix.Unmount(at, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW); err != nil {
			failed = errors.Join(failed, fmt.Errorf("detach %s: %w", at, err))
		}
	}
	return failed
}

// unescaped returns a path of mountinfo, in which some characters are octal numbers.
func unescaped(path string) string {
	var plain strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] == '\\' && i+4 <= len(path) {
			if number, err := strconv.ParseUint(path[i+1:i+4], 8, 8); err == nil {
				plain.WriteByte(byte(number))
				i += 3
				continue
			}
		}
		plain.WriteByte(path[i])
	}
	return plain.String()
}
