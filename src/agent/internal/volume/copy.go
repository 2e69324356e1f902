package volume

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/protocol"
)

// Copy copies a sealed generation and its layers from another volume to one where no daemon is yet. It may be cut short and
// begun again: a layer or generation is complete once it has its name. Whatever goes wrong is only told: the daemon finds the
// generation, or begins with nothing. An error means that the request is none.
func Copy(ctx context.Context, request protocol.CopyRequest, volumes string, log func(sentence string)) error {
	return copySeed(ctx, request, filepath.Clean(volumes), log, realSystem())
}

func copySeed(ctx context.Context, request protocol.CopyRequest, volumes string, log func(string), system system) error {
	seed := request.Seed
	if !isPlain(request.Claim) || !isPlain(seed.Claim) || seed.Claim == request.Claim || seed.Generation <= 0 {
		return fmt.Errorf("the request names no generation of another volume: %q, generation %d, to %q",
			seed.Claim, seed.Generation, request.Claim)
	}
	limit := time.Duration(request.LimitSeconds) * time.Second
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("it takes longer than %v", limit))
	defer cancel()
	if err := copyGeneration(ctx, request, volumes, system); err != nil {
		log(printable(fmt.Sprintf("generation %d of %s is not copied: %v", seed.Generation, seed.Claim, err)))
	}
	return nil
}

func copyGeneration(ctx context.Context, request protocol.CopyRequest, volumes string, system system) (err error) {
	seed := request.Seed
	own, err := openFolder(filepath.Join(volumes, request.Claim))
	if err != nil {
		return err
	}
	defer own.Close()
	from, err := openFolder(filepath.Join(volumes, seed.Claim))
	if err != nil {
		return err
	}
	defer from.Close()
	change := system.changes(own)
	held, err := lock(own, change)
	if err != nil {
		return err
	}
	defer unlock(held)
	var owner unix.Stat_t
	if err := unix.Fstat(int(own.file.Fd()), &owner); err != nil {
		return err
	}
	give := func(name string) error { return change.Chown(name, int(owner.Uid), int(owner.Gid)) }
	if err := give("lock"); err != nil {
		return err
	}
	if content, err := own.Read("seeded", maxText); err == nil && string(content) == seed.ID {
		return nil
	}
	to := "volumes/" + seed.Claim
	for _, name := range []string{"volumes", to, to + "/layers", to + "/generations"} { // the daemon's user may not be root
		if own.Exists(name) && !own.IsFolder(name) {
			if err := change.Remove(name); err != nil {
				return err
			}
		}
		if err := errors.Join(change.Mkdir(name), give(name)); err != nil {
			return err
		}
	}
	generation := fmt.Sprintf("generations/%d", seed.Generation)
	content, err := from.Read(generation+"/layers", maxText)
	if err != nil {
		return err
	}
	layers, ok := parseLayers(content)
	if !ok {
		return errors.New("the list of its layers cannot be read")
	}
	for _, each := range layers {
		if each.claim != seed.Claim {
			return fmt.Errorf("it needs layer %s of %s", each.name, each.claim)
		}
		name := to + "/layers/" + each.name
		if own.IsFolder(name) {
			continue
		}
		made := to + "/layers/." + each.name
		if err := errors.Join(change.Remove(name), change.Remove(made)); err != nil {
			return err
		}
		if !from.IsFolder("layers/" + each.name) {
			return fmt.Errorf("layer %s is gone", each.name)
		}
		if err := change.Copy(ctx, filepath.Join(from.path, "layers", each.name), made); err != nil {
			return err
		}
		if err := change.Sync(); err != nil {
			return err
		}
		if err := change.Rename(made, name); err != nil {
			return err
		}
	}
	made, name := fmt.Sprintf("%s/generations/.%d", to, seed.Generation), to+"/"+generation
	if err := change.Remove(made); err != nil {
		return err
	}
	if err := errors.Join(change.Mkdir(made), give(made)); err != nil {
		return err
	}
	// Without a cache that was exported with it.
	for _, part := range []string{"root", "chain", "layers"} {
		if err := change.Copy(ctx, filepath.Join(from.path, generation, part), made+"/"+part); err != nil {
			return err
		}
	}
	if err := change.Sync(); err != nil {
		return err
	}
	if err := change.Remove(name); err != nil {
		return err
	}
	if err := change.Rename(made, name); err != nil {
		return err
	}
	return change.Sync()
}
