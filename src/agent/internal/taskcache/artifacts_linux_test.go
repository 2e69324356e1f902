package taskcache

import (
	"context"
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
	runA = "aaaaaaaaaaaaaaaa"
	runB = "bbbbbbbbbbbbbbbb"
	one  = "1111111111111111"
	two  = "2222222222222222"
)

// left makes the artifacts that tasks have left, each with a file in a folder that only its owner can write.
func (v volume) left(names ...string) {
	v.t.Helper()
	for _, name := range names {
		folder := v.folder(artifacts, name, "folder")
		write(v.t, filepath.Join(folder, "file"), "x")
		must(v.t, os.Chmod(folder, 0o500))
	}
}

// artifacts returns which artifacts, and what else, there is.
func (v volume) artifacts() []string {
	v.t.Helper()
	found := []string{}
	for _, name := range list(v.t, v.path(artifacts)) {
		found = append(found, name)
		info, err := os.Lstat(v.path(artifacts, name))
		must(v.t, err)
		if info.IsDir() {
			for _, attempt := range list(v.t, v.path(artifacts, name)) {
				found = append(found, name+"/"+attempt)
			}
		}
	}
	slices.Sort(found)
	return found
}

// sweeping returns a request of a task without caches. All that is there is old, unless a test says otherwise.
func sweeping(named ...string) protocol.TaskCacheRequest {
	return protocol.TaskCacheRequest{
		Version: protocol.Version, LimitSeconds: 60,
		Artifacts: &protocol.KeptArtifacts{Named: named, Since: time.Now().Add(time.Hour).Unix()},
	}
}

func TestSweepsWhatNoRunNames(t *testing.T) {
	both := []string{runA + "/" + one, runA + "/" + two, runB + "/" + one}
	for name, test := range map[string]struct {
		request protocol.TaskCacheRequest
		want    []string
	}{
		"nothing is named":    {sweeping(), []string{}},
		"a run is named":      {sweeping(runA), []string{runA, runA + "/" + one, runA + "/" + two}},
		"an artifact is":      {sweeping(runB+"/"+one, runA+"/"+two), []string{runA, runA + "/" + two, runB, runB + "/" + one}},
		"beginnings are none": {sweeping(runA[:8], runB+"/"+one[:8]), []string{}},
		"no one knows": {protocol.TaskCacheRequest{Version: protocol.Version, LimitSeconds: 60}, []string{
			runA, runA + "/" + one, runA + "/" + two, runB, runB + "/" + one}},
		"all are new": {protocol.TaskCacheRequest{
			Version: protocol.Version, LimitSeconds: 60,
			Artifacts: &protocol.KeptArtifacts{Since: time.Now().Add(-time.Hour).Unix()},
		}, []string{runA, runA + "/" + one, runA + "/" + two, runB, runB + "/" + one}},
	} {
		t.Run(name, func(t *testing.T) {
			if unprivileged(t) {
				return
			}
			v := newVolume(t)
			v.left(both...)
			v.old()
			report := v.run(test.request)
			if got := v.artifacts(); !slices.Equal(got, test.want) {
				t.Errorf("there is %q, not %q", got, test.want)
			}
			content(t, v.path(key, old, "src"), "src")
			if !slices.Equal(report.Found, []string{key + "/" + old}) || !report.Removed {
				t.Errorf("the report is %+v", report)
			}
			v.permit()
		})
	}
}

// permit lets the test's own end remove what is left.
func (v volume) permit() {
	v.t.Helper()
	_ = filepath.WalkDir(v.path(artifacts), func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			_ = os.Chmod(path, 0o755)
		}
		return nil
	})
}

func TestSweepsFilesAndLinksAndFollowsNone(t *testing.T) {
	v := newVolume(t)
	v.left(runA + "/" + one)
	outside := v.folder(key, old)
	write(t, filepath.Join(outside, "src"), "src")
	write(t, v.path(artifacts, "file"), "x")
	must(t, os.Symlink(outside, v.path(artifacts, runB)))
	must(t, os.Symlink(outside, v.path(artifacts, runA, two)))

	v.run(sweeping(runA + "/" + one))

	if got, want := v.artifacts(), []string{runA, runA + "/" + one}; !slices.Equal(got, want) {
		t.Errorf("there is %q, not %q", got, want)
	}
	content(t, filepath.Join(outside, "src"), "src")
}

func TestASweepThatFailsFailsNoTask(t *testing.T) {
	for name, spoil := range map[string]func(v volume){
		"there is no volume": func(v volume) { must(v.t, os.Remove(v.settings.Own)) },
		"there is no folder": func(volume) {},
		"the folder is a file": func(v volume) {
			write(v.t, v.path(artifacts), "x")
		},
		"the folder is a link": func(v volume) {
			must(v.t, os.Symlink(v.folder(key), v.path(artifacts)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVolume(t)
			spoil(v)
			v.run(sweeping())
		})
	}
}

func TestWhatIsAnotherUsersStaysAndTheRestGoes(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can make files of other users")
	}
	v := newVolume(t)
	v.left(runA+"/"+one, runB+"/"+one)
	// The kubelet makes these folders, so that the group of all tasks can write them.
	for _, folder := range []string{"", runA, runB, runA + "/" + one, runB + "/" + one} {
		must(t, os.Chmod(v.path(artifacts, folder), 0o777))
	}
	must(t, os.Chown(v.path(artifacts, runB, one, "folder"), 65534, 65534))
	must(t, os.Chown(v.path(artifacts, runB, one, "folder", "file"), 65534, 65534))

	// The process is root here, so another one sweeps as the other user.
	asOther(t, v.settings.Own)

	if got, want := v.artifacts(), []string{runA, runA + "/" + one}; !slices.Equal(got, want) {
		t.Errorf("there is %q, not %q", got, want)
	}
}

