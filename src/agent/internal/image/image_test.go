package image

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hearth.dev/agent/internal/protocol"
	"hearth.dev/agent/internal/registry"
	"hearth.dev/agent/internal/registrytest"
)

const (
	manifestType = "application/vnd.oci.image.manifest.v1+json"
	indexType    = "application/vnd.oci.image.index.v1+json"
	dockerType   = "application/vnd.docker.distribution.manifest.v2+json"
	missing      = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
)

var quick = registry.Schedule{First: time.Microsecond, Longest: time.Millisecond, Log: func(string) {}}

// server is a registry with images of the repository team/app.
type server struct {
	t       testing.TB
	handler http.Handler
	host    string
}

func serve(t testing.TB, gate func(http.Handler) http.Handler) *server {
	handler := registrytest.New()
	return &server{t: t, handler: handler, host: registrytest.Serve(t, gate(handler))}
}

func open(handler http.Handler) http.Handler { return handler }

// put stores a manifest and returns its digest.
func (s *server) put(mediaType, content string) string {
	s.t.Helper()
	digest := registry.Digest([]byte(content))
	registrytest.Put(s.t, s.handler, "team/app", digest, mediaType, content)
	return digest
}

func imageText(author string) string {
	return fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"config":{},"layers":[],"annotations":{"author":%q}}`, manifestType, author)
}

// image stores an image by a name that tells it from the others, and returns its digest.
func (s *server) image(author string) string {
	s.t.Helper()
	return s.put(manifestType, imageText(author))
}

func (s *server) get(reference string) (mediaType, content string) {
	s.t.Helper()
	status, mediaType, content := registrytest.Get(s.handler, "team/app", "manifests/"+reference)
	if status != http.StatusOK {
		s.t.Errorf("the registry answers %d for %s", status, reference)
	}
	return mediaType, content
}

func (s *server) request(tags []string, images ...protocol.PlatformImage) protocol.ImagePublishRequest {
	access := registrytest.Access("", s.host)
	access.Field = "builds[app].push"
	return protocol.ImagePublishRequest{
		Repository: s.host + "/team/app", Images: images, Tags: tags, Registry: access, LimitSeconds: 60,
	}
}

func (s *server) publish(tags []string, images ...protocol.PlatformImage) string {
	s.t.Helper()
	report, err := Publish(context.Background(), s.request(tags, images...), quick)
	if err != nil {
		s.t.Fatal(err)
	}
	if report.Version != protocol.Version {
		s.t.Errorf("the report has version %d", report.Version)
	}
	return report.Digest
}

func (s *server) fails(want string, request protocol.ImagePublishRequest) {
	s.t.Helper()
	_, err := Publish(context.Background(), request, quick)
	if err == nil || !strings.Contains(err.Error(), want) || registry.IsTransient(err) {
		s.t.Errorf("the error is %v, want %q", err, want)
	}
}

func on(platform, digest string) protocol.PlatformImage {
	return protocol.PlatformImage{Platform: platform, Digest: digest}
}

func TestIndexOfTwoPlatforms(t *testing.T) {
	s := serve(t, open)
	amd, arm := s.image("amd"), s.put(dockerType, imageText("arm <a@example>"))
	digest := s.publish([]string{"main", "v1.0"}, on("linux/arm/v7", arm), on("linux/amd64", amd))
	want := fmt.Sprintf(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[`+
		`{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"%s","size":%d,`+
		`"platform":{"architecture":"amd64","os":"linux"}},`+
		`{"mediaType":"application/vnd.docker.distribution.manifest.v2+json","digest":"%s","size":%d,`+
		`"platform":{"architecture":"arm","os":"linux","variant":"v7"}}]}`,
		amd, len(imageText("amd")), arm, len(imageText("arm <a@example>")))
	if digest != registry.Digest([]byte(want)) {
		t.Errorf("the digest is %s", digest)
	}
	for _, reference := range []string{"main", "v1.0", digest} {
		if mediaType, content := s.get(reference); content != want || mediaType != indexType {
			t.Errorf("%s is %s %s, want %s", reference, mediaType, content, want)
		}
	}
}

func TestAnyOrderIsTheSameIndex(t *testing.T) {
	s := serve(t, open)
	images := []protocol.PlatformImage{
		on("linux/amd64", s.image("amd")), on("linux/arm64", s.image("arm")), on("windows/amd64", s.image("windows")),
		on("linux/arm/v7", s.put(indexType, fmt.Sprintf(
			`{"schemaVersion":2,"manifests":[{"mediaType":%q,"digest":%q,"size":1}]}`, manifestType, s.image("v7")))),
	}
	first := s.publish([]string{"main"}, images...)
	rapid.Check(t, func(t *rapid.T) {
		if again := s.publish([]string{"main", "late"}, rapid.Permutation(images).Draw(t, "images")...); again != first {
			t.Fatalf("the digest is %s, want %s", again, first)
		}
	})
}

