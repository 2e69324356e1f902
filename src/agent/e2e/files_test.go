//go:build e2e

package e2e

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

	continuity "github.com/containerd/continuity/fs"
)

// copyFolder makes a folder a copy of another one, with all attributes.
func copyFolder(from, to string) error {
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return continuity.CopyDir(to, from)
}

// removeContent removes all that is in a folder, if that exists.
func removeContent(folder string) error {
	names, err := namesIn(folder)
	if os.IsNotExist(err) {
		return nil
	}
	for _, name := range names {
		err = errors.Join(err, os.RemoveAll(filepath.Join(folder, name)))
	}
	return err
}

// contents describes what is in a folder, by paths relative to it: modes, contents of files, targets of links. What is not
// counted, which is asked with a path, is left out with all that is below it.
func contents(folder string, counted func(path string) bool) (map[string]string, error) {
	found := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		if relative != "." && !counted(relative) {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		found[relative] = info.Mode().String()
		switch {
		case info.Mode().IsRegular():
			file, err := os.Open(path)
			if err != nil {
				return err
			}
			defer file.Close()
			sum := sha256.New()
			if _, err := io.Copy(sum, file); err != nil {
				return err
			}
			found[relative] += fmt.Sprintf(" %x", sum.Sum(nil))
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			found[relative] += " " + target
		}
		return nil
	})
	return found, err
}

// everything counts all that is in a folder.
func everything(string) bool { return true }

// differences returns in order what tells two contents apart.
func differences(before, after map[string]string) []string {
	var all []string
	for path, content := range before {
		if now, found := after[path]; !found {
			all = append(all, path+" is gone")
		} else if now != content {
			all = append(all, path+" has changed")
		}
	}
	for path := range after {
		if _, found := before[path]; !found {
			all = append(all, path+" is new")
		}
	}
	slices.Sort(all)
	return all
}

// find returns the paths in a folder of all that has a name which matches. What vanishes meanwhile is left out.
func find(folder, pattern string) []string {
	var found []string
	_ = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if match, _ := filepath.Match(pattern, entry.Name()); match {
			found = append(found, path)
		}
		return nil
	})
	return found
}

// process is a process that this one can see.
type process struct {
	id        int
	arguments []string
}

// processes returns those whose first argument has a name as its last part.
func processes(name string) ([]process, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var found []process
	for _, entry := range entries {
		var id int
		if _, err := fmt.Sscanf(entry.Name(), "%d", &id); err != nil {
			continue
		}
		line, err := os.ReadFile(filepath.Join("/proc", entry.Name(), "cmdline"))
		if err != nil {
			continue // it has ended
		}
		arguments := strings.Split(strings.TrimRight(string(line), "\x00"), "\x00")
		if filepath.Base(arguments[0]) == name {
			found = append(found, process{id: id, arguments: arguments})
		}
	}
	return found, nil
}
