package taskcache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/protocol"
)

const (
	key  = "0123456789abcdef"
	work = "aaaaaaaaaaaaaaaa"
	old  = "bbbbbbbbbbbbbbbb"
)

// volume is the volume of a pod and the pod's own folder.
type volume struct {
	t        *testing.T
	settings Settings
}

func newVolume(t *testing.T) volume {
	t.Helper()
	folder := t.TempDir()
	v := volume{t, Settings{
		Own:           filepath.Join(folder, "own"),
		State:         filepath.Join(folder, "state"),
		Report:        filepath.Join(folder, "report"),
		MeasureWithin: time.Minute,
		Log:           func(sentence string) { t.Log(sentence) },
		size:          free(100),
	}}
	v.folder("")
	must(t, os.Mkdir(v.settings.State, 0o755))
	return v
}

// free returns the size of a volume of which so many percent are free.
func free(percent int64) func(string) (int64, int64, error) {
	return func(string) (int64, int64, error) { return 100, percent, nil }
}

func (v volume) path(names ...string) string {
	return filepath.Join(v.settings.Own, filepath.Join(names...))
}

func (v volume) folder(names ...string) string {
	v.t.Helper()
	path := v.path(names...)
	must(v.t, os.MkdirAll(path, 0o755))
	return path
}

// old makes a state that another pod has left, with one file.
func (v volume) old() string {
	v.t.Helper()
	folder := v.folder(key, old)
	write(v.t, filepath.Join(folder, "src"), "src")
	return folder
}

// run does what the container does, from its begin to the end of the task.
func (v volume) run(request protocol.TaskCacheRequest) protocol.TaskCacheReport {
	v.t.Helper()
	return v.end(v.begin(request))
}

func (v volume) begin(request protocol.TaskCacheRequest) *run {
	v.t.Helper()
	run, err := begin(v.t.Context(), request, v.settings)
	must(v.t, err)
	if !Ready(v.settings) {
		v.t.Fatal("the task cannot begin")
	}
	return run
}

func (v volume) end(run *run) protocol.TaskCacheReport {
	v.t.Helper()
	must(v.t, run.measure(v.t.Context()))
	return v.report()
}

func (v volume) report() protocol.TaskCacheReport {
	v.t.Helper()
	document, err := os.ReadFile(v.settings.Report)
	must(v.t, err)
	var report protocol.TaskCacheReport
	must(v.t, json.Unmarshal(document, &report))
	return report
}

func request(source string) protocol.TaskCacheRequest {
	return protocol.TaskCacheRequest{
		Version:      protocol.Version,
		LimitSeconds: 60,
		Caches:       []protocol.TaskCache{{Key: key, Work: work, Source: source}},
		Known:        []string{key + "/" + old},
	}
}

func TestCopiesAllThatWasLeftAndLeavesTheOriginalAlone(t *testing.T) {
	v := newVolume(t)
	from := v.old()
	must(t, os.Symlink("/etc/passwd", filepath.Join(from, "link")))
	write(t, filepath.Join(from, "name\nwith 'all' $(sorts)\xff"), "x")
	must(t, os.Link(filepath.Join(from, "src"), filepath.Join(from, "hard")))
	must(t, unix.Mkfifo(filepath.Join(from, "pipe"), 0o640))
	must(t, unix.Mknod(filepath.Join(from, "socket"), unix.S_IFSOCK|0o600, 0))
	must(t, os.Mkdir(filepath.Join(from, "module"), 0o755))
	write(t, filepath.Join(from, "module", "file"), "y")
	must(t, os.Chmod(filepath.Join(from, "module"), 0o555))
	must(t, os.Chmod(filepath.Join(from, "src"), 0o751))
	hole(t, filepath.Join(from, "sparse"))
	before := describe(t, from)

	report := v.run(request(from))

	to := v.path(key, work)
	if diff := difference(before, describe(t, to)); diff != "" {
		t.Errorf("the copy differs from its original: %s", diff)
	}
	if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o777 {
		t.Errorf("all users have to be able to write the cache, but its mode is %v (%v)", info.Mode(), err)
	}
	if allocated(t, filepath.Join(to, "sparse")) > 100_000 {
		t.Error("the holes of a file were filled")
	}
	same(t, filepath.Join(to, "src"), filepath.Join(to, "hard"))
	write(t, filepath.Join(to, "src"), "changed")
	if diff := difference(before, describe(t, from)); diff != "" {
		t.Errorf("the original has changed: %s", diff)
	}
	restored := report.Restored[key]
	if restored.Error != "" || restored.KiB <= 0 {
		t.Errorf("the cache was restored as %+v", restored)
	}
	if report.LeftKiB[key] <= 0 || report.Usage == nil || report.Usage.ContentKiB < report.LeftKiB[key] ||
		report.Usage.CapacityKiB <= report.Usage.FreeKiB {
		t.Errorf("the volume was measured as %+v, %+v", report.LeftKiB, report.Usage)
	}
}

