// Package children starts processes, and waits for those that others have left to this one.
package children

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// Children are the processes that are waited for by those who have started them.
type Children struct {
	mu    sync.Mutex
	known map[int]bool
}

// New returns no children yet.
func New() *Children {
	return &Children{known: map[int]bool{}}
}

// Start starts a process, for which Wait has to be called.
func (c *Children) Start(command *exec.Cmd) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := command.Start(); err != nil {
		return err
	}
	c.known[command.Process.Pid] = true
	return nil
}

// Wait waits for a process that Start has started, as its own Wait does.
func (c *Children) Wait(command *exec.Cmd) error {
	err := command.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.known, command.Process.Pid)
	return err
}

// Collect waits for ended processes that lost their parents and became children of this one, until the context ends. That
// happens to the first process of a container alone, and no other process can wait for them.
func (c *Children) Collect(ctx context.Context) {
	if os.Getpid() != 1 {
		return
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, unix.SIGCHLD)
	defer signal.Stop(ended)
	for {
		select {
		case <-ctx.Done():
			return
		case <-ended:
			c.collectEnded(os.Getpid())
		}
	}
}

// collectEnded waits for the children of this process that have ended and that Start did not start. Parent is its number.
func (c *Children) collectEnded(parent int) {
	processes, err := Processes()
	if err != nil {
		return // the next time
	}
	for _, process := range processes {
		content, err := os.ReadFile("/proc/" + strconv.Itoa(process) + "/stat")
		if err != nil || !isZombie(string(content), parent) {
			continue
		}
		c.mu.Lock()
		if !c.known[process] {
			_, _ = unix.Wait4(process, nil, unix.WNOHANG, nil)
		}
		c.mu.Unlock()
	}
}

// isZombie reads the content of a process's stat: whether it has ended and its parent has not waited for it. The name in
// parentheses may have any character.
func isZombie(stat string, parent int) bool {
	end := strings.LastIndexByte(stat, ')')
	if end < 0 {
		return false
	}
	fields := strings.Fields(stat[end+1:])
	return len(fields) > 1 && fields[0] == "Z" && fields[1] == strconv.Itoa(parent)
}

// Processes returns the numbers of all processes.
func Processes() ([]int, error) {
	folder, err := os.Open("/proc")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	defer folder.Close()
	names, err := folder.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	var found []int
	for _, name := range names {
		if number, err := strconv.Atoi(name); err == nil {
			found = append(found, number)
		}
	}
	return found, nil
}
