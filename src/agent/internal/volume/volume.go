// Package volume keeps a cache volume: what is on it, the state that a daemon starts from, and how what a daemon left is
// sealed.
//
// A volume is mounted at the name of its claim below one folder, in every pod, so that a link means the same everywhere:
//
//	root/                 BuildKit's state: its databases, and what was not sealed. A sealed snapshot or blob is a link
//	layers/N/snapshots/   sealed and never changed again: what BuildKit committed. N is a number and a word of chance
//	layers/N/blobs/       ... and its content
//	layers/N/active/      what BuildKit may still change: cache mounts, git mirrors. Shown in the view
//	layers/N/folded/      the same, with all that is below it
//	layers/N/kib          the size of the layer
//	chain                 the active and folded folders that the view shows, the newest first
//	upper/ work/          what the daemon changed in the view since
//	generations/N/        a sealed state: root/ (databases and links), chain, layers (volume and name of those it needs), export/
//	volumes/CLAIM/        layers and generations of another volume, copied
//	claim                 whose volume this is: another name means that a snapshot of that one was restored
//	seeded                which seed root came from, written last; anything else means that root is not to be used
//	origin                what root was begun from (own, seed or cold), until a run on it went well
//	broken                which root is being put aside, and why: who finds it goes on with that
//	exporting/            cache folders that the solves write, mounted in them: never removed while a pod lives
//	artifacts/DIGEST/     files that a build has left for tasks, whose pods mount them; artifacts/.STEP while a solve makes them
//	sealing               name of a layer that is being made
//	trash/                to be removed
//	lock                  locked by the process that keeps the volume
//
// A committed snapshot holds marks of removed files of its own, which an overlay would take for its own: it is never seen
// through the view. What is active is: so nobody who reads a layer ever sees it change, and nothing is copied to seal it.
//
// A process may be killed anywhere: each change leaves a state that the next process goes on with. A daemon that was broken
// into may have written anything to the volume: what is read from it is data that is checked before it is used.
package volume

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/plain"
	"hearth.dev/agent/internal/protocol"
)

// ErrInUse says that another agent has locked the volume.
var ErrInUse = errors.New("another daemon is on this volume")

// longestChain is how many folders the view shows before they are folded into one: each costs a look-up, and characters of a
// mount's options.
const longestChain = 32

// longestNote is the most characters of one problem.
const longestNote = 400

// maxText is the most bytes of a file of the volume that has lines.
const maxText = 16 << 20

// Options say which volume this is, and what the operator has decided for it.
type Options struct {
	// Volumes is the folder below which each volume is mounted at the name of its claim.
	Volumes string
	// View is the path at which a daemon sees the folders that it may change.
	View string
	// Claim is the claim of the volume that is kept.
	Claim string
	// ClaimKiB is the size of the claim; 0 if it is not known.
	ClaimKiB int64
	Seed     protocol.Seed
	// Seal is the number of the generation to seal; 0 if other volumes never start from this one.
	Seal int
	// Fallback is the newest sealed generation of this volume; 0 if there is none.
	Fallback int
	Keep     []int
	// Artifacts has the beginnings of the names of artifacts that runs name; nil if that is not known.
	Artifacts []string
	// Log is told in sentences, for people, what happens.
	Log func(sentence string)
}

// system is what the storage engine needs of the operating system beside files.
type system struct {
	changes func(*folder) changes
	statfs  func(name string) (unix.Statfs_t, error)
	usage   func(names ...string) (usage, error)
	mounts  mounter
	now     func() time.Time
	// longest is the number of folders of a view that are folded.
	longest int
}

func realSystem() system {
	return withFaults(system{
		changes: func(f *folder) changes { return f },
		statfs:  statfs, usage: diskUsage, mounts: overlays{}, now: time.Now, longest: longestChain,
	})
}

// Volume is a cache volume that is locked by this process.
type Volume struct {
	options Options
	system  system
	lock    *os.File
	own     *folder
	// change changes what is on the volume.
	change  changes
	volumes *folder
	problem *protocol.Problem
	begun   *protocol.Begun
	sealed  *protocol.Sealed
}

