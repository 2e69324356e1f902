package volume

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// maxEntries is the most entries of a folder that are read: a daemon that was broken into may have made any number.
const maxEntries = 1 << 20

// changes are the ways in which files are changed below one folder. Paths are relative to it. All changes of this package
// are made through it, so that a test can end a process at each of them.
type changes interface {
	// Mkdir makes a folder and its missing parents; one that is there is left as it is.
	Mkdir(name string) error
	// Rename moves a file or folder; a file that has the name already is replaced.
	Rename(from, to string) error
	Symlink(target, name string) error
	// Link makes another name of a file.
	Link(from, to string) error
	// Write makes a file, or replaces its content.
	Write(name string, content []byte) error
	// Remove removes a file, or a folder with all that is in it. It is no error if there is none.
	Remove(name string) error
	// Copy copies a file or folder with all attributes from an absolute path. Nothing may have the name yet.
	Copy(ctx context.Context, from, name string) error
	// Chown gives a file or folder to a user and group, by their numbers.
	Chown(name string, user, group int) error
	// Sync writes all of the file system to the disk.
	Sync() error
}

// entry is what a folder has under a name.
type entry struct {
	name string
	kind fs.FileMode
}

// folder reads and changes files below a folder. No symbolic link is followed on the way to a name, and none that has the
// name itself, since others may have written what is in the folder.
type folder struct {
	path string
	file *os.File
}

