package layer

import (
	"archive/tar"
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
)

// buffered is the number of bytes that are written to the file, or copied, at once.
const buffered = 64 << 10

// Pack writes the files of a folder as a layer. The same names, modes, links and contents always give the same layer. Hard links
// become separate files. No link is followed but the folder itself, and no file is read into memory as a whole. The limit is the
// size in bytes of the layer before it is compressed, as for Unpack.
func Pack(ctx context.Context, folder string, to io.Writer, limit int64) (Layer, error) {
	return pack(ctx, folder, to, limit, mostEntries)
}

func pack(ctx context.Context, folder string, to io.Writer, limit int64, most int) (Layer, error) {
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return Layer{}, errors.New("the artifact is not a folder: its step has to create one at artifact.path")
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return Layer{}, failed(err)
	}
	defer func() { _ = root.Close() }()

	packed, content := sha256.New(), sha256.New()
	written := &counter{to: to}
	file := bufio.NewWriterSize(io.MultiWriter(written, packed), buffered)
	// An artifact is transferred only once or twice and a step waits for it, so speed matters more than size.
	compressed, err := gzip.NewWriterLevel(file, gzip.BestSpeed)
	if err != nil {
		return Layer{}, failed(err)
	}
	bounded := &boundedWriter{to: io.MultiWriter(compressed, content), left: limit}
	p := packer{
		ctx: ctx, archive: tar.NewWriter(bounded), bounded: bounded, buffer: make([]byte, buffered), left: most, most: most,
	}
	if err = p.addAll(root, ""); err == nil {
		for _, end := range []func() error{p.archive.Close, compressed.Close, file.Flush} {
			if err = end(); err != nil {
				err = failed(err)
				break
			}
		}
	}
	if errors.Is(err, errTooLarge) {
		return Layer{}, TooLarge(limit)
	}
	if err != nil {
		return Layer{}, err
	}
	return Layer{
		Digest: fmt.Sprintf("sha256:%x", packed.Sum(nil)),
		Size:   written.count,
		DiffID: fmt.Sprintf("sha256:%x", content.Sum(nil)),
	}, nil
}

// counter counts what is written.
type counter struct {
	to    io.Writer
	count int64
}

// Write is part of io.Writer.
func (c *counter) Write(part []byte) (int, error) {
	count, err := c.to.Write(part)
	c.count += int64(count)
	return count, err
}

// boundedWriter fails after a number of bytes.
type boundedWriter struct {
	to   io.Writer
	left int64
}

// Write is part of io.Writer.
func (b *boundedWriter) Write(part []byte) (int, error) {
	if b.left -= int64(len(part)); b.left < 0 {
		return 0, errTooLarge
	}
	return b.to.Write(part)
}

type packer struct {
	ctx     context.Context
	archive *tar.Writer
	// bounded is what the archive is written to.
	bounded *boundedWriter
	buffer  []byte
	// left is how many entries there may still be, of most.
	left, most int
}

// addAll adds what is in a folder. Path is that of the folder, and ends with a slash unless it is empty.
func (p *packer) addAll(folder *os.Root, path string) error {
	names, err := namesOf(folder, p.left+1)
	if err != nil {
		return failed(err)
	}
	for _, name := range names {
		if err := p.add(folder, name, path+name); err != nil {
			return err
		}
	}
	return nil
}

// namesOf returns the names of the entries of a folder, of so many of them, in the order of their bytes.
func namesOf(folder *os.Root, most int) ([]string, error) {
	opened, err := folder.Open(".")
	if err != nil {
		return nil, err
	}
	defer func() { _ = opened.Close() }()
	names, err := opened.Readdirnames(most)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	slices.Sort(names)
	return names, nil
}

func (p *packer) add(folder *os.Root, name, path string) error {
	if err := p.ctx.Err(); err != nil {
		return interrupted(err)
	}
	if p.left--; p.left < 0 {
		return tooMany(p.most)
	}
	switch {
	case strings.HasPrefix(name, whiteout):
		return refused(path, "cannot be in an image, where such a name means a deleted file: rename it")
	case !utf8.ValidString(name):
		return refused(path, "has a name or link target that is not UTF-8: rename it")
	case len(path) >= longestPath:
		return refused(path, fmt.Sprintf("has a path of %d bytes or more: shorten it", longestPath))
	}
	info, err := folder.Lstat(name)
	if err != nil {
		return failed(err)
	}
	switch info.Mode().Type() {
	case os.ModeDir:
		if err := p.header(info, tar.Header{Typeflag: tar.TypeDir, Name: path + "/"}); err != nil {
			return err
		}
		inner, err := folder.OpenRoot(name)
		if err != nil {
			return failed(err)
		}
		defer func() { _ = inner.Close() }()
		return p.addAll(inner, path+"/")
	case os.ModeSymlink:
		target, err := folder.Readlink(name)
		if err != nil {
			return failed(err)
		}
		if !utf8.ValidString(target) {
			return refused(path, "has a name or link target that is not UTF-8: rename it")
		}
		return p.header(info, tar.Header{Typeflag: tar.TypeSymlink, Name: path, Linkname: target})
	case 0:
		return p.file(folder, name, path, info)
	}
	return refused(path, "is a device, a FIFO or a socket: an artifact has files, folders and symbolic links")
}

// file adds a file, which must still be the one that was seen: a pipe in its place would block for ever without O_NONBLOCK.
func (p *packer) file(folder *os.Root, name, path string, seen os.FileInfo) error {
	opened, err := folder.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return failed(err)
	}
	defer func() { _ = opened.Close() }()
	info, err := opened.Stat()
	if err != nil {
		return failed(err)
	}
	if !info.Mode().IsRegular() || !os.SameFile(seen, info) {
		return refused(path, "was replaced while it was packed: let nothing write to an artifact after its step")
	}
	if info.Size() > p.bounded.left { // a file may have holes, which take long to read
		return errTooLarge
	}
	if err := p.header(info, tar.Header{Typeflag: tar.TypeReg, Name: path, Size: info.Size()}); err != nil {
		return err
	}
	copied, err := io.CopyBuffer(p.archive, &interruptible{ctx: p.ctx, from: opened}, p.buffer)
	if errors.Is(err, tar.ErrWriteTooLong) || err == nil && copied != info.Size() {
		return refused(path, "was changed while it was packed: let nothing write to an artifact after its step")
	}
	if p.ctx.Err() != nil {
		return interrupted(p.ctx.Err())
	}
	if err != nil {
		return failed(err)
	}
	return nil
}

// header adds a header, whose type, name, target and size are given.
func (p *packer) header(info os.FileInfo, header tar.Header) error {
	status, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return failed(fmt.Errorf("the mode of %s is unknown", info.Name()))
	}
	header.Mode = int64(status.Mode & modes)
	if header.Typeflag == tar.TypeSymlink {
		header.Mode = 0o777
	}
	header.Uid, header.Gid = owner, owner
	header.ModTime = time.Unix(0, 0)
	if err := p.archive.WriteHeader(&header); err != nil {
		return failed(err)
	}
	return nil
}

// interruptible reads until a context ends.
type interruptible struct {
	ctx  context.Context
	from io.Reader
}

// Read is part of io.Reader.
func (i *interruptible) Read(buffer []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	return i.from.Read(buffer)
}

func interrupted(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("the artifact was not packed within its time limit: make it smaller")
	}
	return fmt.Errorf("packing the artifact was interrupted: %w", err)
}
