package taskcache

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/protocol"
)

// Production returns the settings of a container.
func Production(log func(sentence string)) Settings {
	return Settings{
		Own:           "/hearth/own",
		State:         "/hearth/state",
		Report:        protocol.TerminationLog,
		MeasureWithin: 20 * time.Second,
		Log:           log,
	}
}

// chunk is the number of bytes that are copied at once, so that a copy ends soon after its time.
const chunk = 64 << 20

// errTooManyLinks is how a file system says that a file has as many names as it can have.
const errTooManyLinks = unix.EMLINK

// identity tells files of all file systems apart.
type identity struct{ device, number uint64 }

// identityOf says whether a file has several names, and which file it is.
func identityOf(info fs.FileInfo) (id identity, several bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || info.IsDir() || stat.Nlink < 2 {
		return identity{}, false
	}
	return identity{uint64(stat.Dev), stat.Ino}, true
}

// diskUsage returns the bytes that a file or folder occupies itself.
func diskUsage(info fs.FileInfo) int64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Blocks * 512
	}
	return 0
}

// changedAt returns when a file changed last, in seconds since 1970. No task can choose this time.
func changedAt(info fs.FileInfo) int64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		seconds, _ := stat.Ctim.Unix()
		return seconds
	}
	return math.MaxInt64
}

// volumeSize returns the size of the file system and what is free for this user, in KiB.
func volumeSize(path string) (capacity, free int64, err error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(path, &stat); err != nil {
		return 0, 0, err
	}
	return kib(stat.Blocks, stat.Frsize), kib(stat.Bavail, stat.Frsize), nil
}

func kib(blocks uint64, size int64) int64 {
	return int64(blocks/1024*uint64(size) + blocks%1024*uint64(size)/1024)
}

func (c *copying) copyFile(ctx context.Context, from, to *os.Root, name string, info fs.FileInfo) (err error) {
	// A pipe that has taken the place of the file must not keep it waiting.
	source, err := from.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer source.Close()
	opened, err := source.Stat()
	if err != nil {
		return err
	}
	if !os.SameFile(info, opened) {
		return errChanged
	}
	target, err := to.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	c.change()
	if err := c.copyContent(ctx, source, target, opened); err != nil {
		return err
	}
	c.change()
	if err := copyAttributes(source, target, opened); err != nil {
		return err
	}
	accessed, modified := times(opened)
	return to.Chtimes(name, accessed, modified)
}

// copyContent shares the content where the file system can, and copies it elsewhere, without the holes.
func (c *copying) copyContent(ctx context.Context, source, target *os.File, info fs.FileInfo) error {
	if info.Size() == 0 {
		return nil
	}
	if !c.plain {
		if unix.IoctlFileClone(int(target.Fd()), int(source.Fd())) == nil {
			return nil
		}
		c.plain = true
	}
	if diskUsage(info) >= info.Size() {
		return copyRange(ctx, source, target, info.Size())
	}
	for end := int64(0); end < info.Size(); {
		begin, err := source.Seek(end, unix.SEEK_DATA)
		if errors.Is(err, unix.ENXIO) {
			break // the rest is a hole
		}
		if err != nil {
			begin, end = end, info.Size() // the file system tells no holes
		} else if end, err = source.Seek(begin, unix.SEEK_HOLE); err != nil {
			return err
		}
		if _, err := source.Seek(begin, io.SeekStart); err != nil {
			return err
		}
		if _, err := target.Seek(begin, io.SeekStart); err != nil {
			return err
		}
		if err := copyRange(ctx, source, target, end-begin); err != nil {
			return err
		}
	}
	return target.Truncate(info.Size())
}

// copyRange copies bytes from where both files are, or less if the source ends.
func copyRange(ctx context.Context, source, target *os.File, length int64) error {
	for length > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		copied, err := io.CopyN(target, source, min(length, chunk))
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		length -= copied
	}
	return nil
}

func copyLink(from, to *os.Root, name string, info fs.FileInfo) error {
	target, err := from.Readlink(name)
	if err != nil {
		return err
	}
	if err := to.Symlink(target, name); err != nil {
		return err
	}
	return copyNodeAttributes(to, name, info)
}

// copySpecial makes a pipe, a socket or a device, which has no content.
func copySpecial(_ context.Context, _, to *os.Root, name string, info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return cause("a file is of an unknown kind")
	}
	folder, err := to.Open(".")
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := unix.Mknodat(int(folder.Fd()), name, stat.Mode&unix.S_IFMT|0o600, int(stat.Rdev)); err != nil {
		return &os.PathError{Op: "mknodat", Path: name, Err: err}
	}
	if err := copyNodeAttributes(to, name, info); err != nil {
		return err
	}
	return to.Chmod(name, info.Mode()&settable)
}

// copyNodeAttributes gives a file that cannot be opened the owner and the times of its original.
func copyNodeAttributes(to *os.Root, name string, info fs.FileInfo) error {
	owner, group := owners(info)
	if to.Lchown(name, owner, group) != nil {
		_ = to.Lchown(name, -1, group)
	}
	folder, err := to.Open(".")
	if err != nil {
		return err
	}
	defer folder.Close()
	accessed, modified := times(info)
	both := []unix.Timespec{unix.NsecToTimespec(accessed.UnixNano()), unix.NsecToTimespec(modified.UnixNano())}
	return unix.UtimesNanoAt(int(folder.Fd()), name, both, unix.AT_SYMLINK_NOFOLLOW)
}

// copyFolderAttributes gives a folder the attributes of its original.
func copyFolderAttributes(from, to, parent *os.Root, name string) error {
	source, err := from.Open(".")
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := to.Open(".")
	if err != nil {
		return err
	}
	defer target.Close()
	info, err := source.Stat()
	if err != nil {
		return err
	}
	if err := copyAttributes(source, target, info); err != nil {
		return err
	}
	accessed, modified := times(info)
	return parent.Chtimes(name, accessed, modified)
}

// copyAttributes gives an open file the owner, the extended attributes and the permissions of its original. Who may not give
// files away gives the group if it can, and no rights of an owner that the copy does not have.
func copyAttributes(source, target *os.File, info fs.FileInfo) error {
	mode := info.Mode() & settable
	owner, group := owners(info)
	if target.Chown(owner, group) != nil {
		mode &= fs.ModePerm
		_ = target.Chown(-1, group)
	}
	copyExtendedAttributes(int(source.Fd()), int(target.Fd()))
	return target.Chmod(mode)
}

// copyExtendedAttributes copies those that this user may read and write.
func copyExtendedAttributes(source, target int) {
	var none [0]byte
	if length, err := unix.Flistxattr(source, none[:]); err != nil || length == 0 {
		return
	}
	names, value := make([]byte, 64<<10), make([]byte, 64<<10) // the kernel's limits
	length, err := unix.Flistxattr(source, names)
	if err != nil {
		return
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(names[:length]), "\x00"), "\x00") {
		if length, err := unix.Fgetxattr(source, name, value); err == nil {
			_ = unix.Fsetxattr(target, name, value[:length], 0)
		}
	}
}

func owners(info fs.FileInfo) (owner, group int) {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Uid), int(stat.Gid)
	}
	return -1, -1
}

func times(info fs.FileInfo) (accessed, modified time.Time) {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return time.Unix(stat.Atim.Unix()), info.ModTime()
	}
	return info.ModTime(), info.ModTime()
}
