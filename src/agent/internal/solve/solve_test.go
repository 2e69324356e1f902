package solve

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moby/buildkit/client"
	gateway "github.com/moby/buildkit/frontend/gateway/pb"

	"hearth.dev/agent/internal/control"
	"hearth.dev/agent/internal/protocol"
	"hearth.dev/agent/internal/trace"
)

const crowdText = "the storage under the cache volume is full: others have 9 of 10 GiB"

var (
	errExit    = process("/bin/sh -c false", &gateway.ExitError{ExitCode: 1})
	errDamaged = errors.New("failed to prepare a as b: broken")
	errSpace   = errors.New("write: no space left on device")
	errOther   = errors.New("failed to read dockerfile: no such file")
	imageName  = "sha256:" + strings.Repeat("a", 64)
)

// played is a daemon with its agent and its BuildKit. It does what the fields say and notes what it was asked.
type played struct {
	// daemons is how many there are at most, one for each round.
	daemons int
	// attempts says what each attempt comes to; the last one stands for all that follow.
	attempts []outcome
	// dead are rounds whose BuildKit does not answer when it is probed.
	dead []int
	// ahead are rounds after whose attempt a newer one has begun.
	ahead   []int
	full    bool
	crowded string
	state   control.State
	// broken makes every answer of the agent but Await an error.
	broken bool
	// during is called in each attempt, before each Await, and for each trace.
	during func(ctx context.Context, what string)

	round  int
	said   []string
	traces [][]byte
}

func (p *played) note(format string, values ...any) {
	p.said = append(p.said, fmt.Sprintf(format, values...))
}

func (p *played) Await(ctx context.Context, after int) (int, error) {
	p.note("await %d", after)
	if p.during != nil {
		p.during(ctx, "await")
	}
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if after >= p.daemons {
		return 0, control.ErrLast
	}
	p.round = after + 1
	return p.round, nil
}

func (p *played) failing() error {
	if p.broken {
		return errors.New("no answer")
	}
	return nil
}

func (p *played) Round(context.Context) (int, bool, error) {
	round := p.round
	if slices.Contains(p.ahead, round) {
		round++
	}
	return round, round < p.daemons, p.failing()
}

func (p *played) Full(context.Context) (bool, error) { return p.full, p.failing() }

func (p *played) Ask(_ context.Context, round int, want control.Want, why string) error {
	p.note("ask %d %s %s", round, want, why)
	if p.round >= p.daemons {
		return control.ErrLast
	}
	return p.failing()
}

func (p *played) Crowded(context.Context) string { return p.crowded }

func (p *played) State(ctx context.Context) (control.State, error) {
	if ctx.Err() != nil {
		return control.State{}, ctx.Err()
	}
	return p.state, p.failing()
}

func (p *played) Done(ctx context.Context, step string) error {
	p.note("done %s", step)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return p.failing()
}

