package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/registry/remote/auth"

	"hearth.dev/agent/internal/protocol"
	"hearth.dev/agent/internal/registrytest"
)

const missing = "sha256:0000000000000000000000000000000000000000000000000000000000000000"

// open returns a repository with a time limit that no test reaches.
func open(t *testing.T, told protocol.Registry, name string) *Repository {
	t.Helper()
	access, err := NewAccess(told, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	repository, err := access.Repository(name)
	if err != nil {
		t.Fatal(err)
	}
	return repository
}

// serve returns a repository of a registry.
func serve(t *testing.T, handler http.Handler) *Repository {
	t.Helper()
	host := registrytest.Serve(t, handler)
	return open(t, registrytest.Access("", host), host+"/team/app")
}

// fails checks that an error is a sentence with all of the texts.
func fails(t *testing.T, err error, passes bool, texts ...string) {
	t.Helper()
	var failure *Failure
	if !errors.As(err, &failure) {
		t.Fatalf("the error is %v, want a failure", err)
	}
	if failure.Transient != passes {
		t.Errorf("%q is transient: %t, want %t", failure, failure.Transient, passes)
	}
	for _, text := range texts {
		if !strings.Contains(failure.Error(), text) {
			t.Errorf("the failure says %q, want %q", failure, text)
		}
	}
	if strings.ContainsAny(failure.Error(), "\n\r") {
		t.Errorf("%q is not one line", failure)
	}
}

func blobOf(content string) (Blob, func() io.Reader) {
	return Blob{Digest: Digest([]byte(content)), Size: int64(len(content))}, func() io.Reader { return strings.NewReader(content) }
}

func manifestOf(content string) Manifest {
	return Manifest{MediaType: ocispec.MediaTypeImageIndex, Content: []byte(content)}
}

const emptyIndex = `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}`

func TestNames(t *testing.T) {
	for name, want := range map[string]string{
		"registry.example/team/app":   "https://registry.example/v2/team/app/manifests/main",
		"registry.example:5000/app":   "https://registry.example:5000/v2/app/manifests/main",
		"localhost/app":               "https://localhost/v2/app/manifests/main",
		"127.0.0.1:5000/app":          "https://127.0.0.1:5000/v2/app/manifests/main",
		"10.0.0.1/app":                "https://10.0.0.1/v2/app/manifests/main",
		"docker.io/app":               "https://registry-1.docker.io/v2/library/app/manifests/main",
		"docker.io/team/app":          "https://registry-1.docker.io/v2/team/app/manifests/main",
		"insecure.example/team/app":   "http://insecure.example/v2/team/app/manifests/main",
		"insecure.example:80/team/ap": "https://insecure.example:80/v2/team/ap/manifests/main",
	} {
		repository := open(t, registrytest.Access("", "insecure.example"), name)
		if got := repository.url("manifests/main"); got != want {
			t.Errorf("%s is at %s, want %s", name, got, want)
		}
		if repository.String() != name {
			t.Errorf("%s is called %s", name, repository)
		}
	}
}

func TestNamesThatAreNone(t *testing.T) {
	access, err := NewAccess(registrytest.Access(""), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"team/app":             "team/app names no registry: write docker.io/team/app",
		"-x/a":                 "names no registry",
		"app":                  "spec.artifacts.repository is not a registry and a path",
		"":                     "is not a registry and a path",
		"https://r.example/ap": "is not a registry and a path",
		"r.example/app:tag":    "is not a registry and a path",
		"r.example/../app":     "is not a registry and a path",
		"r.example/app\n":      "is not a registry and a path",
		"r.example/App":        "is not a registry and a path",
		"u@r.example/app":      "is not a registry and a path",
		"r.example/app?x=y":    "is not a registry and a path",
	} {
		_, err := access.Repository(name)
		fails(t, err, false, want)
	}
}

func TestReferencesThatLeadElsewhere(t *testing.T) {
	repository := serve(t, http.NotFoundHandler())
	for _, reference := range []string{"", "sha256:../../../other/manifests/main", "a/b", "sha256:abc", "..", "a?b", missing + "0"} {
		_, err := repository.Manifest(t.Context(), reference)
		fails(t, err, false, "is neither a sha256 digest nor a valid tag")
		fails(t, repository.PutManifest(t.Context(), reference, manifestOf(emptyIndex)), false, "is neither")
		fails(t, repository.DeleteManifest(t.Context(), reference), false, "is neither")
		fails(t, repository.PushBlob(t.Context(), Blob{Digest: reference}, nil), false, "is neither")
		_, err = repository.OpenBlob(t.Context(), Blob{Digest: reference})
		fails(t, err, false, "is neither")
	}
}

func TestParseImage(t *testing.T) {
	for name, valid := range map[string]bool{
		"r.example/app@" + missing: true, "r.example/app": false, "r.example/app:main": false, "r.example/app@main": false, "": false,
	} {
		if _, _, ok := ParseImage(name); ok != valid {
			t.Errorf("%s has a digest: %t", name, ok)
		}
	}
}

func TestCredentialsByEachNameOfARegistry(t *testing.T) {
	for key, host := range map[string]string{
		"registry.example:5000":              "registry.example:5000",
		"https://registry.example:5000":      "registry.example:5000",
		"http://registry.example:5000/":      "registry.example:5000",
		"https://registry.example:5000/v2/":  "registry.example:5000",
		"registry.example:5000/team":         "registry.example:5000",
		"https://index.docker.io/v1/":        "docker.io",
		"docker.io":                          "docker.io",
		"registry-1.docker.io":               "docker.io",
		"https://registry-1.docker.io/v2/me": "docker.io",
	} {
		config := fmt.Sprintf(`{"auths":{%q:{"auth":"YWRhOnMzOmNyZXQ="}}}`, key)
		if got := find([]byte(config), host); got != (auth.Credential{Username: "ada", Password: "s3:cret"}) {
			t.Errorf("%s has %v for %s", key, got, host)
		}
	}
}

func TestCredentials(t *testing.T) {
	for config, want := range map[string]auth.Credential{
		`{"auths":{"r.example":{"username":"ada","password":"pläin"}}}`: {Username: "ada", Password: "pläin"},
		`{"auths":{"r.example":{"auth":"YWRhOg==","identitytoken":"x"}}}`: {
			Username: "ada", RefreshToken: "x"},
		// The exact name is preferred, and what cannot be read is passed over.
		`{"auths":{"r.example/team":{"auth":"dGVhbTox"},"r.example":{"auth":"YWxsOjI="}}}`: {Username: "all", Password: "2"},
		`{"auths":{"r.example":7,"https://r.example":{"auth":"YWxsOjI="},"x":[]}}`:         {Username: "all", Password: "2"},
		// Programs are not run.
		`{"credsStore":"x","credHelpers":{"r.example":"x"}}`: {},
		``:                                       {},
		`no json`:                                {},
		`[]`:                                     {},
		`{}`:                                     {},
		`{"auths":[]}`:                           {},
		`{"auths":{"r.example":null}}`:           {},
		`{"auths":{"r.example":{}}}`:             {},
		`{"auths":{"r.example":{"auth":"***"}}}`: {},
		`{"auths":{"r.example":{"auth":"bm9jb2xvbg=="}}}`:                   {},
		`{"auths":{"r.example:5000":{"auth":"YWxsOjI="}}}`:                  {},
		`{"auths":{"example":{"auth":"YWxsOjI="}}}`:                         {},
		`{"auths":{"other.r.example":{"auth":"YWxsOjI="}}}`:                 {},
		`{"auths":{"https://r.example@evil.example":{"auth":"YWxsOjI="}}}`:  {},
		`{"auths":{"https://evil.example/r.example":{"auth":"YWxsOjI="}}}`:  {},
		`{"auths":{"https://index.docker.io/v1/":{"auth":"YWxsOjI="}}}`:     {},
		`{"auths":{"r.example":{"username":"ada"}}}`:                        {},
		`{"auths":{"r.example":{"password":"secret","registrytoken":"x"}}}`: {},
	} {
		if got := find([]byte(config), "r.example"); got != want {
			t.Errorf("%s has %v", config, got)
		}
	}
}

func FuzzCredentials(f *testing.F) {
	f.Add([]byte(`{"auths":{"r.example":{"auth":"YWxsOjI="}}}`), "r.example")
	f.Add([]byte(`{"auths":{"https://index.docker.io/v1/":{"username":"a","password":"b"}}}`), "docker.io")
	f.Fuzz(func(t *testing.T, config []byte, host string) {
		login := find(config, host)
		if login != auth.EmptyCredential && login.RefreshToken == "" && (login.Username == "" || login.Password == "") {
			t.Errorf("half of a login: %v", login)
		}
	})
}

func TestMissingSecret(t *testing.T) {
	_, err := NewAccess(protocol.Registry{Field: "builds[app].push", Credentials: t.TempDir()}, time.Minute)
	fails(t, err, false, "the Secret that builds[app].push.credentials names does not exist in this namespace")
}

func TestManifestsAndBlobs(t *testing.T) {
	working := registrytest.New()
	var uploads atomic.Int64
	repository := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			uploads.Add(1)
		}
		working.ServeHTTP(w, r)
	}))
	blob, content := blobOf("files")
	for range 2 {
		if err := repository.PushBlob(t.Context(), blob, content); err != nil {
			t.Fatal(err)
		}
	}
	if uploads.Load() != 1 {
		t.Errorf("the blob was sent %d times", uploads.Load())
	}
	opened, err := repository.OpenBlob(t.Context(), blob)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = opened.Close() }()
	if got, err := io.ReadAll(opened); err != nil || string(got) != "files" {
		t.Errorf("the blob is %q (%v)", got, err)
	}
	manifest := manifestOf(emptyIndex)
	for _, reference := range []string{manifest.Digest(), "main"} {
		if err := repository.PutManifest(t.Context(), reference, manifest); err != nil {
			t.Fatal(err)
		}
	}
	got, err := repository.Manifest(t.Context(), manifest.Digest())
	if err != nil {
		t.Fatal(err)
	}
	if got.MediaType != manifest.MediaType || !bytes.Equal(got.Content, manifest.Content) || !got.IsIndex() {
		t.Errorf("the manifest is %s %s", got.MediaType, got.Content)
	}
	for range 2 {
		if err := repository.DeleteManifest(t.Context(), manifest.Digest()); err != nil {
			t.Fatal(err)
		}
	}
	_, err = repository.Manifest(t.Context(), manifest.Digest())
	fails(t, err, false, "/team/app has no image "+manifest.Digest(), "spec.artifacts.credentials do not allow reading it")
}

