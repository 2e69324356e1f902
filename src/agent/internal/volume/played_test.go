package volume

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	containerd "github.com/containerd/containerd/v2/core/snapshots"
	"github.com/containerd/containerd/v2/core/snapshots/storage"
	"github.com/containerd/continuity/sysx"
	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/protocol"
)

// failing is what tests and the checks of properties have in common.
type failing interface {
	Helper()
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
}

// built is what a played BuildKit has made. It writes this into its database of the cache, so that a state says itself what
// it has to have.
type built struct {
	// Committed has the content of snapshots that were committed, by their numbers.
	Committed map[string]string
	// Blobs has the content of blobs, by their names.
	Blobs map[string]string
	// Active has what cache mounts hold, by the numbers of their snapshots.
	Active map[string]string
	// Last is the name of the newest committed snapshot.
	Last string
}

// buildKit plays a daemon on a state of a volume.
type buildKit struct {
	failing
	view string
	// root is that of the daemon.
	root string
	// lower has the folders that the view shows, the topmost first; upper is where it is written.
	lower []string
	upper string
}

func (b buildKit) path(name ...string) string {
	return filepath.Join(append([]string{b.root}, name...)...)
}

// inView returns where the view shows a path, and false if it does not.
func (b buildKit) inView(name string) (string, bool) {
	for _, folder := range append([]string{b.upper}, b.lower...) {
		at := filepath.Join(folder, name)
		if info, err := os.Lstat(at); err == nil {
			return at, info.Mode()&fs.ModeCharDevice == 0
		}
	}
	return "", false
}

// read returns the content of a file of a snapshot as a daemon sees it.
func (b buildKit) read(id, file string) (string, error) {
	at := b.path(snapshots, id)
	target, err := os.Readlink(at)
	if viewed, ok := strings.CutPrefix(target, b.view+"/"); err == nil && ok {
		shown, ok := b.inView(filepath.Join(viewed, file))
		if !ok {
			return "", fmt.Errorf("the view has no %s of snapshot %s", file, id)
		}
		at = filepath.Dir(shown)
	}
	content, err := os.ReadFile(filepath.Join(at, file))
	return string(content), err
}

// whole returns what the state has, or what of it is missing or another's.
func (b buildKit) whole() (built, error) {
	found := built{Committed: map[string]string{}, Blobs: map[string]string{}, Active: map[string]string{}}
	content, err := os.ReadFile(b.path("cache.db"))
	if errors.Is(err, fs.ErrNotExist) {
		return found, nil
	}
	if err != nil {
		return found, err
	}
	if err := json.Unmarshal(content, &found); err != nil {
		return found, err
	}
	for id, want := range found.Committed {
		got, err := b.read(id, "content")
		if err != nil || got != want {
			return found, fmt.Errorf("snapshot %s has %q instead of %q: %v", id, got, want, err)
		}
	}
	for id, want := range found.Active {
		got, err := b.read(id, "lines")
		if err != nil || got != want {
			return found, fmt.Errorf("cache mount %s has %q instead of %q: %v", id, got, want, err)
		}
		if _, err := b.read(id, "old"); strings.Count(want, "\n") > 1 && err == nil {
			return found, fmt.Errorf("cache mount %s has a file again that was removed", id)
		}
	}
	for name, want := range found.Blobs {
		got, err := os.ReadFile(b.path(blobs, name))
		if err != nil || string(got) != want {
			return found, fmt.Errorf("blob %s has %q instead of %q: %v", name, got, want, err)
		}
	}
	return found, nil
}

func (b buildKit) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatalf("the played BuildKit: %v", err)
	}
}

func (b buildKit) write(content string, name ...string) {
	b.Helper()
	b.must(os.MkdirAll(filepath.Dir(b.path(name...)), 0o755))
	b.must(os.WriteFile(b.path(name...), []byte(content), 0o644))
}