// Open makes the folders of the volume, locks it, and removes what an interrupted process has left under temporary names.
// Returns ErrInUse if another process has the lock.
func Open(options Options) (*Volume, error) { return open(options, realSystem()) }

func open(options Options, system system) (*Volume, error) {
	options.Volumes = filepath.Clean(options.Volumes)
	if !isPlain(options.Claim) {
		return nil, fmt.Errorf("the volume has no plain name: %q", options.Claim)
	}
	if seed := options.Seed; seed.Mode != protocol.SeedCold && (!isPlain(seed.Claim) || seed.Generation <= 0) {
		return nil, fmt.Errorf("the seed names no generation of a volume: %q, generation %d", seed.Claim, seed.Generation)
	}
	if options.Log == nil {
		options.Log = func(string) {}
	}
	own := filepath.Join(options.Volumes, options.Claim)
	if err := os.MkdirAll(own, 0o755); err != nil {
		return nil, err
	}
	v := &Volume{options: options, system: system}
	opened := false
	defer func() {
		if !opened {
			v.Close()
		}
	}()
	var err error
	if v.volumes, err = openFolder(options.Volumes); err != nil {
		return nil, err
	}
	if v.own, err = openFolder(own); err != nil {
		return nil, err
	}
	v.change = system.changes(v.own)
	if v.lock, err = lock(v.own, v.change); err != nil {
		return nil, err
	}
	if err := v.tidy(); err != nil {
		return nil, err
	}
	opened = true
	return v, nil
}

// lock takes the lock of a volume, or returns ErrInUse.
func lock(own *folder, change changes) (*os.File, error) {
	if stat, err := own.Stat("lock"); err == nil && stat.Mode&unix.S_IFMT != unix.S_IFREG {
		if err := change.Remove("lock"); err != nil { // what a daemon has put in its place
			return nil, err
		}
	}
	fd, err := unix.Openat(int(own.file.Fd()), "lock", unix.O_RDWR|unix.O_CREAT|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the lock of %s: %w", own.path, err)
	}
	file := os.NewFile(uintptr(fd), "lock")
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		file.Close()
		if err == unix.EWOULDBLOCK {
			return nil, ErrInUse
		}
		return nil, fmt.Errorf("lock %s: %w", own.path, err)
	}
	return file, nil
}

// unlock gives up a lock, which a child that is just being started may have inherited.
func unlock(file *os.File) error {
	return errors.Join(unix.Flock(int(file.Fd()), unix.LOCK_UN), file.Close())
}

// tidy removes what was left under temporary names, and what is not of the kind that its name means.
func (v *Volume) tidy() error {
	entries, err := v.own.List(".")
	if err != nil {
		return err
	}
	for _, each := range entries {
		remove := false
		switch each.name {
		case ".root", "trial":
			remove = true
		case "root", "layers", "generations", "volumes", "upper", "work", "exporting", artifacts, "trash":
			remove = !each.kind.IsDir()
		case "chain", "claim", "seeded", "origin", "broken", "sealing":
			remove = !each.kind.IsRegular()
		default:
			remove = strings.HasSuffix(each.name, ".new")
		}
		if remove {
			if err := v.change.Remove(each.name); err != nil {
				return err
			}
		}
	}
	generations, err := v.own.List("generations")
	if err != nil {
		return err
	}
	for _, each := range generations {
		if strings.HasPrefix(each.name, ".") {
			if err := v.change.Remove("generations/" + each.name); err != nil {
				return err
			}
		}
	}
	return nil
}

// Close gives up the lock.
func (v *Volume) Close() error {
	var errs []error
	for _, each := range []*folder{v.own, v.volumes} {
		if each != nil {
			errs = append(errs, each.Close())
		}
	}
	if v.lock != nil {
		errs = append(errs, unlock(v.lock))
	}
	return errors.Join(errs...)
}

// Root is BuildKit's root on the volume.
func (v *Volume) Root() string { return filepath.Join(v.own.path, "root") }

// Note adds to Problem, and tells people.
func (v *Volume) Note(reason protocol.Reason, text string) {
	text = printable(text)
	if v.problem == nil {
		v.problem = &protocol.Problem{Note: text}
	} else {
		v.problem.Note += "; " + text
	}
	v.problem.Reason = reason
	v.say(string(reason) + ": " + text)
}