func (p *played) Trace(ctx context.Context, step string, document []byte) error {
	p.note("trace %s", step)
	p.traces = append(p.traces, document)
	if p.during != nil {
		p.during(ctx, "trace")
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return p.failing()
}

func (p *played) answers(context.Context) bool { return !slices.Contains(p.dead, p.round) }

func (p *played) solve(ctx context.Context, _ protocol.SolveRequest, imports []protocol.Import) outcome {
	p.note("solve on %d with %d imports", p.round, len(imports))
	if p.during != nil {
		p.during(ctx, "solve")
	}
	made := p.attempts[0]
	if len(p.attempts) > 1 {
		p.attempts = p.attempts[1:]
	}
	if made.trace == nil {
		made.trace = trace.NewCollector("").Trace()
	}
	return made
}

// run runs a solve and returns the exit code, what people read, and the report.
func run(t *testing.T, ctx context.Context, p *played, request protocol.SolveRequest) (int, string, *protocol.SolveReport) {
	t.Helper()
	var log bytes.Buffer
	path := filepath.Join(t.TempDir(), "termination-log")
	request.Step = "image"
	s := &solver{daemon: p, builder: p, log: &log, report: path, request: request}
	code := s.run(ctx)
	return code, log.String(), readReport(t, path)
}

// readReport reads a report and removes it; nil if there is none.
func readReport(t *testing.T, path string) *protocol.SolveReport {
	t.Helper()
	document, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	var report protocol.SolveReport
	if err := json.Unmarshal(document, &report); err != nil {
		t.Fatal(err)
	}
	return &report
}

func TestSkip(t *testing.T) {
	for _, broken := range []bool{false, true} {
		p := &played{daemons: 1, broken: broken}
		code, log, report := run(t, t.Context(), p, protocol.SolveRequest{Skip: true})
		if code != 0 || report != nil || !slices.Equal(p.said, []string{"done image"}) {
			t.Errorf("broken %t: code %d, report %v, said %q", broken, code, report, p.said)
		}
		if !strings.HasPrefix(log, "hearth: there is nothing to build: ") || strings.Contains(log, "does not know") != broken {
			t.Errorf("broken %t: log %q", broken, log)
		}
	}
}

func failing(errs ...error) []outcome {
	var attempts []outcome
	for _, err := range errs {
		attempts = append(attempts, outcome{err: err})
	}
	return append(attempts, outcome{digest: imageName})
}

func TestAttempts(t *testing.T) {
	const full = "hearth: " + noRoomText + "\n"
	const lost = "hearth: BuildKit is gone, and does not come back\n"
	two := []protocol.Import{{Registry: "a/b"}, {Folder: "/c"}}
	for _, test := range []struct {
		name    string
		played  played
		imports []protocol.Import
		code    int
		log     string
		said    []string
	}{
		{
			name: "the first succeeds", played: played{daemons: 3, attempts: failing()},
			said: []string{"await 0", "solve on 1 with 0 imports", "trace image", "done image"},
		},
		{
			name: "no daemon", played: played{}, code: 1, log: "hearth: BuildKit does not answer\n",
			said: []string{"await 0"},
		},
		{
			name: "no daemon, and the storage is full", played: played{crowded: crowdText}, code: 1, log: "hearth: " + crowdText + "\n",
			said: []string{"await 0"},
		},
		{
			name: "a step exits", played: played{daemons: 3, attempts: failing(errExit)}, code: 1,
			said: []string{"await 0", "solve on 1 with 0 imports", "trace image"},
		},
		{
			name: "another error", played: played{daemons: 3, attempts: failing(errOther)}, code: 1, imports: two,
			said: []string{"await 0", "solve on 1 with 2 imports", "trace image"},
		},
		{
			name: "a step exits on a full volume", played: played{daemons: 2, attempts: failing(errExit), full: true},
			said: []string{
				"await 0", "solve on 1 with 0 imports", "ask 1 room " + wasFull, "await 1", "solve on 2 with 0 imports", "trace image", "done image",
			},
		},
		{
			name: "it is full again, with the last daemon", played: played{daemons: 2, attempts: failing(errExit, errSpace), full: true},
			code: 1, log: full,
			said: []string{
				"await 0", "solve on 1 with 0 imports", "ask 1 room " + wasFull, "await 1", "solve on 2 with 0 imports", "trace image",
			},
		},
		{
			name: "others fill the storage", played: played{daemons: 1, attempts: failing(errSpace), crowded: crowdText}, code: 1,
			log: "hearth: " + crowdText + "\n", said: []string{"await 0", "solve on 1 with 0 imports", "trace image"},
		},
		{
			name: "no space for BuildKit", played: played{daemons: 2, attempts: failing(errSpace)},
			said: []string{
				"await 0", "solve on 1 with 0 imports", "ask 1 room " + errSpace.Error(), "await 1", "solve on 2 with 0 imports", "trace image", "done image",
			},
		},
		{
			name: "damage", played: played{daemons: 2, attempts: failing(errDamaged)},
			said: []string{
				"await 0", "solve on 1 with 0 imports", "ask 1 anew " + errDamaged.Error(), "await 1", "solve on 2 with 0 imports", "trace image", "done image",
			},
		},
		{
			name: "damage with the last daemon", played: played{daemons: 1, attempts: failing(errDamaged)}, code: 1,
			said: []string{"await 0", "solve on 1 with 0 imports", "trace image"},
		},
		{
			name: "damage of what is imported", played: played{daemons: 1, attempts: failing(errDamaged)}, imports: two,
			said: []string{"await 0", "solve on 1 with 2 imports", "solve on 1 with 0 imports", "trace image", "done image"},
		},
		{
			name: "damage of both", played: played{daemons: 2, attempts: failing(errDamaged, errDamaged)}, imports: two,
			said: []string{
				"await 0", "solve on 1 with 2 imports", "solve on 1 with 0 imports", "ask 1 anew " + errDamaged.Error(), "await 1",
				"solve on 2 with 0 imports", "trace image", "done image",
			},
		},
		{
			name: "the daemon dies in a step", played: played{daemons: 2, attempts: failing(errExit), dead: []int{1}},
			said: []string{"await 0", "solve on 1 with 0 imports", "await 1", "solve on 2 with 0 imports", "trace image", "done image"},
		},
		{
			name: "the last daemon dies", played: played{daemons: 1, attempts: failing(errOther), dead: []int{1}}, code: 1, log: lost,
			said: []string{"await 0", "solve on 1 with 0 imports", "trace image"},
		},
		{
			name: "the last daemon dies, since the storage is full", code: 1, log: "hearth: " + crowdText + "\n",
			played: played{daemons: 1, attempts: failing(errOther), dead: []int{1}, crowded: crowdText},
			said:   []string{"await 0", "solve on 1 with 0 imports", "trace image"},
		},
		{
			name: "another solve has asked for another daemon", played: played{daemons: 2, attempts: failing(errExit), ahead: []int{1}},
			said: []string{"await 0", "solve on 1 with 0 imports", "await 1", "solve on 2 with 0 imports", "trace image", "done image"},
		},
		{
			name: "a newer daemon does not come up", played: played{daemons: 1, attempts: failing(errExit), ahead: []int{1}}, code: 1, log: lost,
			said: []string{"await 0", "solve on 1 with 0 imports", "await 1", "trace image"},
		},
		{
			name: "the agent does not answer", played: played{daemons: 2, attempts: failing(errExit), broken: true},
			log: "hearth: the trace of this solve is lost: no answer\n" +
				"hearth: the daemon does not know that this step has succeeded: no answer\n",
			said: []string{
				"await 0", "solve on 1 with 0 imports", "await 1", "solve on 2 with 0 imports", "trace image", "done image",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := test.played
			code, log, report := run(t, context.Background(), &p, protocol.SolveRequest{Imports: test.imports})
			if code != test.code || log != test.log || !slices.Equal(p.said, test.said) {
				t.Errorf("the code is %d, the log %q, and it was said %q;\nwant %d, %q, and %q", code, log, p.said, test.code, test.log, test.said)
			}
			if (report != nil) != (test.code == 0) {
				t.Errorf("the report is %+v", report)
			}
		})
	}
}

// An asked daemon that turns out to be the last one ends the solve as if that had been known.
func TestAskedTooLate(t *testing.T) {
	p := &played{daemons: 2, attempts: failing(errSpace)}
	late := &lateLast{p}
	var log bytes.Buffer
	s := &solver{daemon: late, builder: p, log: &log, report: filepath.Join(t.TempDir(), "log")}
	if code := s.run(context.Background()); code != 1 || log.String() != "hearth: "+noRoomText+"\n" {
		t.Errorf("the code is %d, and the log %q", code, log.String())
	}
}

type lateLast struct{ *played }

func (l *lateLast) Ask(context.Context, int, control.Want, string) error { return control.ErrLast }

func TestTimeLimit(t *testing.T) {
	request := protocol.SolveRequest{LimitSeconds: 90, Imports: []protocol.Import{{Folder: "/c"}}}
	const text = "hearth: the solve reached its timeout of 90 s\n"
	untilTheEnd := func(ctx context.Context, what string) {
		if what == "solve" {
			<-ctx.Done()
		}
	}
	minute := func(_ context.Context, what string) {
		if what != "trace" {
			time.Sleep(time.Minute) // on the fake clock of synctest
		}
	}
	for _, test := range []struct {
		name   string
		played played
		code   int
		log    string
		said   []string
	}{
		{
			"one attempt", played{attempts: failing(errDamaged), during: untilTheEnd}, 124, text,
			[]string{"await 0", "solve on 1 with 1 imports", "trace image"},
		},
		{
			"all attempts together", played{attempts: failing(errDamaged, errOther), during: minute}, 124, text,
			[]string{"await 0", "solve on 1 with 1 imports", "trace image"},
		},
		{
			"the time in which a daemon was waited for", played{
				attempts: failing(errDamaged), dead: []int{1},
				during: func(_ context.Context, what string) {
					if what == "await" {
						time.Sleep(50 * time.Second)
					}
				},
			}, 124, text, []string{"await 0", "solve on 1 with 1 imports", "await 1", "trace image"},
		},
		{
			"a success at the last moment", played{attempts: failing(), during: untilTheEnd}, 0, "",
			[]string{"await 0", "solve on 1 with 1 imports", "trace image", "done image"},
		},
		{
			"a failure before", played{attempts: failing(errOther), during: func(context.Context, string) { time.Sleep(time.Second) }}, 1, "",
			[]string{"await 0", "solve on 1 with 1 imports", "trace image"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := test.played
				p.daemons = 3
				code, log, report := run(t, t.Context(), &p, request)
				if code != test.code || log != test.log || (report != nil) != (code == 0) || !slices.Equal(p.said, test.said) {
					t.Errorf("the code is %d, the log %q, and it was said %q", code, log, p.said)
				}
			})
		})
	}
}

