package handover

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Times of tests in which they must not matter.
const (
	long = time.Hour
	soon = time.Millisecond
)

// volume is a folder in which files are replaced as the kubelet does (AtomicWriter of k8s.io/kubernetes/pkg/volume/util).
type volume struct {
	t       *testing.T
	folder  string
	written int
}

func newVolume(t *testing.T, content string) *volume {
	t.Helper()
	v := &volume{t: t, folder: t.TempDir()}
	v.write(content)
	v.must(os.Symlink("..data/requests.json", v.file()))
	return v
}

func (v *volume) file() string { return filepath.Join(v.folder, "requests.json") }

func (v *volume) write(content string) {
	v.t.Helper()
	before, _ := os.Readlink(filepath.Join(v.folder, "..data"))
	v.written++
	name := fmt.Sprintf("..%d", v.written)
	v.must(os.Mkdir(filepath.Join(v.folder, name), 0o755))
	v.must(os.WriteFile(filepath.Join(v.folder, name, "requests.json"), []byte(content), 0o644))
	v.must(os.Symlink(name, filepath.Join(v.folder, "..data_tmp")))
	v.must(os.Rename(filepath.Join(v.folder, "..data_tmp"), filepath.Join(v.folder, "..data")))
	if before != "" {
		v.must(os.RemoveAll(filepath.Join(v.folder, before)))
	}
}

func (v *volume) must(err error) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
}

// waiter returns a waiter that waits for events alone.
func (v *volume) waiter() waiter {
	return waiter{file: v.file(), key: "image", within: long, rereadEvery: long, waits: func() {}}
}

// waiting begins to wait, and returns once nothing was found at first.
func waiting(ctx context.Context, w waiter) (found <-chan string, failed <-chan error) {
	requests, errs, waits := make(chan string, 1), make(chan error, 1), make(chan struct{})
	w.waits = sync.OnceFunc(func() { close(waits) })
	go func() {
		request, err := w.request(ctx)
		requests <- request
		errs <- err
	}()
	<-waits
	return requests, errs
}

func TestRequestIsThereAtOnce(t *testing.T) {
	for content, want := range map[string]string{
		`{"image":{"version":1}}`:                        `{"version":1}`,
		` {"other": {}, "image": {"a": {"b": [1, 2]}}} `: `{"a": {"b": [1, 2]}}`,
	} {
		w := newVolume(t, content).waiter()
		w.within = 0
		if got, err := w.request(t.Context()); got != want || err != nil {
			t.Errorf("found %q (%v) in %s", got, err, content)
		}
	}
}

func TestRequestIsWrittenLater(t *testing.T) {
	for name, before := range map[string]string{
		"nothing is written": "", "a line is written": "\n", "others have requests": `{"other":{"version":1}}`,
	} {
		t.Run(name, func(t *testing.T) {
			v := newVolume(t, before)
			found, failed := waiting(t.Context(), v.waiter())
			v.write(`{"other":{"version":1}}`)
			v.write(`{"image":{"version":1},"other":{"version":1}}`)
			if got := <-found; got != `{"version":1}` {
				t.Errorf("found %q: %v", got, <-failed)
			}
		})
	}
}

func TestFileIsWrittenLaterWithoutLinks(t *testing.T) {
	file := filepath.Join(t.TempDir(), "requests.json")
	w := waiter{file: file, key: "image", within: long, rereadEvery: long}
	found, failed := waiting(t.Context(), w)
	if err := os.WriteFile(file+".new", []byte(`{"image":{}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
	if got := <-found; got != "{}" {
		t.Errorf("found %q: %v", got, <-failed)
	}
}

// The folder cannot be watched, as where the kernel allows no more watches.
func TestFileIsReadAgainWithoutEvents(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "requests")
	w := waiter{file: filepath.Join(folder, "requests.json"), key: "image", within: long, rereadEvery: soon}
	found, failed := waiting(t.Context(), w)
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(w.file+".new", []byte(`{"image":{}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(w.file+".new", w.file); err != nil {
		t.Fatal(err)
	}
	if got := <-found; got != "{}" {
		t.Errorf("found %q: %v", got, <-failed)
	}
}

func TestWaitEndsWithTheContext(t *testing.T) {
	watched := newVolume(t, "").waiter()
	unwatched := watched
	unwatched.file = filepath.Join(t.TempDir(), "none", "requests.json")
	for name, w := range map[string]waiter{"watched": watched, "not watched": unwatched} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			found, failed := waiting(ctx, w)
			cancel()
			if got, err := <-found, <-failed; got != "" || !errors.Is(err, context.Canceled) {
				t.Errorf("found %q: %v", got, err)
			}
		})
	}
}

