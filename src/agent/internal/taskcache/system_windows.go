package taskcache

import (
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Production returns the settings of a container.
func Production(log func(sentence string)) Settings {
	return Settings{
		Own:           `C:\hearth\own`,
		State:         `C:\hearth\state`,
		Report:        `C:\dev\termination-log`,
		MeasureWithin: 20 * time.Second,
		Log:           log,
	}
}

// errTooManyLinks is how a file system says that a file has as many names as it can have.
const errTooManyLinks = windows.ERROR_TOO_MANY_LINKS

// identity tells files apart. On Windows each name is copied as a file of its own.
type identity struct{}

func identityOf(fs.FileInfo) (id identity, several bool) { return identity{}, false }

// diskUsage returns the length of a file, since what it occupies can be asked only for an open one.
func diskUsage(info fs.FileInfo) int64 {
	if info.Mode().IsRegular() {
		return info.Size()
	}
	return 0
}

// changedAt says that any file has just changed: tasks leave no artifacts on Windows.
func changedAt(fs.FileInfo) int64 { return math.MaxInt64 }

// volumeSize returns the size of the file system and what is free for this user, in KiB.
func volumeSize(path string) (capacity, free int64, err error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, 0, err
	}
	var available, total uint64
	if err := windows.GetDiskFreeSpaceEx(name, &available, &total, nil); err != nil {
		return 0, 0, err
	}
	return int64(total / 1024), int64(available / 1024), nil
}

func (c *copying) copyFile(ctx context.Context, from, to *os.Root, name string, _ fs.FileInfo) error {
	return copyFileEx(ctx, from, to, name)
}

var procCopyFileEx = windows.NewLazySystemDLL("kernel32.dll").NewProc("CopyFileExW")

const (
	copyFileFailIfExists = 0x1
	copyFileCopySymlink  = 0x800
)