// named returns a trace with one step.
func named(name string) *trace.Trace {
	collector := trace.NewCollector("")
	collector.Add(&client.SolveStatus{Vertexes: []*client.Vertex{{Digest: "sha256:1", Name: name}}})
	return collector.Trace()
}

func TestTraceOfTheLastAttemptIsHandedOver(t *testing.T) {
	first, second := named("first"), named("second")
	many := named("many")
	for i := range 1900 {
		var inputs []string
		for j := range 8 { // which cannot be compressed well
			inputs = append(inputs, fmt.Sprintf("sha256:%x", sha256.Sum256([]byte{byte(i), byte(i >> 8), byte(j)})))
		}
		many.Steps = append(many.Steps, trace.Step{Inputs: inputs})
	}
	for _, test := range []struct {
		name     string
		attempts []outcome
		daemons  int
		during   func(context.Context, string)
		code     int
		want     string
	}{
		{"a success", []outcome{{trace: first}}, 1, nil, 0, "first"},
		{"a failure", []outcome{{trace: first, err: errExit}}, 1, nil, 1, "first"},
		{"a success after a failure", []outcome{{trace: first, err: errDamaged}, {trace: second}}, 2, nil, 0, "second"},
		{"a failure after a failure", []outcome{{trace: first, err: errDamaged}, {trace: second, err: errOther}}, 2, nil, 1, "second"},
		{"a timeout", []outcome{{trace: first, err: errOther}}, 1, func(ctx context.Context, what string) {
			if what == "solve" {
				<-ctx.Done()
			}
		}, 124, "first"},
		{"a timeout before another attempt", []outcome{{trace: first, err: errDamaged}, {trace: second}}, 2, func(_ context.Context, what string) {
			if what == "await" {
				time.Sleep(59 * time.Second)
			}
		}, 124, "first"},
		{"a timeout before the first attempt", []outcome{{trace: first}}, 1, func(_ context.Context, what string) {
			if what == "await" {
				time.Sleep(time.Hour)
			}
		}, 124, ""},
		{"no daemon", []outcome{{trace: first}}, 0, nil, 1, ""},
		{"a trace that is too long", []outcome{{trace: many}}, 1, nil, 0, "many"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &played{daemons: test.daemons, attempts: test.attempts, during: test.during}
				code, log, _ := run(t, t.Context(), p, protocol.SolveRequest{LimitSeconds: 90})
				if code != test.code || strings.Contains(log, "trace") {
					t.Errorf("the code is %d, and the log %q", code, log)
				}
				if test.want == "" {
					if len(p.traces) != 0 {
						t.Errorf("there are %d traces", len(p.traces))
					}
					return
				}
				if len(p.traces) != 1 || len(p.traces[0]) > protocol.MaxTrace {
					t.Fatalf("there are %d traces, or a longer one", len(p.traces))
				}
				if read, err := trace.Read(bytes.NewReader(p.traces[0])); err != nil || read.Steps[0].Name != test.want {
					t.Errorf("the trace is %+v: %v", read, err)
				}
			})
		})
	}
}