// run checks the state and builds on it: a snapshot, its blob, and a line in a cache mount. A word tells what it makes from
// what any other run makes.
func (b buildKit) run(word string) built {
	b.Helper()
	found, err := b.whole()
	if err != nil {
		b.Fatalf("the state that a daemon was started on is not whole: %v", err)
	}
	b.must(os.MkdirAll(b.path(snapshots), 0o755))
	b.must(os.MkdirAll(b.path(blobs), 0o755))
	for _, name := range []string{"buildkitd.lock", "history.db", worker + "/workerid", worker + "/cachemounts",
		worker + "/containerdmeta.db", worker + "/metadata_v2.db", worker + "/content/ingest/part", worker + "/executor/hosts"} {
		b.write(word, name)
	}
	store, err := storage.NewMetaStore(b.path(database), func(options *bbolt.Options) error {
		options.NoSync, options.NoGrowSync, options.NoFreelistSync = true, true, true
		return nil
	})
	b.must(err)
	b.must(store.WithTransaction(context.Background(), true, func(ctx context.Context) error {
		step, err := storage.CreateSnapshot(ctx, containerd.KindActive, "step "+word, found.Last)
		if err != nil {
			return err
		}
		b.write("content of "+word, snapshots, step.ID, "content")
		b.write("", snapshots, step.ID, "removed")
		_ = unix.Setxattr(b.path(snapshots, step.ID), "user.overlay.opaque", []byte("y"), 0)
		found.Last = "committed " + word
		found.Committed[step.ID] = "content of " + word
		if _, err = storage.CommitActive(ctx, "step "+word, found.Last, containerd.Usage{}); err != nil {
			return err
		}
		// What a step that was interrupted has left.
		left, err := storage.CreateSnapshot(ctx, containerd.KindActive, "interrupted "+word, found.Last)
		if err != nil {
			return err
		}
		b.write(word, snapshots, left.ID, "written")
		if len(found.Active) == 0 || len(found.Committed) == 3 {
			mount, err := storage.CreateSnapshot(ctx, containerd.KindActive, "mount "+word, "")
			if err != nil {
				return err
			}
			b.write("", snapshots, mount.ID, "lines")
			b.write(word, snapshots, mount.ID, "old")
			found.Active[mount.ID] = ""
		}
		return nil
	}))
	b.must(store.Close())
	b.write(word, snapshots, "new-1", "content")
	b.write(word, snapshots, "rm-1", "content")
	blob := fmt.Sprintf("%x", sha256.Sum256([]byte(word)))
	b.write(word, blobs, blob)
	found.Blobs[blob] = word
	for id, lines := range found.Active {
		found.Active[id] = lines + word + "\n"
		b.change(id, found.Active[id])
	}
	b.save(found)
	return found
}

// change writes into a cache mount, through the view if it is there, and removes what was in it at first.
func (b buildKit) change(id, lines string) {
	b.Helper()
	target, err := os.Readlink(b.path(snapshots, id))
	if err != nil {
		b.write(lines, snapshots, id, "lines")
		if strings.Count(lines, "\n") > 1 {
			b.must(os.RemoveAll(b.path(snapshots, id, "old")))
		}
		return
	}
	viewed, ok := strings.CutPrefix(target, b.view+"/")
	if !ok {
		b.Fatalf("what may be written is a link to %s", target)
	}
	if _, ok := b.inView(viewed); !ok {
		b.Fatalf("the view has no %s", viewed)
	}
	folder := filepath.Join(b.upper, viewed)
	b.must(os.MkdirAll(folder, 0o755))
	b.must(os.WriteFile(filepath.Join(folder, "lines"), []byte(lines), 0o644))
	if _, ok := b.inView(filepath.Join(viewed, "old")); ok {
		_ = os.Remove(filepath.Join(folder, "old"))
		b.must(unix.Mknod(filepath.Join(folder, "old"), unix.S_IFCHR, 0))
	}
}

func (b buildKit) save(found built) {
	content, err := json.Marshal(found)
	b.must(err)
	b.write(string(content), "cache.db")
}

// playedOverlays shows folders as one by copying them, for users who may not mount.
type playedOverlays struct{}