// copyFileEx copies a file with its streams, attributes and times, and shares the content where the file system can. A link
// that has taken the place of the file is copied as a link.
func copyFileEx(ctx context.Context, from, to *os.Root, name string) error {
	source, err := pathIn(from, name)
	if err != nil {
		return err
	}
	target, err := pathIn(to, name)
	if err != nil {
		return err
	}
	var cancel int32
	defer context.AfterFunc(ctx, func() { atomic.StoreInt32(&cancel, 1) })()
	done, _, failed := procCopyFileEx.Call(
		uintptr(unsafe.Pointer(source)),
		uintptr(unsafe.Pointer(target)),
		0, // no progress
		0,
		uintptr(unsafe.Pointer(&cancel)),
		copyFileFailIfExists|copyFileCopySymlink)
	if done != 0 {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return &os.PathError{Op: "CopyFileEx", Path: name, Err: failed}
}

// copyLink makes a symbolic link of the same target, which need not exist, and of the same kind.
func copyLink(from, to *os.Root, name string, info fs.FileInfo) error {
	read, err := from.Readlink(name)
	if err != nil {
		return err
	}
	leads, err := windows.UTF16PtrFromString(read)
	if err != nil {
		return err
	}
	link, err := pathIn(to, name)
	if err != nil {
		return err
	}
	var flags uint32
	if attributes(info)&windows.FILE_ATTRIBUTE_DIRECTORY != 0 {
		flags = windows.SYMBOLIC_LINK_FLAG_DIRECTORY
	}
	const unprivileged = 0x2 // SYMBOLIC_LINK_FLAG_ALLOW_UNPRIVILEGED_CREATE, which old versions do not know
	err = windows.CreateSymbolicLink(link, leads, flags|unprivileged)
	if errors.Is(err, windows.ERROR_INVALID_PARAMETER) {
		err = windows.CreateSymbolicLink(link, leads, flags)
	}
	if err != nil {
		return &os.PathError{Op: "CreateSymbolicLink", Path: name, Err: err}
	}
	return nil
}

const (
	// nameSurrogate is the bit of a reparse tag that says that the file stands for another, as a junction does.
	nameSurrogate = 0x20000000
	// socketTag is the reparse tag of a socket.
	socketTag = 0x80000023
)

// copySpecial copies a file or folder that has reparse data and is no symbolic link. Junctions and sockets have no content but
// that data. What else has it, such as a file that a filter of the system has moved, is read through it.
func copySpecial(ctx context.Context, from, to *os.Root, name string, info fs.FileInfo) error {
	source, err := pathIn(from, name)
	if err != nil {
		return err
	}
	data, err := reparseData(source)
	if err != nil {
		return &os.PathError{Op: "FSCTL_GET_REPARSE_POINT", Path: name, Err: err}
	}
	if tag := binary.LittleEndian.Uint32(data); tag&nameSurrogate == 0 && tag != socketTag {
		return copyFileEx(ctx, from, to, name)
	}
	if attributes(info)&windows.FILE_ATTRIBUTE_DIRECTORY != 0 {
		err = to.Mkdir(name, 0o777)
	} else {
		err = to.WriteFile(name, nil, 0o666)
	}
	if err != nil {
		return err
	}
	target, err := pathIn(to, name)
	if err != nil {
		return err
	}
	if err := setReparseData(target, data); err != nil {
		return &os.PathError{Op: "FSCTL_SET_REPARSE_POINT", Path: name, Err: err}
	}
	return nil
}

func reparseData(path *uint16) ([]byte, error) {
	handle, err := openReparsePoint(path, 0)
	if err != nil {
		return nil, err
	}
	defer windows.CloseHandle(handle)
	data := make([]byte, windows.MAXIMUM_REPARSE_DATA_BUFFER_SIZE)
	var length uint32
	err = windows.DeviceIoControl(
		handle, windows.FSCTL_GET_REPARSE_POINT, nil, 0, &data[0], uint32(len(data)), &length, nil)
	if err != nil {
		return nil, err
	}
	if length < 4 {
		return nil, cause("a link is malformed")
	}
	return data[:length], nil
}

func setReparseData(path *uint16, data []byte) error {
	handle, err := openReparsePoint(path, windows.GENERIC_WRITE)
	if err != nil {
		return err
	}
	defer windows.CloseHandle(handle)
	var length uint32
	return windows.DeviceIoControl(
		handle, windows.FSCTL_SET_REPARSE_POINT, &data[0], uint32(len(data)), nil, 0, &length, nil)
}

func openReparsePoint(path *uint16, access uint32) (windows.Handle, error) {
	return windows.CreateFile(
		path,
		access,
		windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE,
		nil,
		windows.OPEN_EXISTING,
		windows.FILE_FLAG_BACKUP_SEMANTICS|windows.FILE_FLAG_OPEN_REPARSE_POINT,
		0)
}

// copyFolderAttributes gives a folder the attributes and the times of its original.
func copyFolderAttributes(from, to, parent *os.Root, name string) error {
	info, err := from.Lstat(".")
	if err != nil {
		return err
	}
	data, ok := info.Sys().(*syscall.Win32FileAttributeData)
	if !ok {
		return nil
	}
	accessed, modified := time.Unix(0, data.LastAccessTime.Nanoseconds()), info.ModTime()
	if err := parent.Chtimes(name, accessed, modified); err != nil {
		return err
	}
	path, err := pathIn(to, "")
	if err != nil {
		return err
	}
	const kept = windows.FILE_ATTRIBUTE_READONLY | windows.FILE_ATTRIBUTE_HIDDEN | windows.FILE_ATTRIBUTE_SYSTEM |
		windows.FILE_ATTRIBUTE_ARCHIVE | windows.FILE_ATTRIBUTE_NOT_CONTENT_INDEXED
	if data.FileAttributes&kept == 0 {
		return nil
	}
	return windows.SetFileAttributes(path, data.FileAttributes&kept)
}

func attributes(info fs.FileInfo) uint32 {
	if data, ok := info.Sys().(*syscall.Win32FileAttributeData); ok {
		return data.FileAttributes
	}
	return 0
}

// pathIn returns the path of a file in a form that may have any length.
func pathIn(folder *os.Root, name string) (*uint16, error) {
	path, err := filepath.Abs(filepath.Join(folder.Name(), name))
	if err != nil {
		return nil, err
	}
	return windows.UTF16PtrFromString(`\\?\` + path)
}
