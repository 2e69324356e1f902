package taskcache

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"hearth.dev/agent/internal/protocol"
)

func notify() (context.Context, context.CancelFunc) {
	return signal.NotifyContext(context.Background(), EndSignal)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(text), 0o644))
}

func content(t testing.TB, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	must(t, err)
	if string(got) != want {
		t.Errorf("%s has %q, not %q", path, got, want)
	}
}

func list(t testing.TB, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	must(t, err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func same(t testing.TB, one, other string) {
	t.Helper()
	first, err := os.Stat(one)
	must(t, err)
	second, err := os.Stat(other)
	must(t, err)
	if !os.SameFile(first, second) {
		t.Errorf("%s and %s are two files", one, other)
	}
}

// hole makes a file of which only a few bytes are there.
func hole(t testing.TB, path string) {
	t.Helper()
	file, err := os.Create(path)
	must(t, err)
	defer file.Close()
	for _, at := range []int64{1 << 20, 2 << 20} {
		_, err = file.WriteAt([]byte("data"), at)
		must(t, err)
	}
	must(t, file.Truncate(3<<20))
}

func allocated(t testing.TB, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	return info.Sys().(*syscall.Stat_t).Blocks * 512
}

// deep makes folders inside of each other, deeper than a path can be long.
func deep(t testing.TB, path string, depth int) {
	t.Helper()
	at, err := unix.Open(path, unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	must(t, err)
	for range depth {
		must(t, unix.Mkdirat(at, "folder", 0o755))
		below, err := unix.Openat(at, "folder", unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		must(t, err)
		must(t, unix.Close(at))
		at = below
	}
	must(t, unix.Close(at))
}

// describe returns all that a copy has to keep of what is in a folder, by path.
func describe(t testing.TB, folder string) map[string]string {
	t.Helper()
	described := map[string]string{}
	names := map[identity]string{}
	must(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == folder {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		stat := info.Sys().(*syscall.Stat_t)
		inside, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		text := fmt.Sprint(info.Mode(), stat.Uid, stat.Gid, stat.Rdev, stat.Nlink, info.ModTime().UnixNano())
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			text += " to " + target
		case info.Mode().IsRegular():
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			text += fmt.Sprint(" ", len(content), " ", strconv.Quote(strings.ReplaceAll(string(content), "\x00", "")))
			if id, several := identityOf(info); several {
				if names[id] == "" {
					names[id] = inside
				}
				text += " as " + names[id]
			}
			value := make([]byte, 100)
			if length, err := unix.Getxattr(path, "user.hearth", value); err == nil {
				text += " with " + string(value[:length])
			}
		}
		described[inside] = text
		return nil
	}))
	return described
}

func difference(want, got map[string]string) string {
	var lines []string
	for _, path := range slices.Sorted(maps.Keys(want)) {
		if want[path] != got[path] {
			lines = append(lines, fmt.Sprintf("%q is %s and not %s", path, got[path], want[path]))
		}
	}
	for _, path := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[path]; !ok {
			lines = append(lines, fmt.Sprintf("%q is too much", path))
		}
	}
	return strings.Join(lines, "; ")
}

// A copy is like its original, whatever that is, and both can be removed.
func TestCopiesAnyTree(t *testing.T) {
	if os.Getuid() != 0 {
		t.Log("without root, all files have one owner")
	}
	rapid.Check(t, func(rt *rapid.T) {
		v := newVolume(t)
		must(t, os.Remove(v.settings.Own))
		from := filepath.Join(filepath.Dir(v.settings.Own), "from")
		must(t, os.Mkdir(v.settings.Own, 0o755))
		must(t, os.Mkdir(from, 0o755))
		grow(t, rt, from)
		before := describe(t, from)
		if report := v.run(request(from)); report.Restored[key].Error != "" {
			rt.Fatalf("the copy failed: %+v", report)
		}
		if diff := difference(before, describe(t, v.path(key, work))); diff != "" {
			rt.Fatal(diff)
		}
		must(t, os.Remove(v.settings.ready()))
		next := request("")
		next.Caches = nil
		next.Remove = []string{key + "/" + work}
		if report := v.run(next); !report.Removed || len(list(t, v.path(key))) > 0 {
			rt.Fatalf("the copy cannot be removed: %q", list(t, v.path(key)))
		}
		must(t, os.RemoveAll(filepath.Dir(v.settings.Own)))
	})
}

func grow(t testing.TB, rt *rapid.T, top string) {
	folders, files := []string{top}, []string{}
	name := rapid.SampledFrom([]string{"a", "b", "-rf", "new\nline", "\xff", "é", "..."})
	for range rapid.IntRange(0, 12).Draw(rt, "entries") {
		path := filepath.Join(rapid.SampledFrom(folders).Draw(rt, "folder"), name.Draw(rt, "name"))
		if _, err := os.Lstat(path); err == nil {
			continue
		}
		mode := fs.FileMode(rapid.Uint32Range(0, 0o777).Draw(rt, "mode"))
		switch kind := rapid.IntRange(0, 4).Draw(rt, "kind"); {
		case kind == 0:
			must(t, os.Mkdir(path, 0o755))
			folders = append(folders, path)
		case kind == 1:
			must(t, os.Symlink(rapid.SampledFrom([]string{"/", "..", "gone", "a"}).Draw(rt, "target"), path))
			continue
		case kind == 2 && len(files) > 0:
			must(t, os.Link(rapid.SampledFrom(files).Draw(rt, "file"), path))
			continue
		case kind == 3:
			must(t, unix.Mkfifo(path, 0o600))
		default:
			write(t, path, strings.Repeat("x", rapid.IntRange(0, 100_000).Draw(rt, "length")))
			_ = unix.Setxattr(path, "user.hearth", []byte(filepath.Base(path)), 0)
			files = append(files, path)
		}
		if os.Getuid() == 0 {
			must(t, os.Lchown(path, rapid.IntRange(0, 3).Draw(rt, "owner"), rapid.IntRange(0, 3).Draw(rt, "group")))
			if rapid.Bool().Draw(rt, "special") {
				mode |= fs.ModeSetuid | fs.ModeSetgid
			}
			must(t, os.Chmod(path, mode))
		}
	}
	for _, folder := range folders {
		at := time.Unix(rapid.Int64Range(0, 2_000_000_000).Draw(rt, "time"), 123)
		must(t, os.Chtimes(folder, at, at))
	}
}

// Whatever an error has, what is told of it cannot be more than a few words.
func FuzzReason(f *testing.F) {
	f.Add("open x: no such file\n::error::")
	f.Fuzz(func(t *testing.T, text string) {
		for _, err := range []error{
			fmt.Errorf("%s", text), cause(text), &fs.PathError{Op: text, Path: text, Err: unix.EIO},
		} {
			told := reason(err)
			if len(told) > 100 || unspeakable.MatchString(told) {
				t.Errorf("%q is told as %q", text, told)
			}
		}
		if told := reason(&fs.PathError{Op: text, Path: text, Err: unix.EIO}); told != "inputoutput error" {
			t.Errorf("a name is told: %q", told)
		}
	})
}

// Whatever names the volume has, only states are found, and each once.
func FuzzFound(f *testing.F) {
	f.Add("0123456789abcdef", "."+work+".part")
	f.Add("0123456789abcdef", "."+work+".ABC234.part")
	f.Add("x", "..part")
	f.Fuzz(func(t *testing.T, one, other string) {
		v := newVolume(t)
		if os.MkdirAll(filepath.Join(v.settings.Own, filepath.Join("/", one), filepath.Join("/", other)), 0o755) != nil {
			t.Skip("no such folder can be made")
		}
		run := run{Settings: v.settings, request: protocol.TaskCacheRequest{}}
		for _, state := range run.unknown() {
			if !stateName.MatchString(state) {
				t.Errorf("%q was found", state)
			}
		}
	})
}