func TestPassword(t *testing.T) {
	host := registrytest.Serve(t, registrytest.Secured(registrytest.New()))
	push := func(credentials string) error {
		blob, content := blobOf("secret files")
		repository := open(t, registrytest.Access(credentials, host), host+"/team/app")
		return repository.PushBlob(t.Context(), blob, content)
	}
	fails(t, push(""), false, host+"/team/app requires credentials: name a Secret of type kubernetes.io/dockerconfigjson with an "+
		"entry for "+host+" in spec.artifacts.credentials")
	fails(t, push(registrytest.Credentials(t, "other.example", registrytest.User, registrytest.Password)), false, "requires credentials")
	fails(t, push(registrytest.Credentials(t, host, registrytest.User, "guess")), false,
		host+"/team/app rejects the credentials of spec.artifacts.credentials: check user name and password")
	if err := push(registrytest.Credentials(t, host, registrytest.User, registrytest.Password)); err != nil {
		t.Error(err)
	}
}

// A layer that is refused for want of a token would have been sent in vain.
func TestTokens(t *testing.T) {
	gate := &registrytest.Tokens{Registry: registrytest.New()}
	host := registrytest.Serve(t, gate)
	push := func(credentials string) error {
		blob, content := blobOf("for a token")
		repository := open(t, registrytest.Access(credentials, host), host+"/team/app")
		if err := repository.PushBlob(t.Context(), blob, content); err != nil {
			return err
		}
		if refused := gate.Refused.Load(); refused != 0 {
			t.Errorf("content was sent %d times without a token", refused)
		}
		return repository.PutManifest(t.Context(), "main", manifestOf(emptyIndex))
	}
	if err := push(registrytest.Credentials(t, host, registrytest.User, registrytest.Password)); err != nil {
		t.Error(err)
	}
	if scopes := gate.Scopes.Load(); scopes != "registry:x:* repository:team/app:pull,push" {
		t.Errorf("the scopes are %v", scopes)
	}
	gate.Refused.Store(0)
	if err := push(registrytest.Config(t, fmt.Sprintf(`{"auths":{%q:{"identitytoken":"identity of ada"}}}`, host))); err != nil {
		t.Error(err)
	}
	fails(t, push(registrytest.Credentials(t, host, "eve", "guess")), false, "rejects the credentials")
	fails(t, push(""), false, "requires credentials")
}

