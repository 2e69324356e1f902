package volume

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"hearth.dev/agent/internal/protocol"
)

// shell changes a world as people would.
func (w *world) shell(t *testing.T, claim, command string) {
	t.Helper()
	shell := exec.Command("sh", "-euc", command)
	shell.Dir = w.own(claim)
	if said, err := shell.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", command, err, said)
	}
}

func TestStateThatIsBrokenIsBegunAgain(t *testing.T) {
	t.Parallel()
	const nothing = -1
	tests := []struct {
		claim, damage string
		reason        protocol.Reason
		note          string
		// left is the generation of main that the state is then that of; 0 for the state before the damage.
		left int
	}{
		{"main", ": >root/cache.db", protocol.ReasonCacheBroken, "BuildKit's database cache.db is empty; the cache is begun again with generation 2 of this volume", 2},
		{"main", ": >root/runc-overlayfs/metadata_v2.db", protocol.ReasonCacheBroken, "BuildKit's database metadata_v2.db is empty", 2},
		{"main", ": >root/runc-overlayfs/containerdmeta.db", protocol.ReasonCacheBroken, "BuildKit's database containerdmeta.db is empty", 2},
		{"main", ": >root/runc-overlayfs/snapshots/metadata.db", protocol.ReasonCacheBroken, "BuildKit's database metadata.db is empty", 2},
		{"main", "mv root/cache.db root/cache.db.bak", protocol.ReasonCacheBroken, "BuildKit could not read its database cache.db.bak", 2},
		{"main", "echo >root/history.db.bak", "", "", 0},
		{"main", "rm root/cache.db; mkfifo root/cache.db", protocol.ReasonCacheBroken, "BuildKit's database cache.db is not a file", 2},
		{"main", "rm root/cache.db; ln -s /etc/passwd root/cache.db", protocol.ReasonCacheBroken, "BuildKit's database cache.db is not a file", 2},
		{"main", "rm -rf root", protocol.ReasonCacheBroken, "BuildKit's root is gone", 2},
		{"main", "rm -rf root; ln -s /etc root", protocol.ReasonCacheBroken, "BuildKit's root is gone", 2},
		{"main", "rm -rf root/runc-overlayfs; ln -s ../../other root/runc-overlayfs", protocol.ReasonCacheBroken, "BuildKit's root/runc-overlayfs is not a folder", 2},
		{"main", "rm chain", protocol.ReasonCacheBroken, "a part of the view is gone: ", 2},
		{"main", ": >chain", protocol.ReasonCacheBroken, "a part of the view is gone: ", 2},
		{"main", "echo ../../etc >chain", protocol.ReasonCacheBroken, "a layer that this state was made from is gone", 2},
		{"main", ": >root/cache.db; : >generations/2/root/cache.db", protocol.ReasonCacheBroken, "the cache is begun again with nothing", nothing},
		{"main", ": >root/cache.db; rm generations/2/chain", protocol.ReasonCacheBroken, "the cache is begun again with nothing", nothing},
		{"main", "rm -rf layers/1-*", protocol.ReasonCacheBroken, "a layer that this state was made from is gone; the cache is begun again with nothing", nothing},
		{"main", "rm -rf layers/*/active", protocol.ReasonCacheBroken, "a layer that this state was made from is gone; the cache is begun again with nothing", nothing},
		{"main", "rm -rf layers/1-*/snapshots/*", protocol.ReasonCacheBroken, "a part of a sealed layer is gone: ", nothing},
		{"main", "rm -rf layers/*/blobs/*", protocol.ReasonCacheBroken, "a part of a sealed layer is gone: ", nothing},
		{"main", "rm -rf layers; ln -s /etc layers", protocol.ReasonCacheBroken, "a layer that this state was made from is gone", nothing},
		{"pr", "rm -rf root/runc-overlayfs/snapshots/snapshots/*; rm root/cache.db; : >root/cache.db", protocol.ReasonCacheBroken, "the cache is begun again with generation 1 of main", 1},
		{"pr", "rm -rf ../main/layers/1-*", protocol.ReasonCacheBroken, "the cache is begun again with nothing", nothing},
		{"pr", "mv ../main/layers/1-* ../main/layers/1-made-anew", protocol.ReasonCacheBroken, "the cache is begun again with nothing", nothing},
		{"pr", "rm -rf seeded ../main/layers/1-*", protocol.ReasonSeedUnusable, "generation 1 of main cannot be read (layer 1-", nothing},
		{"pr", "rm -r seeded root/runc-overlayfs; mkdir .root", "", "", 1}, // a seed that was cut short
		{"pr", "rm -r seeded root; cp -r ../main/generations/1/root .root", "", "", 1},
		{"pr", "rm seeded; mkdir seeded", "", "", 1},
		{"pr", ": >seeded", "", "", 1},
		{"pr", "rm lock; ln -s /etc/passwd lock; rm claim; mkfifo claim; mkdir broken sealing", "", "", 0},
		{"pr", ": >claim", "", "", 0},
		{"pr", "printf 'a b\\n' >claim", "", "", 0},
		{"pr", ": >broken; : >sealing", "", "", 0},
		{"pr", "printf 'Overlay/main/1 Nonsense nowhere it is so\\n' >broken", protocol.ReasonCacheBroken, "it is so; the cache is begun again with generation 1 of main", 1},
		{"pr", "printf 'Overlay/main/1 CacheBroken seed it is so\\n' >broken", protocol.ReasonCacheBroken, "it is so; the cache is begun again with nothing", nothing},
		{"pr", "printf 'Overlay/main/7 CacheBroken - of another seed\\n' >broken", "", "", 0},
	}
	base := grown(t)
	base.run("pr", 0, seedFrom(protocol.SeedOverlay, "main", 1))
	restore := base.backup()
	for _, test := range tests {
		t.Run(test.claim+" "+test.damage, func(t *testing.T) {
			base.failing = t
			restore()
			options := func() Options {
				if test.claim == "main" {
					return base.options("main", len(base.sealed["main"])+1, cold)
				}
				return base.options("pr", 0, seedFrom(protocol.SeedOverlay, "main", 1))
			}
			v := base.prepared(options())
			want := base.state(v)
			v.Close()
			sealed := base.sealed["main"]
			switch test.left {
			case nothing:
				want = built{Committed: map[string]string{}, Blobs: map[string]string{}, Active: map[string]string{}}
			case 1, 2:
				want = sealed[test.left]
			}
			base.shell(t, test.claim, test.damage)

			v = base.prepared(options())
			problem := v.Problem()
			if test.reason == "" {
				if problem != nil {
					t.Fatalf("it says %v", *problem)
				}
			} else if problem == nil || problem.Reason != test.reason || !strings.Contains(problem.Note, test.note) {
				t.Fatalf("it says %v instead of %s: %s", problem, test.reason, test.note)
			}
			if got := base.state(v); !reflect.DeepEqual(got, want) {
				t.Fatalf("it has %v instead of %v", got, want)
			}
			made := base.daemon(v).run(base.word(test.claim))
			if test.claim == "main" {
				base.seal(v, made)
				delete(base.sealed["main"], 1) // which may have been damaged, too
				delete(base.sealed["main"], 2)
				base.check()
			}
			if err := v.Succeeded(); err != nil {
				t.Fatal(err)
			}
			v.Close()

			v = base.prepared(options())
			defer v.Close()
			if got := base.state(v); !reflect.DeepEqual(got, made) || v.Problem() != nil || v.Begun() != nil {
				t.Fatalf("the run after it has %v instead of %v, and says %v", got, made, v.Problem())
			}
		})
	}
}

