package volume

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/protocol"
)

// In MiB. A volume of a claim of 100, on a file system that is full.
func TestWhatOthersStartFromGoesOnlyIfItFillsTheDiskItself(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		total, used, content uint64
		seal                 int
		said                 protocol.Reason
	}{
		{1000, 1000, 20, 7, protocol.ReasonStorageFull},
		{1000, 1000, 79, 7, protocol.ReasonStorageFull},
		{1000, 1000, 81, 7, protocol.ReasonVolumeFull},
		{1000, 1000, 400, 7, protocol.ReasonVolumeFull},
		{100, 100, 98, 7, protocol.ReasonVolumeFull},
		{100, 60, 55, 7, protocol.ReasonVolumeFull},
		{100, 100, 40, 7, protocol.ReasonStorageFull},
		{1000, 1000, 20, 0, protocol.ReasonVolumeFull},
	} {
		t.Run(fmt.Sprintf("%d of %d MiB, %d its own, seal %d", test.used, test.total, test.content, test.seal), func(t *testing.T) {
			w := newWorld(t, folderOf(t))
			w.system.usage = func(...string) (usage, error) { return usage{kib: int64(test.content << 10)}, nil }
			w.system.statfs = func(string) (unix.Statfs_t, error) {
				return unix.Statfs_t{Bsize: 1024, Blocks: test.total << 10, Bfree: (test.total - test.used) << 10}, nil
			}
			options := w.options("main", test.seal, cold)
			options.ClaimKiB = 100 << 10
			v := w.open(options)
			defer v.Close()
			if !v.Full() || v.Roomy() {
				t.Fatal("it is not full")
			}
			if err := v.Relieve("full"); err != nil {
				t.Fatal(err)
			}
			problem := v.Problem()
			if problem.Reason != test.said || !strings.HasPrefix(problem.Note, "full") {
				t.Fatalf("it says %v", *problem)
			}
			spared := test.said == protocol.ReasonStorageFull
			if w.exists("main", "origin") == spared {
				t.Fatal("what was said is not what was done")
			}
			if content := fmt.Sprintf("content is only %d MiB of its 100 MiB", test.content); spared && !strings.Contains(problem.Note, content) {
				t.Fatalf("it says %v", *problem)
			}
			if v.Spared() != spared {
				t.Fatal("it is not spared as it says")
			}
		})
	}
}

func TestRoom(t *testing.T) {
	for _, test := range []struct {
		claim            int64
		total, free      uint64
		nodes, freeNodes uint64
		full, roomy      bool
		size             int64
		entries          uint64
		others           bool
		name             string
		contentKiB       int64
	}{
		{name: "half", claim: 1000, total: 1000, free: 500, roomy: true, size: 1000, others: true},
		{name: "a fiftieth", claim: 1000, total: 1000, free: 20, size: 1000, others: true},
		{name: "less", claim: 1000, total: 1000, free: 19, full: true, size: 1000, others: true},
		{name: "a small share of a large disk", claim: 100, total: 10000, free: 21, roomy: true, size: 100, others: true},
		{name: "more claimed than there is", claim: 9000, total: 1000, free: 19, full: true, size: 1000, others: true},
		{name: "no claim", total: 1000, free: 19, full: true, size: 1000, others: true},
		{name: "no inodes", claim: 1000, total: 1000, free: 900, nodes: 1000, freeNodes: 19, full: true, roomy: true, size: 1000, others: true},
		{name: "no inodes, all its own", claim: 1000, total: 1000, free: 900, nodes: 1000, freeNodes: 19, full: true, roomy: true, size: 1000, entries: 500},
		{name: "inodes", claim: 1000, total: 1000, free: 900, nodes: 1000, freeNodes: 20, roomy: true, size: 1000, others: true},
		{name: "its own", claim: 1000, total: 1000, free: 10, contentKiB: 800, full: true, size: 1000},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, folderOf(t))
			w.system.statfs = func(string) (unix.Statfs_t, error) {
				return unix.Statfs_t{
					Bsize: 1024, Blocks: test.total, Bfree: test.free, Bavail: test.free, Files: test.nodes, Ffree: test.freeNodes,
				}, nil
			}
			w.system.usage = func(...string) (usage, error) { return usage{test.contentKiB, test.entries}, nil }
			options := w.options("main", 1, cold)
			options.ClaimKiB = test.claim
			v := w.open(options)
			defer v.Close()
			if v.Full() != test.full || v.Roomy() != test.roomy || v.SizeKiB() != test.size || (v.Crowded() != "") != test.others {
				t.Fatalf("full %v, roomy %v, size %d, crowded %q", v.Full(), v.Roomy(), v.SizeKiB(), v.Crowded())
			}
		})
	}
}

// TestOthersFillTheDisk is a trusted volume on a disk that others fill: nothing goes, sealed or not, and nothing is sealed.
func TestOthersFillTheDisk(t *testing.T) {
	t.Parallel()
	w := grown(t)
	w.unsealed("main")
	room := w.system.statfs
	w.system.statfs = disk(224, 223)
	w.system.usage = func(...string) (usage, error) { return usage{kib: 2 << 10}, nil }
	v := w.prepared(w.options("main", 4, cold))
	if problem := v.Problem(); problem == nil || problem.Reason != protocol.ReasonStorageFull {
		t.Fatalf("it says %v", problem)
	}
	if !slices.Contains(slices.Collect(maps.Values(w.state(v).Blobs)), "unsealed") {
		t.Fatal("what was not sealed is gone")
	}
	made := w.daemon(v).run(w.word("main"))
	if err := v.Seal(); err == nil || v.Problem().Reason != protocol.ReasonStorageFull {
		t.Fatalf("sealing says %v, %v", err, v.Problem())
	}
	v.Close()
	w.check()
	w.system.statfs = room
	v = w.prepared(w.options("main", 5, cold))
	defer v.Close()
	if v.Problem() != nil {
		t.Fatalf("once there is room it says %v", v.Problem())
	}
	w.seal(v, w.daemon(v).run(w.word("main")))
	if len(w.sealed["main"][5].Blobs) != len(made.Blobs)+1 {
		t.Fatal("what was built on the full disk is gone")
	}
	w.check()
}

// TestFullVolumeThatCannotBeMarked vacates a volume where not even a small file has room before the state is gone.
func TestFullVolumeThatCannotBeMarked(t *testing.T) {
	t.Parallel()
	w := grown(t)
	w.unsealed("main")
	w.system.changes = func(f *folder) changes { return &crammed{changes: unsynced{f}, root: w.own("main", "root")} }
	v := w.open(w.options("main", 4, cold))
	defer v.Close()
	if err := v.Vacate("it is full"); err != nil {
		t.Fatal(err)
	}
	if problem := v.Problem(); problem.Reason != protocol.ReasonVolumeFull || !strings.Contains(problem.Note, "generation 2 of this volume") {
		t.Fatalf("it says %v", *problem)
	}
	w.check()
}

// crammed has no room for anything new while a folder is there.
type crammed struct {
	changes
	root string
	made bool
}

func (c *crammed) room() error {
	if _, err := os.Stat(c.root); err == nil && !c.made {
		return unix.ENOSPC
	}
	c.made = true
	return nil
}

func (c *crammed) Mkdir(name string) error {
	if err := c.room(); err != nil {
		return err
	}
	return c.changes.Mkdir(name)
}

func (c *crammed) Write(name string, content []byte) error {
	if err := c.room(); err != nil {
		return err
	}
	return c.changes.Write(name, content)
}
