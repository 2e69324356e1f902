//go:build e2e

package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// source is what builds read: a repository with Dockerfiles, and a registry with one image, that has the program for all
// steps and nothing else.
type source struct {
	t          testing.TB
	repository string
	git        string
	registry   string
	// waiting gets a value for each step that waits.
	waiting chan struct{}
}

func newSource(t testing.TB) *source {
	t.Helper()
	s := &source{t: t, repository: filepath.Join(t.TempDir(), "builds.git"), waiting: make(chan struct{}, 100)}
	s.runGit("", "init", "-q", "--bare", "--template=", s.repository)
	s.git = s.listen(s.answerGit)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	server := &http.Server{Handler: s.routes()}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	s.registry = listener.Addr().String()
	return s
}

// config returns buildkitd.toml.
func (s *source) config() string {
	return fmt.Sprintf(`
[worker.containerd]
  enabled = false
[worker.oci]
  enabled = true
  snapshotter = "overlayfs"
  gc = false
[registry.%q]
  http = true
`, s.registry)
}

// image is the reference of the image.
func (s *source) image() string {
	return s.registry + "/steps"
}

// commit makes a commit that has a Dockerfile, and returns the context of its build. In the Dockerfile, IMAGE stands for
// the image.
func (s *source) commit(dockerfile string) string {
	s.t.Helper()
	blob := s.runGit(strings.ReplaceAll(dockerfile, "IMAGE", s.image()), "hash-object", "-w", "--stdin")
	tree := s.runGit(fmt.Sprintf("100644 blob %s\tDockerfile\n", blob), "mktree")
	commit := s.runGit("", "commit-tree", "-m", "A build", tree)
	s.runGit("", "update-ref", "refs/heads/commit", commit)
	return "git://" + s.git + "/" + filepath.Base(s.repository) + "#" + commit
}

func (s *source) runGit(input string, arguments ...string) string {
	s.t.Helper()
	command := exec.Command("git", arguments...)
	command.Env = gitEnvironment()
	if _, err := os.Stat(s.repository); err == nil {
		command.Dir = s.repository
	}
	command.Stdin = strings.NewReader(input)
	output, err := command.CombinedOutput()
	if err != nil {
		s.t.Fatalf("git %s: %v\n%s", arguments[0], err, output)
	}
	return strings.TrimSpace(string(output))
}

func gitEnvironment() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=test", "GIT_AUTHOR_EMAIL=test@example.com", "GIT_AUTHOR_DATE=1700000000 +0000",
		"GIT_COMMITTER_NAME=test", "GIT_COMMITTER_EMAIL=test@example.com", "GIT_COMMITTER_DATE=1700000000 +0000",
	}
}

// listen serves each connection to a new address of this machine.
func (s *source) listen(answer func(*os.File) error) string {
	s.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(s.t, err)
	var answers sync.WaitGroup
	s.t.Cleanup(func() {
		listener.Close()
		answers.Wait()
	})
	answers.Add(1)
	go func() {
		defer answers.Done()
		for {
			connection, err := listener.Accept()
			if err != nil {
				return // it was closed
			}
			file, err := connection.(*net.TCPConn).File()
			connection.Close()
			if err != nil {
				continue
			}
			answers.Add(1)
			go func() {
				defer answers.Done()
				defer file.Close()
				if err := answer(file); err != nil {
					s.t.Logf("a connection: %v", err)
				}
			}()
		}
	}()
	return listener.Addr().String()
}

// answerGit answers a request of git's own protocol, as git daemon does, which not every package of git has.
func (s *source) answerGit(connection *os.File) error {
	length := make([]byte, 4)
	if _, err := io.ReadFull(connection, length); err != nil {
		return err
	}
	size, err := strconv.ParseUint(string(length), 16, 16)
	if err != nil || size < 4 {
		return fmt.Errorf("a request begins with %q", length)
	}
	request := make([]byte, size-4)
	if _, err := io.ReadFull(connection, request); err != nil {
		return err
	}
	// The service and its path, the name of the host, and, after an empty part, the version of the protocol.
	parts := strings.Split(string(request), "\x00")
	if parts[0] != "git-upload-pack /"+filepath.Base(s.repository) {
		return fmt.Errorf("a request for %q", parts[0])
	}
	command := exec.Command("git", "upload-pack", "--strict", s.repository)
	command.Env = append(gitEnvironment(), "GIT_PROTOCOL="+strings.Join(parts[min(3, len(parts)):], ":"))
	command.Stdin, command.Stdout = connection, connection
	return command.Run()
}

func (s *source) routes() http.Handler {
	image, err := stepImage()
	if err != nil {
		s.t.Fatal(err)
	}
	routes := http.NewServeMux()
	routes.HandleFunc("GET /v2/{$}", func(http.ResponseWriter, *http.Request) {})
	routes.HandleFunc("GET /v2/steps/{kind}/{name}", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		if name == "latest" {
			name = image.manifest
		}
		content, found := image.blobs[name]
		if !found {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		if r.PathValue("kind") == "manifests" {
			w.Header().Set("Content-Type", mediaManifest)
		}
		w.Header().Set("Docker-Content-Digest", name)
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Write(content)
	})
	routes.HandleFunc("GET /wait", func(_ http.ResponseWriter, r *http.Request) {
		s.waiting <- struct{}{}
		<-r.Context().Done()
	})
	return routes
}

const (
	mediaManifest = "application/vnd.oci.image.manifest.v1+json"
	mediaConfig   = "application/vnd.oci.image.config.v1+json"
	mediaLayer    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

// image is an image, with its blobs by digest.
type image struct {
	manifest string
	blobs    map[string][]byte
}

func (i *image) add(mediaType string, content []byte) map[string]any {
	digest := digestOf(content)
	i.blobs[digest] = content
	return map[string]any{"mediaType": mediaType, "digest": digest, "size": len(content)}
}

func digestOf(content []byte) string {
	return fmt.Sprintf("sha256:%x", sha256.Sum256(content))
}

// stepImage is the image of all steps: this program.
var stepImage = sync.OnceValues(func() (*image, error) {
	program, err := disguised(roleStep)
	if err != nil {
		return nil, err
	}
	var layer, packed bytes.Buffer
	archive := tar.NewWriter(&layer)
	if err := archive.WriteHeader(&tar.Header{Name: "step", Mode: 0o755, Size: int64(len(program))}); err != nil {
		return nil, err
	}
	if _, err := archive.Write(program); err != nil {
		return nil, err
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	compressed := gzip.NewWriter(&packed)
	if _, err := compressed.Write(layer.Bytes()); err != nil {
		return nil, err
	}
	if err := compressed.Close(); err != nil {
		return nil, err
	}
	made := &image{blobs: map[string][]byte{}}
	config, err := json.Marshal(map[string]any{
		"architecture": runtime.GOARCH,
		"os":           runtime.GOOS,
		"config":       map[string]any{"Env": []string{"PATH=/"}},
		"rootfs":       map[string]any{"type": "layers", "diff_ids": []string{digestOf(layer.Bytes())}},
	})
	if err != nil {
		return nil, err
	}
	manifest, err := json.Marshal(map[string]any{
		"schemaVersion": 2,
		"mediaType":     mediaManifest,
		"config":        made.add(mediaConfig, config),
		"layers":        []any{made.add(mediaLayer, packed.Bytes())},
	})
	if err != nil {
		return nil, err
	}
	made.manifest = digestOf(manifest)
	made.blobs[made.manifest] = manifest
	return made, nil
})
