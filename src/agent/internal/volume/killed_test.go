package volume

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/protocol"
)

// killed unwinds a process that is killed.
type killed struct{}

var errKilled = errors.New("the process was killed")

// manner is how far a change has come when the process is killed at it.
type manner int

const (
	before manner = iota
	// begun is a change of which the least was done: a folder that is empty, the first of several folders, a file without content.
	begun
	// half is a change of which a part was done: some of a folder's entries, some of a file's bytes.
	half
	manners
)

func (m manner) String() string { return [...]string{"before", "begun", "half"}[m] }

// life is that of a process, which ends at a change if that is not 0.
type life struct {
	end    int
	manner manner
	// changed counts the changes, and partly has those of them that may be made in part, by the manner.
	changed int
	partly  [manners][]int
	over    bool
}

// change makes a change, or ends the life in the middle of it. Nothing is changed after that.
func (l *life) change(whole, begin, some func() error) error {
	if l.over {
		return errKilled
	}
	l.changed++
	for m, part := range [manners]func() error{begun: begin, half: some} {
		if part != nil || manner(m) == before {
			l.partly[m] = append(l.partly[m], l.changed)
		}
		if l.changed == l.end && l.manner == manner(m) {
			l.over = true
			if part != nil {
				_ = part()
			}
			panic(killed{})
		}
	}
	return whole()
}

// mortal are changes of a process that may be killed at each of them.
type mortal struct {
	changes
	folder *folder
	life   *life
}

func (m mortal) Mkdir(name string) error {
	first, _, several := strings.Cut(name, "/")
	var begin func() error
	if several {
		begin = func() error { return m.changes.Mkdir(first) }
	}
	return m.life.change(func() error { return m.changes.Mkdir(name) }, begin, nil)
}

func (m mortal) Rename(from, to string) error {
	return m.life.change(func() error { return m.changes.Rename(from, to) }, nil, nil)
}

func (m mortal) Symlink(target, name string) error {
	return m.life.change(func() error { return m.changes.Symlink(target, name) }, nil, nil)
}

func (m mortal) Link(from, to string) error {
	return m.life.change(func() error { return m.changes.Link(from, to) }, nil, nil)
}

func (m mortal) Write(name string, content []byte) error {
	return m.life.change(func() error { return m.changes.Write(name, content) },
		func() error { return m.changes.Write(name, nil) },
		func() error { return m.changes.Write(name, content[:len(content)/2]) })
}

func (m mortal) Remove(name string) error {
	return m.life.change(func() error { return m.changes.Remove(name) }, nil, func() error {
		entries, err := m.folder.List(name)
		for _, each := range entries[:len(entries)/2] {
			err = errors.Join(err, m.changes.Remove(name+"/"+each.name))
		}
		return err
	})
}

func (m mortal) Copy(ctx context.Context, from, name string) error {
	info, err := os.Lstat(from)
	folder := err == nil && info.IsDir()
	return m.life.change(func() error { return m.changes.Copy(ctx, from, name) },
		func() error {
			if folder {
				return m.changes.Mkdir(name)
			}
			return m.changes.Write(name, nil)
		},
		func() error {
			if !folder {
				return nil
			}
			entries, err := os.ReadDir(from)
			err = errors.Join(err, m.changes.Mkdir(name))
			for _, each := range entries[:(len(entries)+1)/2] {
				err = errors.Join(err, m.changes.Copy(ctx, filepath.Join(from, each.Name()), name+"/"+each.Name()))
			}
			return err
		})
}

func (m mortal) Chown(name string, user, group int) error {
	return m.life.change(func() error { return m.changes.Chown(name, user, group) }, nil, nil)
}

func (m mortal) Sync() error { return m.life.change(m.changes.Sync, nil, nil) }

// mortalMounts are mounts of a process that may be killed as it makes or ends one.
type mortalMounts struct {
	mounter
	life *life
}

func (m mortalMounts) Mount(lower []string) (at string, _ func() error, err error) {
	var unmount func() error
	err = m.life.change(func() (err error) {
		at, unmount, err = m.mounter.Mount(lower)
		return err
	}, nil, nil)
	if err != nil {
		return "", nil, err
	}
	return at, func() error {
		defer unmount() // in any case: what a process has mounted does not outlive its container
		return m.life.change(func() error { return nil }, nil, nil)
	}, nil
}

