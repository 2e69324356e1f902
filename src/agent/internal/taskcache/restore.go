package taskcache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"hearth.dev/agent/internal/protocol"
)

// restore fills a cache. It fails only if ctx has ended: then part of a copy may be left, under a name that nobody reads.
func (r *run) restore(ctx context.Context, cache protocol.TaskCache) (protocol.RestoredCache, error) {
	began := time.Now()
	kib, err := r.fill(ctx, cache)
	if ctx.Err() != nil {
		return protocol.RestoredCache{}, ctx.Err()
	}
	restored := protocol.RestoredCache{KiB: kib, Millis: time.Since(began).Milliseconds()}
	if err != nil {
		restored.Error = reason(err)
	}
	return restored, nil
}

// fill returns the disk usage of the filled cache in KiB. If there is an error, the cache is empty if it can be made at all.
func (r *run) fill(ctx context.Context, cache protocol.TaskCache) (int64, error) {
	own, err := os.OpenRoot(r.Own)
	if err != nil {
		return 0, err
	}
	defer own.Close()
	state := cache.Key + "/" + cache.Work
	part := newPart(state)
	// A pod of this name that is gone may have left something.
	wiped := r.wipe(ctx, own, state)
	if err := r.makeFolder(own, cache.Key, 0o775); err != nil {
		return 0, err
	}
	if wiped != nil {
		return 0, errors.Join(wiped, r.makeFolder(own, state, 0o777))
	}
	var kib int64
	var failed error
	if cache.Source != "" {
		if failed = r.copyInto(ctx, own, cache.Source, part); failed == nil {
			failed = r.permit(own, part, 0o777)
		}
		if failed == nil {
			kib = measureState(ctx, own, part)
		}
	}
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if cache.Source == "" || failed != nil {
		// What cannot be removed stays under a name that nobody reads, and goes with the state.
		if err := r.removeAll(ctx, own, part); err != nil {
			return 0, errors.Join(failed, err, r.makeFolder(own, state, 0o777))
		}
		if err := r.makeFolder(own, part, 0o777); err != nil {
			return 0, errors.Join(failed, err)
		}
	}
	r.change()
	completed := own.Rename(part, state)
	// A pod that is gone may have made an empty one meanwhile. One with content is not removed.
	if errors.Is(completed, fs.ErrExist) && own.Remove(state) == nil {
		completed = own.Rename(part, state)
	}
	return kib, errors.Join(failed, completed)
}

// copyInto copies a folder. A copy that fails is tried again once the states and artifacts are gone that nobody has use for, in
// case it failed for want of room.
func (r *run) copyInto(ctx context.Context, own *os.Root, source, part string) error {
	err := r.copyWithin(ctx, own, source, part)
	if err == nil || errors.Is(err, context.DeadlineExceeded) || !r.removes() || ctx.Err() != nil {
		return r.timed(err)
	}
	if err := r.removeAll(ctx, own, part); err != nil {
		return err
	}
	r.remove(ctx)
	return r.timed(r.copyWithin(ctx, own, source, part))
}

func (r *run) copyWithin(ctx context.Context, own *os.Root, source, part string) error {
	limited, cancel := context.WithTimeout(ctx, time.Duration(r.request.LimitSeconds)*time.Second)
	defer cancel()
	return r.copy(limited, source, own, part)
}

func (r *run) timed(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return cause(fmt.Sprintf("it took longer than %d s", r.request.LimitSeconds))
	}
	return err
}

// makeFolder makes a folder with these permissions for all users, since another user of the pod's group may have to change
// it. The group that a volume gives to new files stays. A folder that is there stays as it is.
func (s Settings) makeFolder(root *os.Root, name string, permissions fs.FileMode) error {
	s.change()
	if err := root.Mkdir(name, permissions); errors.Is(err, fs.ErrExist) {
		return nil
	} else if err != nil {
		return err
	}
	return s.permit(root, name, permissions)
}

// permit adds permissions to those of a folder.
func (s Settings) permit(root *os.Root, name string, permissions fs.FileMode) error {
	info, err := root.Lstat(name)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return cause("it is not a folder")
	}
	s.change()
	return root.Chmod(name, info.Mode()&settable|permissions)
}

// settable are the bits of a file's mode that can be set.
const settable = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky
