package registry

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/registry/remote/auth"
)

const (
	// MostManifest is the size in bytes that a manifest may have. Those of builders have a few kilobytes.
	MostManifest = 4 << 20
	// mostAnswer is that of any other answer, such as an error.
	mostAnswer = 64 << 10
)

// Media types of images in docker's formats.
const (
	dockerIndex    = "application/vnd.docker.distribution.manifest.list.v2+json"
	dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
)

var acceptedManifests = strings.Join(
	[]string{ocispec.MediaTypeImageIndex, ocispec.MediaTypeImageManifest, dockerIndex, dockerManifest}, ", ")

// Manifest is a manifest or an index, byte by byte as in the registry, because every change of a byte changes its digest.
type Manifest struct {
	MediaType string
	Content   []byte
}

// Digest returns the digest of the content.
func (m Manifest) Digest() string { return Digest(m.Content) }

// IsIndex says whether this is an index of images.
func (m Manifest) IsIndex() bool {
	return m.MediaType == ocispec.MediaTypeImageIndex || m.MediaType == dockerIndex
}

// Digest returns the digest of a text, in the form of registries.
func Digest(content []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(content)) }

// Blob describes a blob.
type Blob struct {
	Digest string
	Size   int64
}

// Manifest returns the manifest with a digest.
func (r *Repository) Manifest(ctx context.Context, digest string) (Manifest, error) {
	reference, err := r.reference(digest)
	if err != nil {
		return Manifest{}, err
	}
	request, err := http.NewRequestWithContext(r.scope(ctx, auth.ActionPull), http.MethodGet, r.url("manifests/"+reference), nil)
	if err != nil {
		return Manifest{}, fmt.Errorf("ask for a manifest: %w", err)
	}
	request.Header.Set("Accept", acceptedManifests)
	got, err := r.send(request, MostManifest)
	if err != nil {
		return Manifest{}, err
	}
	if got.status == http.StatusNotFound {
		return Manifest{}, invalid("%s has no image %s: it was deleted since it was pushed, or %s.credentials do not allow reading it",
			r, digest, r.field)
	}
	if err := r.check(got); err != nil {
		return Manifest{}, err
	}
	mediaType, _, _ := strings.Cut(got.header.Get("Content-Type"), ";")
	manifest := Manifest{MediaType: strings.TrimSpace(mediaType), Content: got.body}
	if manifest.Digest() != digest {
		return Manifest{}, r.mismatch(digest)
	}
	return manifest, nil
}

// PutManifest stores a manifest under its digest or under a tag.
func (r *Repository) PutManifest(ctx context.Context, reference string, manifest Manifest) error {
	reference, err := r.reference(reference)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(r.scope(ctx, auth.ActionPull, auth.ActionPush), http.MethodPut,
		r.url("manifests/"+reference), strings.NewReader(string(manifest.Content)))
	if err != nil {
		return fmt.Errorf("push a manifest: %w", err)
	}
	request.Header.Set("Content-Type", manifest.MediaType)
	return r.do(request)
}

// DeleteManifest deletes the manifest with a digest. It is no error if there is none.
func (r *Repository) DeleteManifest(ctx context.Context, digest string) error {
	reference, err := r.reference(digest)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(
		r.scope(ctx, auth.ActionPull, auth.ActionDelete), http.MethodDelete, r.url("manifests/"+reference), nil)
	if err != nil {
		return fmt.Errorf("delete a manifest: %w", err)
	}
	got, err := r.send(request, mostAnswer)
	switch {
	case err != nil:
		return err
	case got.status == http.StatusNotFound:
		return nil
	case got.status == http.StatusMethodNotAllowed, slices.Contains(codes(got.body), "UNSUPPORTED"):
		return invalid("%s deletes no images: allow it in the registry, or let a retention rule of the registry delete them", r)
	}
	return r.check(got)
}

// OpenBlob returns the content of a blob. Reading fails with a Failure if the content is not that of the blob, at its end, or if
// the connection breaks.
func (r *Repository) OpenBlob(ctx context.Context, blob Blob) (io.ReadCloser, error) {
	reference, err := r.reference(blob.Digest)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(r.scope(ctx, auth.ActionPull), http.MethodGet, r.url("blobs/"+reference), nil)
	if err != nil {
		return nil, fmt.Errorf("ask for a blob: %w", err)
	}
	response, err := r.client.Do(request)
	if err != nil {
		return nil, r.failure(ctx, err)
	}
	if !isSuccess(response.StatusCode) {
		got, err := r.read(request, response, mostAnswer)
		if err != nil {
			return nil, err
		}
		return nil, r.check(got)
	}
	return &blobReader{ctx: ctx, repository: r, body: response.Body, blob: blob, hash: sha256.New()}, nil
}

