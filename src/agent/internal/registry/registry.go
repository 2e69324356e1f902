// Package registry reads and writes images in the repositories of registries. Its errors are sentences that tell people what to
// do, and say whether another attempt may succeed.
//
// Whatever a registry answers is bounded and checked. Authentication is that of oras-go; the few requests for manifests and blobs
// are sent here, since uploads to another server have to be possible, and each failure has to be told from the others.
package registry

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"oras.land/oras-go/v2/registry/remote/auth"

	"hearth.dev/agent/internal/protocol"
)

var (
	repositoryName = regexp.MustCompile(
		`^([a-z0-9.-]+(?::[0-9]+)?)/([a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)$`)
	digestPattern = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	tagPattern    = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)
)

// dockerHub is the name of a registry whose API has another host, where names of one part are short for those of a folder.
const (
	dockerHub        = "docker.io"
	dockerHubHost    = "registry-1.docker.io"
	dockerHubLibrary = "library/"
)

// Repository is a repository of a registry, as it is reached with the credentials for it.
type Repository struct {
	// name is the whole name, and host the part before the first slash, as people wrote them.
	name, host string
	// path is the name that the API has for it, at the host of base.
	path string
	base url.URL
	// field is the field of the spec that messages name.
	field string
	limit time.Duration
	login auth.Credential
	// client sends with the credentials, direct without them.
	client *auth.Client
	direct *http.Client
}

// Access says how registries are reached.
type Access struct {
	told protocol.Registry
	// config is the content of docker's config.json; nil if there are no credentials.
	config []byte
	limit  time.Duration
}

// NewAccess reads the credentials, and fails if there have to be some and are none. Limit is the time that all requests may take,
// which the context of each has to enforce.
func NewAccess(told protocol.Registry, limit time.Duration) (*Access, error) {
	config, err := readConfig(told)
	if err != nil {
		return nil, err
	}
	return &Access{told: told, config: config, limit: limit}, nil
}

// Repository returns the repository with a name. It sends nothing. That there are no credentials for its registry is no error,
// since it may allow anonymous access.
func (a *Access) Repository(name string) (*Repository, error) {
	parts := repositoryName.FindStringSubmatch(name)
	if parts == nil {
		return nil, invalid("%s.repository is not a registry and a path: write it like registry.example/team/app", a.told.Field)
	}
	host, path := parts[1], parts[2]
	// For a first part without a dot or colon, BuildKit pushes to Docker Hub.
	if !strings.ContainsAny(host, ".:") && host != "localhost" {
		return nil, invalid("%s names no registry: write docker.io/%s, or the registry's full host name", name, name)
	}
	r := &Repository{
		name: name, host: host, path: path, base: url.URL{Scheme: "https", Host: host},
		field: a.told.Field, limit: a.limit, login: find(a.config, host),
	}
	if host == dockerHub {
		r.base.Host = dockerHubHost
		if !strings.Contains(path, "/") {
			r.path = dockerHubLibrary + path
		}
	}
	if slices.Contains(a.told.Insecure, host) {
		r.base.Scheme = "http"
	}
	r.direct = &http.Client{Transport: newTransport(), CheckRedirect: r.checkRedirect}
	r.client = &auth.Client{
		Client:     r.direct,
		Header:     http.Header{"User-Agent": {"hearth-agent"}},
		Cache:      auth.NewCache(),
		Credential: auth.StaticCredential(r.base.Host, r.login),
		// Where connections may lead is checked when they are made.
		BlockedRealmPrefixes: noPrefixes,
	}
	return r, nil
}

// ParseImage returns the repository and the digest of an image's name. Ok is false if it has no digest.
func ParseImage(name string) (repository, digest string, ok bool) {
	repository, digest, ok = strings.Cut(name, "@")
	return repository, digest, ok && digestPattern.MatchString(digest)
}

func (r *Repository) String() string { return r.name }

func (r *Repository) plain() bool { return r.base.Scheme == "http" }

// url returns the URL of a part of the repository's API.
func (r *Repository) url(part string) string {
	address := r.base
	address.Path = "/v2/" + r.path + "/" + part
	return address.String()
}

func (r *Repository) reference(reference string) (string, error) {
	if !digestPattern.MatchString(reference) && !tagPattern.MatchString(reference) {
		return "", invalid("an image or tag of %s is neither a sha256 digest nor a valid tag", r)
	}
	return reference, nil
}