func (playedOverlays) Mount(lower []string) (string, func() error, error) {
	at, err := os.MkdirTemp("", "played")
	if err != nil {
		return "", nil, err
	}
	for _, folder := range slices.Backward(lower) {
		err = filepath.WalkDir(folder, func(from string, each fs.DirEntry, err error) error {
			name, _ := filepath.Rel(folder, from)
			to := filepath.Join(at, name)
			switch {
			case err != nil || name == ".":
				return err
			case each.IsDir():
				if opaque, err := sysx.LGetxattr(from, "user.overlay.opaque"); err == nil && string(opaque) == "y" {
					if err := os.RemoveAll(to); err != nil {
						return err
					}
				}
				return os.MkdirAll(to, 0o755)
			case each.Type()&fs.ModeCharDevice != 0:
				return os.RemoveAll(to)
			}
			content, err := os.ReadFile(from)
			return errors.Join(err, os.WriteFile(to, content, 0o644))
		})
		if err != nil {
			return "", nil, errors.Join(err, os.RemoveAll(at))
		}
	}
	return at, func() error { return os.RemoveAll(at) }, nil
}

// world is a folder with volumes and what is known of each.
type world struct {
	failing
	volumes, view string
	// sealed has what each generation must have, by claim and number.
	sealed map[string]map[int]built
	system system
	said   []string
	words  int
}

func newWorld(t failing, dir string) *world {
	w := &world{failing: t, volumes: filepath.Join(dir, "volumes"), view: filepath.Join(dir, "view"), sealed: map[string]map[int]built{}}
	w.system = realSystem()
	w.system.mounts = playedOverlays{}
	w.system.longest = 3
	w.system.changes = func(f *folder) changes { return unsynced{f} }
	w.system.statfs = disk(1000, 500)
	if err := os.MkdirAll(w.volumes, 0o755); err != nil {
		t.Fatalf("%v", err)
	}
	return w
}

// folderOf returns a folder for the files of a test: in memory where that keeps the attributes of files, since what bolt
// writes to a disk is waited for.
func folderOf(t testing.TB) string {
	folder, err := os.MkdirTemp("/dev/shm", "volume")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	if unix.Setxattr(folder, "user.overlay.opaque", []byte("y"), 0) != nil {
		return t.TempDir()
	}
	return folder
}

// disk is a file system of a size, of which some is used, both in MiB.
func disk(total, used uint64) func(string) (unix.Statfs_t, error) {
	return func(string) (unix.Statfs_t, error) {
		return unix.Statfs_t{Bsize: 1024, Blocks: total << 10, Bfree: (total - used) << 10, Bavail: (total - used) << 10}, nil
	}
}

// unsynced are changes that a test need not wait for to reach the disk.
type unsynced struct{ changes }

func (unsynced) Sync() error { return nil }

func (w *world) own(claim string, name ...string) string {
	return filepath.Join(append([]string{w.volumes, claim}, name...)...)
}

func (w *world) exists(claim, name string) bool {
	_, err := os.Lstat(w.own(claim, name))
	return err == nil
}

var cold = protocol.Seed{ID: "Cold//", Mode: protocol.SeedCold}

func seedFrom(mode protocol.SeedMode, claim string, generation int) protocol.Seed {
	return protocol.Seed{ID: fmt.Sprintf("%s/%s/%d", mode, claim, generation), Mode: mode, Claim: claim, Generation: generation}
}

func (w *world) options(claim string, seal int, seed protocol.Seed) Options {
	kept := slices.Sorted(maps.Keys(w.sealed[claim]))
	fallback := 0
	if len(kept) > 0 {
		fallback = kept[len(kept)-1]
	}
	return Options{
		Volumes: w.volumes, View: w.view, Claim: claim, ClaimKiB: 98304, Seed: seed, Seal: seal, Fallback: fallback, Keep: kept,
		Log: func(sentence string) { w.said = append(w.said, sentence) },
	}
}