func TestChallenges(t *testing.T) {
	for _, c := range []struct {
		status     int
		challenges []string
		met        bool
	}{
		{401, []string{"Basic realm=x"}, true},
		{403, []string{"Basic realm=x"}, true},
		{401, []string{"basic"}, true},
		{401, []string{"Negotiate", "Digest realm=x", `Basic realm="x"`}, true},
		{401, []string{"Negotiate"}, false},
		{401, nil, false},
		{403, nil, false},
		{404, []string{"Basic realm=x"}, false},
	} {
		working := registrytest.New()
		host := registrytest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if user, password, _ := r.BasicAuth(); user == registrytest.User && password == registrytest.Password {
				working.ServeHTTP(w, r)
				return
			}
			for _, challenge := range c.challenges {
				w.Header().Add("WWW-Authenticate", challenge)
			}
			w.WriteHeader(c.status)
		}))
		credentials := registrytest.Credentials(t, host, registrytest.User, registrytest.Password)
		repository := open(t, registrytest.Access(credentials, host), host+"/team/app")
		if err := repository.PutManifest(t.Context(), "main", manifestOf(emptyIndex)); (err == nil) != c.met {
			t.Errorf("%d %q: %v", c.status, c.challenges, err)
		}
	}
}

// A registry may send people with credentials to a server of tokens that is not its own.
func TestServersOfTokens(t *testing.T) {
	var sent atomic.Int64
	tokens := registrytest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent.Add(1)
		http.NotFound(w, r)
	}))
	for realm, want := range map[string]string{
		"http://" + tokens + "/token": "was not found",
		"file:///etc/passwd":          "names no token server with HTTPS",
		"ftp://" + tokens + "/token":  "names no token server with HTTPS",
		"":                            "gives no valid answer",
		"http://169.254.169.254/":     "is at, or redirects to, a host that is not allowed",
	} {
		repository := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", fmt.Sprintf("Bearer realm=%q", realm))
			w.WriteHeader(http.StatusUnauthorized)
		}))
		_, err := repository.Manifest(t.Context(), missing)
		fails(t, err, false, want)
	}
	if sent.Load() == 0 {
		t.Error("no token was asked for")
	}

	secure := secureRepository(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/token"`, tokens))
		w.WriteHeader(http.StatusUnauthorized)
	}))
	sent.Store(0)
	_, err := secure.Manifest(t.Context(), missing)
	fails(t, err, false, "names no token server with HTTPS")
	if sent.Load() != 0 {
		t.Error("the password was sent over plain HTTP")
	}
}