func TestTagsMove(t *testing.T) {
	s := serve(t, open)
	amd, arm := s.image("amd"), s.image("arm")
	before := s.publish([]string{"main"}, on("linux/amd64", amd), on("linux/arm64", arm))
	after := s.publish([]string{"main"}, on("linux/amd64", amd), on("linux/arm64", s.image("next")))
	if _, content := s.get("main"); after == before || registry.Digest([]byte(content)) != after {
		t.Errorf("the tag has %s, want %s after %s", content, after, before)
	}
	s.get(before)
}

func TestSingleImage(t *testing.T) {
	s := serve(t, open)
	only := s.image("only")
	if digest := s.publish([]string{"main"}, on("any", only)); digest != only {
		t.Errorf("the digest is %s, want %s", digest, only)
	}
	if mediaType, content := s.get("main"); content != imageText("only") || mediaType != manifestType {
		t.Errorf("the tag has %s %s", mediaType, content)
	}
}

func TestIndexWithoutTags(t *testing.T) {
	s := serve(t, open)
	s.get(s.publish(nil, on("linux/amd64", s.image("amd")), on("linux/arm64", s.image("arm"))))
}

// attested returns an index as BuildKit pushes it for an image with attestations.
func attested(image, attestation string) string {
	return fmt.Sprintf(`{
  "schemaVersion": 2, "mediaType": %q,
  "manifests": [
    {"mediaType": %q, "digest": %q, "size": 7, "platform": {"architecture": "amd64", "os": "linux"}},
    {"mediaType": %q, "digest": %q, "size": 8,
     "annotations": {"vnd.docker.reference.digest": %q, "vnd.docker.reference.type": "attestation-manifest", "x": "<y>"},
     "platform": {"architecture": "unknown", "os": "unknown"}, "unknown": [1, 2]},
    {"mediaType": %q, "digest": %q, "size": 9, "platform": null}
  ]
}`, indexType, manifestType, image, manifestType, attestation, image, manifestType, image)
}