// printable returns a sentence as it is told: some of it may be a stranger's words.
func printable(sentence string) string { return plain.Text(sentence, longestNote) }

func (v *Volume) say(sentence string) { v.options.Log(printable(sentence)) }

// Problem is what was wrong so far; nil if nothing was.
func (v *Volume) Problem() *protocol.Problem {
	if v.problem == nil {
		return nil
	}
	problem := *v.problem
	return &problem
}

// Begun is what the state was started from by this process; nil if it went on with what it found.
func (v *Volume) Begun() *protocol.Begun {
	if v.begun == nil {
		return nil
	}
	begun := *v.begun
	return &begun
}

// Succeeded forgets what the state was begun from: a run on it went well.
func (v *Volume) Succeeded() error { return v.change.Remove("origin") }

// Discard moves paths of the volume, relative to it, to the trash.
func (v *Volume) Discard(paths ...string) error { return v.discard(paths...) }

// discard moves what is given to the trash, at once. What cannot be moved is removed in its place: a full disk has no trash.
func (v *Volume) discard(names ...string) error {
	for _, name := range names {
		if !v.own.Exists(name) {
			continue
		}
		err := v.change.Mkdir("trash")
		if err == nil {
			err = v.change.Rename(name, "trash/"+chance(16))
		}
		if err != nil {
			if err := v.change.Remove(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// EmptyTrash removes what was discarded. It may run beside everything else.
func (v *Volume) EmptyTrash() {
	entries, err := v.own.List("trash")
	if err != nil {
		v.say(fmt.Sprintf("the trash cannot be read: %v", err))
	}
	for _, each := range entries {
		if err := v.change.Remove("trash/" + each.name); err != nil {
			v.say(fmt.Sprintf("what was discarded cannot be removed: %v", err))
		}
	}
}

// replace writes a file that has either its old content or all of the new.
func (v *Volume) replace(name, content string) error {
	if err := v.change.Write(name+".new", []byte(content)); err != nil {
		return err
	}
	return v.change.Rename(name+".new", name)
}

// line returns the first line of a file; "" if it cannot be read.
func (v *Volume) line(name string) string {
	content, err := v.own.Read(name, maxText)
	if err != nil {
		return ""
	}
	return firstLine(content)
}

// folders returns the plain names of the folders in a folder.
func folders(in *folder, name string) ([]string, error) {
	entries, err := in.List(name)
	var names []string
	for _, each := range entries {
		if each.kind.IsDir() && isPlain(each.name) {
			names = append(names, each.name)
		}
	}
	return names, err
}

// Report measures the volume, after everything else.
func (v *Volume) Report(buildKitKiB *int64) protocol.DaemonReport {
	kept := v.ArtifactsKiB()
	report := protocol.DaemonReport{
		Version: protocol.Version, Begun: v.Begun(), Sealed: v.sealed, BuildKitKiB: buildKitKiB, UsedKiB: v.used() + kept,
		ArtifactsKiB: kept, Problem: v.Problem(),
	}
	if s, ok := v.measured(); ok {
		report.CapacityKiB, report.FreeKiB = s.total, s.free
	}
	return report
}

// used returns the size of all files but artifacts. Those of layers were measured when they were sealed.
func (v *Volume) used() int64 {
	counted := []string{"root", "upper", "volumes"}
	var total int64
	generations, _ := folders(v.own, "generations")
	for _, each := range generations {
		counted = append(counted, "generations/"+each+"/root")
		total += unshared(filepath.Join(v.own.path, "generations", each, "export"))
	}
	layers, _ := folders(v.own, "layers")
	for _, each := range layers {
		kib, err := strconv.ParseUint(v.line("layers/"+each+"/kib"), 10, 53)
		if err == nil {
			total += int64(kib)
		}
	}
	for i, each := range counted {
		counted[i] = filepath.Join(v.own.path, each)
	}
	rest, err := v.system.usage(counted...)
	if err != nil {
		v.say(fmt.Sprintf("what is on the volume cannot be counted: %v", err))
	}
	return total + rest.kib
}
