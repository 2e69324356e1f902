// Package volume keeps a cache volume: what is on it, the state that a daemon starts from, and how what a daemon left is
// sealed.
package volume

import (
	"errors"

	"hearth.dev/agent/internal/protocol"
)

// ErrInUse says that another agent has locked the volume.
var ErrInUse = errors.New("another daemon is on this volume")

// Options say which volume this is, and what the operator has decided for it.
type Options struct {
	// Volumes is the folder below which each volume is mounted at the name of its claim.
	Volumes string
	// View is the path at which a daemon sees the folders that it may change.
	View string
	// Claim is the claim of the volume that is kept.
	Claim string
	// ClaimKiB is the size of the claim.
	ClaimKiB int64
	Seed     protocol.Seed
	// Seal is the number of the generation to seal; 0 if other volumes never start from this one.
	Seal int
	// Fallback is the newest sealed generation of this volume; 0 if there is none.
	Fallback int
	Keep     []int
	// Log is told in sentences, for people, what happens.
	Log func(sentence string)
}

// Volume is a cache volume that is locked by this process.
type Volume struct{}

// Open makes the folders of the volume, locks it, and removes what an interrupted process has left under temporary names.
// Returns ErrInUse if another process has the lock.
func Open(options Options) (*Volume, error) { panic("to do") }

// Close gives up the lock.
func (v *Volume) Close() error { panic("to do") }

// Prepare brings the volume to the state that a daemon starts from: takes over the content of a restored snapshot, goes on
// with what was interrupted, fills it from its seed, and begins again if the state is damaged or the volume is full.
func (v *Volume) Prepare() error { panic("to do") }

// Root is BuildKit's root on the volume.
func (v *Volume) Root() string { panic("to do") }

// View has the folders that a daemon sees at Options.View, as an overlay with the attributes of users (userxattr).
type View struct {
	// Lower has the folders, the topmost first. Nothing is mounted if it is empty.
	Lower       []string
	Upper, Work string
}

// View returns the folders of the view, and makes those that are written.
func (v *Volume) View() (View, error) { panic("to do") }

// Fault returns why the state cannot be gone on with, or "". It is cheap: it is asked at each start of a daemon.
func (v *Volume) Fault() string { panic("to do") }

// Full says whether the file system, or the share of it that the claim has, is full.
func (v *Volume) Full() bool { panic("to do") }

// Roomy says whether a fifth of the volume is free.
func (v *Volume) Roomy() bool { panic("to do") }

// SizeKiB returns the size that this volume may have: the claim's, or the file system's if that is smaller.
func (v *Volume) SizeKiB() int64 { panic("to do") }

// Crowded measures what fills the volume. Returns a sentence if others fill the storage below it, "" if its own content does.
func (v *Volume) Crowded() string { panic("to do") }

// Spared says whether nothing may be removed although the volume is full: others start from it, and others fill it.
func (v *Volume) Spared() bool { panic("to do") }

// Spare notes that the storage is full and nothing was removed.
func (v *Volume) Spare(why string) { panic("to do") }

// Vacate removes everything that is not sealed on this volume and begins again.
func (v *Volume) Vacate(why string) error { panic("to do") }

// Relieve spares the volume or vacates it.
func (v *Volume) Relieve(why string) error { panic("to do") }

// Renew puts another root in place of one that cannot be gone on with.
func (v *Volume) Renew(reason protocol.Reason, why string) error { panic("to do") }

// Note adds to Problem, and tells people.
func (v *Volume) Note(reason protocol.Reason, text string) { panic("to do") }

// Problem is what was wrong so far; nil if nothing was.
func (v *Volume) Problem() *protocol.Problem { panic("to do") }

// Begun is what the state was started from by this process; nil if it went on with what it found.
func (v *Volume) Begun() *protocol.Begun { panic("to do") }

// Seal seals what the daemon left as generation Options.Seal. No daemon may run. It notes the reason if it returns an error.
func (v *Volume) Seal() error { panic("to do") }

// Sweep removes generations that are not kept, and what no root or generation names. No daemon may run unless it was pruned just
// now and no solve has begun.
func (v *Volume) Sweep() error { panic("to do") }

// Succeeded forgets what the state was begun from: a run on it went well.
func (v *Volume) Succeeded() error { panic("to do") }

// Discard moves paths of the volume, relative to it, to the trash.
func (v *Volume) Discard(paths ...string) error { panic("to do") }

// EmptyTrash removes what was discarded. It may run beside everything else.
func (v *Volume) EmptyTrash() { panic("to do") }

// Report measures the volume, after everything else.
func (v *Volume) Report(buildKitKiB *int64) protocol.DaemonReport { panic("to do") }
