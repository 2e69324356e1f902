package taskcache

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"regexp"
)

// artifacts is the folder for the artifacts of tasks. The kubelet makes a folder in it for each, "run/attempt", and the task writes
// to that alone.
const artifacts = "artifacts"

// folderName is the form of the names of both folders of an artifact.
var folderName = regexp.MustCompile(`^[0-9a-f]{16}$`)

// sweepArtifacts removes the artifacts that no run names, with what tasks have left that did not complete theirs. It removes
// nothing if it is not known which are named. What cannot be removed stays: it may be another user's.
func (r *run) sweepArtifacts(ctx context.Context, own *os.Root) error {
	if r.request.Artifacts == nil {
		return nil
	}
	folder, err := openFolder(own, artifacts)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer folder.Close()
	s := sweep{run: r, since: r.request.Artifacts.Since, named: map[string]bool{}}
	for _, name := range r.request.Artifacts.Named {
		s.named[name] = true
	}
	return s.runs(ctx, folder)
}

// sweep is the removal of artifacts.
type sweep struct {
	*run
	since int64
	named map[string]bool
}

// runs sweeps the folders of runs, and removes what has no name of such a folder.
func (s *sweep) runs(ctx context.Context, folder *os.Root) error {
	return s.each(ctx, folder, func(name string, isNew bool) error {
		if s.named[name] {
			return nil
		}
		if !folderName.MatchString(name) {
			return s.unlessNew(ctx, folder, name, isNew)
		}
		of, err := openFolder(folder, name)
		if err != nil {
			return s.unlessNew(ctx, folder, name, isNew)
		}
		defer of.Close()
		failed := s.each(ctx, of, func(attempt string, isNew bool) error {
			if s.named[name+"/"+attempt] {
				return nil
			}
			return s.unlessNew(ctx, of, attempt, isNew)
		})
		if isNew {
			return failed
		}
		s.change()
		// It is not empty if an artifact stays, and then it stays too.
		_ = folder.Remove(name)
		return failed
	})
}

// each calls a function for each entry of a folder, whatever it returns for others. It returns the first error.
func (s *sweep) each(ctx context.Context, folder *os.Root, see func(name string, isNew bool) error) error {
	var failed error
	err := eachName(folder, func(name string) error {
		info, err := folder.Lstat(name)
		if err == nil {
			err = see(name, changedAt(info) >= s.since)
		}
		if failed == nil && !errors.Is(err, fs.ErrNotExist) {
			failed = err
		}
		return ctx.Err()
	})
	if failed == nil {
		failed = err
	}
	return failed
}

func (s *sweep) unlessNew(ctx context.Context, folder *os.Root, name string, isNew bool) error {
	if isNew {
		return nil
	}
	return s.removeAll(ctx, folder, name)
}