func TestImagesThatAreIndexes(t *testing.T) {
	s := serve(t, open)
	amd, attestation, arm := s.image("amd"), s.image("attestation"), s.image("arm")
	index := s.put(indexType, attested(amd, attestation))
	s.publish([]string{"main"}, on("linux/amd64", index), on("linux/arm64", arm))
	_, content := s.get("main")
	var document struct{ Manifests []json.RawMessage }
	if err := json.Unmarshal([]byte(content), &document); err != nil {
		t.Fatal(err)
	}
	want := []string{
		fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":7,"platform":{"architecture":"amd64","os":"linux"}}`, manifestType, amd),
		fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":8,"annotations":{"vnd.docker.reference.digest":%q,`+
			`"vnd.docker.reference.type":"attestation-manifest","x":"<y>"},"platform":{"architecture":"unknown","os":"unknown"},`+
			`"unknown":[1,2]}`, manifestType, attestation, amd),
		fmt.Sprintf(`{"digest":%q,"mediaType":%q,"platform":{"architecture":"amd64","os":"linux"},"size":9}`, amd, manifestType),
		fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":%d,"platform":{"architecture":"arm64","os":"linux"}}`,
			manifestType, arm, len(imageText("arm"))),
	}
	got := make([]string, 0, len(want))
	for _, entry := range document.Manifests {
		got = append(got, string(entry))
	}
	if !slices.Equal(got, want) {
		t.Errorf("the entries are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestSingleIndex(t *testing.T) {
	s := serve(t, open)
	text := attested(s.image("amd"), s.image("attestation"))
	index := s.put(indexType, text)
	if digest := s.publish([]string{"main"}, on("linux/amd64", index)); digest != index {
		t.Errorf("the digest is %s, want %s", digest, index)
	}
	if _, content := s.get("main"); content != text {
		t.Errorf("the tag has %s", content)
	}
}

func TestPublishFails(t *testing.T) {
	s := serve(t, open)
	amd, arm := s.image("amd"), s.image("arm")
	tags := []string{"main"}
	s.fails("/team/app has no image "+missing, s.request(tags, on("linux/amd64", amd), on("linux/arm64", missing)))
	s.fails("builds[app].push.credentials do not allow reading it", s.request(tags, on("linux/amd64", missing)))
	s.fails("there are two images for linux/amd64", s.request(tags, on("linux/amd64", amd), on("linux/amd64", arm)))
	s.fails("there is no image to tag", s.request(tags))
	s.fails("linux is not a platform such as linux/amd64", s.request(tags, on("linux/amd64", amd), on("linux", arm)))
	s.fails("a/b/c/d is not a platform", s.request(tags, on("linux/amd64", amd), on("a/b/c/d", arm)))
	s.fails("neither a sha256 digest", s.request(tags, on("linux/amd64", "sha256:../../../other/manifests/main")))
	request := s.request(tags, on("linux/amd64", amd))
	request.Repository += ":tag"
	s.fails("builds[app].push.repository is not a registry and a path", request)
	request = s.request(tags, on("linux/amd64", amd))
	request.Registry.Credentials = t.TempDir()
	s.fails("the Secret that builds[app].push.credentials names does not exist", request)
	if status, _, _ := registrytest.Get(s.handler, "team/app", "manifests/main"); status != http.StatusNotFound {
		t.Error("there is a tag")
	}
	s.fails("neither a sha256 digest nor a valid tag", s.request([]string{"no tag"}, on("linux/amd64", amd)))
}

// Many entries are much larger in memory than as text.
func TestIndexesThatAreLarge(t *testing.T) {
	s := serve(t, open)
	many := s.put(indexType, `{"manifests":[`+strings.Repeat("{},", 300_000)+`{}]}`)
	s.fails("the index of the images has more than 4096 KiB", s.request(nil, on("linux/amd64", many), on("linux/arm64", many)))
}

// The registry of the tests is not the one that people have.
func TestRegistryOfDistribution(t *testing.T) {
	host := registrytest.Distribution(t, false)
	access, err := registry.NewAccess(registrytest.Access("", host), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	repository, err := access.Repository(host + "/team/app")
	if err != nil {
		t.Fatal(err)
	}
	config := "{}"
	blob := registry.Blob{Digest: registry.Digest([]byte(config)), Size: int64(len(config))}
	if err := repository.PushBlob(t.Context(), blob, func() io.Reader { return strings.NewReader(config) }); err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, host: host}
	var images []protocol.PlatformImage
	for _, platform := range []string{"linux/amd64", "linux/arm64"} {
		manifest := registry.Manifest{MediaType: manifestType, Content: fmt.Appendf(nil,
			`{"schemaVersion":2,"mediaType":%q,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":%q,"size":%d},`+
				`"layers":[],"annotations":{"platform":%q}}`, manifestType, blob.Digest, blob.Size, platform)}
		if err := repository.PutManifest(t.Context(), manifest.Digest(), manifest); err != nil {
			t.Fatal(err)
		}
		images = append(images, on(platform, manifest.Digest()))
	}
	digest := s.publish([]string{"main", "v1.0"}, images...)
	if again := s.publish([]string{"main"}, images[1], images[0]); again != digest {
		t.Errorf("again: %s, want %s", again, digest)
	}
	index, err := repository.Manifest(t.Context(), digest)
	if err != nil || index.MediaType != indexType {
		t.Errorf("the index is %s %s (%v)", index.MediaType, index.Content, err)
	}
	s.fails("has no image "+missing, s.request([]string{"main"}, images[0], on("linux/arm64", missing)))
}

func TestCredentials(t *testing.T) {
	for name, gate := range map[string]func(http.Handler) http.Handler{
		"password": registrytest.Secured,
		"token":    func(handler http.Handler) http.Handler { return &registrytest.Tokens{Registry: handler} },
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, gate)
			request := s.request([]string{"main"}, on("linux/amd64", s.image("amd")), on("linux/arm64", s.image("arm")))
			s.fails("/team/app requires credentials", request)
			request.Registry.Credentials = registrytest.Credentials(t, s.host, "eve", "guess")
			s.fails("rejects the credentials of builds[app].push.credentials", request)
			if status, _, _ := registrytest.Get(s.handler, "team/app", "manifests/main"); status != http.StatusNotFound {
				t.Error("there is a tag")
			}
			request.Registry.Credentials = registrytest.Credentials(t, s.host, registrytest.User, registrytest.Password)
			report, err := Publish(t.Context(), request, quick)
			if err != nil {
				t.Fatal(err)
			}
			if _, content := s.get("main"); registry.Digest([]byte(content)) != report.Digest {
				t.Errorf("the tag has %s, want %s", content, report.Digest)
			}
		})
	}
}

// Each kind of request fails once.
func TestFailuresThatPass(t *testing.T) {
	var asked atomic.Int64
	s := serve(t, func(handler http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch asked.Add(1) {
			case 2, 5, 9:
				w.WriteHeader(http.StatusBadGateway)
			default:
				handler.ServeHTTP(w, r)
			}
		})
	})
	digest := s.publish([]string{"main"}, on("linux/amd64", s.image("amd")), on("linux/arm64", s.image("arm")))
	if _, content := s.get("main"); registry.Digest([]byte(content)) != digest {
		t.Errorf("the tag has %s, want %s", content, digest)
	}
	if asked.Load() != 13 {
		t.Errorf("there were %d requests", asked.Load())
	}
}

func TestIndexesThatAreMalformed(t *testing.T) {
	for content, want := range map[string]int{
		``: -1, `[]`: -1, `{"manifests":{}}`: -1, `{}`: 0, `{"manifests":null}`: 0, `{"manifests":["text",null,7,[]]}`: 0,
		`{"manifests":[{},{"platform":null},{"platform":7}]}`: 3,
	} {
		var made index
		err := made.add("linux/amd64", registry.Manifest{MediaType: indexType, Content: []byte(content)})
		if want < 0 {
			if err == nil || !strings.Contains(err.Error(), "is an index that cannot be read") {
				t.Errorf("%s: %v", content, err)
			}
			continue
		}
		if err != nil || len(made.entries) != want {
			t.Errorf("%s gives %s (%v)", content, made.entries, err)
		}
	}
}
