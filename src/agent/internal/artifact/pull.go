package artifact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"hearth.dev/agent/internal/layer"
	"hearth.dev/agent/internal/protocol"
	"hearth.dev/agent/internal/registry"
)

// Pull fetches an image that Push has pushed. It unpacks the files beside their folder and then renames that, so that the folder
// is complete or does not exist. It does nothing if the folder exists.
func Pull(ctx context.Context, asked protocol.ArtifactPullRequest, schedule registry.Schedule) error {
	ctx, limit, cancel := limited(ctx, asked.LimitSeconds)
	defer cancel()
	switch _, err := os.Lstat(asked.Folder); {
	case err == nil:
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("look for the artifact's folder: %w", err)
	}
	name, digest, ok := registry.ParseImage(asked.Image)
	if !ok {
		return fmt.Errorf("the name of the artifact %s has no digest", asked.Image)
	}
	access, err := registry.NewAccess(asked.Registry, limit)
	if err != nil {
		return err
	}
	repository, err := access.Repository(name)
	if err != nil {
		return err
	}
	parent, err := os.OpenRoot(filepath.Dir(asked.Folder))
	if err != nil {
		return fmt.Errorf("open the folder of the artifacts: %w", err)
	}
	defer func() { _ = parent.Close() }()
	folder := filepath.Base(asked.Folder)
	half := "." + folder + ".half"
	err = schedule.Do(ctx, func(ctx context.Context) error {
		if err := layer.Remove(parent, half); err != nil { // of an earlier attempt
			return err
		}
		return fetch(ctx, repository, digest, parent, half, asked.LimitBytes)
	})
	if err != nil {
		_ = layer.Remove(parent, half) // if it is left, the next attempt removes it
		return err
	}
	if err := parent.Rename(half, folder); err != nil {
		return fmt.Errorf("put the artifact in its place: %w", err)
	}
	return nil
}

// fetch makes one attempt to fetch the files of an image.
func fetch(
	ctx context.Context, repository *registry.Repository, digest string, parent *os.Root, folder string, limit int64,
) error {
	manifest, err := repository.Manifest(ctx, digest)
	if err != nil {
		return err
	}
	blob, err := layerOf(manifest)
	if err != nil {
		return err
	}
	// What cannot be compressed gets a little larger. Parts that are empty once they are unpacked could go on for ever.
	if blob.Size/64*63 > limit+(1<<16) {
		return layer.TooLarge(limit)
	}
	content, err := repository.OpenBlob(ctx, blob)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	err = layer.Unpack(content, parent, folder, limit)
	if errors.Is(err, layer.ErrMalformed) {
		// It matters more if the registry has sent other content than was pushed.
		if _, failure := io.Copy(io.Discard, content); failure != nil {
			return failure
		}
	}
	return err
}
