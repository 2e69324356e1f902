package artifact

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/layer"
	"hearth.dev/agent/internal/protocol"
	"hearth.dev/agent/internal/registry"
	"hearth.dev/agent/internal/registrytest"
)

// quick tries again without a pause that counts.
var quick = registry.Schedule{First: time.Microsecond, Longest: time.Millisecond, Log: func(string) {}}

const missing = "sha256:0000000000000000000000000000000000000000000000000000000000000000"

// made returns a folder with files.
func made(t *testing.T, content string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.Mkdir(folder+"/bin", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{"bin/run": 0o755, "bin/private": 0o600} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("bin/run", folder+"/run"); err != nil {
		t.Fatal(err)
	}
	return folder
}

func push(t *testing.T, host, folder, credentials string) (protocol.ArtifactPushReport, error) {
	t.Helper()
	return Push(t.Context(), protocol.ArtifactPushRequest{
		Folder: folder, Repository: host + "/team/app", Registry: registrytest.Access(credentials, host), LimitSeconds: 60,
		LimitBytes: 1 << 30, Owner: "run",
	}, quick)
}

func pull(t *testing.T, image, folder string, limit int64, credentials string) error {
	t.Helper()
	host, _, _ := strings.Cut(image, "/")
	return Pull(t.Context(), protocol.ArtifactPullRequest{
		Image: image, Folder: folder, LimitBytes: limit, Registry: registrytest.Access(credentials, host), LimitSeconds: 60,
	}, quick)
}

func pushed(t *testing.T, host, content string) protocol.ArtifactPushReport {
	t.Helper()
	report, err := push(t, host, made(t, content), "")
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func fails(t *testing.T, err error, passes bool, texts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want one with %q", texts)
		return
	}
	if registry.IsTransient(err) != passes {
		t.Errorf("%q is transient: %t", err, !passes)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error is %q, want %q", err, text)
		}
	}
}

func isThere(t *testing.T, path string) bool {
	t.Helper()
	_, err := os.Lstat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}

func assertSame(t *testing.T, folder, other string) {
	t.Helper()
	one, err := Measure(folder)
	if err != nil || one == nil {
		t.Fatalf("%v (%v)", one, err)
	}
	if two, err := Measure(other); err != nil || two == nil || *two != *one {
		t.Errorf("%s has %v (%v), and %s has %v", other, two, err, folder, one)
	}
}

func TestPushAndPull(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	host := registrytest.Serve(t, registrytest.New())
	folder := made(t, "content")
	report, err := push(t, host, folder, "")
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^` + regexp.QuoteMeta(host) + `/team/app@sha256:[0-9a-f]{64}$`).MatchString(report.Image) {
		t.Errorf("the image is %s", report.Image)
	}
	if report.Bytes <= 0 || report.Version != protocol.Version {
		t.Errorf("the report is %+v", report)
	}
	files := t.TempDir() + "/files"
	if err := pull(t, report.Image, files, 1_000_000, ""); err != nil {
		t.Fatal(err)
	}
	assertSame(t, folder, files)
	left, err := os.ReadDir(temporary)
	if err != nil || len(left) != 0 {
		t.Errorf("there are temporary files: %v (%v)", left, err)
	}
}

func TestSameFilesAreTheSameImage(t *testing.T) {
	host := registrytest.Serve(t, registrytest.New())
	first := pushed(t, host, "content")
	if again := pushed(t, host, "content"); again != first {
		t.Errorf("the same files are %v and %v", first, again)
	}
	if other := pushed(t, host, "others"); other.Image == first.Image {
		t.Errorf("other files are the same image")
	}
}

// The removal of one run's artifact must not remove that of another.
func TestImagesOfOwnersDiffer(t *testing.T) {
	host := registrytest.Serve(t, registrytest.New())
	folder := made(t, "content")
	images := map[string]bool{}
	for _, owner := range []string{"one", "other", "one"} {
		report, err := Push(t.Context(), protocol.ArtifactPushRequest{
			Folder: folder, Repository: host + "/team/app", Owner: owner, LimitBytes: 1 << 20,
			Registry: registrytest.Access("", host), LimitSeconds: 60,
		}, quick)
		if err != nil {
			t.Fatal(err)
		}
		images[report.Image] = true
	}
	if len(images) != 2 {
		t.Errorf("two owners have the images %v", images)
	}
}

// Runtimes mount the image as a volume, and check the layer against the configuration.
func TestImage(t *testing.T) {
	handler := registrytest.New()
	host := registrytest.Serve(t, handler)
	folder := made(t, "content")
	packed, err := layer.Pack(t.Context(), folder, io.Discard, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	report, err := push(t, host, folder, "")
	if err != nil {
		t.Fatal(err)
	}
	_, digest, _ := strings.Cut(report.Image, "@")
	config := `{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["` + packed.DiffID + `"]}}`
	want := fmt.Sprintf(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":`+
		`"application/vnd.oci.image.config.v1+json","digest":"%s","size":%d},"layers":[{"mediaType":`+
		`"application/vnd.oci.image.layer.v1.tar+gzip","digest":"%s","size":%d}],"annotations":{"dev.hearth.owner":"run"}}`,
		registry.Digest([]byte(config)), len(config), packed.Digest, packed.Size)
	if _, _, got := registrytest.Get(handler, "team/app", "manifests/"+digest); got != want {
		t.Errorf("the manifest is %s, want %s", got, want)
	}
	if _, _, got := registrytest.Get(handler, "team/app", "blobs/"+registry.Digest([]byte(config))); got != config {
		t.Errorf("the configuration is %s, want %s", got, config)
	}
	if report.Bytes != packed.Size {
		t.Errorf("the layer has %d bytes, want %d", report.Bytes, packed.Size)
	}
}

