package solve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	controlapi "github.com/moby/buildkit/api/services/control"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"
	gateway "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/grpcerrors"
	digest "github.com/opencontainers/go-digest"
	"google.golang.org/grpc"

	"hearth.dev/agent/internal/protocol"
	"hearth.dev/agent/internal/trace"
)

// server plays BuildKit's API: its frontend makes a definition of one step, and a solve sends messages and ends.
type server struct {
	controlapi.UnimplementedControlServer
	gateway.UnimplementedLLBBridgeServer

	definition *pb.Definition
	statuses   []*client.SolveStatus
	// endless sends the last message for ever.
	endless bool
	// hang never ends the solve.
	hang   bool
	answer map[string]string
	err    error

	returned chan struct{}
	once     sync.Once
	mu       sync.Mutex
	asked    *controlapi.SolveRequest
	frontend *gateway.SolveRequest
}

func (s *server) ListWorkers(context.Context, *controlapi.ListWorkersRequest) (*controlapi.ListWorkersResponse, error) {
	return &controlapi.ListWorkersResponse{}, nil
}

func (s *server) Session(stream controlapi.Control_SessionServer) error {
	for { // nothing is called in the session: it ends when the client closes it
		if _, err := stream.Recv(); err != nil {
			return nil
		}
	}
}

