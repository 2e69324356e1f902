package volume

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth.dev/agent/internal/protocol"
)

// artifact makes an artifact whose name begins as given, and returns the name.
func (w *world) artifact(t *testing.T, claim, beginning string) string {
	t.Helper()
	name := beginning + strings.Repeat("0", 64-len(beginning))
	write(t, w.own(claim, artifacts, name, "files/tool"), "#!")
	return name
}

func (w *world) artifacts(t *testing.T, claim string) []string {
	t.Helper()
	entries, err := os.ReadDir(w.own(claim, artifacts))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, each := range entries {
		names = append(names, each.Name())
	}
	return names
}

func TestArtifactsThatNoRunNamesAreSwept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, folderOf(t))
	w.run("main", 1, cold)
	outside := t.TempDir()
	write(t, outside+"/kept", "")
	named, unnamed := w.artifact(t, "main", "aaaa"), w.artifact(t, "main", "bbbb")
	for name, make := range map[string]func(string) error{
		".web":                           func(at string) error { return os.Mkdir(at, 0o755) },
		"aaaa":                           func(at string) error { return os.Mkdir(at, 0o755) }, // not the whole of a digest
		strings.Repeat("a", 64):          func(at string) error { return os.Symlink(outside, at) },
		"aaaa" + strings.Repeat("1", 60): func(at string) error { return os.WriteFile(at, nil, 0o644) },
	} {
		if err := make(w.own("main", artifacts, name)); err != nil {
			t.Fatal(err)
		}
	}
	options := w.options("main", 2, cold)
	options.Artifacts = []string{"aaaa", "cccc"}
	sweep := func() {
		t.Helper()
		v := w.open(options)
		defer v.Close()
		if err := v.SweepArtifacts(); err != nil {
			t.Fatal(err)
		}
		v.EmptyTrash()
	}
	sweep()
	// One that no run names may be about to be named.
	if found := w.artifacts(t, "main"); !slices.Equal(found, []string{named, unnamed}) {
		t.Errorf("there are %q", found)
	}
	w.system.now = func() time.Time { return time.Now().Add(artifactGrace + time.Minute) }
	sweep()
	if found := w.artifacts(t, "main"); !slices.Equal(found, []string{named}) {
		t.Errorf("there are %q", found)
	}
	options.Artifacts = []string{""}
	sweep()
	if found := w.artifacts(t, "main"); len(found) != 0 {
		t.Errorf("an empty beginning keeps %q", found)
	}
	if _, err := os.Stat(outside + "/kept"); err != nil {
		t.Error("a link was followed")
	}
	w.audit("main")
}

func TestArtifactsStayWhenTheCacheGoes(t *testing.T) {
	w := newWorld(t, folderOf(t))
	w.run("main", 0, cold)
	name := w.artifact(t, "main", "aaaa")
	w.system.statfs = disk(96, 95)
	v := w.prepared(w.options("main", 0, cold))
	defer v.Close()
	if found := w.artifacts(t, "main"); !slices.Equal(found, []string{name}) {
		t.Errorf("the full volume has %q", found)
	}
	if problem := v.Problem(); problem == nil || problem.Reason != protocol.ReasonVolumeFull {
		t.Errorf("the problem is %+v", problem)
	}
}

// TestArtifactsOfASnapshotAreRemoved is for a volume whose content was another's: no run names artifacts on this one. The folder
// stays, since it may be mounted already.
func TestArtifactsOfASnapshotAreRemoved(t *testing.T) {
	w := newWorld(t, folderOf(t))
	w.run("main", 1, cold)
	w.artifact(t, "main", "aaaa")
	before, err := os.Stat(w.own("main", artifacts))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(w.own("main"), w.own("pull")); err != nil {
		t.Fatal(err)
	}
	v := w.prepared(w.options("pull", 0, seedFrom(protocol.SeedRestore, "main", 1)))
	defer v.Close()
	after, err := os.Stat(w.own("pull", artifacts))
	if err != nil || !os.SameFile(before, after) || len(w.artifacts(t, "pull")) != 0 {
		t.Errorf("there are %q: %v", w.artifacts(t, "pull"), err)
	}
}

func TestArtifactsCount(t *testing.T) {
	w := newWorld(t, folderOf(t))
	w.run("main", 1, cold)
	v := w.prepared(w.options("main", 2, cold))
	defer v.Close()
	before := v.Report(nil)
	write(t, w.own("main", artifacts, "a/file"), strings.Repeat("x", 1<<20))
	after := v.Report(nil)
	if grown := after.ArtifactsKiB - before.ArtifactsKiB; grown < 1024 || grown > 1100 || after.UsedKiB-before.UsedKiB != grown {
		t.Errorf("with an artifact of 1 MiB the volume has %+v, without it %+v", after, before)
	}
}

func TestKilledAnywhereWhileSweepingArtifacts(t *testing.T) {
	t.Parallel()
	w := grown(t)
	options := w.options("main", len(w.sealed["main"])+1, cold)
	options.Artifacts = []string{"aaaa"}
	w.system.now = func() time.Time { return time.Now().Add(2 * artifactGrace) }
	w.artifact(t, "main", "aaaa")
	w.artifact(t, "main", "bbbb")
	w.artifact(t, "main", ".web")
	killAnywhere(t, w, w.opened(options, (*Volume).SweepArtifacts), func(bool) {
		v := w.open(options)
		defer v.Close()
		if err := v.SweepArtifacts(); err != nil {
			t.Fatal(err)
		}
		v.EmptyTrash()
		if found := w.artifacts(t, "main"); len(found) != 1 || !strings.HasPrefix(found[0], "aaaa") {
			t.Fatalf("there are %q", found)
		}
		w.check()
	})
}
