package handover

import (
	"context"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// changed are the events after which a file of a folder may have another content. The kubelet puts a link to another folder in
// the place of the one through which all files of a volume are read.
const changed = unix.IN_MOVED_TO | unix.IN_CREATE | unix.IN_CLOSE_WRITE

// changes tells when something has changed in a folder.
type changes struct {
	// events is nil if the kernel tells nothing.
	events *os.File
}

// watch begins to watch a folder, if the kernel allows one more watch.
func watch(folder string) *changes {
	descriptor, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return &changes{}
	}
	c := &changes{events: os.NewFile(uintptr(descriptor), "inotify")}
	if _, err := unix.InotifyAddWatch(descriptor, folder, changed); err != nil {
		c.close()
	}
	return c
}

// await waits until something has changed since the last call, for a time at most, or until the context ends.
func (c *changes) await(ctx context.Context, most time.Duration) {
	if c.events == nil {
		ctx, cancel := context.WithTimeout(ctx, most)
		defer cancel()
		<-ctx.Done()
		return
	}
	events := c.events
	// A file that is closed is not read any more.
	stop := context.AfterFunc(ctx, func() { _ = events.Close() })
	defer stop()
	err := events.SetReadDeadline(time.Now().Add(most))
	if err == nil {
		// Which events these are does not matter. One read takes all that fit, and more of them only cause another look.
		_, err = events.Read(make([]byte, 4096))
	}
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		c.close()
	}
}

func (c *changes) close() {
	if c.events != nil {
		_ = c.events.Close()
		c.events = nil
	}
}
