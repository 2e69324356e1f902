// Package registrytest has registries for tests. They are in the process of the test, reached over plain HTTP, and end with it.
package registrytest

import (
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"

	"hearth.dev/agent/internal/protocol"
)

// The only user that the registries know.
const (
	User     = "ada"
	Password = "opensesame"
	token    = "for-ada"
)

// New returns a registry that lets everybody in.
func New() http.Handler {
	return registry.New(registry.Logger(log.New(io.Discard, "", 0)))
}

// Serve serves a registry and returns its host with its port.
func Serve(t testing.TB, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// Secured lets in who has the user's password.
func Secured(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isUser(r) {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		handler.ServeHTTP(w, r)
	})
}

func isUser(r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	return ok && user == User && password == Password
}

// Tokens lets in who has a token, and gives one to the user, as the registries of forges and clouds do.
type Tokens struct {
	Registry http.Handler
	// Scopes has the scopes that a token was asked for last.
	Scopes atomic.Value
	// Refused counts requests with content that were refused.
	Refused atomic.Int64
}

// ServeHTTP is part of http.Handler.
func (s *Tokens) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/token" {
		s.Scopes.Store(strings.Join(r.URL.Query()["scope"], " "))
		identity := r.Method == http.MethodPost && r.FormValue("refresh_token") == "identity of ada"
		if !isUser(r) && !identity {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprintf(w, `{"token":%q,"access_token":%q,"expires_in":300}`, token, token)
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+token {
		if r.ContentLength > 0 {
			s.Refused.Add(1)
		}
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/token",service="gate",scope="registry:x:*"`, r.Host))
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	s.Registry.ServeHTTP(w, r)
}

// Credentials returns a folder with a config.json that has a password for a host.
func Credentials(t testing.TB, host, user, password string) string {
	t.Helper()
	login := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	return Config(t, fmt.Sprintf(`{"auths":{%q:{"auth":%q}}}`, host, login))
}

// Config returns a folder with a config.json.
func Config(t testing.TB, content string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "config.json"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// Access returns what a request says of registries that are reached over plain HTTP.
func Access(credentials string, hosts ...string) protocol.Registry {
	return protocol.Registry{Field: "spec.artifacts", Credentials: credentials, Insecure: hosts}
}

// Put stores a manifest in a registry as its digest or tag.
func Put(t testing.TB, handler http.Handler, repository, reference, mediaType, content string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPut, "/v2/"+repository+"/manifests/"+reference, strings.NewReader(content))
	r.Header.Set("Content-Type", mediaType)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if w.Code != http.StatusCreated {
		t.Fatalf("the registry answers %d to the manifest: %s", w.Code, w.Body)
	}
}

// Get returns what a registry has below the path of a repository, such as "manifests/main"; the status is not 200 if it has none.
func Get(handler http.Handler, repository, path string) (status int, mediaType, content string) {
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, (&url.URL{Path: "/v2/" + repository + "/" + path}).String(), nil))
	return w.Code, w.Header().Get("Content-Type"), w.Body.String()
}
