// Package taskcache restores the caches of a task from what earlier pods have left, removes outdated caches and artifacts, and
// measures the caches after the task.
package taskcache

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"hearth.dev/agent/internal/protocol"
)

// EndSignal is the signal by which the kubelet says that the task has ended. A Windows container gets CTRL_SHUTDOWN_EVENT,
// for which Go's runtime delivers SIGTERM and then keeps Windows from ending the process: ctrlHandler in
// runtime/os_windows.go, and the section about Windows in os/signal/doc.go.
const EndSignal = syscall.SIGTERM

// Settings are the places and limits of a container.
type Settings struct {
	// Own is the path of the volume that the pod writes.
	Own string
	// State is the path of a folder that is the pod's alone and is gone with it. It survives a restart of the container.
	State string
	// Report is the path of the file that gets the report.
	Report string
	// MeasureWithin limits the time for measuring the volume after the task.
	MeasureWithin time.Duration
	// Log is told in a sentence what went wrong. No sentence has a name of a file of the volume.
	Log func(sentence string)

	// copy replaces the copy of a folder in tests.
	copy func(ctx context.Context, source string, own *os.Root, name string) error
	// change is called in tests before each change of a file.
	change func()
	// size replaces the size of the volume and what is free there, before the caches are restored, in tests.
	size func(path string) (capacity, free int64, err error)
}

// roomWithin limits the time for which a task waits for room on a volume.
const roomWithin = time.Minute

// stateName is the form of a state's name, "key/work".
var stateName = regexp.MustCompile(`^[0-9a-f]{16}/[0-9a-f]{16}$`)

// Run restores the caches, waits until ctx ends, which says that the task has ended, and reports. Whatever goes wrong with a
// cache, the task can begin, if need be with an empty folder. Returns the exit code of the process. It is not zero if the
// request is malformed, or if there is no way to say that the caches are ready or what became of them.
//
// The process may be killed at any moment: a cache has its name only once it is complete.
func Run(ctx context.Context, request protocol.TaskCacheRequest, settings Settings) int {
	run, err := begin(ctx, request, settings)
	if ctx.Err() != nil && run == nil {
		return 0 // the task never began
	}
	if err != nil {
		settings.Log(err.Error())
		return 1
	}
	<-ctx.Done()
	measuring, cancel := context.WithTimeout(context.WithoutCancel(ctx), settings.MeasureWithin)
	defer cancel()
	if err := run.measure(measuring); err != nil {
		settings.Log("The report cannot be written: " + reason(err) + ".")
		return 1
	}
	return 0
}

// begin does all that has to be done before the task ends. It returns nil and an error if the task cannot begin.
func begin(ctx context.Context, request protocol.TaskCacheRequest, settings Settings) (*run, error) {
	if err := check(request); err != nil {
		return nil, err
	}
	if settings.change == nil {
		settings.change = func() {}
	}
	if settings.copy == nil {
		settings.copy = settings.copyFolder
	}
	if settings.size == nil {
		settings.size = volumeSize
	}
	run := run{Settings: settings, request: request}
	if err := run.prepare(ctx); err != nil {
		return nil, fmt.Errorf("the caches cannot be said to be ready: %s", reason(err))
	}
	run.remove(ctx)
	// The report is true from now on, should there be no time for more. If it cannot be written now, it may be later.
	_ = run.report()
	return &run, nil
}

// Ready says whether the caches are restored, so that the task can begin.
func Ready(settings Settings) bool {
	_, err := os.Lstat(settings.ready())
	return err == nil
}

func check(request protocol.TaskCacheRequest) error {
	if request.LimitSeconds <= 0 {
		return errors.New("the request has no time limit for the copies")
	}
	for _, cache := range request.Caches {
		if !stateName.MatchString(cache.Key + "/" + cache.Work) {
			return fmt.Errorf("the request has a cache with the malformed name %q", cache.Key+"/"+cache.Work)
		}
	}
	return nil
}

// run is the work on one request.
type run struct {
	Settings
	request  protocol.TaskCacheRequest
	restored map[string]protocol.RestoredCache
	removed  bool
	left     map[string]int64
	usage    *protocol.VolumeUsage
}

