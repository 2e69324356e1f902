//go:build linux

package collect

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/protocol"
)

const (
	// longestPath is the length in bytes from which on the kernel takes no path from a program. It also bounds how deep a
	// folder can be.
	longestPath = unix.PathMax
	// batch is the number of entries that are read from a folder at once.
	batch = 256
)

// pattern is a pattern of report files that can be matched.
type pattern struct {
	kind   protocol.ReportKind
	folder string
	regex  *regexp.Regexp
}

// compile returns patterns for bytes: each byte of a path and of an expression is a character, so that ? stands for one byte
// and any name can be matched, whatever its encoding. A character beyond ASCII is two or more of them.
func compile(reports []protocol.ReportPattern) ([]pattern, error) {
	var patterns []pattern
	for _, report := range reports {
		if report.Kind != protocol.ReportJUnit && report.Kind != protocol.ReportFiles {
			return nil, fmt.Errorf("%q is no kind of reports", report.Kind)
		}
		regex, err := regexp.Compile(`(?s)\A(?:` + string(characters(nil, report.Regex)) + `)\z`)
		if err != nil {
			return nil, fmt.Errorf("read the pattern of a report: %w", err)
		}
		patterns = append(patterns, pattern{report.Kind, report.Folder, regex})
	}
	return patterns, nil
}

// characters appends a text to a buffer so that each of its bytes is a character.
func characters(buffer []byte, text string) []byte {
	for at := range len(text) {
		buffer = appendCharacter(buffer, text[at])
	}
	return buffer
}

func appendCharacter(buffer []byte, char byte) []byte {
	if char < 0x80 {
		return append(buffer, char)
	}
	return append(buffer, 0xC0|char>>6, 0x80|char&0x3F)
}

// find returns the paths, without the slash at their begin, of the files that match a pattern and none before it.
func (c *collection) find(pattern pattern) []string {
	folder, err := openFolder(pattern.folder)
	if err != nil {
		return nil
	}
	defer folder.Close()
	s := search{collection: c, regex: pattern.regex}
	s.folder(folder, []byte(pattern.folder))
	slices.Sort(s.paths)
	return s.paths
}

// search is the search for the files of one pattern.
type search struct {
	*collection
	regex   *regexp.Regexp
	entries int
	paths   []string
	// text is the path that is matched.
	text []byte
}

// folder searches an open folder, as far as it can be read. It says whether to go on.
func (s *search) folder(folder *os.File, path []byte) bool {
	for {
		entries, err := folder.ReadDir(batch)
		for _, entry := range entries {
			if s.entries == s.Limits.Entries {
				return false
			}
			s.entries++
			if !s.entry(folder, entry, append(append(path, '/'), entry.Name()...)) {
				return false
			}
		}
		if err != nil {
			return true
		}
	}
}

func (s *search) entry(folder *os.File, entry fs.DirEntry, path []byte) bool {
	switch {
	case len(path) >= longestPath:
		return true
	case entry.IsDir():
		opened, err := openIn(folder, entry.Name(), string(path))
		if err != nil {
			return true
		}
		defer opened.Close()
		return s.folder(opened, path)
	case entry.Type().IsRegular():
		return s.file(path)
	}
	return true
}

func (s *search) file(path []byte) bool {
	s.text = s.text[:0]
	for _, char := range path {
		s.text = appendCharacter(s.text, char)
	}
	if !s.regex.Match(s.text) || s.seen[string(path[1:])] {
		return true
	}
	if len(s.seen) == s.Limits.Found || s.seenBytes+int64(len(path)) > s.Limits.FoundBytes {
		return false
	}
	found := string(path[1:])
	s.seen[found] = true
	s.seenBytes += int64(len(path))
	s.paths = append(s.paths, found)
	return true
}

// openFolder opens a folder by its absolute path. It fails if there is a link on the way to it.
func openFolder(path string) (*os.File, error) {
	rest, absolute := strings.CutPrefix(path, "/")
	if !absolute {
		return nil, fmt.Errorf("open a folder: the path %q is not absolute", path)
	}
	folder, err := os.Open("/")
	for name := range strings.SplitSeq(rest, "/") {
		if err != nil {
			return nil, err
		}
		if name == "" || name == "." || name == ".." {
			return nil, errors.Join(fmt.Errorf("open a folder: the path %q is not in its simplest form", path), folder.Close())
		}
		above := folder
		folder, err = openIn(above, name, path)
		above.Close()
	}
	return folder, err
}

// openIn opens a folder, which must not be a link, in another.
func openIn(folder *os.File, name, path string) (*os.File, error) {
	opened, err := open(folder, name, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, &os.PathError{Op: "openat", Path: path, Err: err}
	}
	return os.NewFile(uintptr(opened), path), nil
}

func open(folder *os.File, name string, flags int) (int, error) {
	for {
		opened, err := unix.Openat(int(folder.Fd()), name, flags|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if !errors.Is(err, unix.EINTR) {
			return opened, err
		}
	}
}

// isFolder says whether there is a folder. It fails if there is something else, or a link on the way. A link that leads
// nowhere is as if there was nothing.
func isFolder(path string) (bool, error) {
	folder, err := openFolder(path)
	if err == nil {
		return true, folder.Close()
	}
	if _, missing := os.Stat(path); errors.Is(missing, fs.ErrNotExist) {
		return false, nil
	}
	return false, err
}

// located is a file that was found, in its open folder.
type located struct {
	folder *os.File
	name   string
	path   string
	size   int64
}

// locate looks for a file by its path, without the slash at its begin. It fails if that is not a file any more.
func locate(path string) (*located, error) {
	parent, name := "/"+path, ""
	at := strings.LastIndexByte(parent, '/')
	parent, name = parent[:at], parent[at+1:]
	folder, err := openFolder(parent)
	if err != nil {
		return nil, err
	}
	var stat unix.Stat_t
	err = unix.Fstatat(int(folder.Fd()), name, &stat, unix.AT_SYMLINK_NOFOLLOW)
	if err == nil && stat.Mode&unix.S_IFMT != unix.S_IFREG {
		err = unix.EINVAL
	}
	if err != nil {
		return nil, errors.Join(&os.PathError{Op: "stat", Path: path, Err: err}, folder.Close())
	}
	return &located{folder, name, path, stat.Size}, nil
}

func (l *located) close() { l.folder.Close() }

// read returns the file, and no more than the first bytes of its content.
func (l *located) read(most int64) (file, error) {
	// A pipe that has taken the place of the file must not keep its reader waiting.
	opened, err := open(l.folder, l.name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY)
	if err != nil {
		return file{}, &os.PathError{Op: "openat", Path: l.path, Err: err}
	}
	source := os.NewFile(uintptr(opened), l.path)
	defer source.Close()
	info, err := source.Stat()
	if err != nil {
		return file{}, err
	}
	if !info.Mode().IsRegular() {
		return file{}, &os.PathError{Op: "read", Path: l.path, Err: unix.EINVAL}
	}
	content, err := io.ReadAll(io.LimitReader(source, most))
	if err != nil {
		return file{}, err
	}
	return file{content, info.Mode(), info.ModTime()}, nil
}
