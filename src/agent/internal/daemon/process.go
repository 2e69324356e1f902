package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/children"
	"hearth.dev/agent/internal/volume"
)

// program says how a daemon is started.
type program struct {
	// enter is the command line of this program that calls Enter.
	enter []string
	// buildkit is BuildKit's program.
	buildkit string
	// nested asks for a user namespace and a mount namespace of the daemon's own.
	nested bool
	// configuration is the path at which the daemon finds its configuration, and config the content.
	configuration, config string
	// socket is that of BuildKit's API.
	socket string
	view   string
	output io.Writer
}

// process is a daemon. It is started by program.start.
type process struct {
	process *os.Process
	// ended is closed when the daemon has ended; then code is its exit code.
	ended chan struct{}
	code  int
	// heard is closed when all was read that the daemon and what it has started have said; then words are the last ones.
	heard chan struct{}
	words string
	pipe  *os.File
}

// start starts a daemon with its root at a path.
func (p *program) start(owned *children.Children, view volume.View, root string) (*process, error) {
	for _, folder := range []string{p.view, root} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return nil, fmt.Errorf("start BuildKit: %w", err)
		}
	}
	if err := replace(p.configuration, p.config); err != nil {
		return nil, fmt.Errorf("write the configuration of BuildKit: %w", err)
	}
	if err := os.RemoveAll(p.socket); err != nil {
		return nil, fmt.Errorf("remove the socket of the last daemon: %w", err)
	}
	document, err := json.Marshal(entry{
		View: view, At: p.view,
		Command: []string{p.buildkit, "--config=" + p.configuration, "--root=" + root, "--addr=unix://" + p.socket},
	})
	if err != nil {
		return nil, fmt.Errorf("start BuildKit: %w", err)
	}
	attributes, err := p.attributes()
	if err != nil {
		return nil, fmt.Errorf("start BuildKit: %w", err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start BuildKit: %w", err)
	}
	command := exec.Command(p.enter[0], p.enter[1:]...)
	command.Env = append(os.Environ(), entryVariable+"="+string(document))
	command.Stdout, command.Stderr = write, write
	command.SysProcAttr = attributes
	err = owned.Start(command)
	write.Close()
	if err != nil {
		read.Close()
		return nil, fmt.Errorf("start BuildKit: %w", err)
	}
	started := &process{process: command.Process, ended: make(chan struct{}), heard: make(chan struct{}), pipe: read}
	go func() {
		started.words = pass(read, p.output)
		close(started.heard)
	}()
	go func() {
		_ = owned.Wait(command) // the exit code says it
		started.code = exitCode(command.ProcessState)
		close(started.ended)
	}()
	return started, nil
}

// attributes returns the namespaces of a daemon. In a user namespace inside of the pod's, the kernel keeps the read-only
// mounts read-only, whatever runs there. It has the same users, so that the files of the volume keep their owners, and it
// may change its groups, as programs in a container do. It cannot send a signal to the agent, and all that it has started
// ends with it.
func (p *program) attributes() (*syscall.SysProcAttr, error) {
	if !p.nested {
		return &syscall.SysProcAttr{}, nil
	}
	content, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		return nil, err
	}
	size, err := mapSize(string(content))
	if err != nil {
		return nil, err
	}
	identity := []syscall.SysProcIDMap{{ContainerID: 0, HostID: 0, Size: size}}
	return &syscall.SysProcAttr{
		Cloneflags:                 syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID,
		UidMappings:                identity,
		GidMappings:                identity,
		GidMappingsEnableSetgroups: true,
	}, nil
}

// mapSize returns the number of users of a namespace, which has the user 0, from the content of its uid_map.
func mapSize(content string) (int, error) {
	var inside, outside, size int64
	if _, err := fmt.Sscan(content, &inside, &outside, &size); err != nil {
		return 0, fmt.Errorf("read the users of this namespace: %w", err)
	}
	if inside != 0 || size < 1 || size > 1<<32-1 {
		return 0, fmt.Errorf("the users %d to %d of this namespace cannot be those of the daemon", inside, inside+size-1)
	}
	return int(size), nil
}

// exitCode returns an exit code as shells count it.
func exitCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}

// alive returns a context that ends when the daemon does.
func (p *process) alive(ctx context.Context) (context.Context, context.CancelFunc) {
	alive, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-p.ended:
			cancel()
		case <-alive.Done():
		}
	}()
	return alive, cancel
}

// end sends SIGTERM, and SIGKILL after a while, and waits.
func (p *process) end(grace time.Duration) {
	p.signal(unix.SIGTERM)
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.ended:
	case <-timer.C:
		p.signal(unix.SIGKILL)
		<-p.ended
	}
}

// signal sends a signal, unless the daemon has ended.
func (p *process) signal(signal syscall.Signal) {
	_ = p.process.Signal(signal)
}

// lastWords returns what the daemon may have died of. What it has started is dead: whoever still holds its output would be
// waited for in vain.
func (p *process) lastWords() string {
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	select {
	case <-p.heard:
	case <-timer.C:
	}
	p.pipe.Close()
	<-p.heard
	return p.words
}

// replace writes a file at once, under a name at which another process may have left anything.
func replace(path, content string) error {
	fresh := path + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	file, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, strings.NewReader(content))
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(fresh, path)
}
