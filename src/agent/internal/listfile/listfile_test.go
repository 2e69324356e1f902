package listfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestWrite(t *testing.T) {
	artifact, outside := t.TempDir(), t.TempDir()
	for path, content := range map[string]string{
		filepath.Join(artifact, "list.json"):         "[1]\r\n\x00\xff",
		filepath.Join(artifact, "empty"):             "",
		filepath.Join(artifact, "lists/$(date).txt"): "a",
		filepath.Join(outside, "secret"):             "secret",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{
		"near": "lists/../list.json", "far": filepath.Join(outside, "secret"), "up": "../" + filepath.Base(outside) + "/secret",
		"folder": outside, "self": "self", "own": filepath.Join(artifact, "list.json"),
	} {
		if err := os.Symlink(target, filepath.Join(artifact, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mkfifo(filepath.Join(artifact, "pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	const refused = "path escapes from parent"
	for name, test := range map[string]struct {
		file, want, fails string
		most              int64
	}{
		"all":                      {"list.json", "[1]\r\n\x00\xff", "", 100},
		"its beginning":            {"list.json", "[1]", "", 3},
		"nothing of it":            {"list.json", "", "", 0},
		"an empty file":            {"empty", "", "", 100},
		"in a folder":              {"lists/$(date).txt", "a", "", 100},
		"a link in the artifact":   {"near", "[1]\r\n\x00\xff", "", 100},
		"no file":                  {"missing.json", "", `read "missing.json": no such file or directory`, 100},
		"no folder":                {"none/list.json", "", "no such file or directory", 100},
		"a folder":                 {"lists", "", "it is not a regular file", 100},
		"a pipe":                   {"pipe", "", "it is not a regular file", 100},
		"a link out":               {"far", "", refused, 100},
		"a link out and up":        {"up", "", refused, 100},
		"a link of a folder":       {"folder/secret", "", refused, 100},
		"a link with a whole path": {"own", "", refused, 100},
		"a link to itself":         {"self", "", "too many levels of symbolic links", 100},
		"a path out":               {"../" + filepath.Base(outside) + "/secret", "", refused, 100},
		"a whole path":             {filepath.Join(outside, "secret"), "", refused, 100},
	} {
		t.Run(name, func(t *testing.T) {
			var written strings.Builder
			err := Write(&written, artifact, test.file, test.most)
			if written.String() != test.want || (err == nil) != (test.fails == "") {
				t.Errorf("%q, %v", written.String(), err)
			}
			if err != nil && !strings.Contains(err.Error(), test.fails) {
				t.Error(err)
			}
		})
	}
	if err := Write(&strings.Builder{}, filepath.Join(artifact, "none"), "list.json", 1); err == nil {
		t.Error("an artifact was read that is not there")
	}
}
