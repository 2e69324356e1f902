package layer

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
)

// ErrMalformed says that a layer is no archive of tar and gzip.
var ErrMalformed = errors.New("the artifact is not an archive of tar and gzip: it was not packed by Hearth; publish it again")

var (
	// errTooLarge says that there are more bytes than allowed.
	errTooLarge = errors.New("the layer is too large")
	// errTooMany says that there are more folders than allowed.
	errTooMany = errors.New("the layer has too many folders")
)

// Unpack unpacks a layer into a new folder of a parent, which no other process uses yet. It writes nothing outside of the folder,
// nothing through a link, and not more than the limit: the size in bytes of the unpacked layer, including
// headers. It refuses entries other than files, folders and symbolic links. A symbolic link may have any target, as in an image.
//
// The layer is read to its end. Its own errors are returned as they are.
func Unpack(layer io.Reader, parent *os.Root, name string, limit int64) error {
	return unpack(layer, parent, name, limit, mostEntries)
}

func unpack(layer io.Reader, parent *os.Root, name string, limit int64, most int) error {
	if err := parent.Mkdir(name, 0o755); err != nil {
		return failed(err)
	}
	root, err := parent.OpenRoot(name)
	if err != nil {
		return failed(err)
	}
	u := &unpacker{open: []folder{{root: root}}, buffer: make([]byte, buffered), left: most}
	defer func() { _ = u.leave(0) }()
	source := &sourceReader{from: layer}
	compressed, err := gzip.NewReader(source)
	if err != nil {
		return source.failure(err)
	}
	u.archive = tar.NewReader(&boundedReader{from: compressed, left: limit})
	for count := 1; ; count++ {
		header, err := u.archive.Next()
		if errors.Is(err, io.EOF) && source.err == nil {
			break
		}
		if err == nil && count > most {
			return tooMany(most)
		}
		if err == nil {
			err = u.put(header)
		}
		var file *fs.PathError
		var link *os.LinkError
		switch {
		case err == nil:
		case errors.As(err, new(*refusal)):
			return err
		case errors.Is(err, errTooLarge):
			return TooLarge(limit)
		case errors.Is(err, errTooMany):
			return tooMany(most)
		case errors.As(err, &file), errors.As(err, &link):
			return failed(err)
		default:
			return source.failure(err)
		}
	}
	// The digest includes the bytes after the archive.
	if _, err := io.Copy(io.Discard, source); err != nil {
		return source.failure(err)
	}
	if err := u.leave(0); err != nil {
		return failed(err)
	}
	if u.mode != nil {
		if err := parent.Chmod(name, *u.mode); err != nil {
			return failed(err)
		}
	}
	return nil
}

// TooLarge returns the error for an artifact that is larger than a limit in bytes.
func TooLarge(limit int64) error {
	return fmt.Errorf("the artifact is larger than %d bytes: make it smaller, or let an admin raise hearth.artifacts.size", limit)
}

// sourceReader remembers its error, which the readers of formats may replace.
type sourceReader struct {
	from io.Reader
	err  error
}

// Read is part of io.Reader.
func (s *sourceReader) Read(buffer []byte) (int, error) {
	count, err := s.from.Read(buffer)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return count, err
}

// failure returns the source's error, or says that its content is malformed.
func (s *sourceReader) failure(err error) error {
	if s.err != nil {
		return s.err
	}
	return fmt.Errorf("%w (%w)", ErrMalformed, err)
}

// boundedReader fails after a number of bytes.
type boundedReader struct {
	from io.Reader
	left int64
}

// Read is part of io.Reader.
func (b *boundedReader) Read(buffer []byte) (int, error) {
	if int64(len(buffer)) > b.left+1 {
		buffer = buffer[:b.left+1]
	}
	count, err := b.from.Read(buffer)
	if b.left -= int64(count); b.left < 0 {
		b.left = 0
		return 0, errTooLarge
	}
	return count, err
}

// refusal says why an entry is not unpacked.
type refusal struct{ err error }

func (r *refusal) Error() string {
	return r.err.Error() + ": it was not packed by Hearth; publish it again"
}

func refuse(header *tar.Header, why string) error {
	return &refusal{refused(header.Name, why)}
}

// folder is a folder that is open, and gets its mode when it is left, because files cannot be created in a folder that is not
// writable.
type folder struct {
	name string
	root *os.Root
	mode os.FileMode
}

type unpacker struct {
	archive *tar.Reader
	buffer  []byte
	// open has the folder of the layer and those below it down to that of the last entry.
	open []folder
	// left is how many folders may still be made: one entry can have thousands of them in its name.
	left int
	// mode is that of the folder of the layer, if the layer has it.
	mode *os.FileMode
}

