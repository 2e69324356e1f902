package registry

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"oras.land/oras-go/v2/registry/remote/auth"

	"hearth.dev/agent/internal/protocol"
)

// mostCredentials is the size in bytes that a Secret can have.
const mostCredentials = 1 << 20

// readConfig returns the content of the file with the credentials; nil if the pipeline names none.
func readConfig(told protocol.Registry) ([]byte, error) {
	if told.Credentials == "" {
		return nil, nil
	}
	file, err := os.Open(filepath.Join(told.Credentials, "config.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, invalid("the Secret that %s.credentials names does not exist in this namespace or has no key "+
			".dockerconfigjson: create it with kubectl create secret docker-registry", told.Field)
	}
	if err != nil {
		return nil, fmt.Errorf("read the credentials: %w", err)
	}
	defer func() { _ = file.Close() }()
	config, err := io.ReadAll(io.LimitReader(file, mostCredentials))
	if err != nil {
		return nil, fmt.Errorf("read the credentials: %w", err)
	}
	return config, nil
}

// find returns the credentials for a host, with its port, in the content of docker's config.json. What cannot be read counts as absent. The
// programs that such a file can name as sources of credentials are not run.
func find(config []byte, host string) auth.Credential {
	var document struct {
		Auths map[string]json.RawMessage `json:"auths"`
	}
	if json.Unmarshal(config, &document) != nil {
		return auth.EmptyCredential
	}
	// The exact name first, as docker does, because other keys may be for one path of the registry only.
	keys := append([]string{host}, slices.Sorted(maps.Keys(document.Auths))...)
	for _, key := range keys {
		if keyHost(key) != keyHost(host) {
			continue
		}
		if login, ok := read(document.Auths[key]); ok {
			return login
		}
	}
	return auth.EmptyCredential
}

// keyHost returns the host of a key. "docker login" writes https://index.docker.io/v1/ for docker.io.
func keyHost(key string) string {
	_, host, ok := strings.Cut(key, "://")
	if !ok {
		host = key
	}
	host, _, _ = strings.Cut(host, "/")
	if host == "index.docker.io" || host == dockerHubHost {
		return dockerHub
	}
	return host
}

func read(entry json.RawMessage) (auth.Credential, bool) {
	var fields struct {
		Auth          string `json:"auth"`
		Username      string `json:"username"`
		Password      string `json:"password"`
		IdentityToken string `json:"identitytoken"`
	}
	if json.Unmarshal(entry, &fields) != nil {
		return auth.EmptyCredential, false
	}
	login := auth.Credential{Username: fields.Username, Password: fields.Password, RefreshToken: fields.IdentityToken}
	if decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(fields.Auth)); err == nil {
		if user, password, ok := strings.Cut(string(decoded), ":"); ok {
			login.Username, login.Password = user, password
		}
	}
	return login, login.RefreshToken != "" || login.Username != "" && login.Password != ""
}
