//go:build e2e

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/protocol"
)

// hearth is the folder of a container that has the volumes and the view.
const hearth = "/var/lib/hearth"

// claimMount is a volume that a container has.
type claimMount struct {
	Folder, Claim string
	ReadOnly      bool
}

// containerSpec is what is started in a container, and what it can see.
type containerSpec struct {
	Command     []string
	Environment []string
	Claims      []claimMount
	// Termination is the file that is /dev/termination-log inside.
	Termination string
	// Path has a folder that is searched for programs before others; empty for none.
	Path string
}

// container is a process that is the first one of its container: all others end with it. It has a mount of its own for each
// volume and for /tmp, as in a pod, and shares /run and the network with all others.
type container struct {
	command     *exec.Cmd
	log         string
	termination string
	ended       chan struct{}
}

func startContainer(t testing.TB, folder string, spec containerSpec) *container {
	t.Helper()
	must(t, os.MkdirAll(folder, 0o755))
	c := &container{
		log:         filepath.Join(folder, "log"),
		termination: filepath.Join(folder, "termination"),
		ended:       make(chan struct{}),
	}
	must(t, writeFile(c.termination, ""))
	spec.Termination = c.termination
	document, err := json.Marshal(spec)
	must(t, err)
	output, err := os.Create(c.log)
	must(t, err)
	c.command = exec.Command("/proc/self/exe")
	c.command.Args = []string{containerStage, string(document)}
	c.command.Stdout, c.command.Stderr = output, output
	c.command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS}
	must(t, c.command.Start())
	must(t, output.Close())
	go func() {
		_ = c.command.Wait() // its state says how it ended
		close(c.ended)
	}()
	t.Cleanup(c.kill)
	return c
}

// kill ends all processes of the container at once.
func (c *container) kill() {
	_ = c.command.Process.Kill()
	<-c.ended
}

func (c *container) terminate() {
	_ = c.command.Process.Signal(syscall.SIGTERM) // it may have ended
}

// code waits for the end and returns the exit code; -1 after a signal.
func (c *container) code() int {
	<-c.ended
	return c.command.ProcessState.ExitCode()
}

// output returns what the container has printed.
func (c *container) output() string {
	content, err := os.ReadFile(c.log)
	if err != nil {
		return err.Error()
	}
	return string(content)
}

// said returns what the container has written as its last words.
func (c *container) said() string {
	content, err := os.ReadFile(c.termination)
	if err != nil {
		return err.Error()
	}
	return string(content)
}

// runContainerStage makes the mounts of a container and starts its command. It returns only if it fails.
func runContainerStage(document string) error {
	var spec containerSpec
	if err := json.Unmarshal([]byte(document), &spec); err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make the mounts private: %w", err)
	}
	if err := mountNew("proc", "/proc", ""); err != nil {
		return err
	}
	if err := unix.Mount(spec.Termination, protocol.TerminationLog, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount the termination log: %w", err)
	}
	// Below this mount lie the same volumes, all writable: nothing in the container can see them.
	assembled := hearth + "/assembled"
	if err := mountNew("tmpfs", assembled, "mode=755,size=64m"); err != nil {
		return err
	}
	if err := os.Mkdir(assembled+"/volumes", 0o755); err != nil {
		return err
	}
	if err := mountNew("tmpfs", assembled+strings.TrimPrefix(protocol.View, hearth), "mode=755"); err != nil {
		return err
	}
	if err := bind(socketsFolder, assembled+strings.TrimPrefix(protocol.Sockets, hearth)); err != nil {
		return err
	}
	for _, claim := range spec.Claims {
		mount := bind
		if claim.ReadOnly {
			mount = bindReadOnly
		}
		if err := mount(claim.Folder, filepath.Join(assembled, "volumes", claim.Claim)); err != nil {
			return err
		}
	}
	// As the root file system of a container, on which the mounts of a pod are.
	if err := unix.Mount("", assembled, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""); err != nil {
		return fmt.Errorf("make the folder of the mounts read-only: %w", err)
	}
	if err := unix.Mount(assembled, hearth, "", unix.MS_MOVE, ""); err != nil {
		return fmt.Errorf("move the volumes to their place: %w", err)
	}
	if err := mountNew("tmpfs", "/tmp", "mode=1777"); err != nil {
		return err
	}
	path := os.Getenv("PATH")
	if spec.Path != "" {
		path = spec.Path + ":" + path
	}
	if len(spec.Command) == 0 {
		return errors.New("there is no command")
	}
	program, err := exec.LookPath(spec.Command[0])
	if err != nil {
		return err
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	return unix.Exec(program, spec.Command, append([]string{"PATH=" + path}, spec.Environment...))
}