func TestMeasuresAsDuDoes(t *testing.T) {
	v := newVolume(t)
	from := v.old()
	must(t, os.Link(filepath.Join(from, "src"), filepath.Join(from, "hard")))
	write(t, filepath.Join(v.folder("other", "deep", "deeper"), "file"), strings.Repeat("x", 100_000))
	write(t, v.path("file"), strings.Repeat("x", 50_000))
	write(t, filepath.Join(v.folder(artifacts, work, old), "file"), strings.Repeat("x", 200_000))

	report := v.run(request(from))

	for path, measured := range map[string]int64{
		v.path(key, work): report.LeftKiB[key],
		v.path():          report.Usage.ContentKiB,
		v.path(artifacts): report.Usage.ArtifactsKiB,
	} {
		output, err := exec.Command("du", "-sk", path).Output()
		must(t, err)
		var kib int64
		_, err = fmt.Sscan(string(output), &kib)
		must(t, err)
		if measured != kib {
			t.Errorf("%s has %d KiB, but du says %d", path, measured, kib)
		}
	}
}

func TestStartsEmptyAndSaysWhy(t *testing.T) {
	for name, test := range map[string]struct {
		source func(v volume) string
		want   string
	}{
		"no source": {func(v volume) string { return v.path("none") }, "no such file or directory"},
		"a file": {func(v volume) string {
			write(v.t, v.path("file"), "x")
			return v.path("file")
		}, "the source is not a folder"},
		"a link": {func(v volume) string {
			must(v.t, os.Symlink(v.old(), v.path("link")))
			return v.path("link")
		}, "the source is not a folder"},
		"too deep": {func(v volume) string {
			v.old()
			deep(v.t, v.path(key, old), deepest+1)
			return v.path(key, old)
		}, "there are too many folders inside of each other"},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVolume(t)
			report := v.run(request(test.source(v)))
			if got := report.Restored[key].Error; got != test.want {
				t.Errorf("the error is %q, not %q", got, test.want)
			}
			v.empty(key, work)
		})
	}
}