// A daemon's agent that does not take a trace changes nothing but the log, after a bounded time.
func TestTraceThatIsNotTaken(t *testing.T) {
	for name, test := range map[string]struct {
		attempts []outcome
		code     int
		last     string
	}{
		"of a success": {failing(), 0, "done image"},
		"of a failure": {failing(errOther), 1, "trace image"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &played{daemons: 1, attempts: test.attempts, during: func(ctx context.Context, what string) {
					if what == "trace" {
						<-ctx.Done()
					}
				}}
				start := time.Now()
				code, log, report := run(t, t.Context(), p, protocol.SolveRequest{})
				if took := time.Since(start); took != traceTime { // on the fake clock of synctest
					t.Errorf("it took %v", took)
				}
				if code != test.code || log != "hearth: the trace of this solve is lost: context deadline exceeded\n" {
					t.Errorf("the code is %d, and the log %q", code, log)
				}
				if (report != nil) != (code == 0) || p.said[len(p.said)-1] != test.last {
					t.Errorf("the report is %+v, and it was said %q", report, p.said)
				}
			})
		})
	}
}

// What is known of a solve that is terminated is handed over too.
func TestTraceOfATerminatedSolve(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	p := &played{daemons: 1, attempts: failing(errOther), during: func(_ context.Context, what string) {
		if what == "solve" {
			cancel()
		}
	}}
	if code, log, _ := run(t, ctx, p, protocol.SolveRequest{}); code != 143 || log != "" || len(p.traces) != 1 {
		t.Errorf("the code is %d, the log %q, and there are %d traces", code, log, len(p.traces))
	}
}

