package volume

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/protocol"
)

// space is that of a file system, in KiB, and what a volume may have of it.
type space struct {
	total, free, used, size int64
	nodes, freeNodes        uint64
}

// usage is what files take.
type usage struct {
	kib     int64
	entries uint64
}

func (v *Volume) space() (space, error) {
	stat, err := v.system.statfs(v.own.path)
	if err != nil {
		return space{}, fmt.Errorf("measure the file system of %s: %w", v.own.path, err)
	}
	size := stat.Frsize // what blocks are counted in; the other one is the best size of a read
	if size <= 0 {
		size = stat.Bsize
	}
	kib := func(blocks uint64) int64 { return int64(blocks) * size / 1024 }
	s := space{
		total: kib(stat.Blocks), free: kib(stat.Bavail), used: kib(stat.Blocks - stat.Bfree),
		nodes: stat.Files, freeNodes: stat.Ffree,
	}
	s.size = s.total
	if v.options.ClaimKiB > 0 {
		s.size = min(v.options.ClaimKiB, s.total)
	}
	return s, nil
}

// scarce says whether the file system has hardly room for another file, however small.
func (s space) scarce() bool { return s.nodes > 0 && s.freeNodes < s.nodes/50 }

func (s space) full() bool { return s.free < s.size/50 || s.scarce() }

// measured returns the space, or none where it cannot be measured, which people are told.
func (v *Volume) measured() (space, bool) {
	s, err := v.space()
	if err != nil {
		v.say(err.Error())
	}
	return s, err == nil
}

// Full says whether the file system, or the share of it that the claim has, is full.
func (v *Volume) Full() bool {
	s, ok := v.measured()
	return ok && s.full()
}

// Roomy says whether a fifth of the volume is free.
func (v *Volume) Roomy() bool {
	s, ok := v.measured()
	return ok && s.free > s.size/5
}

// SizeKiB returns the size that this volume may have: the claim's, or the file system's if that is smaller.
func (v *Volume) SizeKiB() int64 {
	s, ok := v.measured()
	if !ok {
		return v.options.ClaimKiB
	}
	return s.size
}

// Crowded measures what fills the volume. Returns a sentence if others fill the storage below it, "" if its own content does.
func (v *Volume) Crowded() string {
	s, ok := v.measured()
	if !ok {
		return ""
	}
	content, err := v.system.usage(v.own.path)
	if err != nil {
		v.say(fmt.Sprintf("what is on the volume cannot be counted: %v", err))
	}
	if content.kib >= s.size/5*4 || content.kib >= s.used/5*4 || s.scarce() && content.entries >= s.nodes/2 {
		return ""
	}
	return fmt.Sprintf("the storage under the cache volume is full (%d of %d MiB are free), although this volume's content is "+
		"only %d MiB of its %d MiB: free space there, or use storage that enforces the sizes of volumes",
		s.free/1024, s.total/1024, content.kib/1024, s.size/1024)
}

// Spared says whether nothing may be removed although the volume is full: others start from it, and others fill it.
func (v *Volume) Spared() bool { return v.options.Seal != 0 && v.Crowded() != "" }

// Spare notes that the storage is full and nothing was removed.
func (v *Volume) Spare(why string) { v.spare(why, v.Crowded()) }

func (v *Volume) spare(why, crowd string) {
	v.Note(protocol.ReasonStorageFull, fmt.Sprintf("%s: %s; nothing was removed from this volume", why, crowd))
}

// Relieve spares the volume or vacates it.
func (v *Volume) Relieve(why string) error {
	if v.options.Seal != 0 {
		if crowd := v.Crowded(); crowd != "" {
			v.spare(why, crowd)
			return nil
		}
	}
	return v.Vacate(why)
}

// Vacate removes everything that is not sealed on this volume and begins again.
func (v *Volume) Vacate(why string) error {
	if err := v.discardExports(); err != nil {
		return err
	}
	needed, err := v.neededCopies()
	if err != nil {
		return err
	}
	if err := v.discardCopies(needed); err != nil {
		return err
	}
	v.EmptyTrash()
	// Whoever finds the volume without a state has to know that it was not merely to be filled.
	if err := v.markBroken(protocol.ReasonVolumeFull, v.came(), why); err != nil {
		return err
	}
	if err := v.wipe(); err != nil {
		return err
	}
	v.EmptyTrash() // or there is no room to begin in
	if err := v.Renew(protocol.ReasonVolumeFull, why); err != nil {
		return err
	}
	if v.options.Seal != 0 {
		if err := v.Sweep(); err != nil {
			return err
		}
	}
	v.EmptyTrash()
	return nil
}

func statfs(name string) (stat unix.Statfs_t, err error) {
	for {
		if err = unix.Statfs(name, &stat); err != unix.EINTR {
			return stat, err
		}
	}
}

// diskUsage returns what files take on the disk. A file with several names counts once, and what cannot be read or is removed
// meanwhile does not count. Returns the last such error.
func diskUsage(names ...string) (total usage, last error) {
	seen := map[inode]bool{}
	for _, name := range names {
		err := filepath.WalkDir(name, func(at string, _ fs.DirEntry, err error) error {
			if err != nil {
				if !errors.Is(err, fs.ErrNotExist) {
					last = err
				}
				return nil
			}
			var stat unix.Stat_t
			if err := unix.Lstat(at, &stat); err != nil {
				return nil
			}
			total.entries++
			if stat.Mode&unix.S_IFMT != unix.S_IFDIR && stat.Nlink > 1 {
				id := inode{stat.Dev, stat.Ino}
				if seen[id] {
					return nil
				}
				seen[id] = true
			}
			total.kib += stat.Blocks
			return nil
		})
		if err != nil {
			last = err
		}
	}
	total.kib = (total.kib + 1) / 2 // of 512 bytes
	return total, last
}

// unshared returns what the files below a folder take that have no other name, in KiB.
func unshared(name string) (kib int64) {
	_ = filepath.WalkDir(name, func(at string, each fs.DirEntry, err error) error {
		var stat unix.Stat_t
		if err == nil && each.Type().IsRegular() && unix.Lstat(at, &stat) == nil && stat.Nlink == 1 {
			kib += (stat.Blocks + 1) / 2
		}
		return nil
	})
	return kib
}
