package solve

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/artifact"
	"hearth.dev/agent/internal/protocol"
)

// replaceAttempts is how often files are given their name while other solves do the same.
const replaceAttempts = 10

// files are those that a build leaves for tasks. They are made in a folder with a name of its own, and get the digits of their
// digest as their name once they are complete. The folder around them is reached through a handle, so that no link in it is
// followed: what else is there was left by other solves.
type files struct {
	folder string
	step   string
}

// partial is the name of the files until they are complete.
func (f files) partial() string { return "." + f.step }

// path is where BuildKit's client exports the files to.
func (f files) path() string { return filepath.Join(f.folder, f.partial()) }

// begin makes an empty folder, without what a pod that was lost or another attempt has left there.
func (f files) begin() error {
	root, err := f.open()
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	if err := root.RemoveAll(f.partial()); err != nil {
		return fmt.Errorf("the folder for files cannot be emptied: %w", err)
	}
	if err := root.Mkdir(f.partial(), 0o755); err != nil {
		return fmt.Errorf("the folder for files cannot be made: %w", err)
	}
	return nil
}

// keep gives complete files their name, and describes them. It returns nil if there are none. Equal files that are there already
// stay, since tasks may read them, and get a new change time, by which they are known to be in use; what was damaged under their
// name, by a node that was lost, is replaced.
func (f files) keep() (*protocol.Files, error) {
	root, err := f.open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	// BuildKit's client leaves the folder to its own user alone.
	if err := root.Chmod(f.partial(), 0o755); err != nil {
		return nil, fmt.Errorf("the folder for files cannot be opened to others: %w", err)
	}
	made, err := artifact.Measure(f.path())
	if err != nil {
		return nil, fmt.Errorf("the files have no digest: %w", err)
	}
	if made == nil {
		return nil, root.RemoveAll(f.partial())
	}
	// Whoever finds the files by their name finds all of them, after a power failure too.
	if err := toDisk(root); err != nil {
		return nil, fmt.Errorf("the files cannot be written to the disk: %w", err)
	}
	name := strings.TrimPrefix(made.Digest, "sha256:")
	for range replaceAttempts {
		if there, err := f.reuse(root, name, made.Digest); there || err != nil {
			return made, err
		}
		err := root.Rename(f.partial(), name)
		// Another solve of the pod may have left equal files in the meantime.
		if err != nil && !errors.Is(err, os.ErrExist) && !errors.Is(err, unix.ENOTEMPTY) {
			return nil, fmt.Errorf("the files cannot be given their name: %w", err)
		}
		if err == nil {
			return made, nil
		}
	}
	return nil, fmt.Errorf("the files cannot be given their name: others take it again and again")
}

// reuse removes new files if equal ones have their name already, and says whether they do. It makes way if others have it.
func (f files) reuse(root *os.Root, name, digest string) (bool, error) {
	if _, err := root.Lstat(name); err != nil {
		return false, nil
	}
	found, err := artifact.Measure(filepath.Join(f.folder, name))
	if err == nil && found != nil && found.Digest == digest {
		if err := root.Chmod(name, 0o755); err != nil {
			return true, fmt.Errorf("the files of an earlier build cannot be used: %w", err)
		}
		return true, root.RemoveAll(f.partial())
	}
	damaged := f.partial() + ".damaged"
	if err := root.RemoveAll(damaged); err != nil {
		return false, fmt.Errorf("damaged files cannot be replaced: %w", err)
	}
	if err := root.Rename(name, damaged); err != nil {
		return false, fmt.Errorf("damaged files cannot be replaced: %w", err)
	}
	_ = root.RemoveAll(damaged) // or the next daemon's agent does
	return false, nil
}

// toDisk waits until everything that was written to a file system is on its disk.
func toDisk(root *os.Root) error {
	folder, err := root.Open(".")
	if err != nil {
		return err
	}
	defer func() { _ = folder.Close() }()
	return unix.Syncfs(int(folder.Fd()))
}

// discard removes the files of a solve that has failed.
func (f files) discard() error {
	root, err := f.open()
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	return root.RemoveAll(f.partial())
}

func (f files) open() (*os.Root, error) {
	root, err := os.OpenRoot(f.folder)
	if err != nil {
		return nil, fmt.Errorf("the folder for files cannot be opened: %w", err)
	}
	return root, nil
}