// asOther sweeps a volume as another user than root, in another process.
func asOther(t *testing.T, own string) {
	t.Helper()
	state := t.TempDir()
	must(t, os.Chmod(state, 0o777))
	for folder := own; folder != os.TempDir() && folder != "/"; folder = filepath.Dir(folder) {
		must(t, os.Chmod(folder, 0o755))
	}
	must(t, os.Chmod(filepath.Dir(state), 0o755))
	program := filepath.Join(filepath.Dir(state), "program")
	self, err := os.ReadFile("/proc/self/exe")
	must(t, err)
	must(t, os.WriteFile(program, self, 0o755))
	command := exec.Command(program, "-test.run=^TestSweepsAsAnotherProcess$", "-test.v")
	command.Dir = "/"
	command.Env = []string{"SWEEP_OWN=" + own, "SWEEP_STATE=" + state, "TMPDIR=" + state, "PATH=" + os.Getenv("PATH")}
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	output, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "were not all removed: permission denied") {
		t.Fatalf("as another user: %v\n%s", err, output)
	}
}

func TestSweepsAsAnotherProcess(t *testing.T) {
	own, state := os.Getenv("SWEEP_OWN"), os.Getenv("SWEEP_STATE")
	if own == "" {
		t.Skip("it is a part of another test")
	}
	v := volume{t, Settings{
		Own: own, State: state, Report: filepath.Join(state, "report"), MeasureWithin: time.Minute,
		Log: func(sentence string) { t.Log(sentence) },
	}}
	v.run(sweeping())
}

func TestASweepMakesRoomForACache(t *testing.T) {
	v := newVolume(t)
	from := v.old()
	v.left(runA + "/" + one)
	v.settings.change = func() {}
	tries := 0
	v.settings.copy = func(ctx context.Context, source string, own *os.Root, name string) error {
		tries++
		if len(v.artifacts()) > 0 {
			return &fs.PathError{Op: "write", Path: "secret", Err: unix.ENOSPC}
		}
		return v.settings.copyFolder(ctx, source, own, name)
	}
	request := request(from)
	request.Artifacts = sweeping().Artifacts

	if report := v.run(request); report.Restored[key].Error != "" || tries != 2 {
		t.Errorf("after %d tries the report is %+v", tries, report)
	}
	content(t, v.path(key, work, "src"), "src")
}

func TestMakesRoomBeforeCopiesWhereLittleIsFree(t *testing.T) {
	for name, test := range map[string]struct {
		size  func(string) (int64, int64, error)
		early bool
	}{
		"little is free":   {free(24), true},
		"a quarter is":     {free(25), false},
		"size not known":   {func(string) (int64, int64, error) { return 0, 0, unix.EIO }, false},
		"the disk is full": {free(0), true},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVolume(t)
			from := v.old()
			outdated := strings.Repeat("c", 16)
			v.folder(key, outdated)
			v.left(runA+"/"+one, runB+"/"+one)
			v.settings.size = test.size
			gone := false
			v.settings.copy = func(ctx context.Context, source string, own *os.Root, name string) error {
				_, err := os.Lstat(v.path(key, outdated))
				gone = os.IsNotExist(err) && slices.Equal(v.artifacts(), []string{runB, runB + "/" + one})
				return v.settings.copyFolder(ctx, source, own, name)
			}
			request := request(from)
			request.Remove = []string{key + "/" + outdated}
			request.Artifacts = sweeping(runB).Artifacts
			v.settings.change = func() {}

			report := v.run(request)

			if gone != test.early {
				t.Errorf("before the copy it is %v that all is gone that nobody needs", gone)
			}
			if !report.Removed || report.Restored[key].Error != "" {
				t.Errorf("the report is %+v", report)
			}
			if got, want := v.artifacts(), []string{runB, runB + "/" + one}; !slices.Equal(got, want) {
				t.Errorf("there is %q, not %q", got, want)
			}
			v.permit()
		})
	}
}

// A process that is killed before any of its changes leaves each artifact that is named, and the next one sweeps the rest.
func TestKilledAtEveryChangeOfASweep(t *testing.T) {
	for at := 1; ; at++ {
		v := newVolume(t)
		v.left(runA+"/"+one, runA+"/"+two, runB+"/"+one)
		named := v.path(artifacts, runA, two)
		before := describe(t, named)
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
			v.begin(sweeping(runA + "/" + two))
			return false
		}()
		if diff := difference(before, describe(t, named)); diff != "" {
			t.Errorf("killed at change %d, what is named is changed: %s", at, diff)
		}
		v.settings.change = nil
		v.run(sweeping(runA + "/" + two))
		if got, want := v.artifacts(), []string{runA, runA + "/" + two}; !slices.Equal(got, want) {
			t.Errorf("killed at change %d, there is %q", at, got)
		}
		if diff := difference(before, describe(t, named)); diff != "" {
			t.Errorf("killed at change %d, the next process changes what is named: %s", at, diff)
		}
		if !died {
			if at < 10 {
				t.Errorf("there were only %d changes", at)
			}
			return
		}
	}
}
