package daemon

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/control"
	"hearth.dev/agent/internal/plain"
	"hearth.dev/agent/internal/protocol"
)

func TestOutputIsPassedOnAndLastWordsAreKept(t *testing.T) {
	long := strings.Repeat("x", 5*longestLine)
	for name, c := range map[string]struct{ said, words string }{
		"nothing":                    {"", ""},
		"no last words":              {"time=x level=info msg=\"panic: y\"\n", ""},
		"a panic":                    {"hello\npanic: runtime error: index\n\tgoroutine 1\npanic: again\n", "panic: runtime error: index"},
		"without an end of the line": {"fatal error: out of memory", "fatal error: out of memory"},
		"BuildKit's own":             {"buildkitd: could not lock\n", "buildkitd: could not lock"},
		"a signal":                   {"unexpected fault address 0x1\n", "unexpected fault address 0x1"},
		"before BuildKit":            {entryFailed + " no\n", entryFailed + " no"},
		"a long line":                {long + "\npanic: b\n", "panic: b"},
		"the middle of a long line":  {strings.Repeat("x", longestLine) + "panic: no\n", ""},
		"long last words":            {"panic: " + long + "\n", "panic: " + strings.Repeat("x", longestWords-len("panic: "))},
		"what is not printable":      {"panic: \x1b[31m\xff\n", "panic:  [31m"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if words := pass(strings.NewReader(c.said), &out); words != c.words {
				t.Errorf("last words %q", words)
			}
			if out.String() != c.said {
				t.Errorf("passed on %d of %d bytes", out.Len(), len(c.said))
			}
		})
	}
}

func TestOutputThatCannotBeReadEnds(t *testing.T) {
	if words := pass(io.MultiReader(strings.NewReader("panic: x\n"), iotest.ErrReader(io.ErrClosedPipe)), io.Discard); words != "panic: x" {
		t.Errorf("last words %q", words)
	}
}

func FuzzOutput(f *testing.F) {
	f.Add([]byte("panic: x\ny\n"))
	f.Add(bytes.Repeat([]byte("fatal error: \xc3"), 3000))
	f.Fuzz(func(t *testing.T, said []byte) {
		var out bytes.Buffer
		words := pass(iotest.HalfReader(bytes.NewReader(said)), &out)
		if !bytes.Equal(out.Bytes(), said) {
			t.Error("the output was changed")
		}
		if words != plain.Text(words, longestWords) {
			t.Errorf("last words %q", words)
		}
	})
}

func TestRecordOfAnotherContainer(t *testing.T) {
	steps := []string{"a", "b"}
	for name, c := range map[string]struct {
		content string
		want    record
		fails   bool
	}{
		"all":                      {`{"begun":2,"last":true,"pruned":true,"crowded":"x","done":["b"]}`, record{2, true, true, "x", []string{"b"}}, false},
		"steps that there are not": {`{"begun":1,"done":["c","a","a"]}`, record{Begun: 1, Done: []string{"a"}}, false},
		"not printable":            {"{\"crowded\":\"\\u001b\"}", record{Crowded: " "}, false},
		"nothing":                  {"", record{}, true},
		"a negative number":        {`{"begun":-1}`, record{}, true},
		"a large number":           {`{"begun":1000001}`, record{}, true},
		"too long":                 {`{"crowded":"` + strings.Repeat("x", longestRecord) + `"}`, record{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parseRecord([]byte(c.content), steps)
			if (err != nil) != c.fails || !same(got, c.want) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func same(a, b record) bool {
	return a.Begun == b.Begun && a.Last == b.Last && a.Pruned == b.Pruned && a.Crowded == b.Crowded && slices.Equal(a.Done, b.Done)
}

func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"begun":2,"last":true,"pruned":true,"crowded":"x","done":["b","c"]}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		got, err := parseRecord(content, []string{"a", "b"})
		if err == nil && (got.Begun < 0 || got.Begun > mostRounds || len(got.Done) > 2 || len(got.Crowded) > longestSentence) {
			t.Errorf("%v", got)
		}
	})
}

// What a daemon can put in place of the record makes the agent neither wait nor read or write another file.
func TestRecordThatIsNoFile(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"a pipe":   func(path string) error { return unix.Mkfifo(path, 0o600) },
		"a folder": func(path string) error { return os.Mkdir(path, 0o755) },
		"a link out": func(path string) error {
			return os.Symlink(filepath.Join(filepath.Dir(filepath.Dir(path)), "outside"), path)
		},
		"a link to a device": func(path string) error { return os.Symlink("/dev/zero", path) },
	} {
		t.Run(name, func(t *testing.T) {
			outside := filepath.Join(t.TempDir(), "outside")
			sockets := filepath.Join(filepath.Dir(outside), "sockets")
			if err := os.Mkdir(sockets, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(outside, []byte(`{"begun":7}`), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, file := range []string{recordName, recordName + ".new"} {
				if err := put(filepath.Join(sockets, file)); err != nil {
					t.Fatal(err)
				}
			}
			folder, err := os.OpenRoot(sockets)
			if err != nil {
				t.Fatal(err)
			}
			defer folder.Close()
			rounds := openRounds(folder, nil, 3, func(string) {})
			if round := rounds.begin(control.State{}); round != 1 {
				t.Errorf("round %d", round)
			}
			if content, err := os.ReadFile(outside); err != nil || string(content) != `{"begun":7}` {
				t.Errorf("another file was changed: %q, %v", content, err)
			}
		})
	}
}

func TestMapSize(t *testing.T) {
	for content, want := range map[string]int{
		"         0     100000      65536\n":                  65536,
		"         0          0 4294967295\n":                  4294967295,
		"         0       1000          1\n 1 100000 65536\n": 1,
		"": 0, "1 0 5\n": 0, "0 0 0\n": 0, "0 0 -1\n": 0, "0 0 99999999999\n": 0, "a b c\n": 0,
	} {
		if got, err := mapSize(content); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %d, %v", content, got, err)
		}
	}
}

func TestPathsOfMounts(t *testing.T) {
	for path, want := range map[string]string{
		`/a\040b`: "/a b", `/a\134040`: `/a\040`, `/a\0`: `/a\0`, `/a\999b`: `/a\999b`, `/plain`: "/plain", `\`: `\`,
	} {
		if got := unescaped(path); got != want {
			t.Errorf("%q: %q", path, got)
		}
	}
}

func TestMegabytes(t *testing.T) {
	for kib, want := range map[int64]int64{0: 0, 1 << 20: 1073, 1<<63 - 1: 9223372036854} {
		if got := megabytes(kib); got != want {
			t.Errorf("%d: %d", kib, got)
		}
	}
}

func TestEnvironmentOfADaemon(t *testing.T) {
	got := daemonEnvironment([]string{"PATH=/bin", entryVariable + "={}", protocol.RequestVariable + "={}", "X"})
	if !slices.Equal(got, []string{"PATH=/bin", "X"}) {
		t.Errorf("%q", got)
	}
}