func (u *unpacker) put(header *tar.Header) error {
	// The limit counts bytes that are read, and the holes of a sparse file are not read.
	if isSparse(header) {
		return refuse(header, "is a sparse file")
	}
	parts, err := partsOf(header)
	if err != nil {
		return err
	}
	if len(parts) == 0 {
		if header.Typeflag != tar.TypeDir {
			return refuse(header, "has a name that is not allowed in an artifact")
		}
		mode := fileMode(header.Mode)
		u.mode = &mode
		return nil
	}
	above, name := parts[:len(parts)-1], parts[len(parts)-1]
	switch header.Typeflag {
	case tar.TypeDir:
		if err := u.enter(above, header, "goes through a file or a link"); err != nil {
			return err
		}
		if err := u.enter(parts, header, "is there twice"); err != nil {
			return err
		}
		u.open[len(u.open)-1].mode = fileMode(header.Mode)
		return nil
	case tar.TypeSymlink:
		if err := u.enter(above, header, "goes through a file or a link"); err != nil {
			return err
		}
		if !utf8.ValidString(header.Linkname) || header.Linkname == "" || strings.ContainsRune(header.Linkname, 0) {
			return refuse(header, "has a target that is not allowed in an artifact")
		}
		return twice(header, u.last().Symlink(header.Linkname, name))
	case tar.TypeReg:
		if err := u.enter(above, header, "goes through a file or a link"); err != nil {
			return err
		}
		return u.file(header, name)
	}
	return refuse(header, "is not a file, folder or symbolic link")
}

func (u *unpacker) file(header *tar.Header, name string) error {
	file, err := u.last().OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return twice(header, err)
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{file}, struct{ io.Reader }{u.archive}, u.buffer)
	if err == nil {
		err = file.Chmod(fileMode(header.Mode))
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}

func twice(header *tar.Header, err error) error {
	if errors.Is(err, fs.ErrExist) {
		return refuse(header, "is there twice")
	}
	return err
}

func isSparse(header *tar.Header) bool {
	if header.Typeflag == tar.TypeGNUSparse {
		return true
	}
	for key := range header.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// partsOf returns the names of an entry's folders and its own; none for the folder of the layer.
func partsOf(header *tar.Header) ([]string, error) {
	name := path.Clean(header.Name)
	switch {
	case strings.HasPrefix(name, "/"), name == "..", strings.HasPrefix(name, "../"):
		return nil, refuse(header, "leads out of the folder")
	case !utf8.ValidString(name), strings.ContainsRune(name, 0), len(name) >= longestPath:
		return nil, refuse(header, "has a name that is not allowed in an artifact")
	case name == ".":
		return nil, nil
	}
	parts := strings.Split(name, "/")
	for _, part := range parts {
		if strings.HasPrefix(part, whiteout) {
			return nil, refuse(header, "has a name that is not allowed in an artifact")
		}
	}
	return parts, nil
}

func (u *unpacker) last() *os.Root { return u.open[len(u.open)-1].root }

// enter opens a folder below that of the layer, and creates it and those above it as necessary. It refuses the entry if there is
// something else.
func (u *unpacker) enter(parts []string, header *tar.Header, otherwise string) error {
	same := 0
	for same < len(parts) && same+1 < len(u.open) && u.open[same+1].name == parts[same] {
		same++
	}
	if err := u.leave(same + 1); err != nil {
		return err
	}
	for _, name := range parts[same:] {
		if err := u.descend(name, header, otherwise); err != nil {
			return err
		}
	}
	return nil
}

func (u *unpacker) descend(name string, header *tar.Header, otherwise string) error {
	above := u.last()
	mode := os.FileMode(0o755)
	err := above.Mkdir(name, 0o700)
	if err == nil {
		if u.left--; u.left < 0 {
			return errTooMany
		}
	}
	if errors.Is(err, fs.ErrExist) {
		var info os.FileInfo
		if info, err = above.Lstat(name); err != nil {
			return err
		}
		if !info.IsDir() {
			return refuse(header, otherwise)
		}
		mode = info.Mode() & (os.ModePerm | os.ModeSetuid | os.ModeSetgid | os.ModeSticky)
		err = above.Chmod(name, 0o700)
	}
	if err != nil {
		return err
	}
	root, err := above.OpenRoot(name)
	if err != nil {
		return err
	}
	u.open = append(u.open, folder{name: name, root: root, mode: mode})
	return nil
}

// leave closes the folders but the first ones, and sets their modes.
func (u *unpacker) leave(first int) error {
	var failure error
	for len(u.open) > first {
		left := u.open[len(u.open)-1]
		u.open = u.open[:len(u.open)-1]
		if err := left.root.Close(); err != nil && failure == nil {
			failure = err
		}
		if len(u.open) == 0 {
			break
		}
		if err := u.last().Chmod(left.name, left.mode); err != nil && failure == nil {
			failure = err
		}
	}
	return failure
}

// Remove removes a folder that Unpack has made, complete or not, whatever the modes of what is in it. It is no error if there is
// none. No link is followed.
func Remove(parent *os.Root, name string) error {
	if err := remove(parent, name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return failed(err)
	}
	return nil
}

func remove(parent *os.Root, name string) error {
	info, err := parent.Lstat(name)
	if err != nil {
		return err
	}
	if info.IsDir() {
		if err := empty(parent, name); err != nil {
			return err
		}
	}
	return parent.Remove(name)
}

func empty(parent *os.Root, name string) error {
	if err := parent.Chmod(name, 0o700); err != nil {
		return err
	}
	inner, err := parent.OpenRoot(name)
	if err != nil {
		return err
	}
	defer func() { _ = inner.Close() }()
	names, err := namesOf(inner, mostEntries+1)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := remove(inner, name); err != nil {
			return err
		}
	}
	return nil
}