func TestPullAgain(t *testing.T) {
	host := registrytest.Serve(t, registrytest.New())
	image := pushed(t, host, "content").Image
	parent := t.TempDir()
	half := parent + "/.files.half/closed"
	if err := os.MkdirAll(half, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(half+"/left", nil, 0o400), os.Chmod(half, 0o500)); err != nil {
		t.Fatal(err)
	}
	if err := pull(t, image, parent+"/files", 1_000_000, ""); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(parent + "/files")
	if err != nil {
		t.Fatal(err)
	}
	if isThere(t, parent+"/files/closed") || isThere(t, parent+"/.files.half") {
		t.Error("an earlier attempt is left")
	}
	// Nothing is asked for, so that neither the image nor the credentials have to be there.
	if err := pull(t, "gone.invalid/team/app@"+missing, parent+"/files", 1, t.TempDir()); err != nil {
		t.Error(err)
	}
	if after, err := os.Stat(parent + "/files"); err != nil || !os.SameFile(before, after) || after.ModTime() != before.ModTime() {
		t.Errorf("the folder was changed (%v)", err)
	}
}

func TestCredentials(t *testing.T) {
	host := registrytest.Serve(t, registrytest.Secured(registrytest.New()))
	folder, files := made(t, "content"), t.TempDir()+"/files"
	right := registrytest.Credentials(t, host, registrytest.User, registrytest.Password)
	_, err := push(t, host, folder, "")
	fails(t, err, false, "requires credentials", "in spec.artifacts.credentials")
	_, err = push(t, host, folder, registrytest.Credentials(t, host, registrytest.User, "guess"))
	fails(t, err, false, "rejects the credentials of spec.artifacts.credentials")
	report, err := push(t, host, folder, right)
	if err != nil {
		t.Fatal(err)
	}
	fails(t, pull(t, report.Image, files, 1_000_000, ""), false, "requires credentials")
	if err := pull(t, report.Image, files, 1_000_000, right); err != nil {
		t.Fatal(err)
	}
	assertSame(t, folder, files)
}

// Packing may take long, so what is wrong with the request is said before.
func TestFailuresBeforePacking(t *testing.T) {
	host := registrytest.Serve(t, registrytest.New())
	_, err := push(t, host, "/none", t.TempDir())
	fails(t, err, false, "the Secret that spec.artifacts.credentials names does not exist")
	_, err = Push(t.Context(), protocol.ArtifactPushRequest{
		Folder: "/none", Repository: host + "/team/app:tag", Registry: registrytest.Access("", host), LimitSeconds: 60,
	}, quick)
	fails(t, err, false, "spec.artifacts.repository is not a registry and a path")
	_, err = push(t, host, "/none", "")
	fails(t, err, false, "the artifact is not a folder")
}