func TestTermination(t *testing.T) {
	for what, attempts := range map[string][]outcome{"await": failing(), "solve": failing(errDamaged)} {
		ctx, cancel := context.WithCancel(context.Background())
		p := &played{daemons: 3, attempts: attempts, during: func(_ context.Context, now string) {
			if now == what {
				cancel()
			}
		}}
		code, log, report := run(t, ctx, p, protocol.SolveRequest{LimitSeconds: 3600, Imports: []protocol.Import{{Folder: "/c"}}})
		if code != 143 || log != "" || report != nil {
			t.Errorf("during %s: the code is %d, the log %q, and the report %+v", what, code, log, report)
		}
		if slices.ContainsFunc(p.said, func(s string) bool { return strings.HasPrefix(s, "ask") }) {
			t.Errorf("during %s: it was said %q", what, p.said)
		}
	}

	// A solve that has succeeded is reported.
	ctx, cancel := context.WithCancel(context.Background())
	p := &played{daemons: 1, attempts: failing(), during: func(_ context.Context, now string) {
		if now == "solve" {
			cancel()
		}
	}}
	if code, log, report := run(t, ctx, p, protocol.SolveRequest{}); code != 0 || log != "" || report == nil || report.Digest != imageName {
		t.Errorf("after a success: the code is %d, the log %q, and the report %+v", code, log, report)
	}
}