// empty fails unless a cache is an empty folder that all users can write, and nothing is beside it.
func (v volume) empty(key, work string) {
	v.t.Helper()
	path := v.path(key, work)
	if names := list(v.t, path); len(names) > 0 {
		v.t.Errorf("the cache has %q", names)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o777 {
		v.t.Errorf("the mode of the cache is %v (%v)", info.Mode(), err)
	}
	if left, _ := filepath.Glob(v.path(key, ".*")); len(left) > 0 {
		v.t.Errorf("there are parts of copies: %v", left)
	}
}

func TestStartsEmptyWhereACopyTakesTooLong(t *testing.T) {
	v := newVolume(t)
	tries := 0
	v.settings.copy = func(ctx context.Context, _ string, own *os.Root, name string) error {
		tries++
		must(t, own.Mkdir(name, 0o755))
		<-ctx.Done()
		return ctx.Err()
	}
	request := request(v.old())
	request.LimitSeconds = 1
	request.Remove = []string{key + "/" + strings.Repeat("c", 16)}

	report := v.run(request)

	if got := report.Restored[key].Error; got != "it took longer than 1 s" {
		t.Errorf("the error is %q", got)
	}
	if tries != 1 {
		t.Errorf("it was tried %d times, although time is not room", tries)
	}
	v.empty(key, work)
}

func TestMakesRoomAndTriesOnceMoreWhereACopyFails(t *testing.T) {
	v := newVolume(t)
	outdated := v.folder(key, strings.Repeat("c", 16))
	v.settings.change = func() {}
	v.settings.copy = func(ctx context.Context, source string, own *os.Root, name string) error {
		if _, err := os.Lstat(outdated); err == nil {
			must(t, own.Mkdir(name, 0o755))
			return &fs.PathError{Op: "write", Path: "secret", Err: unix.ENOSPC}
		}
		return v.settings.copyFolder(ctx, source, own, name)
	}
	request := request(v.old())

	// Nothing can be removed.
	if got := v.run(request).Restored[key].Error; got != "no space left on device" {
		t.Errorf("the error is %q", got)
	}
	v.empty(key, work)

	must(t, os.Remove(v.settings.ready()))
	request.Remove = []string{key + "/" + strings.Repeat("c", 16)}
	report := v.run(request)
	if restored := report.Restored[key]; restored.Error != "" || !report.Removed {
		t.Errorf("the cache was restored as %+v", report)
	}
	content(t, v.path(key, work, "src"), "src")
}

func TestARealFullVolume(t *testing.T) {
	v := newVolume(t)
	if err := unix.Mount("tmpfs", v.settings.Own, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("a file system cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { must(t, unix.Unmount(v.settings.Own, unix.MNT_DETACH)) })
	outdated := strings.Repeat("c", 16)
	write(t, filepath.Join(v.folder(key, outdated), "large"), strings.Repeat("x", 2<<20))
	from := v.folder(key, old)
	write(t, filepath.Join(from, "src"), strings.Repeat("x", 3<<19))

	request := request(from)
	if got := v.run(request).Restored[key].Error; got != "no space left on device" {
		t.Errorf("the error is %q", got)
	}
	v.empty(key, work)
	must(t, os.Remove(v.settings.ready()))
	request.Remove = []string{key + "/" + outdated}
	if got := v.run(request).Restored[key]; got.Error != "" || got.KiB != 1536 {
		t.Errorf("the cache was restored as %+v", got)
	}
}

func TestEndsAtOnceInTheMiddleOfACopyThatNobodyNeedsAnyMore(t *testing.T) {
	v := newVolume(t)
	ctx, cancel := context.WithCancel(t.Context())
	v.settings.copy = func(ctx context.Context, _ string, own *os.Root, name string) error {
		must(t, own.Mkdir(name, 0o755))
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}
	if code := Run(ctx, request(v.old()), v.settings); code != 0 {
		t.Errorf("the exit code is %d", code)
	}
	if _, err := os.Lstat(v.path(key, work)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half a copy has the name of a whole one: %v", err)
	}
	if Ready(v.settings) {
		t.Error("the task can begin")
	}
}

func TestWhatTheTaskHasStaysWhenTheContainerIsRestarted(t *testing.T) {
	v := newVolume(t)
	request := request(v.old())
	v.begin(request)
	write(t, v.path(key, work, "made"), "by the task")
	must(t, os.Remove(v.path(key, work, "src")))

	report := v.run(request)

	content(t, v.path(key, work, "made"), "by the task")
	if _, err := os.Lstat(v.path(key, work, "src")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the cache was restored again: %v", err)
	}
	if report.Restored[key].KiB <= 0 {
		t.Errorf("it is forgotten how the cache was restored: %+v", report)
	}
}

func TestRemovesWhatItIsToldAndTellsWhatNobodyKnows(t *testing.T) {
	v := newVolume(t)
	outdated := v.old()
	unknown := v.folder(key, strings.Repeat("c", 16))
	v.folder(key, "."+strings.Repeat("d", 16)+".part")
	v.folder(key, strings.Repeat("e", 16))
	v.folder("lost+found", "x")
	v.folder(key, "UPPER")
	write(t, v.path(key, strings.Repeat("f", 16)), "a file is no state")
	must(t, os.Symlink(unknown, v.path(key, strings.Repeat("9", 16))))
	must(t, os.Symlink(v.path(key), v.path(strings.Repeat("9", 16))))
	must(t, os.Symlink(unknown, filepath.Join(outdated, "away")))
	must(t, os.Chmod(outdated, 0o555))
	v.folder(key, "."+old+".part", "half")
	request := request("")
	request.Remove = []string{key + "/" + old}
	request.Known = []string{key + "/" + strings.Repeat("e", 16)}

	report := v.run(request)

	for _, gone := range []string{old, "." + old + ".part"} {
		if _, err := os.Lstat(v.path(key, gone)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there: %v", gone, err)
		}
	}
	if _, err := os.Stat(unknown); err != nil {
		t.Errorf("a link was followed: %v", err)
	}
	want := []string{key + "/" + strings.Repeat("c", 16), key + "/" + strings.Repeat("d", 16)}
	if !report.Removed || !slices.Equal(report.Found, want) {
		t.Errorf("removed is %v, found is %q", report.Removed, report.Found)
	}
}

func TestANameThatLeadsElsewhereIsNotRemoved(t *testing.T) {
	v := newVolume(t)
	outside := filepath.Join(filepath.Dir(v.settings.Own), "outside")
	must(t, os.Mkdir(outside, 0o755))
	request := request("")
	request.Remove = []string{"../outside", key + "/../../outside", "", "/", key}
	if report := v.run(request); report.Removed {
		t.Error("it is said to be removed")
	}
	if _, err := os.Stat(outside); err != nil {
		t.Error(err)
	}
	request.Caches[0].Work = "../../outside"
	must(t, os.Remove(v.settings.ready()))
	if code := Run(t.Context(), request, v.settings); code != 1 {
		t.Errorf("the exit code is %d", code)
	}
}

func TestAReportHasRoomForAllThatMatters(t *testing.T) {
	v := newVolume(t)
	request := request("")
	request.Caches = nil
	for at := range 8 {
		request.Caches = append(request.Caches, protocol.TaskCache{
			Key: fmt.Sprintf("%016x", at), Work: work, Source: "/none/" + strings.Repeat("x", 300)})
	}
	for at := range 1000 {
		v.folder(key, fmt.Sprintf("%016x", at))
	}
	v.settings.copy = func(context.Context, string, *os.Root, string) error { return cause(strings.Repeat("long ", 100)) }
	report := v.run(request)
	info, err := os.Stat(v.settings.Report)
	must(t, err)
	if info.Size() > 4096 || len(report.Found) < 20 || len(report.Restored) != 8 || len(report.LeftKiB) != 8 || report.Usage == nil {
		t.Errorf("a report of %d bytes is %+v", info.Size(), report)
	}
}

func TestWhatTheTaskDoesToItsFolderHarmsNothingElse(t *testing.T) {
	v := newVolume(t)
	from := v.old()
	run := v.begin(request(from))
	path := v.path(key, work)
	must(t, os.Symlink(v.path(), filepath.Join(path, "up")))
	must(t, os.Symlink(path, filepath.Join(path, "loop")))
	must(t, os.Chmod(path, 0))

	report := v.end(run)

	if _, ok := report.Restored[key]; !ok {
		t.Errorf("the report is %+v", report)
	}
	must(t, os.Remove(v.settings.ready()))
	next := request("")
	next.Caches[0].Work = strings.Repeat("f", 16)
	next.Remove = []string{key + "/" + work}
	v.run(next)
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the state is still there: %v", err)
	}
	content(t, filepath.Join(from, "src"), "src")
}

func TestRemovesFoldersOfAnyDepth(t *testing.T) {
	v := newVolume(t)
	v.old()
	deep(t, v.path(key, old), 3*deepest+7)
	write(t, v.path(key, old, "raised-1"), "in the way")
	request := request("")
	request.Remove = []string{key + "/" + old}
	report := v.run(request)
	if _, err := os.Lstat(v.path(key, old)); !report.Removed || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the state is still there: %v", err)
	}
}

func TestADamagedNoteOfWhatWasRestoredIsOnlyMissing(t *testing.T) {
	for _, note := range []string{"", "{", "null", "[]", `{"x":1}`} {
		v := newVolume(t)
		write(t, v.settings.ready(), note)
		write(t, filepath.Join(v.folder(key, work), "made"), "by the task")
		if report := v.run(request(v.old())); report.Restored == nil || report.LeftKiB[key] <= 0 {
			t.Errorf("after the note %q the report is %+v", note, report)
		}
		content(t, v.path(key, work, "made"), "by the task")
	}
}

func TestMeasuringEndsInTime(t *testing.T) {
	v := newVolume(t)
	run := v.begin(request(v.old()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	must(t, run.measure(ctx))
	report := v.report()
	if report.Usage != nil || len(report.LeftKiB) > 0 || report.Restored[key].KiB <= 0 {
		t.Errorf("the report is %+v", report)
	}
}

func TestTheTaskBeginsWithoutAVolume(t *testing.T) {
	v := newVolume(t)
	source := v.old()
	v.settings.Own += "-gone"
	report := v.run(request(source))
	if report.Restored[key].Error != "no such file or directory" || report.Usage != nil {
		t.Errorf("the report is %+v", report)
	}
}

func TestTheTaskDoesNotBeginWhereNothingCanSayThatItMay(t *testing.T) {
	v := newVolume(t)
	v.settings.State += "/gone"
	if code := Run(t.Context(), request(v.old()), v.settings); code != 1 {
		t.Errorf("the exit code is %d", code)
	}
}

type killed struct{}

// A process that is killed before any of its changes leaves what the next one makes whole.
func TestKilledAtEveryChange(t *testing.T) {
	for at := 1; ; at++ {
		v := newVolume(t)
		from := v.old()
		must(t, os.Symlink("src", filepath.Join(from, "link")))
		must(t, os.Mkdir(filepath.Join(from, "folder"), 0o555))
		before := describe(t, from)
		write(t, filepath.Join(v.folder(key, work), "of a pod that is gone"), "x")
		outdated := strings.Repeat("c", 16)
		write(t, filepath.Join(v.folder(key, outdated), "file"), "x")
		request := request(from)
		request.Remove = []string{key + "/" + outdated}

		left := at
		v.settings.change = func() {
			if left--; left == 0 {
				panic(killed{})
			}
		}
		died := func() (died bool) {
			defer func() {
				if cause := recover(); cause != nil {
					if _, ok := cause.(killed); !ok {
						panic(cause)
					}
					died = true
				}
			}()
			v.begin(request)
			return false
		}()
		ready := Ready(v.settings)
		if ready {
			if diff := difference(before, describe(t, v.path(key, work))); diff != "" {
				t.Errorf("killed at change %d, the task begins with another state: %s", at, diff)
			}
			write(t, v.path(key, work, "made"), "by the task")
		}
		v.settings.change = nil
		report := v.run(request)
		if ready {
			content(t, v.path(key, work, "made"), "by the task")
			must(t, os.Remove(v.path(key, work, "made")))
		}
		if diff := difference(before, describe(t, v.path(key, work))); diff != "" {
			t.Errorf("killed at change %d, the next process leaves: %s", at, diff)
		}
		if got := list(t, v.path(key)); !slices.Equal(got, []string{work, old}) || !report.Removed {
			t.Errorf("killed at change %d, there is %q", at, got)
		}
		if report.Restored[key].Error != "" || len(report.Found) > 0 {
			t.Errorf("killed at change %d, the report is %+v", at, report)
		}
		if !died {
			if at < 10 {
				t.Errorf("there were only %d changes", at)
			}
			return
		}
	}
}

// unprivileged runs a test again, as a user whom permissions bind, if this one is root.
func unprivileged(t *testing.T) (ran bool) {
	t.Helper()
	if os.Getuid() != 0 {
		return false
	}
	program := filepath.Join(t.TempDir(), "test")
	self, err := os.ReadFile("/proc/self/exe")
	must(t, err)
	must(t, os.WriteFile(program, self, 0o755))
	for folder := filepath.Dir(program); folder != os.TempDir() && folder != "/"; folder = filepath.Dir(folder) {
		must(t, os.Chmod(folder, 0o755))
	}
	temporary := filepath.Join(filepath.Dir(program), "tmp")
	must(t, os.Mkdir(temporary, 0o777))
	must(t, os.Chmod(temporary, 0o777))
	command := exec.Command(program, "-test.run=^"+t.Name()+"$", "-test.v")
	command.Dir = "/"
	command.Env = []string{"TMPDIR=" + temporary, "PATH=" + os.Getenv("PATH")}
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	output, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "--- PASS: "+t.Name()) {
		t.Fatalf("as another user: %v\n%s", err, output)
	}
	return true
}

func TestRemovesAndCopiesWhatItsOwnerCannotWrite(t *testing.T) {
	if unprivileged(t) {
		return
	}
	v := newVolume(t)
	from := v.old()
	must(t, os.MkdirAll(filepath.Join(from, "a", "b"), 0o755))
	write(t, filepath.Join(from, "a", "b", "file"), "x")
	must(t, os.Chmod(filepath.Join(from, "a", "b", "file"), 0o444))
	must(t, os.Chmod(filepath.Join(from, "a", "b"), 0o555))
	must(t, os.Chmod(filepath.Join(from, "a"), 0o555))
	before := describe(t, from)
	if report := v.run(request(from)); report.Restored[key].Error != "" {
		t.Fatalf("the report is %+v", report)
	}
	if diff := difference(before, describe(t, v.path(key, work))); diff != "" {
		t.Error(diff)
	}

	must(t, os.Chmod(v.path(key, work, "a", "b"), 0))
	must(t, os.Remove(v.settings.ready()))
	next := request(v.path(key, work))
	next.Caches[0].Work = strings.Repeat("f", 16)
	next.Remove = []string{key + "/" + old}
	report := v.run(next)
	if report.Restored[key].Error != "permission denied" || !report.Removed {
		t.Errorf("the report is %+v", report)
	}
	v.empty(key, strings.Repeat("f", 16))
	if _, err := os.Lstat(from); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the state is still there: %v", err)
	}
	must(t, os.Chmod(v.path(key, work, "a", "b"), 0o755))
	must(t, os.Chmod(v.path(key, work, "a"), 0o755))
}

// TestMain lets the test program be the container, for the test that ends it with a signal.
func TestMain(m *testing.M) {
	if folder := os.Getenv("TASK_CACHE_FOLDER"); folder != "" {
		ctx, stop := notify()
		defer stop()
		settings := Production(func(string) {})
		settings.Own, settings.State, settings.Report = folder+"/own", folder+"/state", folder+"/report"
		os.Exit(Run(ctx, request(folder+"/own/"+key+"/"+old), settings))
	}
	os.Exit(m.Run())
}

func TestTheKubeletsSignalEndsTheWait(t *testing.T) {
	v := newVolume(t)
	v.old()
	container := exec.Command("/proc/self/exe")
	container.Env = []string{"TASK_CACHE_FOLDER=" + filepath.Dir(v.settings.Own)}
	must(t, container.Start())
	t.Cleanup(func() { _ = container.Process.Kill() })
	for deadline := time.Now().Add(time.Minute); !Ready(v.settings); {
		if time.Now().After(deadline) {
			t.Fatal("the caches are not ready")
		}
		time.Sleep(time.Millisecond)
	}
	must(t, container.Process.Signal(EndSignal))
	must(t, container.Wait())
	if report := v.report(); report.Usage == nil || report.LeftKiB[key] <= 0 {
		t.Errorf("the report is %+v", report)
	}
}

// A pod that was deleted by force may still copy when the container of the next pod of its name begins.
func TestPodThatStillCopiesLeavesTheNextOneAlone(t *testing.T) {
	first := newVolume(t)
	from := first.old()
	next := first
	next.settings.State = t.TempDir()
	firstCopies, nextCopies, firstIsOver := make(chan struct{}), make(chan struct{}), make(chan struct{})
	first.settings.copy = func(_ context.Context, _ string, own *os.Root, name string) error {
		if err := own.Mkdir(name, 0o755); err != nil {
			return err
		}
		close(firstCopies)
		<-nextCopies
		return fs.ErrNotExist // the next pod has removed what it copies to
	}
	next.settings.copy = func(_ context.Context, _ string, own *os.Root, name string) error {
		if err := own.Mkdir(name, 0o755); err != nil {
			return err
		}
		close(nextCopies)
		<-firstIsOver
		return own.WriteFile(name+"/src", []byte("src"), 0o644)
	}
	go func() {
		defer close(firstIsOver)
		_, _ = begin(t.Context(), request(from), first.settings) // whatever becomes of it: its task never begins
	}()
	<-firstCopies
	report := next.run(request(from))
	if said := report.Restored[key].Error; said != "" {
		t.Errorf("the next pod says: %s", said)
	}
	if content, err := os.ReadFile(next.path(key, work, "src")); err != nil || string(content) != "src" {
		t.Errorf("the next pod has %q, %v", content, err)
	}
	if left, _ := filepath.Glob(next.path(key, ".*")); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}