func TestPullFails(t *testing.T) {
	handler := registrytest.New()
	host := registrytest.Serve(t, handler)
	large := pushed(t, host, "content").Image
	index := `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}`
	registrytest.Put(t, handler, "team/app", "index", "application/vnd.oci.image.index.v1+json", index)
	huge := `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[{"mediaType":` +
		`"application/vnd.oci.image.layer.v1.tar+gzip","digest":"` + missing + `","size":9000000000000000000}]}`
	text := `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[{"mediaType":` +
		`"text/plain","digest":"` + missing + `","size":1}]}`
	for tag, content := range map[string]string{"huge": huge, "text": text} {
		registrytest.Put(t, handler, "team/app", tag, "application/vnd.oci.image.manifest.v1+json", content)
	}
	name := func(content string) string { return host + "/team/app@" + registry.Digest([]byte(content)) }
	for image, want := range map[string]string{
		host + "/team/app@" + missing: "has no image " + missing,
		host + "/team/app":            "has no digest",
		host + "/team/app:main":       "has no digest",
		large:                         "the artifact is larger than 2000 bytes: make it smaller, or let an admin raise hearth.artifacts.size",
		name(huge):                    "the artifact is larger than 2000 bytes",
		name(index):                   "is not an artifact: it does not have one layer of tar and gzip",
		name(text):                    "is not an artifact",
	} {
		parent := t.TempDir()
		fails(t, pull(t, image, parent+"/files", 2000, ""), false, want)
		if left, err := os.ReadDir(parent); err != nil || len(left) != 0 {
			t.Errorf("%s leaves %v (%v)", want, left, err)
		}
	}
	fails(t, pull(t, large, t.TempDir()+"/none/files", 1_000_000, ""), false, "open the folder of the artifacts")
}

// replacing answers with other content for one path.
func replacing(handler http.Handler, path string, content []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path {
			_, _ = w.Write(content)
			return
		}
		handler.ServeHTTP(w, r)
	})
}

func TestLayersThatAreReplaced(t *testing.T) {
	handler := registrytest.New()
	honest := registrytest.Serve(t, handler)
	folder := made(t, "the truth")
	random := make([]byte, 100_000) // more than is read at once
	if _, err := rand.NewChaCha8([32]byte{}).Read(random); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder+"/random", random, 0o644); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	packed, err := layer.Pack(t.Context(), folder, &file, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	report, err := push(t, honest, folder, "")
	if err != nil {
		t.Fatal(err)
	}
	var lie bytes.Buffer
	if _, err := layer.Pack(t.Context(), made(t, "the truht"), &lie, 1<<30); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"other files": lie.Bytes(), "text": []byte("a lie"), "longer": append(file.Bytes(), 0),
		"shorter": file.Bytes()[:file.Len()-1], "damaged": bytes.Repeat([]byte("x"), file.Len()),
	} {
		t.Run(name, func(t *testing.T) {
			host := registrytest.Serve(t, replacing(handler, "/v2/team/app/blobs/"+packed.Digest, content))
			parent := t.TempDir()
			err := pull(t, strings.Replace(report.Image, honest, host, 1), parent+"/files", 1_000_000, "")
			fails(t, err, false, "sends content that does not match the digest "+packed.Digest)
			if left, err := os.ReadDir(parent); err != nil || len(left) != 0 {
				t.Errorf("there are %v (%v)", left, err)
			}
		})
	}
}

