package artifact

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"hearth.dev/agent/internal/layer"
	"hearth.dev/agent/internal/protocol"
	"hearth.dev/agent/internal/registry"
)

// ownerAnnotation is the annotation of an image that names whose it is.
const ownerAnnotation = "dev.hearth.owner"

// Push packs a folder and pushes it as an image of one layer. The image has no tag, which could be moved during a run. The same
// files give the same image to the same owner, and another image, with the same layer, to others. Blobs that the registry has already are not sent again.
//
// The layer is kept in a file of the system's folder for temporary files while it is pushed.
func Push(
	ctx context.Context, asked protocol.ArtifactPushRequest, schedule registry.Schedule,
) (protocol.ArtifactPushReport, error) {
	ctx, limit, cancel := limited(ctx, asked.LimitSeconds)
	defer cancel()
	// First, because packing may take long and missing credentials should fail early.
	access, err := registry.NewAccess(asked.Registry, limit)
	if err != nil {
		return protocol.ArtifactPushReport{}, err
	}
	repository, err := access.Repository(asked.Repository)
	if err != nil {
		return protocol.ArtifactPushReport{}, err
	}
	file, err := os.CreateTemp("", "layer-*.tar.gz")
	if err != nil {
		return protocol.ArtifactPushReport{}, fmt.Errorf("create a file for the packed artifact: %w", err)
	}
	defer func() {
		_ = file.Close()
		_ = os.Remove(file.Name())
	}()
	packed, err := layer.Pack(ctx, asked.Folder, file, asked.LimitBytes)
	if err != nil {
		return protocol.ArtifactPushReport{}, err
	}
	config, manifest, err := imageOf(packed, asked.Owner)
	if err != nil {
		return protocol.ArtifactPushReport{}, err
	}
	err = schedule.Do(ctx, func(ctx context.Context) error {
		blob := registry.Blob{Digest: packed.Digest, Size: packed.Size}
		content := func() io.Reader { return io.NewSectionReader(file, 0, packed.Size) }
		if err := repository.PushBlob(ctx, blob, content); err != nil {
			return err
		}
		blob = registry.Blob{Digest: registry.Digest(config), Size: int64(len(config))}
		content = func() io.Reader { return strings.NewReader(string(config)) }
		if err := repository.PushBlob(ctx, blob, content); err != nil {
			return err
		}
		return repository.PutManifest(ctx, manifest.Digest(), manifest)
	})
	if err != nil {
		return protocol.ArtifactPushReport{}, err
	}
	return protocol.ArtifactPushReport{
		Version: protocol.Version, Image: asked.Repository + "@" + manifest.Digest(), Bytes: packed.Size,
	}, nil
}

// limited returns a context that ends after a number of seconds.
func limited(ctx context.Context, seconds int64) (context.Context, time.Duration, context.CancelFunc) {
	limit := time.Duration(seconds) * time.Second
	ctx, cancel := context.WithTimeout(ctx, limit)
	return ctx, limit, cancel
}

// imageOf returns the configuration, against which container runtimes check the layer, and the manifest of an image with one layer.
// They are always the same for the same layer and owner, so they have no date.
func imageOf(packed layer.Layer, owner string) (config []byte, manifest registry.Manifest, err error) {
	config, err = json.Marshal(ocispec.Image{
		Platform: ocispec.Platform{Architecture: "amd64", OS: "linux"},
		RootFS:   ocispec.RootFS{Type: "layers", DiffIDs: []digest.Digest{digest.Digest(packed.DiffID)}},
	})
	if err != nil {
		return nil, registry.Manifest{}, fmt.Errorf("write the configuration of the artifact's image: %w", err)
	}
	content, err := json.Marshal(ocispec.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: ocispec.MediaTypeImageManifest,
		Config: ocispec.Descriptor{
			MediaType: ocispec.MediaTypeImageConfig, Digest: digest.Digest(registry.Digest(config)), Size: int64(len(config)),
		},
		Layers: []ocispec.Descriptor{{
			MediaType: ocispec.MediaTypeImageLayerGzip, Digest: digest.Digest(packed.Digest), Size: packed.Size,
		}},
		Annotations: map[string]string{ownerAnnotation: owner},
	})
	if err != nil {
		return nil, registry.Manifest{}, fmt.Errorf("write the manifest of the artifact's image: %w", err)
	}
	return config, registry.Manifest{MediaType: ocispec.MediaTypeImageManifest, Content: content}, nil
}

// layerOf returns the layer of an artifact's image.
func layerOf(manifest registry.Manifest) (registry.Blob, error) {
	var image ocispec.Manifest
	if json.Unmarshal(manifest.Content, &image) != nil || len(image.Layers) != 1 ||
		image.Layers[0].MediaType != ocispec.MediaTypeImageLayerGzip || image.Layers[0].Size < 0 {
		return registry.Blob{}, fmt.Errorf(
			"the image %s is not an artifact: it does not have one layer of tar and gzip", manifest.Digest())
	}
	return registry.Blob{Digest: image.Layers[0].Digest.String(), Size: image.Layers[0].Size}, nil
}
