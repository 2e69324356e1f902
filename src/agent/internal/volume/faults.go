//go:build faults

package volume

import (
	"context"
	"os"
	"strconv"
	"sync/atomic"
)

// faultVariable is the environment variable that says at which of its changes of a volume this process ends, counted from 1.
const faultVariable = "HEARTH_FAULT_AT"

// faultCode is the exit code of a process that has ended at a change.
const faultCode = 86

// withFaults returns a system that ends this process at a change of a volume, as a node that is lost would, if the environment
// says at which. It folds a view of three folders already, so that a test needs few runs to see that.
func withFaults(real system) system {
	real.longest = 3
	at, err := strconv.ParseInt(os.Getenv(faultVariable), 10, 64)
	if err != nil || at < 1 {
		return real
	}
	fault := &fault{at: at}
	changing, mounts := real.changes, real.mounts
	real.changes = func(f *folder) changes { return faulty{changing(f), fault} }
	real.mounts = faultyMounts{mounts, fault}
	return real
}

// fault ends the process at a change.
type fault struct {
	at   int64
	made atomic.Int64
}

// count counts a change before it is made. At the last one it does what is given, which is a part of the change, and ends
// the process.
func (f *fault) count(part func()) {
	if f.made.Add(1) == f.at {
		part()
		os.Exit(faultCode)
	}
}

func nothing() {}

type faulty struct {
	changes
	fault *fault
}

func (f faulty) Mkdir(name string) error {
	f.fault.count(nothing)
	return f.changes.Mkdir(name)
}

func (f faulty) Rename(from, to string) error {
	f.fault.count(nothing)
	return f.changes.Rename(from, to)
}

func (f faulty) Symlink(target, name string) error {
	f.fault.count(nothing)
	return f.changes.Symlink(target, name)
}

func (f faulty) Link(from, to string) error {
	f.fault.count(nothing)
	return f.changes.Link(from, to)
}

func (f faulty) Write(name string, content []byte) error {
	f.fault.count(func() { _ = f.changes.Write(name, content[:len(content)/2]) })
	return f.changes.Write(name, content)
}

func (f faulty) Remove(name string) error {
	f.fault.count(nothing)
	return f.changes.Remove(name)
}

// Copy may end with a folder that has nothing of what belongs into it.
func (f faulty) Copy(ctx context.Context, from, name string) error {
	f.fault.count(func() {
		if info, err := os.Lstat(from); err == nil && info.IsDir() {
			_ = f.changes.Mkdir(name)
		}
	})
	return f.changes.Copy(ctx, from, name)
}

func (f faulty) Chown(name string, user, group int) error {
	f.fault.count(nothing)
	return f.changes.Chown(name, user, group)
}

func (f faulty) Sync() error {
	f.fault.count(nothing)
	return f.changes.Sync()
}

type faultyMounts struct {
	mounter
	fault *fault
}

func (f faultyMounts) Mount(lower []string) (string, func() error, error) {
	f.fault.count(nothing)
	return f.mounter.Mount(lower)
}