// mount shows the copy of the volume that a volume is begun from where links lead to, as a mount of the pod does.
func (w *world) mount(options Options) {
	w.Helper()
	claim := options.Seed.Claim
	if options.Seed.Mode != protocol.SeedRestore || claim == options.Claim || exists(w.own(claim)) {
		return
	}
	copied := w.own(options.Claim, "volumes", claim)
	if err := errors.Join(os.MkdirAll(copied, 0o755), os.Symlink(copied, w.own(claim))); err != nil {
		w.Fatalf("mount the copy of %s: %v", claim, err)
	}
}

// open opens a volume, and returns what closes it.
func (w *world) open(options Options) *Volume {
	w.Helper()
	w.mount(options)
	v, err := open(options, w.system)
	if err != nil {
		w.Fatalf("open %s: %v", options.Claim, err)
	}
	return v
}

// prepared opens a volume and prepares it.
func (w *world) prepared(options Options) *Volume {
	w.Helper()
	v := w.open(options)
	if err := v.Prepare(); err != nil {
		w.Fatalf("prepare %s: %v", options.Claim, err)
	}
	return v
}

// daemon plays a daemon on a volume that is prepared.
func (w *world) daemon(v *Volume) buildKit {
	w.Helper()
	if fault := v.Fault(); fault != "" {
		w.Fatalf("the state of %s has a fault: %s", v.options.Claim, fault)
	}
	view, err := v.View()
	if err != nil {
		w.Fatalf("%v", err)
	}
	return buildKit{failing: w.failing, view: w.view, root: v.Root(), lower: view.Lower, upper: view.Upper}
}

// state returns what the state of a volume has.
func (w *world) state(v *Volume) built {
	w.Helper()
	found, err := w.daemon(v).whole()
	if err != nil {
		w.Fatalf("the state of %s is not whole: %v", v.options.Claim, err)
	}
	return found
}

func (w *world) word(claim string) string {
	w.words++
	return fmt.Sprintf("%s-%d", claim, w.words)
}

// run runs a build on a volume, and seals it if a number is given.
func (w *world) run(claim string, seal int, seed protocol.Seed) built {
	w.Helper()
	v := w.prepared(w.options(claim, seal, seed))
	defer v.Close()
	made := w.daemon(v).run(w.word(claim))
	if seal != 0 {
		w.seal(v, made)
	}
	if err := v.Succeeded(); err != nil {
		w.Fatalf("%v", err)
	}
	v.EmptyTrash()
	return made
}

// unsealed leaves a volume as a run does that is lost before it ends.
func (w *world) unsealed(claim string) {
	w.Helper()
	v := w.prepared(w.options(claim, len(w.sealed[claim])+1, cold))
	defer v.Close()
	w.daemon(v).run("unsealed")
}

// seal seals and sweeps a volume, as after a run that went well.
func (w *world) seal(v *Volume, made built) {
	w.Helper()
	if err := v.Seal(); err != nil {
		w.Fatalf("seal: %v", err)
	}
	claim := v.options.Claim
	if w.sealed[claim] == nil {
		w.sealed[claim] = map[int]built{}
	}
	w.sealed[claim][v.options.Seal] = made
	if err := v.Sweep(); err != nil {
		w.Fatalf("sweep: %v", err)
	}
}

// generation returns what a generation of a volume has, as a reader sees it.
func (w *world) generation(claim string, number int) (built, error) {
	at := w.own(claim, "generations", fmt.Sprint(number))
	content, err := os.ReadFile(filepath.Join(at, "chain"))
	if err != nil {
		return built{}, err
	}
	chain, ok := parseChain(content)
	if !ok {
		return built{}, errors.New("its chain cannot be read")
	}
	var lower []string
	for _, each := range chain {
		lower = append(lower, filepath.Join(w.volumes, each.String()))
	}
	content, err = os.ReadFile(filepath.Join(at, "layers"))
	if err != nil {
		return built{}, err
	}
	layers, ok := parseLayers(content)
	if !ok {
		return built{}, errors.New("the list of its layers cannot be read")
	}
	for _, each := range layers {
		if _, err := os.Stat(w.own(each.claim, "layers", each.name)); err != nil {
			return built{}, err
		}
	}
	reader := buildKit{failing: w.failing, view: w.view, root: filepath.Join(at, "root"), lower: lower, upper: filepath.Join(at, "none")}
	return reader.whole()
}