// secureRepository returns a repository of a registry with a certificate that is trusted, and credentials for it.
func secureRepository(t *testing.T, handler http.Handler) *Repository {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "https://")
	repository := open(t, protocol.Registry{
		Field: "spec.artifacts", Credentials: registrytest.Credentials(t, host, registrytest.User, registrytest.Password),
	}, host+"/team/app")
	repository.direct.Transport = transport{answers: server.Client().Transport, stores: server.Client().Transport}
	return repository
}

func TestStatuses(t *testing.T) {
	for status, passes := range map[int]bool{
		302: false, 400: false, 404: false, 408: true, 409: false, 418: false, 429: true, 500: true, 502: true, 503: true, 504: true,
	} {
		repository := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, `{"errors":[{"code":"TOOMANYREQUESTS","message":"<script>"},{"code":"EVIL"}]}`)
		}))
		err := repository.PutManifest(t.Context(), "main", manifestOf(emptyIndex))
		if status == 404 {
			fails(t, err, passes, "was not found: create it in the registry, or check spec.artifacts.repository")
			continue
		}
		fails(t, err, passes, fmt.Sprintf("answered with status %d (TOOMANYREQUESTS)", status))
		if strings.ContainsAny(err.Error(), "<") || strings.Contains(err.Error(), "EVIL") {
			t.Errorf("%q shows text of the server", err)
		}
	}
}