// mortal is the system for a process with that life.
func (w *world) mortal(l *life) system {
	system := w.system
	system.changes = func(f *folder) changes { return mortal{w.system.changes(f), f, l} }
	system.mounts = mortalMounts{w.system.mounts, l}
	return system
}

// live calls what may be killed, and says whether it was.
func (w *world) live(call func() error) (died bool) {
	w.Helper()
	defer func() {
		if failure := recover(); failure != nil {
			if _, ok := failure.(killed); !ok {
				panic(failure)
			}
			died = true
		}
	}()
	if err := call(); err != nil {
		w.Fatalf("it failed: %v", err)
	}
	return false
}

// opened returns a process that opens a volume and goes on with a call. The lock goes with the process.
func (w *world) opened(options Options, call func(*Volume) error) func(system) error {
	return func(system system) error {
		w.mount(options)
		v, err := open(options, system)
		if err != nil {
			return err
		}
		defer v.Close()
		return call(v)
	}
}

// killAnywhere plays a process on the same disk again and again, and kills it once at each of its changes, and in the middle
// of each that may be made in part. Calls after with whether it was killed; the last time it is not. Returns the number of
// points.
func killAnywhere(t *testing.T, w *world, process func(system) error, after func(died bool)) (points int) {
	t.Helper()
	restore := w.backup()
	play := func(l *life) {
		t.Helper()
		restore()
		w.said = nil
		died := w.live(func() error { return process(w.mortal(l)) })
		if died != (l.end > 0) {
			t.Fatalf("a process has %d changes, and then does not come to number %d", l.changed, l.end)
		}
		defer func() {
			if t.Failed() {
				t.Logf("after a kill at change %d of %d (%v)\n%s", l.end, l.changed, l.manner, strings.Join(w.said, "\n"))
			}
		}()
		after(died)
	}
	whole := &life{}
	w.live(func() error { return process(w.mortal(whole)) })
	for m, changes := range whole.partly {
		for _, at := range changes {
			play(&life{end: at, manner: manner(m)})
			points++
		}
	}
	play(&life{})
	restore()
	t.Logf("killed at %d points", points)
	return points
}

// grown makes a world with a trusted volume of two sealed generations.
func grown(t *testing.T) *world {
	w := newWorld(t, folderOf(t))
	w.run("main", 1, cold)
	w.run("main", 2, cold)
	return w
}