func openFolder(name string) (*folder, error) {
	file, err := os.OpenFile(name, os.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return &folder{path: name, file: file}, nil
}

func (f *folder) Close() error { return f.file.Close() }

// at opens the folder that has the name, follows no link, and calls use with its descriptor and the last part of the name.
func (f *folder) at(operation, name string, use func(parent int, base string) error) error {
	if !filepath.IsLocal(name) || path.Clean(name) != name {
		return &fs.PathError{Op: operation, Path: name, Err: fs.ErrInvalid}
	}
	defer runtime.KeepAlive(f)
	parent := int(f.file.Fd())
	parts := strings.Split(name, "/")
	for i, part := range parts[:len(parts)-1] {
		next, err := openat(parent, part, unix.O_PATH|unix.O_DIRECTORY)
		if i > 0 {
			unix.Close(parent)
		}
		if err != nil {
			return &fs.PathError{Op: operation, Path: name, Err: err}
		}
		parent = next
	}
	if len(parts) > 1 {
		defer unix.Close(parent)
	}
	if err := use(parent, parts[len(parts)-1]); err != nil {
		var known *fs.PathError
		if errors.As(err, &known) {
			return err
		}
		return &fs.PathError{Op: operation, Path: name, Err: err}
	}
	return nil
}

func openat(parent int, name string, flags int) (int, error) {
	for {
		fd, err := unix.Openat(parent, name, flags|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

func statat(parent int, name string) (unix.Stat_t, error) {
	var stat unix.Stat_t
	for {
		err := unix.Fstatat(parent, name, &stat, unix.AT_SYMLINK_NOFOLLOW)
		if err != unix.EINTR {
			return stat, err
		}
	}
}

// Stat returns what is known of a name, without following a link.
func (f *folder) Stat(name string) (stat unix.Stat_t, err error) {
	err = f.at("stat", name, func(parent int, base string) (err error) {
		stat, err = statat(parent, base)
		return err
	})
	return stat, err
}

// Exists says whether anything has the name, be it a link that leads nowhere.
func (f *folder) Exists(name string) bool {
	_, err := f.Stat(name)
	return err == nil
}

// IsFolder says whether the name is that of a folder, and not of a link to one.
func (f *folder) IsFolder(name string) bool {
	stat, err := f.Stat(name)
	return err == nil && stat.Mode&unix.S_IFMT == unix.S_IFDIR
}

// IsFilled says whether the name is that of a file with content.
func (f *folder) IsFilled(name string) bool {
	stat, err := f.Stat(name)
	return err == nil && stat.Mode&unix.S_IFMT == unix.S_IFREG && stat.Size > 0
}

// Readlink returns where a link leads.
func (f *folder) Readlink(name string) (target string, err error) {
	err = f.at("readlink", name, func(parent int, base string) (err error) {
		target, err = readlinkat(parent, base)
		return err
	})
	return target, err
}

func readlinkat(parent int, name string) (string, error) {
	buffer := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(parent, name, buffer)
	if err != nil {
		return "", err
	}
	return string(buffer[:n]), nil
}

// Read returns the content of a file, of which at most the given number of bytes are accepted.
func (f *folder) Read(name string, limit int64) (content []byte, err error) {
	err = f.at("read", name, func(parent int, base string) error {
		file, err := openFile(parent, base)
		if err != nil {
			return err
		}
		defer file.Close()
		content, err = io.ReadAll(io.LimitReader(file, limit+1))
		if err == nil && int64(len(content)) > limit {
			err = fmt.Errorf("it has more than %d bytes", limit)
		}
		return err
	})
	return content, err
}

// openFile opens a file to read it. Anything else is refused: to open a pipe would wait for ever.
func openFile(parent int, name string) (*os.File, error) {
	fd, err := openat(parent, name, unix.O_RDONLY|unix.O_NONBLOCK)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), name)
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a regular file")
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// List returns the entries of a folder in no order; none if there is no such folder.
func (f *folder) List(name string) (entries []entry, err error) {
	err = f.at("list", name, func(parent int, base string) error {
		fd, err := openat(parent, base, unix.O_RDONLY|unix.O_DIRECTORY)
		if err != nil {
			return err
		}
		file := os.NewFile(uintptr(fd), base)
		defer file.Close()
		found, err := file.ReadDir(maxEntries + 1)
		if errors.Is(err, io.EOF) {
			err = nil
		}
		if len(found) > maxEntries {
			return fmt.Errorf("it has more than %d entries", maxEntries)
		}
		for _, each := range found {
			entries = append(entries, entry{each.Name(), each.Type()})
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) {
		return nil, nil
	}
	return entries, err
}

func (f *folder) Mkdir(name string) error {
	parts := strings.Split(name, "/")
	for i := range parts {
		part := strings.Join(parts[:i+1], "/")
		err := f.at("mkdir", part, func(parent int, base string) error { return unix.Mkdirat(parent, base, 0o755) })
		if err != nil && (!errors.Is(err, fs.ErrExist) || !f.IsFolder(part)) {
			return err
		}
	}
	return nil
}

func (f *folder) Rename(from, to string) error {
	return f.at("rename", from, func(fromParent int, fromBase string) error {
		return f.at("rename", to, func(toParent int, toBase string) error {
			return unix.Renameat(fromParent, fromBase, toParent, toBase)
		})
	})
}

func (f *folder) Symlink(target, name string) error {
	return f.at("symlink", name, func(parent int, base string) error { return unix.Symlinkat(target, parent, base) })
}

func (f *folder) Link(from, to string) error {
	return f.at("link", from, func(fromParent int, fromBase string) error {
		return f.at("link", to, func(toParent int, toBase string) error {
			return unix.Linkat(fromParent, fromBase, toParent, toBase, 0)
		})
	})
}

func (f *folder) Write(name string, content []byte) error {
	return f.at("write", name, func(parent int, base string) error {
		fd, err := unix.Openat(parent, base, unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o644)
		if err != nil {
			return err
		}
		file := os.NewFile(uintptr(fd), base)
		_, err = file.Write(content)
		return errors.Join(err, file.Close())
	})
}

func (f *folder) Remove(name string) error {
	err := f.at("remove", name, func(parent int, base string) error {
		return os.RemoveAll(fmt.Sprintf("/proc/self/fd/%d/%s", parent, base))
	})
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
		return nil
	}
	return err
}

func (f *folder) Copy(ctx context.Context, from, name string) error {
	return f.at("copy", name, func(parent int, base string) error { return copyTree(ctx, from, parent, base) })
}

func (f *folder) Chown(name string, user, group int) error {
	return f.at("chown", name, func(parent int, base string) error {
		return unix.Fchownat(parent, base, user, group, unix.AT_SYMLINK_NOFOLLOW)
	})
}

func (f *folder) Sync() error {
	defer runtime.KeepAlive(f)
	if err := unix.Syncfs(int(f.file.Fd())); err != nil {
		return &fs.PathError{Op: "sync", Path: f.path, Err: err}
	}
	return nil
}