func TestDeletionsThatRegistriesRefuse(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		passes bool
		want   string
	}{
		{405, ``, false, "deletes no images: allow it in the registry"},
		{400, `{"errors":[{"code":"UNSUPPORTED"}]}`, false, "deletes no images"},
		{400, ``, false, "answered with status 400"},
		{403, ``, false, "requires credentials"},
		{503, ``, true, "answered with status 503"},
	} {
		repository := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		}))
		fails(t, repository.DeleteManifest(t.Context(), missing), c.passes, c.want)
	}
}

// endless sends an answer that does not end until the client hangs up, and counts what it has sent.
func endless(w http.ResponseWriter, status int, sent *atomic.Int64) {
	w.Header().Set("Content-Type", ocispec.MediaTypeImageIndex)
	w.WriteHeader(status)
	part := bytes.Repeat([]byte("x"), 8192)
	for {
		count, err := w.Write(part)
		if err != nil {
			return
		}
		sent.Add(int64(count))
	}
}

func TestAnswersThatDoNotEnd(t *testing.T) {
	blob, content := blobOf("files")
	for _, c := range []struct {
		method string
		status int
		call   func(r *Repository) error
	}{
		{"GET", 200, func(r *Repository) error { _, err := r.Manifest(t.Context(), missing); return err }},
		{"GET", 404, func(r *Repository) error { _, err := r.Manifest(t.Context(), missing); return err }},
		{"GET", 500, func(r *Repository) error { _, err := r.OpenBlob(t.Context(), blob); return err }},
		{"PUT", 201, func(r *Repository) error { return r.PutManifest(t.Context(), "main", manifestOf(emptyIndex)) }},
		{"PUT", 500, func(r *Repository) error { return r.PutManifest(t.Context(), "main", manifestOf(emptyIndex)) }},
		{"POST", 202, func(r *Repository) error { return r.PushBlob(t.Context(), blob, content) }},
		{"POST", 500, func(r *Repository) error { return r.PushBlob(t.Context(), blob, content) }},
		{"DELETE", 202, func(r *Repository) error { return r.DeleteManifest(t.Context(), missing) }},
		{"DELETE", 404, func(r *Repository) error { return r.DeleteManifest(t.Context(), missing) }},
	} {
		var sent atomic.Int64
		repository := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == c.method {
				endless(w, c.status, &sent)
				return
			}
			http.NotFound(w, r)
		}))
		fails(t, c.call(repository), false, "sends too much")
	}
}

func TestTokensThatDoNotEnd(t *testing.T) {
	for _, status := range []int{200, 500} {
		var sent atomic.Int64
		repository := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/token" {
				endless(w, status, &sent)
				return
			}
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/token"`, r.Host))
			w.WriteHeader(http.StatusUnauthorized)
		}))
		_, err := repository.Manifest(t.Context(), missing)
		fails(t, err, status == 500)
	}
}

func TestContentOfAnotherDigest(t *testing.T) {
	blob, _ := blobOf("the truth")
	for name, answer := range map[string]func(w http.ResponseWriter){
		"other":   func(w http.ResponseWriter) { _, _ = io.WriteString(w, "what is no") },
		"lies":    func(w http.ResponseWriter) { _, _ = io.WriteString(w, "the turth") },
		"shorter": func(w http.ResponseWriter) { _, _ = io.WriteString(w, "the") },
		"empty":   func(http.ResponseWriter) {},
		"endless": func(w http.ResponseWriter) { endless(w, 200, new(atomic.Int64)) },
	} {
		t.Run(name, func(t *testing.T) {
			repository := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w) }))
			opened, err := repository.OpenBlob(t.Context(), blob)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = opened.Close() }()
			_, err = io.Copy(io.Discard, opened)
			fails(t, err, false, "sends content that does not match the digest "+blob.Digest)
			if name != "endless" {
				_, err = repository.Manifest(t.Context(), blob.Digest)
				fails(t, err, false, "sends content that does not match the digest "+blob.Digest)
			}
		})
	}
}