func TestSeedThatIsNotWholeSaysWhatItLacks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ damage, said string }{
		{":", ""},
		{"rm -r layers/1-*", "layer 1-"},
		{"rm generations/2/layers", "its files are not there"},
		{": >generations/2/layers", "its files are not there"},
		{"echo ../main layer >generations/2/layers", "the list of its layers cannot be read"},
		{"rm generations/2/chain", "generations/2/chain: no such file"},
		{"rm generations/2/root/runc-overlayfs/snapshots/metadata.db", "its files are not there"},
		{": >generations/2/root/cache.db", "BuildKit's database cache.db is empty"},
		{"ln -s ../gone generations/2/root/" + blobs + "/ab", "a part of a sealed layer is gone: ../gone"},
		{"rm -r generations", "its files are not there"},
		{"rm -r generations/2/root; ln -s ../1/root generations/2/root", "its files are not there"},
	} {
		t.Run(test.damage, func(t *testing.T) {
			w := grown(t)
			w.shell(t, "main", test.damage)
			v := w.prepared(w.options("pr", 0, seedFrom(protocol.SeedOverlay, "main", 2)))
			defer v.Close()
			if test.said == "" {
				if v.Problem() != nil || v.Begun().Mode != protocol.SeedOverlay {
					t.Fatalf("it was begun with %s, and says %v", v.Begun().Mode, v.Problem())
				}
				return
			}
			if v.Begun().Mode != protocol.SeedCold {
				t.Fatalf("it was begun with %s", v.Begun().Mode)
			}
			problem := v.Problem()
			if problem.Reason != protocol.ReasonSeedUnusable || !strings.Contains(problem.Note, "generation 2 of main cannot be read ("+test.said) &&
				!strings.Contains(problem.Note, test.said) {
				t.Fatalf("it says %v", *problem)
			}
		})
	}
}

func TestNothingIsSealedThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ damage, said string }{
		{"mkdir root/novelty", "the folder novelty in BuildKit's root is unknown: this version of BuildKit needs another Hearth"},
		{"mkdir root/runc-overlayfs/novelty", "the folder novelty in BuildKit's root is unknown"},
		{": >root/" + database, "BuildKit's database of snapshots cannot be read: nothing is sealed"},
		{"truncate -s 5000 root/" + database, "BuildKit's database of snapshots cannot be read"},
		{"dd if=/dev/urandom of=root/" + database + " bs=4096 seek=2 count=60 conv=notrunc 2>/dev/null", "BuildKit's database of snapshots cannot be read"},
		{"rm root/" + database + "; mkfifo root/" + database, "it is not a regular file"},
		{"rm root/" + database, "no such file"},
		{"truncate -s 1T root/" + database, "it has more than"},
	} {
		t.Run(test.damage, func(t *testing.T) {
			w := grown(t)
			v := w.prepared(w.options("main", 3, cold))
			made := w.daemon(v).run(w.word("main"))
			w.shell(t, "main", test.damage)
			if err := v.Seal(); err == nil {
				t.Fatal("it was sealed")
			}
			if problem := v.Problem(); problem.Reason != protocol.ReasonNotSealed || !strings.Contains(problem.Note, test.said) {
				t.Fatalf("it says %v", *problem)
			}
			for id := range made.Committed {
				if _, err := os.Stat(filepath.Join(v.Root(), snapshots, id, "content")); err != nil {
					t.Fatalf("something is lost: %v", err)
				}
			}
			v.Close()
			w.check()
		})
	}
}

func TestReasonsAreToldOnceEach(t *testing.T) {
	w := grown(t)
	v := w.open(w.options("main", 3, cold))
	defer v.Close()
	v.Note(protocol.ReasonDaemonKilled, "a\nb\x00é"+strings.Repeat("c", 500))
	v.Note(protocol.ReasonNotSealed, "second")
	problem := v.Problem()
	if want := "a b  " + strings.Repeat("c", 395) + "; second"; problem.Reason != protocol.ReasonNotSealed || problem.Note != want {
		t.Fatalf("it says %q", problem.Note)
	}
}

func TestVolumeIsKeptByOneProcess(t *testing.T) {
	w := newWorld(t, folderOf(t))
	v := w.open(w.options("main", 1, cold))
	if _, err := open(w.options("main", 1, cold), w.system); !errors.Is(err, ErrInUse) {
		t.Fatalf("a second one says %v", err)
	}
	v.Close()
	v = w.open(w.options("main", 1, cold))
	v.Close()
}

