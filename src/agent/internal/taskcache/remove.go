package taskcache

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

const (
	// batch is the number of names that are read from a folder at once.
	batch = 512
	// deepest is the number of folders inside of each other that are open at once.
	deepest = 512
)

// removeAll removes a file or a folder with all that is in it, also what its owner has no permission to write. It follows no
// link. What is not there is removed already.
func (s Settings) removeAll(ctx context.Context, root *os.Root, name string) error {
	r := removal{change: s.change}
	return r.entry(ctx, root, name)
}

// removal removes a folder. Of folders that are deeper than it may open at once, it moves the rest to the top.
type removal struct {
	change func()
	// open has the folders that are open, the topmost first, and names what they are called in each other.
	open  []*os.Root
	names []string
	moved int
}

func (r *removal) entry(ctx context.Context, folder *os.Root, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.change()
	failed := folder.Remove(name)
	if failed == nil || errors.Is(failed, fs.ErrNotExist) {
		return nil
	}
	info, err := folder.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || !info.IsDir() {
		return failed
	}
	if info.Mode().Perm()&0o700 != 0o700 {
		r.change()
		// If it fails, so does what follows.
		_ = folder.Chmod(name, info.Mode()&settable|0o700)
	}
	if len(r.open) == deepest {
		return r.raise(name)
	}
	opened, err := folder.OpenRoot(name)
	if err != nil {
		return err
	}
	err = r.empty(ctx, opened, name)
	opened.Close() // first, since an old Windows keeps a folder that is open
	if err != nil {
		return err
	}
	r.change()
	return folder.Remove(name)
}

// empty removes all that is in a folder, as far as it can.
func (r *removal) empty(ctx context.Context, folder *os.Root, name string) error {
	r.open, r.names = append(r.open, folder), append(r.names, name)
	defer func() { r.open, r.names = r.open[:len(r.open)-1], r.names[:len(r.names)-1] }()
	// A pass may overlook what moves while names are removed, so the last one finds nothing.
	for {
		removed, err := r.pass(ctx, folder)
		if err != nil || removed == 0 {
			return err
		}
	}
}

func (r *removal) pass(ctx context.Context, folder *os.Root) (removed int, failed error) {
	err := eachName(folder, func(name string) error {
		if err := r.entry(ctx, folder, name); err == nil {
			removed++
		} else if failed == nil {
			failed = err
		}
		return ctx.Err()
	})
	if failed == nil {
		failed = err
	}
	return removed, failed
}

// raise moves a folder of the deepest open folder into the topmost one, which removes it in its next pass.
func (r *removal) raise(name string) error {
	from := strings.Join(append(r.names[1:len(r.names):len(r.names)], name), "/")
	for {
		r.moved++
		to := "raised-" + strconv.Itoa(r.moved)
		if _, err := r.open[0].Lstat(to); err == nil {
			continue
		}
		r.change()
		return r.open[0].Rename(from, to)
	}
}

// eachName calls a function with the name of each entry of a folder, and ends with its first error.
func eachName(folder *os.Root, see func(name string) error) error {
	listing, err := folder.Open(".")
	if err != nil {
		return err
	}
	defer listing.Close()
	for {
		names, err := listing.Readdirnames(batch)
		for _, name := range names {
			if err := see(name); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