func TestContentThatBreaksOff(t *testing.T) {
	blob, _ := blobOf("the whole truth")
	repository := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(blob.Size))
		_, _ = io.WriteString(w, "the whole")
		panic(http.ErrAbortHandler)
	}))
	opened, err := repository.OpenBlob(t.Context(), blob)
	if err == nil {
		defer func() { _ = opened.Close() }()
		_, err = io.Copy(io.Discard, opened)
	}
	fails(t, err, true, "gives no valid answer")
	_, err = repository.Manifest(t.Context(), blob.Digest)
	fails(t, err, true, "gives no valid answer")
}

// storage is another server than the registry, which authorizes by the URL.
type storage struct {
	t       *testing.T
	content string
	stored  atomic.Value
}

func (s *storage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "" {
		s.t.Error("the storage gets the credentials")
	}
	if r.URL.Query().Get("signature") != "a/b c" {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	if r.Method == http.MethodPut {
		content, _ := io.ReadAll(r.Body)
		s.stored.Store(r.URL.Query().Get("digest") + " " + string(content))
		w.WriteHeader(http.StatusCreated)
		return
	}
	_, _ = io.WriteString(w, s.content)
}

func TestStorageOfAnotherServer(t *testing.T) {
	blob, content := blobOf("stored files")
	store := &storage{t: t, content: "stored files"}
	elsewhere := "http://" + registrytest.Serve(t, store) + "/bucket?signature=a%2Fb+c"
	for name, gate := range map[string]func(http.Handler) http.Handler{
		"password": registrytest.Secured,
		"token":    func(handler http.Handler) http.Handler { return &registrytest.Tokens{Registry: handler} },
	} {
		t.Run(name, func(t *testing.T) {
			host := registrytest.Serve(t, gate(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch r.Method {
				case http.MethodHead:
					http.NotFound(w, r)
				case http.MethodPost:
					w.Header().Set("Location", elsewhere)
					w.WriteHeader(http.StatusAccepted)
				default:
					http.Redirect(w, r, elsewhere, http.StatusTemporaryRedirect)
				}
			})))
			credentials := registrytest.Credentials(t, host, registrytest.User, registrytest.Password)
			repository := open(t, registrytest.Access(credentials, host), host+"/team/app")
			if err := repository.PushBlob(t.Context(), blob, content); err != nil {
				t.Fatal(err)
			}
			if got, want := store.stored.Load(), blob.Digest+" stored files"; got != want {
				t.Errorf("the storage got %v, want %v", got, want)
			}
			opened, err := repository.OpenBlob(t.Context(), blob)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = opened.Close() }()
			if got, err := io.ReadAll(opened); err != nil || string(got) != "stored files" {
				t.Errorf("the storage sends %q (%v)", got, err)
			}
			// What is written is not redirected.
			fails(t, repository.PutManifest(t.Context(), "main", manifestOf(emptyIndex)), false, "answered with status 307")
		})
	}
}

func TestSameServers(t *testing.T) {
	for _, c := range []struct {
		one, other string
		same       bool
	}{
		{"https://r.example/a", "https://r.example/b?c", true},
		{"https://r.example", "https://r.example:443", true},
		{"https://R.example", "https://r.example", true},
		{"http://r.example:80", "http://r.example", true},
		{"https://r.example:5000", "https://r.example", false},
		{"https://r.example", "http://r.example", false},
		{"https://r.example:5000", "http://r.example:5000", false},
		{"https://r.example", "https://sub.r.example", false},
		{"https://r.example", "https://r.example.evil", false},
	} {
		one, err := url.Parse(c.one)
		if err != nil {
			t.Fatal(err)
		}
		other, err := url.Parse(c.other)
		if err != nil {
			t.Fatal(err)
		}
		if isSameServer(one, other) != c.same || isSameServer(other, one) != c.same {
			t.Errorf("%s and %s are not told apart as %t", c.one, c.other, c.same)
		}
	}
}