// check fails unless each generation that is named is whole and has what was sealed.
func (w *world) check() {
	w.Helper()
	for claim, generations := range w.sealed {
		for number, want := range generations {
			got, err := w.generation(claim, number)
			if err != nil {
				w.Fatalf("generation %d of %s is not whole: %v", number, claim, err)
			}
			if !reflect.DeepEqual(got, want) {
				w.Fatalf("generation %d of %s has %v instead of %v", number, claim, got, want)
			}
		}
	}
}

// audit fails if a volume, once it was swept and its trash emptied, has anything that nothing leads to.
func (w *world) audit(claim string) {
	w.Helper()
	known := []string{artifacts, "chain", "claim", "exporting", "generations", "layers", "lock", "origin", "root", "seeded", "trash", "upper",
		"volumes", "work"}
	entries, err := os.ReadDir(w.own(claim))
	if err != nil {
		w.Fatalf("%v", err)
	}
	for _, each := range entries {
		if !slices.Contains(known, each.Name()) {
			w.Fatalf("%s has %s", claim, each.Name())
		}
	}
	if trash, _ := os.ReadDir(w.own(claim, "trash")); len(trash) > 0 {
		w.Fatalf("the trash of %s has %d entries", claim, len(trash))
	}
	linked := map[string]bool{}
	for _, pattern := range []string{"root", "generations/*/root"} {
		for _, folder := range []string{snapshots, blobs} {
			links, _ := filepath.Glob(w.own(claim, pattern, folder, "*"))
			for _, link := range links {
				if target, err := os.Readlink(link); err == nil {
					linked[target] = true
				}
			}
		}
	}
	chains, _ := filepath.Glob(w.own(claim, "generations/*/chain"))
	for _, name := range append(chains, w.own(claim, "chain")) {
		content, _ := os.ReadFile(name)
		for line := range strings.Lines(string(content)) {
			linked[filepath.Join(w.volumes, strings.TrimSpace(line))] = true
		}
	}
	for _, pattern := range []string{"layers/*/snapshots/*", "layers/*/blobs/*", "layers/*/active", "layers/*/folded*"} {
		found, _ := filepath.Glob(w.own(claim, pattern))
		for _, each := range found {
			if !linked[each] {
				w.Fatalf("nothing leads to %s", each)
			}
		}
	}
	layers, _ := filepath.Glob(w.own(claim, "layers/*"))
	for _, each := range layers {
		if found, _ := filepath.Glob(each + "/*/*"); len(found) == 0 {
			w.Fatalf("%s is empty", each)
		}
	}
	copies, _ := filepath.Glob(w.own(claim, "volumes/*/*/.*"))
	generations, _ := filepath.Glob(w.own(claim, "generations/.*"))
	for _, each := range append(copies, generations...) {
		w.Fatalf("%s is left", each)
	}
}

// backup keeps what is on the disk, and returns what puts it back.
func (w *world) backup() (restore func()) {
	w.Helper()
	sealed := map[string]map[int]built{}
	for claim, generations := range w.sealed {
		sealed[claim] = maps.Clone(generations)
	}
	parent, err := openFolder(filepath.Dir(w.volumes))
	must := func(err error) {
		w.Helper()
		if err != nil {
			w.Fatalf("%v", err)
		}
	}
	must(err)
	kept := "before-" + chance(8)
	must(parent.Copy(context.Background(), w.volumes, kept))
	return func() {
		w.Helper()
		must(parent.Remove(filepath.Base(w.volumes)))
		must(parent.Copy(context.Background(), filepath.Join(parent.path, kept), filepath.Base(w.volumes)))
		w.sealed = map[string]map[int]built{}
		for claim, generations := range sealed {
			w.sealed[claim] = maps.Clone(generations)
		}
	}
}