func TestKilledAnywhereWhilePreparing(t *testing.T) {
	t.Parallel()
	overlay := seedFrom(protocol.SeedOverlay, "main", 2)
	tests := []struct {
		name string
		make func(w *world)
		// options are those of the volume that is prepared.
		options func(w *world) Options
		// want is the generation of main that the state is then that of; 0 for nothing.
		want int
	}{{
		name:    "begun with nothing",
		options: func(w *world) Options { return w.options("new", 1, cold) },
	}, {
		name:    "begun from another volume",
		options: func(w *world) Options { return w.options("pr", 0, overlay) },
		want:    2,
	}, {
		name: "begun again from another volume",
		make: func(w *world) {
			w.run("pr", 0, seedFrom(protocol.SeedOverlay, "main", 1))
			w.run("pr", 0, seedFrom(protocol.SeedOverlay, "main", 1))
		},
		options: func(w *world) Options { return w.options("pr", 0, overlay) },
		want:    2,
	}, {
		name:    "rolled back",
		options: func(w *world) Options { return w.options("main", 3, seedFrom(protocol.SeedRestore, "main", 1)) },
		want:    1,
	}, {
		name: "a database is empty",
		make: func(w *world) {
			w.unsealed("main")
			if err := os.Truncate(w.own("main", "root/cache.db"), 0); err != nil {
				w.Fatalf("%v", err)
			}
		},
		options: func(w *world) Options { return w.options("main", 3, cold) },
		want:    2,
	}, {
		name: "the volume is full",
		make: func(w *world) {
			w.unsealed("main")
			w.system.usage = func(names ...string) (usage, error) { return usage{kib: 90000}, nil }
			w.system.statfs = func(name string) (unix.Statfs_t, error) {
				state, err := os.ReadFile(w.own("main", "root/cache.db"))
				trash, _ := os.ReadDir(w.own("main", "trash"))
				if err == nil && strings.Contains(string(state), "unsealed") || len(trash) > 0 {
					return disk(96, 96)(name)
				}
				return disk(96, 20)(name) // once what is not sealed is gone
			}
		},
		options: func(w *world) Options { return w.options("main", 3, cold) },
		want:    2,
	}, {
		name: "a snapshot of another volume is restored",
		make: func(w *world) {
			parent, err := openFolder(w.volumes)
			if err != nil {
				w.Fatalf("%v", err)
			}
			defer parent.Close()
			w.unsealed("main") // the snapshot was taken in the midst of a run, and what it is of is not mounted
			if err := parent.Rename("main", "restored"); err != nil {
				w.Fatalf("%v", err)
			}
			delete(w.sealed, "main")
		},
		options: func(w *world) Options {
			return w.options("restored", 1, seedFrom(protocol.SeedRestore, "main", 2))
		},
		want: 2,
	}}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := grown(t)
			wanted := built{Committed: map[string]string{}, Blobs: map[string]string{}, Active: map[string]string{}}
			if test.want > 0 {
				wanted = w.sealed["main"][test.want]
			}
			if test.make != nil {
				test.make(w)
			}
			options := test.options(w)
			prepare := func(v *Volume) error {
				if err := v.Prepare(); err != nil {
					return err
				}
				v.EmptyTrash()
				return nil
			}
			killAnywhere(t, w, w.opened(options, prepare), func(bool) {
				w.check()
				v := w.prepared(options)
				defer v.Close()
				v.EmptyTrash()
				if got := w.state(v); !reflect.DeepEqual(got, wanted) {
					t.Fatalf("the state has %v instead of %v", got, wanted)
				}
				w.check()
				made := w.daemon(v).run(w.word(options.Claim))
				if options.Seal == 0 {
					return
				}
				w.seal(v, made)
				v.EmptyTrash()
				w.check()
				w.audit(options.Claim)
			})
		})
	}
}

