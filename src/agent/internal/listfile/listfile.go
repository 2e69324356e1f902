// Package listfile writes a file of an artifact, such as one that lists tests, for those who cannot mount the artifact.
package listfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Write writes the beginning of a file, of at most a number of bytes. It follows no link out of the folder, and reads nothing
// but a regular file.
func Write(to io.Writer, folder, file string, most int64) error {
	if err := write(to, folder, file, most); err != nil {
		var at *fs.PathError
		if errors.As(err, &at) {
			err = at.Err
		}
		return fmt.Errorf("read %q: %w", file, err)
	}
	return nil
}

func write(to io.Writer, folder, file string, most int64) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	// A pipe would block for ever without O_NONBLOCK.
	opened, err := root.OpenFile(file, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	info, err := opened.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is not a regular file")
	}
	_, err = io.Copy(to, io.LimitReader(opened, most))
	return err
}