func TestLayersThatAreNoArchives(t *testing.T) {
	handler := registrytest.New()
	host := registrytest.Serve(t, handler)
	access, err := registry.NewAccess(registrytest.Access("", host), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	repository, err := access.Repository(host + "/team/app")
	if err != nil {
		t.Fatal(err)
	}
	text := "no archive"
	blob := layer.Layer{Digest: registry.Digest([]byte(text)), Size: int64(len(text))}
	_, manifest, err := imageOf(blob, "run")
	if err != nil {
		t.Fatal(err)
	}
	content := func() io.Reader { return strings.NewReader(text) }
	if err := errors.Join(repository.PushBlob(t.Context(), registry.Blob{Digest: blob.Digest, Size: blob.Size}, content),
		repository.PutManifest(t.Context(), manifest.Digest(), manifest)); err != nil {
		t.Fatal(err)
	}
	fails(t, pull(t, host+"/team/app@"+manifest.Digest(), t.TempDir()+"/files", 1_000_000, ""), false,
		"is not an archive of tar and gzip: it was not packed by Hearth; publish it again")
}

// failing breaks each answer of a kind once, in turn by a status, without an answer, and in its middle.
type failing struct {
	http.Handler
	mu    sync.Mutex
	seen  map[string]int
	count atomic.Int64
}

func (f *failing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	kind := r.Method + regexp.MustCompile(`[^/]*$`).ReplaceAllString(r.URL.Path, "")
	f.mu.Lock()
	f.seen[kind]++
	time := f.seen[kind]
	f.mu.Unlock()
	switch time {
	case 1:
		f.count.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
	case 2:
		f.count.Add(1)
		panic(http.ErrAbortHandler)
	case 3:
		if r.Method == http.MethodGet {
			f.count.Add(1)
			w.Header().Set("Content-Length", "100000")
			_, _ = io.WriteString(w, "x")
			panic(http.ErrAbortHandler)
		}
		f.Handler.ServeHTTP(w, r)
	default:
		f.Handler.ServeHTTP(w, r)
	}
}

func TestFailuresThatPass(t *testing.T) {
	handler := &failing{Handler: registrytest.New(), seen: map[string]int{}}
	host := registrytest.Serve(t, handler)
	folder, files := made(t, "content"), t.TempDir()+"/files"
	report, err := push(t, host, folder, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := pull(t, report.Image, files, 1_000_000, ""); err != nil {
		t.Fatal(err)
	}
	assertSame(t, folder, files)
	removed, err := remove(t, host, report.Image)
	if err != nil || removed.Removed != 1 {
		t.Errorf("%+v (%v)", removed, err)
	}
	if handler.count.Load() < 12 {
		t.Errorf("there were %d failures", handler.count.Load())
	}
}

func TestFailuresThatDoNotPass(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := listener.Addr().String()
	_ = listener.Close()
	// The pause is longer than the limit.
	slow := registry.Schedule{First: time.Hour, Longest: time.Hour, Log: func(string) {}}
	access := registrytest.Access("", host)
	image := host + "/team/app@" + missing
	_, err = Push(t.Context(), protocol.ArtifactPushRequest{
		Folder: made(t, "x"), Repository: host + "/team/app", Registry: access, LimitSeconds: 60, LimitBytes: 1 << 20}, slow)
	fails(t, err, true, "does not answer")
	err = Pull(t.Context(), protocol.ArtifactPullRequest{
		Image: image, Folder: t.TempDir() + "/files", LimitBytes: 1, Registry: access, LimitSeconds: 60}, slow)
	fails(t, err, true, "does not answer")
	_, err = Remove(t.Context(), protocol.ArtifactRemoveRequest{
		Images: []string{image}, Registry: access, LimitSeconds: 60}, slow)
	fails(t, err, true, "does not answer")
	err = Pull(t.Context(), protocol.ArtifactPullRequest{
		Image: image, Folder: t.TempDir() + "/files", LimitBytes: 1, Registry: access}, quick)
	fails(t, err, true, "did not finish within 0 s")
}

func remove(t *testing.T, host string, images ...string) (protocol.ArtifactRemoveReport, error) {
	t.Helper()
	return Remove(t.Context(), protocol.ArtifactRemoveRequest{
		Images: images, Registry: registrytest.Access("", host), LimitSeconds: 60,
	}, quick)
}

func TestRemove(t *testing.T) {
	handler := registrytest.New()
	host := registrytest.Serve(t, handler)
	images := []string{pushed(t, host, "one").Image, pushed(t, host, "two").Image, host + "/team/app@" + missing}
	report, err := remove(t, host, images...)
	if want := (protocol.ArtifactRemoveReport{Version: protocol.Version, Removed: 3}); err != nil || report != want {
		t.Errorf("%+v (%v)", report, err)
	}
	for _, image := range images {
		_, digest, _ := strings.Cut(image, "@")
		if status, _, _ := registrytest.Get(handler, "team/app", "manifests/"+digest); status != http.StatusNotFound {
			t.Errorf("%s is there: %d", image, status)
		}
	}
}

func TestRemoveKeepsOnPastWhatIsKept(t *testing.T) {
	var asked, busy atomic.Int64
	host := registrytest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch {
		case strings.Contains(r.URL.Path, "/kept/"):
			w.WriteHeader(http.StatusMethodNotAllowed)
		case strings.Contains(r.URL.Path, "/private/"):
			w.WriteHeader(http.StatusForbidden)
		case strings.Contains(r.URL.Path, "/busy/") && busy.Add(1) < 3:
			w.WriteHeader(http.StatusTooManyRequests)
		default:
			w.WriteHeader(http.StatusAccepted)
		}
	}))
	image := func(name string) string { return host + "/" + name + "@" + missing }
	report, err := remove(t, host,
		image("team/busy/app"), image("team/kept/app"), image("team/private/app"), "no image", image("team/app"), image("app"))
	want := protocol.ArtifactRemoveReport{
		Version: protocol.Version, Removed: 3, Left: 3,
		Message: host + "/team/kept/app deletes no images: allow it in the registry, or let a retention rule of the registry delete them",
	}
	if err != nil || report != want {
		t.Errorf("the report is %+v (%v), want %+v", report, err, want)
	}
	if asked.Load() != 7 {
		t.Errorf("there were %d requests", asked.Load())
	}
	_, err = Remove(t.Context(), protocol.ArtifactRemoveRequest{
		Images: []string{image("app")}, Registry: registrytest.Access(t.TempDir(), host), LimitSeconds: 60,
	}, quick)
	fails(t, err, false, "the Secret that spec.artifacts.credentials names does not exist")
}