func TestWaitIsLimited(t *testing.T) {
	w := newVolume(t, `{"other":{}}`).waiter()
	w.within = soon
	if got, err := w.request(t.Context()); got != "" || err == nil || err.Error() != "no run has used this pod within 0 s" {
		t.Errorf("found %q: %v", got, err)
	}
	w.rereadEvery, w.within = soon, 20*soon
	if got, err := w.request(t.Context()); got != "" || err == nil {
		t.Errorf("found %q: %v", got, err)
	}
}

// The kubelet replaces the file as a whole, so the agent does not wait for a damaged one to become right.
func TestRequestCannotBeRead(t *testing.T) {
	for content, want := range map[string]string{
		`{"image":`: "read the requests of this pod: unexpected end of JSON input",
		`["image"]`: "read the requests of this pod: json: cannot unmarshal array",
		`{"image":"` + strings.Repeat("x", maxRequests) + `"}`: "the requests of this pod have more than 1048576 bytes",
	} {
		got, err := newVolume(t, content).waiter().request(t.Context())
		if got != "" || err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("found %q: %v, want %s", got, err, want)
		}
	}
	folder := waiter{file: t.TempDir(), key: "image", within: long, rereadEvery: long, waits: func() {}}
	if got, err := folder.request(t.Context()); got != "" || err == nil {
		t.Errorf("found %q: %v", got, err)
	}
}

func TestLargestRequestIsRead(t *testing.T) {
	value := `"` + strings.Repeat("x", maxRequests-len(`{"image":""}`)) + `"`
	if got, err := newVolume(t, `{"image":`+value+`}`).waiter().request(t.Context()); got != value || err != nil {
		t.Errorf("found %d bytes: %v", len(got), err)
	}
}

func TestEnvironmentSaysWhereTheRequestIs(t *testing.T) {
	file := newVolume(t, `{"image":{"version":1}}`).file()
	for name, c := range map[string]struct {
		variables map[string]string
		want      string
		fails     bool
	}{
		"in the environment": {map[string]string{"HEARTH_REQUEST": "{", "HEARTH_REQUEST_2": "}"}, "{}", false},
		"nowhere":            {nil, "", false},
		"in the file": {map[string]string{
			"HEARTH_REQUEST_FILE": file, "HEARTH_REQUEST_KEY": "image", "HEARTH_REQUEST_WITHIN": "60",
		}, `{"version":1}`, false},
		"not in the file": {map[string]string{
			"HEARTH_REQUEST_FILE": file, "HEARTH_REQUEST_KEY": "other", "HEARTH_REQUEST_WITHIN": "0",
		}, "", true},
		"without a limit": {map[string]string{"HEARTH_REQUEST_FILE": file, "HEARTH_REQUEST_KEY": "image"}, "", true},
		"with a limit that is no number": {map[string]string{
			"HEARTH_REQUEST_FILE": file, "HEARTH_REQUEST_KEY": "image", "HEARTH_REQUEST_WITHIN": "-1",
		}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Request(t.Context(), func(name string) string { return c.variables[name] })
			if got != c.want || (err != nil) != c.fails {
				t.Errorf("found %q: %v", got, err)
			}
		})
	}
}