// A compressed answer would be another content, and could be much larger than what is sent.
func TestNothingIsCompressed(t *testing.T) {
	repository := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if encoding := r.Header.Get("Accept-Encoding"); encoding != "" {
			t.Errorf("%s may be encoded as %s", r.URL.Path, encoding)
		}
		_, _ = io.WriteString(w, emptyIndex)
	}))
	if _, err := repository.Manifest(t.Context(), Digest([]byte(emptyIndex))); err != nil {
		t.Error(err)
	}
}

func TestUploadsToNowhere(t *testing.T) {
	blob, content := blobOf("files")
	for _, location := range []string{"", "%zz", "ftp://other.example/", "http:///path"} {
		repository := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				w.Header().Set("Location", location)
				w.WriteHeader(http.StatusAccepted)
				return
			}
			http.NotFound(w, r)
		}))
		fails(t, repository.PushBlob(t.Context(), blob, content), false, "names no URL for the upload: it is not an OCI registry")
	}
}

func TestRedirectsThatDoNotEnd(t *testing.T) {
	var asked atomic.Int64
	repository := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
	}))
	_, err := repository.Manifest(t.Context(), missing)
	fails(t, err, false, "answered with status 307")
	if asked.Load() != 1+mostRedirects {
		t.Errorf("there were %d requests", asked.Load())
	}
}

func TestRedirectsFromHTTPS(t *testing.T) {
	var sent atomic.Int64
	plain := registrytest.Serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { sent.Add(1) }))
	repository := secureRepository(t, registrytest.Secured(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.Header().Set("Location", "http://"+plain+"/")
			w.WriteHeader(http.StatusAccepted)
			return
		}
		http.Redirect(w, r, "http://"+plain+"/", http.StatusFound)
	})))
	_, err := repository.Manifest(t.Context(), missing)
	fails(t, err, false, "answered with status 302")
	blob, content := blobOf("files")
	fails(t, repository.PushBlob(t.Context(), blob, content), false, "names no URL for the upload")
	if sent.Load() != 0 {
		t.Error("a request was sent over plain HTTP")
	}
}

func TestRegistriesThatCannotBeReached(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	plain := registrytest.Serve(t, http.NotFoundHandler())
	noise := listen(t, func(connection net.Conn) { _, _ = io.WriteString(connection, "220 mail.example ESMTP\r\n") })
	breaks := listen(t, func(net.Conn) {})
	for _, c := range []struct {
		host   string
		plain  bool
		passes bool
		want   string
	}{
		{closed.Addr().String(), true, true, "does not answer: check that it runs"},
		{"nosuch.invalid", false, true, "the host of registry nosuch.invalid does not resolve: check spec.artifacts.repository"},
		{plain, false, false, "uses plain HTTP: enable HTTPS, or let an admin list it in hearth.registries.insecure"},
		{strings.TrimPrefix(secure.URL, "https://"), false, false, "is not trusted"},
		{noise, true, false, "does not answer as HTTP"},
		{breaks, true, true, "gives no valid answer"},
		{"169.254.169.254", true, false, "is at, or redirects to, a host that is not allowed: it is at 169.254.169.254, a link-local"},
		{"100.100.100.200", false, false, "to which Hearth never connects"},
	} {
		told := registrytest.Access("")
		if c.plain {
			told.Insecure = []string{c.host}
		}
		_, err := open(t, told, c.host+"/team/app").Manifest(t.Context(), missing)
		fails(t, err, c.passes, c.want)
	}
}

// listen accepts connections, reads a little of what is sent, and closes them.
func listen(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = connection.Read(make([]byte, 4096))
			answer(connection)
			_ = connection.Close()
		}
	}()
	return listener.Addr().String()
}

func TestRegistriesThatHang(t *testing.T) {
	hanging := make(chan struct{})
	host := registrytest.Serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hanging }))
	t.Cleanup(func() { close(hanging) }) // before the server waits for its requests
	access, err := NewAccess(registrytest.Access("", host), 10*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	repository, err := access.Repository(host + "/team/app")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err = repository.Manifest(ctx, missing)
	fails(t, err, true, "did not finish within 0.01 s for repository "+host+"/team/app")
	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	_, err = repository.Manifest(ctx, missing)
	fails(t, err, true, "was interrupted")
}