func TestReport(t *testing.T) {
	collector := trace.NewCollector("linux/amd64")
	collector.Add(&client.SolveStatus{
		Vertexes: []*client.Vertex{
			{Digest: "sha256:1", Name: "[1/2] COPY a b", Cached: true}, {Digest: "sha256:2", Name: "[2/2] RUN " + strings.Repeat("x", 300)},
		},
		Warnings: []*client.VertexWarning{{Vertex: "sha256:1", Short: []byte("Rule: message (line 7)")}},
	})
	state := control.State{Mode: protocol.SeedOwn, Problem: &protocol.Problem{Reason: protocol.ReasonVolumeFull, Note: "it was full"}}
	want := protocol.SolveReport{
		Version: 1, Digest: imageName, Cached: 1, Executed: 1, Rebuilt: []string{"[2/2] RUN " + strings.Repeat("x", 140)},
		Warnings:  []protocol.Warning{{Rule: "Rule", Message: "message", Line: 7}},
		Restarted: state.Mode, Problem: state.Problem,
	}
	p := &played{daemons: 1, attempts: []outcome{{digest: imageName, trace: collector.Trace()}}, state: state}
	if _, log, got := run(t, context.Background(), p, protocol.SolveRequest{}); got == nil || !reflect.DeepEqual(*got, want) {
		t.Errorf("the report is %+v, and the log %q", got, log)
	}

	// A failed import explains more than the state does.
	for _, test := range []struct {
		attempts []outcome
		note     string
	}{
		{[]outcome{{notImported: "no\nanswer"}}, "no answer"},
		{[]outcome{{err: errDamaged}, {notImported: "not again"}}, errDamaged.Error()},
		{[]outcome{{err: errDamaged}, {}}, errDamaged.Error()},
	} {
		p := &played{daemons: 1, attempts: test.attempts, state: state}
		_, _, got := run(t, context.Background(), p, protocol.SolveRequest{Imports: []protocol.Import{{Folder: "/c"}}})
		problem := protocol.Problem{Reason: protocol.ReasonImportFailed, Note: test.note}
		if got == nil || got.Problem == nil || *got.Problem != problem || got.Restarted != "" {
			t.Errorf("the report is %+v", got)
		}
	}
}

func TestReportThatCannotBeWritten(t *testing.T) {
	p := &played{daemons: 1, attempts: failing()}
	var log bytes.Buffer
	s := &solver{daemon: p, builder: p, log: &log, report: t.TempDir()}
	if code := s.run(context.Background()); code != 1 || !strings.HasPrefix(log.String(), "hearth: the report cannot be written: ") {
		t.Errorf("the code is %d, and the log %q", code, log.String())
	}
	if slices.Contains(p.said, "done image") {
		t.Error("the daemon was told of a success that nobody knows of")
	}
}

func TestALineIsOneLine(t *testing.T) {
	var log bytes.Buffer
	(&solver{log: &log}).say("open a\nhearth: b: " + strings.Repeat("x", 2*maxLine))
	if got := log.String(); strings.Count(got, "\n") != 1 || len(got) > maxLine+10 {
		t.Errorf("the log is %q", got)
	}
}

func TestSolveOptions(t *testing.T) {
	request := protocol.SolveRequest{
		Options:   map[string]string{"context": "https://git.example/a.git", "build-arg:a": "b,c=d"},
		Export:    "/cache/exports/image",
		Push:      &protocol.Push{Repository: "registry.example/a", Insecure: true},
		Step:      "image",
		Artifacts: "/artifacts",
	}
	t.Setenv("SOURCE_DATE_EPOCH", "1")
	got, err := solveOptions(request, []protocol.Import{{Registry: "registry.example/cache"}, {Folder: "/cache/imports/image"}})
	if err != nil {
		t.Fatal(err)
	}
	want := client.SolveOpt{
		Frontend:      "dockerfile.v0",
		FrontendAttrs: request.Options,
		Exports: []client.ExportEntry{
			{Type: "image", Attrs: map[string]string{
				"name": "registry.example/a", "push": "true", "push-by-digest": "true", "oci-mediatypes": "true", "registry.insecure": "true",
			}},
			{Type: "local", Attrs: map[string]string{}, OutputDir: "/artifacts/.image"},
		},
		CacheExports: []client.CacheOptionsEntry{{Type: "local", Attrs: map[string]string{
			"mode": "max", "reset": "true", "ignore-error": "true", "dest": "/cache/exports/image",
		}}},
		CacheImports: []client.CacheOptionsEntry{
			{Type: "registry", Attrs: map[string]string{"ref": "registry.example/cache"}},
			{Type: "local", Attrs: map[string]string{"src": "/cache/imports/image"}},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the options are %+v, want %+v", got, want)
	}
	got.FrontendAttrs["of BuildKit's client"] = ""
	if len(request.Options) != 2 {
		t.Error("the request was changed")
	}
	for _, wrong := range []protocol.Import{{}, {Registry: "a", Folder: "b"}} {
		if _, err := solveOptions(request, []protocol.Import{wrong}); err == nil {
			t.Errorf("no error for the import %+v", wrong)
		}
	}
}