func TestOptionsThatNameNoVolume(t *testing.T) {
	for _, claim := range []string{"", "..", "a/b", "-rf", "a b", ".hidden"} {
		if _, err := Open(Options{Volumes: t.TempDir(), Claim: claim, Seed: cold}); err == nil {
			t.Errorf("%q is taken for a volume", claim)
		}
	}
	if _, err := Open(Options{Volumes: t.TempDir(), Claim: "a", Seed: seedFrom(protocol.SeedOverlay, "../b", 1)}); err == nil {
		t.Error("../b is taken for a volume")
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	w := grown(t)
	v := w.prepared(w.options("main", 3, cold))
	made := w.daemon(v).run(w.word("main"))
	large := strings.Repeat("x", 1<<20)
	for name, content := range map[string]string{"alone": large, "index.json": "{}"} {
		write(t, w.own("main", "exporting/step/blobs/sha256", name), content)
	}
	var shared string
	for name, content := range made.Blobs {
		write(t, w.own("main", "exporting/step/blobs/sha256", name), content)
		shared = name
	}
	w.seal(v, made)
	v.EmptyTrash()
	blob, err := os.Stat(w.own("main", "generations/3/export/step/blobs/sha256", shared))
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.Stat(filepath.Join(v.Root(), blobs, shared))
	if err != nil || !os.SameFile(blob, kept) {
		t.Fatalf("a blob is there twice: %v", err)
	}
	report := v.Report(nil)
	if report.Sealed.Generation != 3 || !report.Sealed.Exported || !reflect.DeepEqual(report.Sealed.Volumes, []string{"main"}) ||
		report.CapacityKiB != 1000<<10 || report.FreeKiB != 500<<10 || report.Problem != nil || report.Begun != nil {
		t.Fatalf("it reports %+v, sealed %+v", report, report.Sealed)
	}
	// What is exported alone and what is not sealed, by what du says of all.
	all, err := exec.Command("du", "-sk", w.own("main")).Output()
	if err != nil {
		t.Fatal(err)
	}
	var total int64
	fmt.Sscan(string(all), &total)
	if report.UsedKiB > total || report.UsedKiB < total-200 || report.UsedKiB < 1024 {
		t.Fatalf("%d of %d KiB are used", report.UsedKiB, total)
	}
	if usage, err := diskUsage(w.own("main")); err != nil || usage.kib != total {
		t.Fatalf("%d of %d KiB are counted: %v", usage.kib, total, err)
	}
	v.Close()
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(content), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// TestCopiesThatAStateNeedsAreKept is for a trusted volume that was begun from a copy and has sealed nothing: its first sweep
// comes before its first generation.
func TestCopiesThatAStateNeedsAreKept(t *testing.T) {
	t.Parallel()
	w := grown(t)
	request := protocol.CopyRequest{Claim: "next", Seed: seedFrom(protocol.SeedRestore, "main", 2), LimitSeconds: 60}
	if err := os.Mkdir(w.own("next"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := copySeed(t.Context(), request, w.volumes, func(said string) { t.Error(said) }, w.system); err != nil {
		t.Fatal(err)
	}
	want := w.sealed["main"][2]
	if err := os.RemoveAll(w.own("main")); err != nil {
		t.Fatal(err)
	}
	delete(w.sealed, "main")
	v := w.prepared(w.options("next", 1, request.Seed))
	if err := v.Sweep(); err != nil {
		t.Fatal(err)
	}
	if got := w.state(v); !reflect.DeepEqual(got, want) {
		t.Fatalf("it has %v instead of %v", got, want)
	}
	w.seal(v, w.daemon(v).run("next-1"))
	if got := v.Report(nil).Sealed.Volumes; !reflect.DeepEqual(got, []string{"main", "next"}) {
		t.Fatalf("it needs %v", got)
	}
	// A generation that a status names is whole even if all goes that is not sealed.
	v.options.Fallback = 1
	if err := v.Vacate("it is full"); err != nil {
		t.Fatal(err)
	}
	w.check()
	if got := w.state(v); !reflect.DeepEqual(got, w.sealed["next"][1]) {
		t.Fatalf("it is begun again with %v", got)
	}
	v.Close()
}

// TestNumbersThatAreUsedAgain is for a state that is begun with nothing: BuildKit counts its snapshots from 1 again, and what
// older layers have under the same numbers goes.
func TestNumbersThatAreUsedAgain(t *testing.T) {
	t.Parallel()
	w := grown(t)
	seed := cold
	seed.ID = "another"
	for number := 3; number <= 4; number++ {
		v := w.prepared(w.options("main", number, seed))
		made := w.daemon(v).run(w.word("main"))
		w.seal(v, made)
		v.Close()
	}
	options := w.options("main", 5, seed)
	options.Keep = []int{4}
	delete(w.sealed["main"], 1)
	delete(w.sealed["main"], 2)
	delete(w.sealed["main"], 3)
	v := w.prepared(options)
	if err := v.Sweep(); err != nil {
		t.Fatal(err)
	}
	v.EmptyTrash()
	v.Close()
	w.check()
	w.audit("main")
}

func TestStateWithoutDatabasesIsNotSealed(t *testing.T) {
	w := newWorld(t, folderOf(t))
	v := w.prepared(w.options("main", 1, cold))
	defer v.Close()
	if err := v.Seal(); err == nil || v.Problem().Reason != protocol.ReasonNotSealed {
		t.Fatalf("it says %v, %v", err, v.Problem())
	}
}