func TestKilledAnywhereWhileSealing(t *testing.T) {
	t.Parallel()
	w := grown(t)
	v := w.prepared(w.options("main", 3, cold))
	made := w.daemon(v).run(w.word("main"))
	for name, content := range map[string]string{"index.json": "{}", "blobs/sha256/other": "alone"} {
		file := w.own("main", "exporting/step", name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(content), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range made.Blobs {
		if err := os.WriteFile(w.own("main", "exporting/step/blobs/sha256", name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	v.Close()
	options := w.options("main", 3, cold)
	options.Keep = []int{2}
	delete(w.sealed["main"], 1) // which the third drops
	folded := 0
	killAnywhere(t, w, w.opened(options, func(v *Volume) error {
		err := errors.Join(v.Seal(), v.Sweep())
		v.EmptyTrash()
		return err
	}), func(bool) {
		w.check()
		if w.exists("main", "generations/3") {
			w.sealed["main"][3] = made
			w.check()
		}
		reader := w.prepared(w.options("pr", 0, seedFrom(protocol.SeedOverlay, "main", 2)))
		if got := w.state(reader); !reflect.DeepEqual(got, w.sealed["main"][2]) {
			t.Fatalf("a reader has %v", got)
		}
		w.daemon(reader).run(w.word("pr"))
		v := w.prepared(w.options("main", 4, cold))
		if got := w.state(v); !reflect.DeepEqual(got, made) {
			t.Fatalf("the next run has %v instead of %v", got, made)
		}
		if v.Problem() != nil || v.Begun() != nil {
			t.Fatalf("the next run says %v, and has begun from %v", v.Problem(), v.Begun())
		}
		w.check()
		w.seal(v, w.daemon(v).run(w.word("main")))
		v.EmptyTrash()
		w.check()
		w.audit("main")
		v.Close()
		if w.exists("main", "generations/1") {
			t.Fatal("a generation that is not kept is there")
		}
		if found, _ := filepath.Glob(w.own("main", "layers/*/folded")); len(found) > 0 {
			folded++
		}
		reader.Close()
	})
	if folded == 0 {
		t.Fatal("no chain was folded")
	}
}

func TestKilledAnywhereWhileRepairing(t *testing.T) {
	t.Parallel()
	// A seal that is cut short at some of its changes, and its repair at every one.
	w := grown(t)
	v := w.prepared(w.options("main", 3, cold))
	made := w.daemon(v).run(w.word("main"))
	v.Close()
	restore := w.backup()
	repaired := 0
	for at := 1; ; at += 5 {
		restore()
		cut := w.opened(w.options("main", 3, cold), (*Volume).Seal)
		if !w.live(func() error { return cut(w.mortal(&life{end: at, manner: begun})) }) {
			break
		}
		if !w.exists("main", "sealing") {
			continue
		}
		t.Run(fmt.Sprintf("sealed to change %d", at), func(t *testing.T) {
			w.failing = t
			repaired += killAnywhere(t, w, w.opened(w.options("main", 4, cold), (*Volume).Prepare), func(bool) {
				v := w.prepared(w.options("main", 4, cold))
				defer v.Close()
				if got := w.state(v); !reflect.DeepEqual(got, made) || v.Problem() != nil {
					t.Fatalf("it has %v instead of %v, after %v", got, made, v.Problem())
				}
				w.check()
			})
		})
		w.failing = t
	}
	if repaired < 30 {
		t.Fatalf("it was killed at %d points only", repaired)
	}
}

func TestKilledAnywhereWhileBeginningAgain(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		call func(*Volume) error
		want int
	}{
		{"broken", func(v *Volume) error { return v.Renew(protocol.ReasonCacheBroken, "it is broken") }, 2},
		{"vacated", func(v *Volume) error { return v.Vacate("it is full") }, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := grown(t)
			w.run("main", 0+3, cold)
			delete(w.sealed["main"], 3) // the status does not name it
			v := w.prepared(w.options("main", 4, cold))
			w.daemon(v).run("unsealed")
			v.Close()
			options := w.options("main", 4, cold)
			killAnywhere(t, w, w.opened(options, func(v *Volume) error {
				err := test.call(v)
				v.EmptyTrash()
				return err
			}), func(bool) {
				w.check()
				v := w.prepared(options)
				got := w.state(v)
				_, unsealed := got.Blobs["unsealed"]
				if !reflect.DeepEqual(got, w.sealed["main"][test.want]) && (unsealed || v.Problem() != nil) {
					t.Fatalf("the state has %v, after %v", got, v.Problem())
				}
				w.seal(v, w.daemon(v).run(w.word("main")))
				v.EmptyTrash()
				w.check()
				w.audit("main")
				v.Close()
			})
		})
	}
}

func TestKilledAnywhereWhileCopying(t *testing.T) {
	t.Parallel()
	w := grown(t)
	request := protocol.CopyRequest{
		Version: protocol.Version, Claim: "copy", Seed: seedFrom(protocol.SeedRestore, "main", 2), LimitSeconds: 60,
	}
	if err := os.Mkdir(w.own("copy"), 0o755); err != nil {
		t.Fatal(err)
	}
	want := w.sealed["main"][2]
	process := func(system system) error {
		return copySeed(t.Context(), request, w.volumes, func(said string) { t.Error(said) }, system)
	}
	for _, again := range []bool{true, false} {
		t.Run(fmt.Sprintf("again %v", again), func(t *testing.T) {
			w.failing = t
			killAnywhere(t, w, process, func(died bool) {
				if again {
					if err := process(w.system); err != nil {
						t.Fatal(err)
					}
				}
				// What was copied is all that is there.
				if err := os.Rename(w.own("main"), w.own("hidden")); err != nil {
					t.Fatal(err)
				}
				delete(w.sealed, "main")
				v := w.prepared(w.options("copy", 1, request.Seed))
				defer v.Close()
				got := w.state(v)
				if died && !again && len(got.Committed) == 0 {
					if problem := v.Problem(); problem == nil || problem.Reason != protocol.ReasonSeedUnusable {
						t.Fatalf("it is begun with nothing, and says %v", problem)
					}
				} else if !reflect.DeepEqual(got, want) {
					t.Fatalf("it has %v instead of %v", got, want)
				}
				w.seal(v, w.daemon(v).run(w.word("copy")))
				v.EmptyTrash()
				w.check()
				w.audit("copy")
			})
		})
	}
}
