// Package artifact computes what tells one state of an artifact from another, and keeps artifacts in registries as images.
package artifact

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/protocol"
)

// Measure returns the digest and the size of the files below a folder; nil if there are none, or no folder. It fails if not
// all of them can be read. No link is followed.
//
// What keeps the artifact of a task computes the same digest, in a shell. It is that of one stream with five parts, each in
// the order of the paths' bytes: the path of everything, which begins with "./" and ends with a NUL; the mode of everything
// as hexadecimal digits and a newline; the size of each regular file and a newline; the target of each link, a newline and
// a NUL; the content of each regular file, whose end the sizes tell.
func Measure(folder string) (*protocol.Files, error) {
	info, err := os.Lstat(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("measure the artifact: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("measure the artifact: %s is not a folder", folder)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("measure the artifact: %w", err)
	}
	defer func() { _ = root.Close() }()
	entries, err := list(root)
	if err != nil {
		return nil, fmt.Errorf("measure the artifact: %w", err)
	}
	if len(entries) == 0 {
		return nil, nil
	}
	files, err := sum(root, entries)
	if err != nil {
		return nil, fmt.Errorf("measure the artifact: %w", err)
	}
	return files, nil
}

// entry is something below the folder.
type entry struct {
	path string
	mode uint32
	size int64
}

func (e entry) is(kind uint32) bool { return e.mode&unix.S_IFMT == kind }

// list returns everything below the folder, in the order of the digest.
func list(root *os.Root) ([]entry, error) {
	var entries []entry
	folders := []string{"."}
	for len(folders) > 0 {
		folder := folders[len(folders)-1]
		folders = folders[:len(folders)-1]
		children, err := readFolder(root, folder)
		if err != nil {
			return nil, err
		}
		for _, child := range children {
			made := entry{path: filepath.Join(folder, child.Name()), size: child.Size()}
			status, ok := child.Sys().(*syscall.Stat_t)
			if !ok {
				return nil, fmt.Errorf("the mode of %q is unknown", made.path)
			}
			made.mode = status.Mode
			if made.is(unix.S_IFDIR) {
				folders = append(folders, made.path)
			}
			entries = append(entries, made)
		}
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.path, b.path) })
	return entries, nil
}

func readFolder(root *os.Root, path string) ([]fs.FileInfo, error) {
	opened, err := root.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = opened.Close() }()
	return opened.Readdir(-1)
}

func sum(root *os.Root, entries []entry) (*protocol.Files, error) {
	digest := sha256.New()
	for _, e := range entries {
		fmt.Fprintf(digest, "./%s\x00", e.path)
	}
	for _, e := range entries {
		fmt.Fprintf(digest, "%x\n", e.mode)
	}
	var files, bytes int64
	for _, e := range entries {
		if e.is(unix.S_IFREG) {
			fmt.Fprintf(digest, "%d\n", e.size)
			files++
			bytes += e.size
		}
	}
	for _, e := range entries {
		if e.is(unix.S_IFLNK) {
			target, err := root.Readlink(e.path)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(digest, "%s\n\x00", target)
		}
	}
	for _, e := range entries {
		if e.is(unix.S_IFREG) {
			if err := content(digest, root, e); err != nil {
				return nil, err
			}
		}
	}
	return &protocol.Files{Digest: fmt.Sprintf("sha256:%x", digest.Sum(nil)), Count: files, KiB: (bytes + 1023) / 1024}, nil
}

// content copies a file, which must still be one: a pipe in its place would block for ever without O_NONBLOCK.
func content(to io.Writer, root *os.Root, e entry) error {
	opened, err := root.OpenFile(e.path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	info, err := opened.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%q was replaced while it was read", e.path)
	}
	copied, err := io.Copy(to, opened)
	if err != nil {
		return err
	}
	if copied != e.size {
		return fmt.Errorf("%q was changed while it was read", e.path)
	}
	return nil
}