// Neither a push nor a pull keeps a layer in memory.
func TestLayersThatAreLarge(t *testing.T) {
	const size = 96 << 20
	var taken, sent atomic.Int64
	var content atomic.Value
	var manifest atomic.Value
	host := registrytest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodHead:
			http.NotFound(w, r)
		case r.Method == http.MethodPost:
			w.Header().Set("Location", "/upload")
			w.WriteHeader(http.StatusAccepted)
		case r.Method == http.MethodPut && r.URL.Path == "/upload":
			count, _ := io.Copy(io.Discard, r.Body)
			taken.Add(count)
			w.WriteHeader(http.StatusCreated)
		case r.Method == http.MethodPut:
			text, _ := io.ReadAll(r.Body)
			manifest.Store(text)
			w.WriteHeader(http.StatusCreated)
		case strings.Contains(r.URL.Path, "/manifests/"):
			w.Header().Set("Content-Type", "application/vnd.oci.image.manifest.v1+json")
			_, _ = w.Write(manifest.Load().([]byte))
		default:
			path, _ := content.Load().(string)
			file, err := os.Open(path)
			if err != nil {
				return
			}
			defer func() { _ = file.Close() }()
			count, _ := io.Copy(w, file)
			sent.Add(count)
		}
	}))
	folder := t.TempDir()
	file, err := os.Create(folder + "/file")
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.CopyN(file, rand.NewChaCha8([32]byte{}), size) // which cannot be compressed
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	before := peak(t)
	report, err := push(t, host, folder, "")
	if err != nil {
		t.Fatal(err)
	}
	packed, err := os.Create(t.TempDir() + "/layer")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = packed.Close() }()
	if _, err := layer.Pack(t.Context(), folder, packed, 1<<30); err != nil {
		t.Fatal(err)
	}
	content.Store(packed.Name())
	if err := pull(t, report.Image, t.TempDir()+"/files", 2*size, ""); err != nil {
		t.Fatal(err)
	}
	if sent.Load() != report.Bytes || taken.Load() < report.Bytes || report.Bytes < size {
		t.Errorf("%d bytes were pushed and %d pulled", taken.Load(), sent.Load())
	}
	if grown := peak(t) - before; grown > 64<<10 {
		t.Errorf("the memory grew by %d KiB", grown)
	}
}

// peak returns the most memory that this process has had, in KiB.
func peak(t *testing.T) int64 {
	t.Helper()
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return usage.Maxrss
}

// The registry of the tests is not the one that people have.
func TestRegistryOfDistribution(t *testing.T) {
	for _, deletes := range []bool{true, false} {
		host := registrytest.Distribution(t, deletes)
		folder, files := made(t, "content"), t.TempDir()+"/files"
		report, err := push(t, host, folder, "")
		if err != nil {
			t.Fatal(err)
		}
		if again, err := push(t, host, folder, ""); err != nil || again != report {
			t.Errorf("again: %v (%v)", again, err)
		}
		if err := pull(t, report.Image, files, 1_000_000, ""); err != nil {
			t.Fatal(err)
		}
		assertSame(t, folder, files)
		removed, err := remove(t, host, report.Image, host+"/team/app@"+missing)
		if err != nil {
			t.Fatal(err)
		}
		want := protocol.ArtifactRemoveReport{Version: protocol.Version, Removed: 2}
		if !deletes {
			want.Removed, want.Left = 0, 2
			want.Message = host + "/team/app deletes no images: allow it in the registry, or let a retention rule of the registry delete them"
		}
		if removed != want {
			t.Errorf("the report is %+v, want %+v", removed, want)
		}
		if err := pull(t, report.Image, t.TempDir()+"/gone", 1_000_000, ""); (err != nil) != deletes {
			t.Errorf("the image is there: %v", err)
		}
	}
}