func (s *server) Status(_ *controlapi.StatusRequest, stream controlapi.Control_StatusServer) error {
	for i := 0; i < len(s.statuses) || s.endless; i++ {
		for _, message := range s.statuses[min(i, len(s.statuses)-1)].Marshal() {
			if err := stream.Send(message); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *server) note(request *controlapi.SolveRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = request
}

func (s *server) solveRequest() (*controlapi.SolveRequest, *gateway.SolveRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked, s.frontend
}

// server has two methods of this name, of two services.
type controlServer struct{ *server }

func (s controlServer) Solve(ctx context.Context, request *controlapi.SolveRequest) (*controlapi.SolveResponse, error) {
	s.note(request)
	if s.hang {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	select {
	case <-s.returned:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if s.err != nil {
		return nil, s.err
	}
	return &controlapi.SolveResponse{ExporterResponse: s.answer}, nil
}

type gatewayServer struct{ *server }

func (s gatewayServer) Ping(context.Context, *gateway.PingRequest) (*gateway.PongResponse, error) {
	return &gateway.PongResponse{FrontendAPICaps: gateway.Caps.All(), LLBCaps: pb.Caps.All()}, nil
}

func (s gatewayServer) Solve(_ context.Context, request *gateway.SolveRequest) (*gateway.SolveResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frontend = request
	ref := &gateway.Result_Ref{Ref: &gateway.Ref{Id: "1", Def: s.definition}}
	return &gateway.SolveResponse{Result: &gateway.Result{Result: ref}}, nil
}

func (s gatewayServer) Return(context.Context, *gateway.ReturnRequest) (*gateway.ReturnResponse, error) {
	s.once.Do(func() { close(s.returned) })
	return &gateway.ReturnResponse{}, nil
}

// serve serves the API, and returns its client and what it prints.
func serve(t *testing.T, s *server) (buildKit, *bytes.Buffer) {
	t.Helper()
	s.returned = make(chan struct{})
	path := filepath.Join(t.TempDir(), "buildkitd.sock")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	serving := grpc.NewServer(
		grpc.UnaryInterceptor(grpcerrors.UnaryServerInterceptor), grpc.StreamInterceptor(grpcerrors.StreamServerInterceptor),
	)
	controlapi.RegisterControlServer(serving, controlServer{s})
	gateway.RegisterLLBBridgeServer(serving, gatewayServer{s})
	go func() { _ = serving.Serve(listener) }()
	t.Cleanup(serving.Stop)
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	log := &bytes.Buffer{}
	return buildKit{address: "unix://" + path, log: &lockedWriter{w: log}, endTime: time.Millisecond}, log
}

// definition returns what a frontend makes of one RUN in line 7, and the digest of the step.
func definition(t *testing.T) (*pb.Definition, digest.Digest) {
	t.Helper()
	file := llb.NewSourceMap(nil, "Dockerfile", "Dockerfile", []byte("FROM scratch\n"))
	place := file.Location([]*pb.Range{{Start: &pb.Position{Line: 7}, End: &pb.Position{Line: 8}}})
	made, err := llb.Scratch().File(llb.Mkdir("/a", 0o755), place).Marshal(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for name := range made.Source.Locations {
		return made.ToPB(), digest.Digest(name)
	}
	t.Fatal("the definition has no place")
	return nil, ""
}

func ran(name digest.Digest, err string) []*client.SolveStatus {
	begun, ended := time.Unix(100, 0), time.Unix(101, 0)
	return []*client.SolveStatus{
		{Vertexes: []*client.Vertex{{Digest: name, Name: "[1/1] RUN make", Started: &begun}}},
		{
			Logs: []*client.VertexLog{{Vertex: name, Data: []byte("made\n"), Timestamp: ended}},
			Warnings: []*client.VertexWarning{{
				Vertex: name, Short: []byte("Rule: message (line 7)"), Range: []*pb.Range{{Start: &pb.Position{Line: 7}}},
			}},
		},
		{Vertexes: []*client.Vertex{{Digest: name, Name: "[1/1] RUN make", Started: &begun, Completed: &ended, Error: err}}},
	}
}

func TestSolve(t *testing.T) {
	made, name := definition(t)
	s := &server{definition: made, statuses: ran(name, ""), answer: map[string]string{"containerimage.digest": imageName}}
	b, log := serve(t, s)
	if !b.answers(t.Context()) {
		t.Error("it does not answer")
	}
	got := b.solve(t.Context(), protocol.SolveRequest{
		Options: map[string]string{"platform": "linux/arm64", "filename": "Dockerfile"},
		Push:    &protocol.Push{Repository: "registry.example/a"},
	}, []protocol.Import{{Registry: "registry.example/cache"}})
	if got.err != nil || got.digest != imageName || got.notImported != "" {
		t.Errorf("it is %+v", got)
	}
	if len(got.trace.Steps) != 1 || got.trace.Platform != "linux/arm64" {
		t.Fatalf("the trace is %+v", got.trace)
	}
	if step := got.trace.Steps[0]; step.Lines == nil || *step.Lines != (trace.Lines{First: 7, Last: 8}) {
		t.Errorf("the lines of the step are %+v", step.Lines)
	}
	if len(got.trace.Lint(10)) != 1 {
		t.Errorf("the warnings are %+v", got.trace.Warnings)
	}
	for _, text := range []string{"#1 [1/1] RUN make\n", "#1 1.000 made\n", "#1 DONE 1.0s\n"} {
		if !strings.Contains(log.String(), text) {
			t.Errorf("the log has no %q: %s", text, log)
		}
	}
	asked, frontend := s.solveRequest()
	if asked.Frontend != "" || len(asked.Exporters) != 1 || len(asked.Entitlements) != 0 {
		t.Errorf("it asked %+v", asked)
	}
	if frontend.Frontend != "dockerfile.v0" || frontend.FrontendOpt["filename"] != "Dockerfile" || len(frontend.CacheImports) != 1 {
		t.Errorf("it asked the frontend %+v", frontend)
	}
}

func TestSolveThatFails(t *testing.T) {
	made, name := definition(t)
	failed := process("make", &gateway.ExitError{ExitCode: 2})
	source := &errdefs.Source{
		Info:   &pb.SourceInfo{Filename: "docker/Dockerfile", Data: []byte("FROM scratch\nRUN make\n")},
		Ranges: []*pb.Range{{Start: &pb.Position{Line: 2}, End: &pb.Position{Line: 2}}},
	}
	s := &server{definition: made, statuses: ran(name, failed.Error()), err: errdefs.WithSource(errdefs.WrapVertex(failed, name), source)}
	b, log := serve(t, s)
	got := b.solve(t.Context(), protocol.SolveRequest{}, nil)
	if got.err == nil || classify(got.err) != stepExited {
		t.Errorf("the error is %v", got.err)
	}
	if step := got.trace.Steps[0]; step.Error != failed.Error() {
		t.Errorf("the step is %+v", step)
	}
	const end = `docker/Dockerfile:2
--------------------
   1 |     FROM scratch
   2 | >>> RUN make
   3 |     
--------------------
error: failed to solve: process "make" did not complete successfully: exit code: 2
`
	if !strings.HasSuffix(log.String(), "\n"+end) {
		t.Errorf("the log is %s", log)
	}
}

func TestErrorWithAnIncompletePlace(t *testing.T) {
	for _, source := range []*errdefs.Source{
		{},
		{Info: &pb.SourceInfo{}, Ranges: []*pb.Range{nil}},
		{Info: &pb.SourceInfo{}, Ranges: []*pb.Range{{Start: &pb.Position{Line: 1}}}},
		{Info: &pb.SourceInfo{}, Ranges: []*pb.Range{{End: &pb.Position{Line: 1}}}},
		{Info: &pb.SourceInfo{}, Ranges: []*pb.Range{{Start: &pb.Position{Line: -5}, End: &pb.Position{Line: 1 << 30}}}},
	} {
		var log bytes.Buffer
		printError(&log, errdefs.WithSource(errors.New("failed"), source))
		if log.String() != "error: failed\n" {
			t.Errorf("%+v is printed as %s", source, log.String())
		}
	}
}

func TestImportOfAFolderThatIsMissing(t *testing.T) {
	made, name := definition(t)
	b, log := serve(t, &server{definition: made, statuses: ran(name, "")})
	file := filepath.Join(t.TempDir(), "missing")
	got := b.solve(t.Context(), protocol.SolveRequest{}, []protocol.Import{{Folder: file}})
	if got.err != nil || !strings.HasPrefix(got.notImported, "local cache import at "+file+" ") {
		t.Errorf("it is %+v", got)
	}
	if !strings.Contains(log.String(), `level=warning msg="local cache import at `) {
		t.Errorf("the log is %s", log)
	}
}

func TestSolveEndsWithItsContext(t *testing.T) {
	made, name := definition(t)
	for _, endless := range []bool{false, true} {
		b, _ := serve(t, &server{definition: made, statuses: ran(name, "")[:1], hang: true, endless: endless})
		ctx, cancel := context.WithCancel(t.Context())
		b.log = writerFunc(func(p []byte) (int, error) {
			cancel() // the solve is under way
			return len(p), nil
		})
		if got := b.solve(ctx, protocol.SolveRequest{}, nil); got.err == nil {
			t.Error("it succeeds")
		}
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestNoDaemon(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	var log bytes.Buffer
	b := buildKit{address: "unix://" + filepath.Join(t.TempDir(), "missing.sock"), log: &log, endTime: endTime}
	if b.answers(t.Context()) {
		t.Error("it answers")
	}
	if got := b.solve(t.Context(), protocol.SolveRequest{}, nil); got.err == nil || classify(got.err) != other {
		t.Errorf("it is %+v", got)
	}
	if !strings.HasPrefix(log.String(), "error: ") {
		t.Errorf("the log is %s", log.String())
	}
}

func TestDigestIsChecked(t *testing.T) {
	made, name := definition(t)
	for _, text := range []string{"", "sha256:", "sha256:" + strings.Repeat("A", 64), imageName + "\n"} {
		b, _ := serve(t, &server{definition: made, statuses: ran(name, ""), answer: map[string]string{"containerimage.digest": text}})
		if got := b.solve(t.Context(), protocol.SolveRequest{}, nil); got.err != nil || got.digest != "" {
			t.Errorf("%q becomes %+v", text, got)
		}
	}
}

func TestProgressAfterTheEnd(t *testing.T) {
	p := newProgress(trace.NewCollector(""), io.Discard)
	p.end()
	p.end()
	p.add(&client.SolveStatus{Vertexes: []*client.Vertex{{Digest: "a"}}})
	if steps := p.collector.Trace().Steps; len(steps) != 0 {
		t.Errorf("the steps are %+v", steps)
	}
}

func TestProgressIsBounded(t *testing.T) {
	p := newProgress(trace.NewCollector(""), io.Discard)
	defer p.end()
	status := &client.SolveStatus{}
	for i := range maxShownSteps + 10 {
		name := digest.FromBytes([]byte{byte(i), byte(i >> 8)})
		status.Vertexes = append(status.Vertexes, &client.Vertex{Digest: name})
	}
	for i := range maxShownParts + 10 {
		status.Statuses = append(status.Statuses, &client.VertexStatus{ID: string(rune(i))})
	}
	shown := p.shown(status)
	if len(shown.Vertexes) != maxShownSteps || len(shown.Statuses) > maxShownParts {
		t.Errorf("there are %d steps and %d parts", len(shown.Vertexes), len(shown.Statuses))
	}
}

// FuzzProgress feeds messages of a stranger to the display and to the trace.
func FuzzProgress(f *testing.F) {
	f.Add([]byte(`{"vertexes":[{"digest":"a","name":"[1/1] RUN a","started":"2026-01-01T00:00:00Z"}],"logs":[{"vertex":"a","data":"QQo="}]}`))
	f.Add([]byte(`{"vertexes":[null,{"progressGroup":{"id":"a"}}],"statuses":[null,{"id":"a","started":"2026-01-01T00:00:00Z"}]}`))
	f.Add([]byte(`{"warnings":[null,{"vertex":"a","short":"QQ=="}],"logs":[null]}`))
	f.Fuzz(func(t *testing.T, message []byte) {
		var status client.SolveStatus
		if err := json.Unmarshal(message, &status); err != nil {
			return
		}
		p := newProgress(trace.NewCollector(""), io.Discard)
		p.add(&status)
		p.add(&status)
		p.end()
	})
}
