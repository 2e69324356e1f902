// Package image publishes the images of several platforms as one.
package image

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"hearth.dev/agent/internal/protocol"
	"hearth.dev/agent/internal/registry"
)

// Publish pushes an OCI image index of images in a repository, first by its digest and then under each tag. A single image gets
// the tags without an index. The order of the images does not change the index, so that a repetition changes nothing.
func Publish(
	ctx context.Context, asked protocol.ImagePublishRequest, schedule registry.Schedule,
) (protocol.ImagePublishReport, error) {
	limit := time.Duration(asked.LimitSeconds) * time.Second
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	access, err := registry.NewAccess(asked.Registry, limit)
	if err != nil {
		return protocol.ImagePublishReport{}, err
	}
	repository, err := access.Repository(asked.Repository)
	if err != nil {
		return protocol.ImagePublishReport{}, err
	}
	byPlatform := make(map[string]string, len(asked.Images))
	for _, image := range asked.Images {
		if _, ok := byPlatform[image.Platform]; ok {
			return protocol.ImagePublishReport{}, fmt.Errorf("there are two images for %s", image.Platform)
		}
		byPlatform[image.Platform] = image.Digest
	}
	if len(byPlatform) == 0 {
		return protocol.ImagePublishReport{}, fmt.Errorf("there is no image to tag in %s", repository)
	}
	var published string
	err = schedule.Do(ctx, func(ctx context.Context) error {
		var err error
		published, err = publish(ctx, repository, byPlatform, asked.Tags)
		return err
	})
	if err != nil {
		return protocol.ImagePublishReport{}, err
	}
	return protocol.ImagePublishReport{Version: protocol.Version, Digest: published}, nil
}

// publish makes one attempt, and returns the digest of what was tagged.
func publish(
	ctx context.Context, repository *registry.Repository, byPlatform map[string]string, tags []string,
) (string, error) {
	var tagged registry.Manifest
	var made index
	for _, platform := range slices.Sorted(maps.Keys(byPlatform)) {
		manifest, err := repository.Manifest(ctx, byPlatform[platform])
		if err != nil {
			return "", err
		}
		if len(byPlatform) == 1 {
			tagged = manifest
		} else if err := made.add(platform, manifest); err != nil {
			return "", err
		}
	}
	if len(byPlatform) > 1 {
		var err error
		if tagged, err = made.manifest(); err != nil {
			return "", err
		}
		if err := repository.PutManifest(ctx, tagged.Digest(), tagged); err != nil {
			return "", err
		}
	}
	for _, tag := range tags {
		if err := repository.PutManifest(ctx, tag, tagged); err != nil {
			return "", err
		}
	}
	return tagged.Digest(), nil
}

// index collects the entries of an index. It has no date, so that the same images give the same bytes.
type index struct {
	entries []json.RawMessage
	bytes   int
}

// add adds the image of a platform. Of one that is an index itself, such as one with attestations, it adds the entries, because
// registries do not support nested indexes.
func (i *index) add(platform string, manifest registry.Manifest) error {
	described, err := parsePlatform(platform)
	if err != nil {
		return err
	}
	if !manifest.IsIndex() {
		return i.append(ocispec.Descriptor{
			MediaType: manifest.MediaType,
			Digest:    digest.Digest(manifest.Digest()),
			Size:      int64(len(manifest.Content)),
			Platform:  &described,
		})
	}
	var inner struct {
		Manifests []json.RawMessage `json:"manifests"`
	}
	if json.Unmarshal(manifest.Content, &inner) != nil {
		return fmt.Errorf("the image %s is an index that cannot be read", manifest.Digest())
	}
	for _, entry := range inner.Manifests {
		if err := i.splice(entry, described); err != nil {
			return err
		}
	}
	return nil
}

// splice adds an entry of another index as it is there, with the platform if it has none.
func (i *index) splice(entry json.RawMessage, platform ocispec.Platform) error {
	var fields map[string]json.RawMessage
	if json.Unmarshal(entry, &fields) != nil || fields == nil { // no descriptor
		return nil
	}
	if has := fields["platform"]; has != nil && !bytes.Equal(has, []byte("null")) {
		return i.append(entry)
	}
	text, err := json.Marshal(platform)
	if err != nil {
		return fmt.Errorf("write the index: %w", err)
	}
	fields["platform"] = text
	return i.append(fields)
}

func (i *index) append(entry any) error {
	text, err := encode(entry)
	if err != nil {
		return err
	}
	if i.bytes += len(text) + 1; i.bytes > registry.MostManifest {
		return fmt.Errorf("the index of the images has more than %d KiB, which registries do not take", registry.MostManifest>>10)
	}
	i.entries = append(i.entries, text)
	return nil
}

func (i *index) manifest() (registry.Manifest, error) {
	text, err := encode(struct {
		SchemaVersion int               `json:"schemaVersion"`
		MediaType     string            `json:"mediaType"`
		Manifests     []json.RawMessage `json:"manifests"`
	}{2, ocispec.MediaTypeImageIndex, i.entries})
	return registry.Manifest{MediaType: ocispec.MediaTypeImageIndex, Content: text}, err
}

// encode returns JSON without spaces, in which no character is escaped that need not be.
func encode(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("write the index: %w", err)
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}

func parsePlatform(name string) (ocispec.Platform, error) {
	parts := strings.Split(name, "/")
	if len(parts) != 2 && len(parts) != 3 {
		return ocispec.Platform{}, fmt.Errorf("%s is not a platform such as linux/amd64 or linux/arm/v7", name)
	}
	platform := ocispec.Platform{OS: parts[0], Architecture: parts[1]}
	if len(parts) == 3 {
		platform.Variant = parts[2]
	}
	return platform, nil
}
