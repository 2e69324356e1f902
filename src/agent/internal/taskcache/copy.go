package taskcache

import (
	"context"
	"errors"
	"io/fs"
	"os"
)

const (
	errNoFolder = cause("the source is not a folder")
	errChanged  = cause("a file changed while it was copied")
	errDeep     = cause("there are too many folders inside of each other")
)

// mostLinks is the number of files with several names that are remembered, to bound memory. Further names of a file become
// files of their own.
const mostLinks = 1 << 20

// copyFolder copies a folder with all that is in it under a new name into a volume: content, links as links, permissions,
// times, and owners as far as this user may give files away. No link is followed, neither here nor there.
func (s Settings) copyFolder(ctx context.Context, source string, own *os.Root, name string) error {
	info, err := os.Lstat(source)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return errNoFolder
	}
	from, err := os.OpenRoot(source)
	if err != nil {
		return err
	}
	defer from.Close()
	s.change()
	if err := own.Mkdir(name, 0o700); err != nil {
		return err
	}
	to, err := own.OpenRoot(name)
	if err != nil {
		return err
	}
	defer to.Close()
	c := copying{top: to, change: s.change, names: map[identity]string{}}
	if err := c.content(ctx, from, to, "", 1); err != nil {
		return err
	}
	s.change()
	return copyFolderAttributes(from, to, own, name)
}

// copying is the copy of one folder.
type copying struct {
	top    *os.Root
	change func()
	// names has the path below top of the first name of each file that has several.
	names map[identity]string
	// plain says that the file system cannot share the content of files.
	plain bool
}

// content copies all that is in a folder. The path is that of the folder below the topmost one.
func (c *copying) content(ctx context.Context, from, to *os.Root, path string, depth int) error {
	if depth > deepest {
		return errDeep
	}
	return eachName(from, func(name string) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		info, err := from.Lstat(name)
		if err != nil {
			return err
		}
		c.change()
		switch {
		case info.IsDir():
			return c.folder(ctx, from, to, name, path+name+"/", depth)
		case info.Mode().IsRegular():
			return c.file(ctx, from, to, name, path+name, info)
		case info.Mode()&fs.ModeSymlink != 0:
			return copyLink(from, to, name, info)
		default:
			return copySpecial(ctx, from, to, name, info)
		}
	})
}

func (c *copying) folder(ctx context.Context, from, to *os.Root, name, path string, depth int) error {
	source, err := from.OpenRoot(name)
	if err != nil {
		return err
	}
	defer source.Close()
	if err := to.Mkdir(name, 0o700); err != nil {
		return err
	}
	target, err := to.OpenRoot(name)
	if err != nil {
		return err
	}
	defer target.Close()
	if err := c.content(ctx, source, target, path, depth+1); err != nil {
		return err
	}
	// Last, because it may be read-only, and because each new file changes its time.
	c.change()
	return copyFolderAttributes(source, target, to, name)
}

func (c *copying) file(ctx context.Context, from, to *os.Root, name, path string, info fs.FileInfo) error {
	id, several := identityOf(info)
	if several {
		if first, known := c.names[id]; known {
			if err := c.top.Link(first, path); err == nil {
				return nil
			} else if !errors.Is(err, errTooManyLinks) {
				return err
			}
		}
	}
	if err := c.copyFile(ctx, from, to, name, info); err != nil {
		return err
	}
	if several && len(c.names) < mostLinks {
		c.names[id] = path
	}
	return nil
}