func TestAddressesOfMetadataServices(t *testing.T) {
	for address, refused := range map[string]bool{
		"169.254.169.254": true, "169.254.0.1": true, "fe80::1": true, "fd00:ec2::254": true, "168.63.129.16": true,
		"64:ff9b::a9fe:a9fe": true, "2002:a9fe:a9fe::": true,
		"127.0.0.1": false, "10.0.0.1": false, "192.168.1.1": false, "1.1.1.1": false, "::1": false, "fd00::1": false,
		"64:ff9b::101:101": false,
	} {
		if got := isMetadata(netip.MustParseAddr(address)); got != refused {
			t.Errorf("%s is refused: %t", address, got)
		}
	}
	for _, address := range []string{"[::ffff:169.254.169.254]:80", "[fe80::1%eth0]:443", "169.254.169.254:80", "nonsense"} {
		if checkDestination("tcp", address, nil) == nil {
			t.Errorf("%s is not refused", address)
		}
	}
}

func TestRetries(t *testing.T) {
	for _, status := range []int{429, 503} {
		var asked atomic.Int64
		working := registrytest.New()
		repository := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if asked.Add(1) < 4 {
				w.WriteHeader(status)
				return
			}
			working.ServeHTTP(w, r)
		}))
		var said []string
		schedule := Schedule{First: time.Microsecond, Longest: time.Millisecond, Log: func(s string) { said = append(said, s) }}
		err := schedule.Do(t.Context(), func(ctx context.Context) error {
			return repository.PutManifest(ctx, "main", manifestOf(emptyIndex))
		})
		if err != nil || asked.Load() != 4 || len(said) != 3 || !strings.HasPrefix(said[0], "trying again: 127.0.0.1:") {
			t.Errorf("%v after %d requests, with %q", err, asked.Load(), said)
		}
	}
}

// Time is that of the test alone.
func TestPauses(t *testing.T) {
	t.Run("as long as there is time", func(t *testing.T) { testPauses(t, 64*time.Second, 0) })
	t.Run("as long as there is patience", func(t *testing.T) { testPauses(t, time.Hour, 64*time.Second) })
}

func testPauses(t *testing.T, limit, patience time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		start := time.Now()
		var attempts []time.Duration
		said := 0
		schedule := Schedule{
			First: time.Second, Longest: 15 * time.Second, Patience: patience, Log: func(string) { said++ },
		}
		err := schedule.Do(ctx, func(context.Context) error {
			attempts = append(attempts, time.Since(start))
			return transient("busy")
		})
		// The next one would be after the end.
		want := "[0s 1s 3s 7s 15s 30s 45s 1m0s]"
		if got := fmt.Sprint(attempts); got != want || !IsTransient(err) || time.Since(start) != time.Minute {
			t.Errorf("there are attempts after %s, and %v after %v; want attempts after %s", got, err, time.Since(start), want)
		}
		if said != 7 {
			t.Errorf("it said %d times that it tries again", said)
		}
	})
}

func TestRetriesEnd(t *testing.T) {
	failure := transient("busy")
	for _, c := range []struct {
		name     string
		err      error
		end      time.Duration
		attempts int
	}{
		{"invalid", invalid("no"), time.Hour, 1},
		{"not of a registry", os.ErrPermission, time.Hour, 1},
		{"no time for the pause", failure, time.Minute, 1},
		{"out of time", failure, -time.Minute, 1},
		{"interrupted", failure, 0, 1},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), c.end)
		if c.end == 0 {
			ctx, cancel = context.WithCancel(t.Context())
			cancel()
		}
		attempts := 0
		said := func(sentence string) { t.Errorf("%s: it says %q", c.name, sentence) }
		err := Schedule{First: time.Hour / 2, Longest: time.Hour, Log: said}.Do(ctx, func(context.Context) error {
			attempts++
			return c.err
		})
		cancel()
		if !errors.Is(err, c.err) || attempts != c.attempts {
			t.Errorf("%s: %v after %d attempts", c.name, err, attempts)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := Schedule{First: time.Hour, Longest: time.Hour, Log: func(string) { cancel() }}.Do(ctx, func(context.Context) error {
		return failure
	})
	if !errors.Is(err, failure) {
		t.Errorf("an interrupted pause ends with %v", err)
	}
}
