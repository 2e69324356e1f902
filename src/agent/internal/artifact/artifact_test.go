package artifact

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// script is what computed digests before this package did: those of earlier releases have to stay the same.
const script = "testdata/artifact.sh"

// byScript returns what the script prints, in the form of byGo.
func byScript(t interface {
	Helper()
	Fatalf(string, ...any)
}, folder string) string {
	t.Helper()
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatalf("read the script: %v", err)
	}
	out, err := exec.Command("bash", "-c", string(text)+"\nartifact \"$1\"", "artifact", folder).Output()
	if err != nil {
		return "failed"
	}
	return strings.Join(strings.Fields(string(out)), " ")
}

func byGo(folder string) string {
	files, err := Measure(folder)
	switch {
	case err != nil:
		return "failed"
	case files == nil:
		return ""
	default:
		return fmt.Sprintf("%s %d %d", files.Digest, files.Count, files.KiB)
	}
}

func needBash(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("bash is not installed, and the script needs it")
	}
}

func TestMeasureAsTheScript(t *testing.T) {
	needBash(t)
	write := func(t *testing.T, path, content string, mode os.FileMode) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	link := func(t *testing.T, target, path string) {
		t.Helper()
		if err := os.Symlink(target, path); err != nil {
			t.Fatal(err)
		}
	}
	for name, make := range map[string]func(t *testing.T, folder string){
		"one file":    func(t *testing.T, f string) { write(t, f+"/a", "content", 0o644) },
		"empty files": func(t *testing.T, f string) { write(t, f+"/a", "", 0o644); write(t, f+"/b", "", 0o600) },
		"odd modes":   func(t *testing.T, f string) { write(t, f+"/a", "x", 0o755|os.ModeSetuid); write(t, f+"/b", "x", 0o444) },
		"a full KiB":  func(t *testing.T, f string) { write(t, f+"/a", strings.Repeat("x", 1024), 0o644) },
		"above a KiB": func(t *testing.T, f string) { write(t, f+"/a", strings.Repeat("x", 1025), 0o644) },
		"binary":      func(t *testing.T, f string) { write(t, f+"/a", "\x00\n\xff\r\n", 0o644) },
		"odd names":   func(t *testing.T, f string) { write(t, f+"/a b\n\"'\\$*", "x", 0o644); write(t, f+"/-n", "y", 0o644) },
		"not UTF-8":   func(t *testing.T, f string) { write(t, f+"/\xff\xfe", "x", 0o644); write(t, f+"/é", "y", 0o644) },
		"hidden":      func(t *testing.T, f string) { write(t, f+"/.a", "x", 0o644); write(t, f+"/...", "y", 0o644) },
		"order of path": func(t *testing.T, f string) {
			write(t, f+"/a/b", "x", 0o644)
			write(t, f+"/a.b", "y", 0o644)
			write(t, f+"/a-", "z", 0o644)
		},
		"hard links": func(t *testing.T, f string) {
			write(t, f+"/a", "xyz", 0o644)
			if err := os.Link(f+"/a", f+"/b"); err != nil {
				t.Fatal(err)
			}
		},
		"links": func(t *testing.T, f string) {
			write(t, f+"/d/a", "x", 0o644)
			link(t, "d", f+"/to folder")
			link(t, "nowhere", f+"/dangling")
			link(t, "/etc/passwd", f+"/out")
			link(t, "trailing\n", f+"/odd\n")
			link(t, "loop", f+"/loop")
		},
		"folders only": func(t *testing.T, f string) {
			if err := os.MkdirAll(f+"/a/b/c", 0o711); err != nil {
				t.Fatal(err)
			}
		},
		"a pipe": func(t *testing.T, f string) {
			write(t, f+"/a", "x", 0o644)
			if err := unix.Mkfifo(f+"/pipe", 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"deep": func(t *testing.T, f string) { write(t, f+"/"+strings.Repeat("deep/", 200)+"a", "x", 0o644) },
		"many": func(t *testing.T, f string) {
			for i := range 3000 {
				write(t, fmt.Sprintf("%s/%d/%d", f, i%7, i), strings.Repeat("y", i%50), 0o644)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			make(t, folder)
			got, want := byGo(folder), byScript(t, folder)
			if got != want {
				t.Errorf("Measure says %q and the script %q", got, want)
			}
			if got == "" || got == "failed" {
				t.Errorf("Measure says %q", got)
			}
		})
	}
}

func TestMeasureNothing(t *testing.T) {
	needBash(t)
	empty := t.TempDir()
	for _, folder := range []string{empty, empty + "/missing"} {
		if got, want := byGo(folder), byScript(t, folder); got != "" || want != "" {
			t.Errorf("of %s Measure says %q and the script %q", folder, got, want)
		}
	}
}

func TestMeasureRefusesWhatIsNoFolder(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(folder+"/file", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/", folder+"/link"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"file", "link"} {
		if _, err := Measure(filepath.Join(folder, name)); err == nil {
			t.Errorf("no error for a %s", name)
		}
	}
}

func TestMeasureFailsWhereAFileCannotBeRead(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root can read every file")
	}
	folder := t.TempDir()
	if err := os.WriteFile(folder+"/file", nil, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := Measure(folder); err == nil {
		t.Error("no error")
	}
}

// TestMeasureTells checks that any two trees that differ have different digests, and equal ones the same as the script.
func TestMeasureTells(t *testing.T) {
	needBash(t)
	base := t.TempDir()
	number := 0
	name := rapid.StringMatching(`[a-c.\-]{1,3}`).Filter(func(s string) bool { return s != "." && s != ".." })
	seen := map[string]string{}
	rapid.Check(t, func(t *rapid.T) {
		number++
		folder := fmt.Sprintf("%s/%d", base, number)
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		tree := rapid.MapOf(name, rapid.StringMatching(`(file|link|folder):[a-z\n]{1,4}`)).Draw(t, "tree")
		for path, what := range tree {
			kind, text, _ := strings.Cut(what, ":")
			var err error
			switch kind {
			case "file":
				err = os.WriteFile(filepath.Join(folder, path), []byte(text), 0o644)
			case "link":
				err = os.Symlink(text, filepath.Join(folder, path))
			case "folder":
				err = os.Mkdir(filepath.Join(folder, path), 0o755)
				tree[path] = "folder"
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		got := byGo(folder)
		if number%10 == 0 {
			if want := byScript(t, folder); got != want {
				t.Fatalf("Measure says %q and the script %q", got, want)
			}
		}
		shape := fmt.Sprintf("%q", tree)
		if before, ok := seen[got]; ok && before != shape {
			t.Fatalf("%s and %s have the same digest", before, shape)
		}
		seen[got] = shape
	})
}
