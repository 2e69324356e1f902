package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"hearth.dev/agent/internal/artifact"
	"hearth.dev/agent/internal/image"
	"hearth.dev/agent/internal/protocol"
	"hearth.dev/agent/internal/registry"
	"hearth.dev/agent/internal/registrytest"
)

func TestRegistrySubcommands(t *testing.T) {
	host := registrytest.Serve(t, registrytest.New())
	busy := registrytest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	folder := t.TempDir()
	if err := os.WriteFile(folder+"/file", []byte("content"), 0o644); err != nil {
		t.Fatal(err)
	}
	access := registrytest.Access("", host, busy)
	push := protocol.ArtifactPushRequest{
		Version: protocol.Version, Folder: folder, Repository: host + "/team/app", Registry: access, LimitSeconds: 60,
		LimitBytes: 1 << 20,
	}
	var pushed protocol.ArtifactPushReport
	reports(t, artifact.Push, push, &pushed)

	fetch := protocol.ArtifactPullRequest{
		Version: protocol.Version, Image: pushed.Image, Folder: t.TempDir() + "/files", LimitBytes: 100_000, Registry: access,
		LimitSeconds: 60,
	}
	if code, message := execute(t, pull, fetch); code != 0 || message != "" {
		t.Errorf("artifact-pull: %d, %s", code, message)
	}
	if content, err := os.ReadFile(fetch.Folder + "/file"); err != nil || string(content) != "content" {
		t.Errorf("the file has %q (%v)", content, err)
	}
	_, digest, _ := strings.Cut(pushed.Image, "@")
	publish := protocol.ImagePublishRequest{
		Version: protocol.Version, Repository: host + "/team/app", Tags: []string{"main"}, Registry: access, LimitSeconds: 60,
		Images: []protocol.PlatformImage{{Platform: "linux/amd64", Digest: digest}},
	}
	var published protocol.ImagePublishReport
	reports(t, image.Publish, publish, &published)
	if published.Digest != digest {
		t.Errorf("the digest is %s, want %s", published.Digest, digest)
	}
	remove := protocol.ArtifactRemoveRequest{
		Version: protocol.Version, Images: []string{pushed.Image}, Registry: access, LimitSeconds: 60,
	}
	var removed protocol.ArtifactRemoveReport
	reports(t, artifact.Remove, remove, &removed)
	if removed.Removed != 1 || removed.Left != 0 {
		t.Errorf("the report is %+v", removed)
	}

	push.Folder = "/none"
	if code, message := execute(t, artifact.Push, push); code != codeFailed ||
		message != "the artifact is not a folder: its step has to create one at artifact.path" {
		t.Errorf("artifact-push: %d, %s", code, message)
	}
	// Its limit ends before the first pause.
	fetch.Image, fetch.Folder, fetch.LimitSeconds = strings.Replace(pushed.Image, host, busy, 1), t.TempDir()+"/files", 1
	if code, message := execute(t, pull, fetch); code != protocol.CodeTransient ||
		message != busy+"/team/app answered with status 503" {
		t.Errorf("artifact-pull: %d, %s", code, message)
	}
}

// An operator that sees this exit code waits for the pod's state, which says why the pod was ended.
func TestTerminatedBeforeItSucceeds(t *testing.T) {
	for name, failure := range map[string]error{"transient": context.Canceled, "not of a registry": errors.New("no")} {
		ctx, cancel := context.WithCancel(t.Context())
		termination := filepath.Join(t.TempDir(), "termination")
		do := func(context.Context, protocol.ArtifactPullRequest, registry.Schedule) (none, error) {
			cancel()
			return none{}, failure
		}
		if code := registryCommand(termination, do)(ctx, `{"version":1}`); code != 143 {
			t.Errorf("%s: %d", name, code)
		}
	}
}

// reports reads the report of a subcommand that has to succeed.
func reports[Q, R any](t *testing.T, do func(context.Context, Q, registry.Schedule) (R, error), request Q, report *R) {
	t.Helper()
	code, message := execute(t, do, request)
	if err := json.Unmarshal([]byte(message), report); err != nil || code != 0 {
		t.Fatalf("%T: %d, %s (%v)", request, code, message, err)
	}
	if !strings.Contains(message, `"version":1`) {
		t.Errorf("%s has no version", message)
	}
}

// execute runs a subcommand and returns its exit code and its termination message.
func execute[Q, R any](
	t *testing.T, do func(context.Context, Q, registry.Schedule) (R, error), request Q,
) (code int, message string) {
	t.Helper()
	document, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	termination := filepath.Join(t.TempDir(), "termination-log")
	if err := os.WriteFile(termination, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	code = registryCommand(termination, do)(t.Context(), string(document))
	content, err := os.ReadFile(termination)
	if err != nil {
		t.Fatal(err)
	}
	return code, string(content)
}

func TestRefused(t *testing.T) {
	termination := filepath.Join(t.TempDir(), "termination-log")
	long := strings.Repeat("ä", 2000)
	for text, want := range map[string]string{
		"one\nline\x1b[31m \xff": "one line [31m ?",
		"ein Name: ä/日本":         "ein Name: ä/日本",
		long:                     long[:mostSentence],
		"x" + long:               "x" + long[:mostSentence-2],
	} {
		if code := refused(termination, errors.New(text)); code != codeFailed {
			t.Errorf("the exit code is %d", code)
		}
		got, err := os.ReadFile(termination)
		if err != nil || string(got) != want || !utf8.Valid(got) {
			t.Errorf("the message is %q (%v), want %q", got, err, want)
		}
	}
	interrupted := registryCommand(termination, func(context.Context, protocol.ArtifactPullRequest, registry.Schedule) (none, error) {
		return none{}, &registry.Failure{Transient: true}
	})
	if code := interrupted(t.Context(), `{"version":1}`); code != protocol.CodeTransient {
		t.Errorf("the exit code is %d", code)
	}
}