// prepare restores the caches, unless that was done before the container was restarted: then they are the task's already.
func (r *run) prepare(ctx context.Context) error {
	document, err := os.ReadFile(r.ready())
	if err == nil {
		// What a damaged file said is only missing in the report.
		if json.Unmarshal(document, &r.restored) != nil || r.restored == nil {
			r.restored = map[string]protocol.RestoredCache{}
		}
		return nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	r.makeRoom(ctx)
	r.restored = map[string]protocol.RestoredCache{}
	for _, cache := range r.request.Caches {
		restored, err := r.restore(ctx, cache)
		if err != nil {
			return err
		}
		r.restored[cache.Key] = restored
	}
	if document, err = json.Marshal(r.restored); err != nil {
		return err
	}
	begun := r.ready() + ".part"
	r.change()
	if err := os.WriteFile(begun, document, 0o644); err != nil {
		return err
	}
	r.change()
	return os.Rename(begun, r.ready())
}

func (s Settings) ready() string { return filepath.Join(s.State, "ready") }

// makeRoom removes what nobody has use for before the caches are restored, if less than a quarter of the volume is free. The
// copies could be complete and leave no room for what the task writes. On other volumes no task waits for it.
func (r *run) makeRoom(ctx context.Context) {
	if !r.removes() {
		return
	}
	if capacity, free, err := r.size(r.Own); err != nil || free >= capacity/4 {
		return
	}
	limited, cancel := context.WithTimeout(ctx, roomWithin)
	defer cancel()
	r.remove(limited)
}

// remove removes the states that the operator has no more use for, and artifacts that no run names.
func (r *run) remove(ctx context.Context) {
	r.removed = true
	if !r.removes() {
		return
	}
	own, err := os.OpenRoot(r.Own)
	if err != nil {
		r.removed = false
		return
	}
	defer own.Close()
	for _, state := range r.request.Remove {
		if !stateName.MatchString(state) || r.wipe(ctx, own, state) != nil {
			r.removed = false
		}
	}
	if err := r.sweepArtifacts(ctx, own); err != nil && ctx.Err() == nil {
		r.Log("Artifacts that no run names were not all removed: " + reason(err) + ".")
	}
}

// removes says whether there is anything to remove.
func (r *run) removes() bool { return len(r.request.Remove) > 0 || r.request.Artifacts != nil }

// wipe removes a state, and what other pods have copied of it.
func (s Settings) wipe(ctx context.Context, own *os.Root, state string) error {
	failed := s.removeAll(ctx, own, state)
	key, _, _ := strings.Cut(state, "/")
	folder, err := openFolder(own, key)
	if errors.Is(err, os.ErrNotExist) {
		return failed
	} else if err != nil {
		return errors.Join(failed, err)
	}
	defer folder.Close()
	return errors.Join(failed, eachName(folder, func(name string) error {
		if stateOf(key, name) != state {
			return nil
		}
		return s.removeAll(ctx, own, key+"/"+name)
	}))
}

// newPart returns a name for a state until it is complete. It is this process's alone: the container of a pod that was
// deleted by force may still copy when that of the next pod of its name begins.
func newPart(state string) string {
	key, work, _ := strings.Cut(state, "/")
	return key + "/." + work + "." + rand.Text() + ".part"
}

// partName is the form of such a name, behind the key. Earlier ones have no word of chance.
var partName = regexp.MustCompile(`^\.([0-9a-f]{16})(\.[A-Z0-9]+)?\.part$`)

// cause is an error that is told to people as it is.
type cause string

func (c cause) Error() string { return string(c) }

var unspeakable = regexp.MustCompile(`[^A-Za-z0-9 ]`)

// reason returns what went wrong in words that cannot come from a file of the volume, such as a name in an error.
func reason(err error) string {
	text := "it failed"
	var told cause
	var number syscall.Errno
	switch {
	case errors.As(err, &told):
		text = told.Error()
	case errors.As(err, &number):
		text = number.Error()
	case errors.Is(err, os.ErrNotExist):
		text = "no such file or directory"
	}
	text = unspeakable.ReplaceAllString(text, "")
	return text[:min(len(text), 100)]
}
