package volume

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/containerd/continuity/sysx"
	"golang.org/x/sys/unix"
)

// copyChunk is how much of a file is copied before it is asked whether the time is up.
const copyChunk = 64 << 20

// copying copies one tree. The continuity library's copy is not used: it syncs each file, which takes seconds for a small
// root, tells files with several names apart by their inode alone, which several file systems below an overlay may share,
// and cannot be interrupted.
type copying struct {
	ctx  context.Context
	root int
	base string
	// names has the first copy of each file that has more than one name, relative to root.
	names map[inode]string
}

type inode struct{ device, number uint64 }

// copyTree copies what has an absolute path to a name in a folder, with owners, modes, times, attributes, holes and hard
// links; the content is shared with the source where the file system can. Links are copied and not followed.
func copyTree(ctx context.Context, from string, parent int, base string) error {
	c := &copying{ctx: ctx, root: parent, base: base, names: map[inode]string{}}
	if err := c.entry(unix.AT_FDCWD, from, parent, base, base); err != nil {
		return fmt.Errorf("copy %s: %w", from, err)
	}
	return nil
}

// entry copies an entry of a folder to a name in another, which has the path relative to the root of the copy.
func (c *copying) entry(from int, name string, to int, base, relative string) error {
	if err := c.ctx.Err(); err != nil {
		return context.Cause(c.ctx)
	}
	stat, err := statat(from, name)
	if err != nil {
		return &fs.PathError{Op: "stat", Path: relative, Err: err}
	}
	id := inode{stat.Dev, stat.Ino}
	kind := stat.Mode & unix.S_IFMT
	if kind != unix.S_IFDIR && stat.Nlink > 1 {
		if first, ok := c.names[id]; ok {
			if err := unix.Linkat(c.root, first, to, base, 0); err != nil {
				return &fs.PathError{Op: "link", Path: relative, Err: err}
			}
			return nil
		}
		c.names[id] = relative
	}
	switch kind {
	case unix.S_IFDIR:
		err = c.children(from, name, to, base, relative)
	case unix.S_IFREG:
		err = c.content(from, name, to, base)
	case unix.S_IFLNK:
		var target string
		if target, err = readlinkat(from, name); err == nil {
			err = unix.Symlinkat(target, to, base)
		}
	default: // the overlay's mark of a removed file is such a one
		err = unix.Mknodat(to, base, stat.Mode, int(stat.Rdev))
	}
	if err == nil {
		err = attributes(from, name, to, base, stat)
	}
	var known *fs.PathError
	if err != nil && !errors.As(err, &known) {
		err = &fs.PathError{Op: "copy", Path: relative, Err: err}
	}
	return err
}

func (c *copying) children(from int, name string, to int, base, relative string) error {
	if err := unix.Mkdirat(to, base, 0o700); err != nil {
		return err
	}
	fd, err := openat(from, name, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	source := os.NewFile(uintptr(fd), name)
	defer source.Close()
	target, err := openat(to, base, unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	defer unix.Close(target)
	for {
		names, err := source.Readdirnames(1024)
		for _, child := range names {
			if err := c.entry(fd, child, target, child, relative+"/"+child); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || err == nil && len(names) == 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (c *copying) content(from int, name string, to int, base string) (err error) {
	source, err := openFile(from, name)
	if err != nil {
		return err
	}
	defer source.Close()
	fd, err := unix.Openat(to, base, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	target := os.NewFile(uintptr(fd), base)
	defer func() { err = errors.Join(err, target.Close()) }()
	if unix.IoctlFileClone(fd, int(source.Fd())) == nil {
		return nil
	}
	info, err := source.Stat()
	if err != nil {
		return err
	}
	if err := target.Truncate(info.Size()); err != nil {
		return err
	}
	for at := int64(0); at < info.Size(); {
		data, end, err := extent(source, at, info.Size())
		if err != nil {
			return err
		}
		for at = data; at < end; {
			if err := c.ctx.Err(); err != nil {
				return context.Cause(c.ctx)
			}
			if _, err := source.Seek(at, io.SeekStart); err != nil {
				return err
			}
			if _, err := target.Seek(at, io.SeekStart); err != nil {
				return err
			}
			n, err := io.CopyN(target, source, min(copyChunk, end-at))
			at += n
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// extent returns where the next data begins at or after an offset, and where it ends.
func extent(file *os.File, at, size int64) (data, end int64, err error) {
	data, err = unix.Seek(int(file.Fd()), at, unix.SEEK_DATA)
	if err == unix.ENXIO {
		return size, size, nil
	}
	if err == unix.EINVAL || err == unix.EOPNOTSUPP {
		return at, size, nil
	}
	if err != nil {
		return 0, 0, err
	}
	end, err = unix.Seek(int(file.Fd()), data, unix.SEEK_HOLE)
	return data, end, err
}

// attributes gives a copy the owner, the extended attributes, the mode and the times of its source, in the order in which
// none of them undoes another.
func attributes(from int, name string, to int, base string, stat unix.Stat_t) error {
	err := unix.Fchownat(to, base, int(stat.Uid), int(stat.Gid), unix.AT_SYMLINK_NOFOLLOW)
	if err != nil && (err != unix.EPERM || os.Geteuid() == 0) {
		return err
	}
	source, target := procPath(from, name), procPath(to, base)
	keys, err := sysx.LListxattr(source)
	if err != nil && !errors.Is(err, unix.ENOTSUP) {
		return err
	}
	for _, key := range keys {
		value, err := sysx.LGetxattr(source, key)
		if err == nil {
			err = sysx.LSetxattr(target, key, value, 0)
		}
		// Labels of a security module may be the system's alone to set. What an overlay or a program reads must not be lost.
		if err != nil && (strings.HasPrefix(key, "user.") || strings.HasPrefix(key, "trusted.")) {
			return fmt.Errorf("attribute %q: %w", key, err)
		}
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFLNK {
		if err := unix.Fchmodat(to, base, stat.Mode&0o7777, 0); err != nil {
			return err
		}
	}
	times := []unix.Timespec{stat.Atim, stat.Mtim}
	return unix.UtimesNanoAt(to, base, times, unix.AT_SYMLINK_NOFOLLOW)
}

func procPath(parent int, name string) string {
	if parent == unix.AT_FDCWD {
		return name
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", parent, name)
}
