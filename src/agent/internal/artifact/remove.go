package artifact

import (
	"context"
	"fmt"

	"hearth.dev/agent/internal/plain"
	"hearth.dev/agent/internal/protocol"
	"hearth.dev/agent/internal/registry"
)

// mostMessage is the number of bytes of a reason in the report.
const mostMessage = 1000

// Remove deletes images that Push has pushed. A registry deletes their blobs with its garbage collection. That an image is not
// there, or that the registry keeps it, does not keep the others from being deleted. It fails if there are images of which it is
// not known whether they will be deleted, since the registry has not answered in time.
func Remove(
	ctx context.Context, asked protocol.ArtifactRemoveRequest, schedule registry.Schedule,
) (protocol.ArtifactRemoveReport, error) {
	ctx, limit, cancel := limited(ctx, asked.LimitSeconds)
	defer cancel()
	report := protocol.ArtifactRemoveReport{Version: protocol.Version}
	access, err := registry.NewAccess(asked.Registry, limit)
	if err != nil {
		return report, err
	}
	r := removal{access: access, repositories: map[string]*registry.Repository{}}
	pending := asked.Images
	err = schedule.Do(ctx, func(ctx context.Context) error {
		var again []string
		var first error
		for _, image := range pending {
			err := r.remove(ctx, image)
			switch {
			case err == nil:
				report.Removed++
			case registry.IsTransient(err):
				again = append(again, image)
				if first == nil {
					first = err
				}
			default:
				report.Left++
				if report.Message == "" {
					report.Message = plain.Text(err.Error(), mostMessage)
				}
			}
		}
		pending = again
		return first
	})
	return report, err
}

// removal deletes images, and keeps the connections to their registries.
type removal struct {
	access       *registry.Access
	repositories map[string]*registry.Repository
}

func (r removal) remove(ctx context.Context, image string) error {
	name, digest, ok := registry.ParseImage(image)
	if !ok {
		return fmt.Errorf("the name of the artifact %s has no digest", image)
	}
	repository := r.repositories[name]
	if repository == nil {
		var err error
		if repository, err = r.access.Repository(name); err != nil {
			return err
		}
		r.repositories[name] = repository
	}
	return repository.DeleteManifest(ctx, digest)
}