// PushBlob stores a blob unless the registry has it. Open returns its content; it may be called several times.
func (r *Repository) PushBlob(ctx context.Context, blob Blob, open func() io.Reader) error {
	ctx = r.scope(ctx, auth.ActionPull, auth.ActionPush)
	reference, err := r.reference(blob.Digest)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, r.url("blobs/"+reference), nil)
	if err != nil {
		return fmt.Errorf("ask for a blob: %w", err)
	}
	got, err := r.send(request, mostAnswer)
	if err != nil || isSuccess(got.status) {
		return err
	}
	request, err = http.NewRequestWithContext(ctx, http.MethodPost, r.url("blobs/uploads/"), nil)
	if err != nil {
		return fmt.Errorf("push a blob: %w", err)
	}
	started, err := r.send(request, mostAnswer)
	if err != nil {
		return err
	}
	if err := r.check(started); err != nil {
		return err
	}
	return r.upload(ctx, started, blob, open)
}

// upload sends a blob to the place that the registry has named.
func (r *Repository) upload(ctx context.Context, started answer, blob Blob, open func() io.Reader) error {
	location, err := started.request.URL.Parse(started.header.Get("Location"))
	if err != nil || started.header.Get("Location") == "" || location.Host == "" || !r.allowed(location.Scheme) {
		return invalid("%s names no URL for the upload: it is not an OCI registry", r)
	}
	if location.RawQuery != "" {
		location.RawQuery += "&"
	}
	location.RawQuery += "digest=" + blob.Digest
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, location.String(), nil)
	if err != nil {
		return invalid("%s names no URL for the upload: it is not an OCI registry", r)
	}
	request.ContentLength = blob.Size
	request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(open()), nil }
	request.Body = io.NopCloser(open())
	request.Header.Set("Content-Type", "application/octet-stream")
	if isSameServer(location, &r.base) {
		// At once, or the content would be sent in vain.
		if authorization := started.request.Header.Get("Authorization"); authorization != "" {
			request.Header.Set("Authorization", authorization)
		}
		return r.do(request)
	}
	// Another server, such as a cloud's storage, authorizes by the URL and must not get the credentials.
	response, err := r.direct.Do(request)
	if err != nil {
		return r.failure(ctx, err)
	}
	got, err := r.read(request, response, mostAnswer)
	if err != nil {
		return err
	}
	return r.check(got)
}

// isSameServer says whether two URLs lead to the same server.
func isSameServer(one, other *url.URL) bool {
	return one.Scheme == other.Scheme && strings.EqualFold(one.Hostname(), other.Hostname()) && port(one) == port(other)
}

func port(address *url.URL) string {
	switch {
	case address.Port() != "":
		return address.Port()
	case address.Scheme == "http":
		return "80"
	}
	return "443"
}

// answer is an answer with its complete body.
type answer struct {
	status int
	header http.Header
	body   []byte
	// request is the one that was answered, with the credentials that were sent.
	request *http.Request
}

// do sends a request that has to succeed, and whose answer has nothing of interest.
func (r *Repository) do(request *http.Request) error {
	got, err := r.send(request, mostAnswer)
	if err != nil {
		return err
	}
	return r.check(got)
}

// send sends a request with the credentials.
func (r *Repository) send(request *http.Request, most int64) (answer, error) {
	response, err := r.client.Do(request)
	if err != nil {
		return answer{}, r.failure(request.Context(), err)
	}
	return r.read(request, response, most)
}

// read reads and closes the body of an answer. An error of a registry is short.
func (r *Repository) read(request *http.Request, response *http.Response, most int64) (answer, error) {
	defer func() { _ = response.Body.Close() }()
	if !isSuccess(response.StatusCode) {
		most = mostAnswer
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, most+1))
	if err != nil {
		return answer{}, r.failure(request.Context(), err)
	}
	if int64(len(body)) > most {
		return answer{}, r.tooLarge(most)
	}
	return answer{status: response.StatusCode, header: response.Header, body: body, request: response.Request}, nil
}

// check fails for every answer that is no success, also for a redirect that was not followed.
func (r *Repository) check(got answer) error {
	if isSuccess(got.status) {
		return nil
	}
	return r.refused(got.status, codes(got.body))
}

func isSuccess(status int) bool { return status >= 200 && status <= 299 }

// scope asks the server of tokens, if there is one, for all that a call needs.
func (r *Repository) scope(ctx context.Context, actions ...string) context.Context {
	return auth.AppendScopesForHost(ctx, r.base.Host, auth.ScopeRepository(r.path, actions...))
}

// blobReader reads the content of a blob and verifies it at its end.
type blobReader struct {
	ctx        context.Context
	repository *Repository
	body       io.ReadCloser
	blob       Blob
	hash       hash.Hash
	read       int64
}

// Read is part of io.Reader.
func (b *blobReader) Read(buffer []byte) (int, error) {
	count, err := b.body.Read(buffer)
	b.hash.Write(buffer[:count])
	b.read += int64(count)
	switch {
	case b.read > b.blob.Size:
		return 0, b.repository.mismatch(b.blob.Digest)
	case err == io.EOF:
		if b.read < b.blob.Size || fmt.Sprintf("sha256:%x", b.hash.Sum(nil)) != b.blob.Digest {
			return 0, b.repository.mismatch(b.blob.Digest)
		}
		return count, io.EOF
	case err != nil:
		return 0, b.repository.failure(b.ctx, err)
	}
	return count, nil
}

// Close is part of io.Closer.
func (b *blobReader) Close() error { return b.body.Close() }
