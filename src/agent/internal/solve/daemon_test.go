package solve

import (
	"archive/tar"
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"hearth.dev/agent/internal/protocol"
	"hearth.dev/agent/internal/trace"
)

const dockerfile = `FROM scratch as base
COPY steps /steps
RUN ["/steps", "one"]

FROM base AS other
RUN ["/steps", "two", \
  "three"]

FROM base
COPY --from=other /two /three /out/
RUN ["/steps", "four"]
`

// startBuildKit starts the buildkitd that HEARTH_BUILDKITD names, with the runc beside it, on a root of its own.
func startBuildKit(t *testing.T) (address string) {
	t.Helper()
	program := os.Getenv("HEARTH_BUILDKITD")
	if program == "" {
		t.Skip("HEARTH_BUILDKITD does not name a buildkitd 0.34, with a runc beside it, for builds as root")
	}
	folder := t.TempDir()
	config := filepath.Join(folder, "buildkitd.toml")
	if err := os.WriteFile(config, []byte("[worker.containerd]\nenabled = false\n[worker.oci]\nenabled = true\ngc = false\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	address = "unix://" + folder + "/buildkitd.sock"
	said := &bytes.Buffer{}
	daemon := exec.Command(program, "--config="+config, "--root="+folder+"/root", "--addr="+address, "--otel-socket-path="+folder+"/otel.sock")
	daemon.Env = append(os.Environ(), "PATH="+filepath.Dir(program)+":"+os.Getenv("PATH"))
	daemon.Stdout, daemon.Stderr = said, said
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = daemon.Process.Signal(syscall.SIGTERM)
		_ = daemon.Wait()
		if t.Failed() {
			t.Logf("buildkitd said:\n%s", said)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for b := (buildKit{address: address}); !b.answers(ctx); {
		if ctx.Err() != nil {
			t.Fatal("buildkitd does not answer")
		}
		time.Sleep(50 * time.Millisecond) // until it answers
	}
	return address
}

// serveContext serves a context with the Dockerfiles and the program of their steps.
func serveContext(t *testing.T, files map[string]string) (url string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "steps")
	build := exec.Command("go", "build", "-o", program, "./testdata/steps")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	content, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	add := func(name string, content []byte, mode int64) {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: mode, Size: int64(len(content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	add("steps", content, 0o755)
	for name, text := range files {
		add(name, []byte(text), 0o644)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "context.tar", time.Unix(1, 0), bytes.NewReader(archive.Bytes()))
	}))
	t.Cleanup(server.Close)
	return server.URL + "/context.tar"
}

// keeping keeps what came of the last attempt.
type keeping struct {
	builder
	last outcome
}

func (k *keeping) solve(ctx context.Context, request protocol.SolveRequest, imports []protocol.Import) outcome {
	k.last = k.builder.solve(ctx, request, imports)
	return k.last
}

func TestWithARealDaemon(t *testing.T) {
	address := startBuildKit(t)
	url := serveContext(t, map[string]string{
		"Dockerfile": dockerfile,
		"Failing":    "FROM scratch\nCOPY steps /steps\nRUN [\"/steps\", \"no space left on device\", \"3\"]\n",
	})
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	folder := t.TempDir()
	var log bytes.Buffer
	try := func(t *testing.T, request protocol.SolveRequest) (int, *protocol.SolveReport, *trace.Trace) {
		t.Helper()
		log.Reset()
		request.Options = map[string]string{"context": url, "filename": request.Step, "platform": "linux/amd64"}
		locked := &lockedWriter{w: &log}
		kept := &keeping{builder: buildKit{address: address, log: locked, endTime: endTime}}
		s := &solver{
			daemon: &played{daemons: 1}, builder: kept, log: locked,
			report: filepath.Join(folder, "termination-log"), request: request,
		}
		code := s.run(t.Context())
		report := readReport(t, s.report)
		t.Logf("%s", &log)
		return code, report, kept.last.trace
	}
	step := func(t *testing.T, made *trace.Trace, part string) trace.Step {
		t.Helper()
		i := slices.IndexFunc(made.Steps, func(s trace.Step) bool { return strings.Contains(s.Name, part) })
		if i < 0 {
			t.Fatalf("no step has %q: %+v", part, made.Steps)
		}
		return made.Steps[i]
	}
	lines := map[string]trace.Lines{"COPY steps": {First: 2, Last: 2}, `"one"`: {First: 3, Last: 3}, `"two"`: {First: 6, Last: 7}, `"four"`: {First: 11, Last: 11}}
	request := protocol.SolveRequest{Step: "Dockerfile", Artifacts: folder, Export: folder + "/export"}

	t.Run("executed", func(t *testing.T) {
		code, report, made := try(t, request)
		// The steps of the Dockerfile, and that which copies the context.
		if code != 0 || report == nil || report.Executed != 6 || report.Cached != 0 || report.Problem != nil {
			t.Fatalf("the code is %d, and the report %+v", code, report)
		}
		if want := []protocol.Warning{{Rule: "FromAsCasing", Message: "'as' and 'FROM' keywords' casing do not match", Line: 1}}; !reflect.DeepEqual(report.Warnings, want) {
			t.Errorf("the warnings are %+v", report.Warnings)
		}
		if report.Files == nil || report.Files.Count != 5 {
			t.Errorf("the files are %+v", report.Files)
		}
		if content, err := os.ReadFile(folder + "/files/out/three"); err != nil || string(content) != "three" {
			t.Errorf("the content is %q: %v", content, err)
		}
		for part, want := range lines {
			got := step(t, made, part)
			if got.Cached || got.Started == nil || got.Completed == nil || got.Lines == nil || *got.Lines != want {
				t.Errorf("the step with %s is %+v with the lines %+v", part, got, got.Lines)
			}
		}
		if export := step(t, made, "exporting to client directory"); len(export.Transfers) == 0 {
			t.Errorf("the export is %+v", export)
		}
	})
	t.Run("cached", func(t *testing.T) {
		code, report, made := try(t, request)
		if code != 0 || report == nil || report.Executed != 0 || report.Cached != 6 || len(report.Rebuilt) != 0 {
			t.Fatalf("the code is %d, and the report %+v", code, report)
		}
		for part, want := range lines {
			if got := step(t, made, part); !got.Cached || got.Lines == nil || *got.Lines != want {
				t.Errorf("the step with %s is %+v", part, got)
			}
		}
		if !strings.Contains(log.String(), "CACHED\n") {
			t.Errorf("the log is %s", &log)
		}
		index, err := os.ReadFile(folder + "/export/index.json")
		if err != nil || strings.Count(string(index), `"digest"`) != 1 {
			t.Errorf("the export's index is %s: %v", index, err)
		}
	})
	t.Run("failing", func(t *testing.T) {
		code, report, made := try(t, protocol.SolveRequest{Step: "Failing"})
		if code != 1 || report != nil {
			t.Fatalf("the code is %d, and the report %+v", code, report)
		}
		if got := step(t, made, "no space"); !strings.HasSuffix(got.Error, "exit code: 3") || got.Lines == nil || got.Lines.First != 3 {
			t.Errorf("the step is %+v", got)
		}
		for _, text := range []string{"\nFailing:3\n--------------------\n", `error: failed to solve: process "/steps no space left on device 3" did not complete successfully: exit code: 3`} {
			if !strings.Contains(log.String(), text) {
				t.Errorf("the log has no %q", text)
			}
		}
	})
	t.Run("with an import that is missing", func(t *testing.T) {
		code, report, _ := try(t, protocol.SolveRequest{Step: "Dockerfile", Imports: []protocol.Import{{Folder: folder + "/missing"}}})
		if code != 0 || report == nil || report.Problem == nil || report.Problem.Reason != protocol.ReasonImportFailed {
			t.Errorf("the code is %d, and the report %+v", code, report)
		}
	})

	// Another daemon has nothing, and takes the exported cache.
	address = startBuildKit(t)
	blobs, err := filepath.Glob(folder + "/export/blobs/sha256/*")
	if err != nil || len(blobs) == 0 {
		t.Fatalf("the export has %v: %v", blobs, err)
	}
	t.Run("with an import", func(t *testing.T) {
		code, report, _ := try(t, protocol.SolveRequest{Step: "Dockerfile", Imports: []protocol.Import{{Folder: folder + "/export"}}})
		if code != 0 || report == nil || report.Problem != nil || report.Cached != 5 {
			t.Errorf("the code is %d, and the report %+v", code, report)
		}
	})

	address = startBuildKit(t)
	var removed []string
	for _, blob := range blobs {
		info, err := os.Stat(blob)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > 100<<10 { // layers with the program
			removed = append(removed, "sha256:"+filepath.Base(blob))
			if err := os.Remove(blob); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Run("with an import that lacks a layer", func(t *testing.T) {
		code, report, _ := try(t, protocol.SolveRequest{
			Step: "Dockerfile", Artifacts: folder, Imports: []protocol.Import{{Folder: folder + "/export"}},
		})
		if code != 0 || report == nil || report.Problem == nil || report.Problem.Reason != protocol.ReasonImportFailed {
			t.Fatalf("the code is %d, and the report %+v", code, report)
		}
		if !slices.ContainsFunc(removed, func(layer string) bool { return strings.Contains(report.Problem.Note, layer) }) {
			t.Errorf("%q names none of %q", report.Problem.Note, removed)
		}
		if report.Executed != 5 { // the context is still there from the first attempt
			t.Errorf("the report is %+v", report)
		}
	})
}
