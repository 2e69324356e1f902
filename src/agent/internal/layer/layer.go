// Package layer packs folders into layers of images, which are archives of tar and gzip, and unpacks them.
package layer

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"unicode"
)

const (
	// owner is the number of the user and of the group of all files: those of tasks, who can then read files that only their
	// owner may read.
	owner = 1000
	// whiteout is the beginning of names that tell a container runtime that a file of a lower layer is deleted.
	whiteout = ".wh."
	// mostEntries is the number of files, folders and links of a layer.
	mostEntries = 2_000_000
	// longestPath is the number of bytes that a path may have, as for the kernel.
	longestPath = 4096
	// modes has the bits of a mode that are kept.
	modes = 0o7777
)

// Layer describes a packed layer.
type Layer struct {
	// Digest and Size are those of the file.
	Digest string
	Size   int64
	// DiffID is the digest of the archive before it was compressed.
	DiffID string
}

// refused says why a file cannot be in an artifact. Path and reason together are a sentence about it.
func refused(path, reason string) error {
	return fmt.Errorf("the artifact's file %s %s", shown(path), reason)
}

func tooMany(most int) error {
	return fmt.Errorf("the artifact has more than %d files: pack them into an archive", most)
}

func failed(err error) error {
	return fmt.Errorf("the artifact's files cannot be read or written: %w", err)
}

// shown returns a path as a part of one line.
func shown(path string) string {
	return strings.Map(func(character rune) rune {
		if unicode.IsPrint(character) && character != unicode.ReplacementChar {
			return character
		}
		return '?'
	}, path)
}

// fileMode returns the bits of a mode in the form of package os.
func fileMode(mode int64) os.FileMode {
	made := os.FileMode(mode & 0o777)
	for bit, flag := range map[int64]os.FileMode{
		syscall.S_ISUID: os.ModeSetuid, syscall.S_ISGID: os.ModeSetgid, syscall.S_ISVTX: os.ModeSticky,
	} {
		if mode&bit != 0 {
			made |= flag
		}
	}
	return made
}
