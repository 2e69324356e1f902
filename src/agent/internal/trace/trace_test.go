package trace

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
	"pgregory.net/rapid"

	"hearth.dev/agent/internal/protocol"
)

// recorded reads messages of a BuildKit 0.34.2, as buildctl's option --trace records them, without the output of the steps.
func recorded(t *testing.T, name string) []*client.SolveStatus {
	t.Helper()
	file, err := os.Open("testdata/" + name + ".jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var statuses []*client.SolveStatus
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var status client.SolveStatus
		if err := json.Unmarshal(lines.Bytes(), &status); err != nil {
			t.Fatal(err)
		}
		statuses = append(statuses, &status)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return statuses
}

func collect(statuses ...*client.SolveStatus) *Trace {
	collector := NewCollector("linux/amd64")
	for _, status := range statuses {
		collector.Add(status)
	}
	return collector.Trace()
}

func vertices(vertices ...client.Vertex) *client.SolveStatus {
	status := &client.SolveStatus{}
	for i, vertex := range vertices {
		if vertex.Digest == "" {
			vertex.Digest = digest.FromString(fmt.Sprint(i))
		}
		status.Vertexes = append(status.Vertexes, &vertex)
	}
	return status
}

func at(seconds int) *time.Time {
	moment := time.Unix(int64(seconds), 0)
	return &moment
}

// The counts of the recordings are those that buildctl wrote of the same solves with --debug-json-cache-metrics.
func TestCountsOfRecordings(t *testing.T) {
	lint := []protocol.Warning{
		{Rule: "FromAsCasing", Message: "'as' and 'FROM' keywords' casing do not match", Line: 1},
		{
			Rule:    "SecretsUsedInArgOrEnv",
			Message: `Do not use ARG or ENV instructions for sensitive data (ENV "token")`, Line: 11,
		},
	}
	rebuilt := []string{
		"[base 1/2] COPY tool /tool", `[base 2/2] RUN ["/tool", "one"]`, `[other 1/1] RUN ["/tool", "two",   "three"]`,
	}
	for _, test := range []struct {
		recording   string
		counts      Counts
		lint        []protocol.Warning
		importError string
	}{
		{"executed", Counts{0, 5, rebuilt}, lint, ""},
		{"cached", Counts{5, 0, nil}, lint, ""},
		{"failing", Counts{1, 1, []string{`[2/2] RUN ["/tool", "no space left on device", "3"]`}}, nil, ""},
		{"importfailed", Counts{0, 5, rebuilt}, lint, "failed to configure registry cache importer: failed to do request: " +
			`Head "http://127.0.0.1:1/v2/cache/manifests/latest": dial tcp 127.0.0.1:1: connect: connection refused`},
	} {
		t.Run(test.recording, func(t *testing.T) {
			made := collect(recorded(t, test.recording)...)
			if got := made.Counts(3); !reflect.DeepEqual(got, test.counts) {
				t.Errorf("the counts are %+v, want %+v", got, test.counts)
			}
			if got := made.Lint(10); !reflect.DeepEqual(got, test.lint) {
				t.Errorf("the warnings are %+v, want %+v", got, test.lint)
			}
			if got := made.ImportError(); got != test.importError {
				t.Errorf("the error of the import is %q, want %q", got, test.importError)
			}
		})
	}
}

func TestCounts(t *testing.T) {
	for _, test := range []struct {
		name   string
		status *client.SolveStatus
		counts Counts
	}{
		{"nothing", vertices(), Counts{}},
		{"what is not of the Dockerfile", vertices(
			client.Vertex{Name: "[internal] load build definition from Dockerfile"},
			client.Vertex{Name: "[auth] library/alpine:pull token for registry-1.docker.io"},
			client.Vertex{Name: "importing cache manifest from registry.example/cache"},
			client.Vertex{Name: "exporting to image"},
			client.Vertex{Name: "exporting cache to client directory"},
		), Counts{}},
		{"base images, cached or not", vertices(
			client.Vertex{Name: "[base 1/2] FROM docker.io/library/alpine:3.20@sha256:0123"},
			client.Vertex{Name: "[base 1/3] FROM docker.io/library/alpine:3.21@sha256:0123", Cached: true},
		), Counts{}},
		{"a step that speaks of a base image", vertices(client.Vertex{Name: "[2/2] RUN echo FROM"}), Counts{
			0, 1, []string{"[2/2] RUN echo FROM"},
		}},
		{"a step that ended with an error, and one that was never begun", vertices(
			client.Vertex{Name: "[2/3] RUN never"},
			client.Vertex{Name: "[1/3] RUN failed", Started: at(1), Completed: at(2), Error: "exit code: 1"},
		), Counts{0, 2, []string{"[1/3] RUN failed", "[2/3] RUN never"}}},
		{"names in the order of the steps' begin, and no more than asked for", vertices(
			client.Vertex{Name: "d", Started: at(4)},
			client.Vertex{Name: "b", Started: at(2)},
			client.Vertex{Name: "a", Started: at(1)},
			client.Vertex{Name: "c", Started: at(3)},
		), Counts{0, 4, []string{"a", "b", "c"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := collect(test.status).Counts(3); !reflect.DeepEqual(got, test.counts) {
				t.Errorf("the counts are %+v, want %+v", got, test.counts)
			}
		})
	}
}

func TestCachedStaysCached(t *testing.T) {
	step := client.Vertex{Digest: "sha256:1", Name: "[1/1] RUN a"}
	cached := step
	cached.Cached = true
	if got := collect(vertices(step), vertices(cached), vertices(step)).Counts(3); got.Cached != 1 || got.Executed != 0 {
		t.Errorf("the counts are %+v", got)
	}
}

func TestImportErrorIsNoCancellation(t *testing.T) {
	made := collect(vertices(
		client.Vertex{Name: "importing cache manifest from a", Error: "not found"},
		client.Vertex{Name: "importing cache manifest from b", Error: "failed to read: context canceled"},
		client.Vertex{Name: "[1/1] RUN a", Error: "exit code: 1"},
	))
	if got := made.ImportError(); got != "not found" {
		t.Errorf("the error is %q", got)
	}
}

func TestLint(t *testing.T) {
	long := strings.Repeat("m", 200)
	for _, test := range []struct {
		text string
		want *protocol.Warning
	}{
		{"Rule: message (line 7)", &protocol.Warning{Rule: "Rule", Message: "message", Line: 7}},
		{"Rule: a (line 1) (line 12)", &protocol.Warning{Rule: "Rule", Message: "a (line 1)", Line: 12}},
		{"Rule: two\nlines (line 3)", &protocol.Warning{Rule: "Rule", Message: "two lines", Line: 3}},
		{"Rule: " + long + " (line 3)", &protocol.Warning{Rule: "Rule", Message: long[:180], Line: 3}},
		{"Rule: " + strings.Repeat("é", 100) + " (line 3)", &protocol.Warning{Rule: "Rule", Message: strings.Repeat("é", 90), Line: 3}},
		{"Rule: message", nil},
		{"Rule: message (line 0)", nil},
		{"Rule: message (line 12345678)", nil},
		{"Rule: message (line 7) ", nil},
		{"a rule: message (line 7)", nil},
		{"Rule: (line 7)", nil},
		{"No base image is pinned (line 7)", nil},
		{"", nil},
	} {
		made := collect(&client.SolveStatus{Warnings: []*client.VertexWarning{{Vertex: "sha256:1", Short: []byte(test.text)}}})
		got := made.Lint(10)
		if (test.want == nil) != (len(got) == 0) || (test.want != nil && !reflect.DeepEqual(got, []protocol.Warning{*test.want})) {
			t.Errorf("%q is read as %+v, want %+v", test.text, got, test.want)
		}
	}
}

func TestWarningsAreKeptOnceAndNotForEver(t *testing.T) {
	status := &client.SolveStatus{}
	for i := range 200 {
		text := fmt.Sprintf("Rule: message %d (line 1)", i/2)
		status.Warnings = append(status.Warnings, &client.VertexWarning{Vertex: "sha256:1", Short: []byte(text)})
	}
	made := collect(status)
	if len(made.Warnings) != maxWarnings {
		t.Errorf("there are %d warnings", len(made.Warnings))
	}
	if got := made.Lint(10); len(got) != 10 || got[1].Message != "message 1" {
		t.Errorf("the linter's are %+v", got)
	}
}

func TestTraceOfARecording(t *testing.T) {
	collector := NewCollector("linux/amd64")
	for _, status := range recorded(t, "executed") {
		collector.Add(status)
	}
	made := collector.Trace()
	step := func(name string) Step {
		i := slices.IndexFunc(made.Steps, func(s Step) bool { return s.Name == name })
		if i < 0 {
			t.Fatalf("there is no step %q", name)
		}
		return made.Steps[i]
	}
	first, second := step("[base 1/2] COPY tool /tool"), step(`[base 2/2] RUN ["/tool", "one"]`)
	if !slices.Equal(second.Inputs, []string{first.Digest}) {
		t.Errorf("the inputs of the second step are %q, want %q", second.Inputs, first.Digest)
	}
	if second.Started == nil || second.Completed == nil || !second.Completed.After(*second.Started) || second.Cached {
		t.Errorf("the second step is %+v", second)
	}
	export := step("exporting to client directory")
	if len(export.Transfers) != 1 || export.Transfers[0].Bytes < 1_500_000 {
		t.Errorf("the transfers of the export are %+v", export.Transfers)
	}
	if len(made.Warnings) != 2 || made.Warnings[0].Lines == nil || made.Warnings[1].Lines.First != 11 {
		t.Errorf("the warnings are %+v", made.Warnings)
	}
	if made.Platform != "linux/amd64" {
		t.Errorf("the platform is %q", made.Platform)
	}

	collector.Locate(&pb.Source{Locations: map[string]*pb.Locations{
		first.Digest: {Locations: []*pb.Location{
			nil, {}, {Ranges: []*pb.Range{nil, {Start: &pb.Position{Line: 2}}}}, {Ranges: []*pb.Range{{Start: &pb.Position{Line: 9}}}},
		}},
		second.Digest: {Locations: []*pb.Location{
			{Ranges: []*pb.Range{{Start: &pb.Position{Line: 6}, End: &pb.Position{Line: 7}}, {Start: &pb.Position{Line: 5}, End: &pb.Position{Line: 4}}}},
		}},
		"sha256:other": nil,
	}})
	made = collector.Trace()
	if got := step(first.Name).Lines; got == nil || *got != (Lines{2, 2}) {
		t.Errorf("the lines of the first step are %+v", got)
	}
	if got := step(second.Name).Lines; got == nil || *got != (Lines{5, 7}) {
		t.Errorf("the lines of the second step are %+v", got)
	}
	if got := readBack(t, made); !reflect.DeepEqual(got, made) {
		t.Errorf("the trace is read back as %+v, want %+v", got, made)
	}
}

func readBack(t interface {
	Helper()
	Fatalf(string, ...any)
}, made *Trace) *Trace {
	t.Helper()
	written, err := made.Compressed(maxDocument)
	if err != nil {
		t.Fatalf("write: %v", err)
	}
	read, err := Read(bytes.NewReader(written))
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return read
}

func TestTraceIsBounded(t *testing.T) {
	collector := NewCollector(strings.Repeat("p", 10*maxText))
	long := strings.Repeat("<", 10*maxText) // JSON has six bytes for each
	for i := range maxSteps + 500 {
		name := digest.Digest(fmt.Sprintf("%d%s", i, long))
		status := vertices(client.Vertex{
			Digest: name, Name: long, Error: long, Started: at(1), Inputs: slices.Repeat([]digest.Digest{name}, 2*maxInputs),
		})
		for part := range 2 * maxTransfers {
			status.Statuses = append(status.Statuses, &client.VertexStatus{Vertex: name, ID: fmt.Sprint(part), Current: math.MinInt64, Total: math.MaxInt64})
		}
		collector.Add(status)
	}
	made := collector.Trace()
	if len(made.Steps) != maxSteps || made.Omitted != 500 {
		t.Errorf("there are %d steps, and %d are left out", len(made.Steps), made.Omitted)
	}
	document, err := made.encode()
	if err != nil || len(document) > maxDocument {
		t.Errorf("the document has %d bytes: %v", len(document), err)
	}
	read := readBack(t, made)
	if len(read.Steps) == 0 || len(read.Steps)+read.Omitted != maxSteps+500 {
		t.Errorf("read back there are %d steps, and %d are left out", len(read.Steps), read.Omitted)
	}
}

func TestTraceFitsIntoItsRoom(t *testing.T) {
	var steps []client.Vertex
	for i := range 1000 { // of digests, which cannot be compressed well
		steps = append(steps, client.Vertex{Digest: digest.FromString(fmt.Sprint(i)), Name: fmt.Sprintf("[%d/1000] RUN make", i)})
	}
	made := collect(vertices(steps...))
	made.Omitted = 7
	complete, err := made.Compressed(math.MaxInt)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		room int
		kept int
	}{
		{"room for all", len(complete), 1000},
		{"a byte less", len(complete) - 1, 500},
		{"a third", len(complete) / 3, 250},
		{"room for no step", 100, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			written, err := made.Compressed(test.room)
			if err != nil || len(written) > test.room {
				t.Fatalf("it has %d bytes, and may have %d: %v", len(written), test.room, err)
			}
			read, err := Read(bytes.NewReader(written))
			if err != nil {
				t.Fatal(err)
			}
			if len(read.Steps) != test.kept || read.Omitted != 1007-test.kept || !reflect.DeepEqual(read.Steps, made.Steps[:test.kept]) {
				t.Errorf("there are %d steps, and %d are left out", len(read.Steps), read.Omitted)
			}
		})
	}
	if _, err := made.Compressed(20); !errors.Is(err, errTooLong) {
		t.Errorf("no room at all: %v", err)
	}
	if len(made.Steps) != 1000 || made.Omitted != 7 {
		t.Error("the trace itself was changed")
	}
}

func TestOddMessages(t *testing.T) {
	never := time.Unix(math.MaxInt64/2, 0)
	status := vertices(client.Vertex{Name: "a\xffb\nc", Started: &never, Completed: &time.Time{}})
	status.Vertexes = append(status.Vertexes, nil)
	status.Statuses = []*client.VertexStatus{nil, {Vertex: "unknown", Current: 1}}
	status.Warnings = []*client.VertexWarning{nil, {Range: []*pb.Range{nil, {}}}}
	made := collect(status)
	if step := made.Steps[0]; step.Name != "a?b c" || step.Started != nil || step.Completed != nil {
		t.Errorf("the step is %+v", step)
	}
	readBack(t, made)
	NewCollector("").Locate(nil)
}

func TestReadRefuses(t *testing.T) {
	pack := func(document string) []byte {
		packed, err := pack([]byte(document))
		if err != nil {
			t.Fatal(err)
		}
		return packed
	}
	for name, document := range map[string][]byte{
		"nothing":          nil,
		"what is not gzip": []byte(`{"version":1,"steps":[]}`),
		"an end too early": pack(`{"version":1,"steps":[]}`)[:20],
		"another version":  pack(`{"version":2,"steps":[]}`),
		"an unknown field": pack(`{"version":1,"steps":[],"more":1}`),
		"too much":         pack(`{"version":1,"steps":[]}` + strings.Repeat(" ", maxDocument)),
		"too many steps":   pack(`{"version":1,"steps":[` + strings.Repeat(`{},`, maxSteps) + `{}]}`),
		"a long name":      pack(`{"version":1,"steps":[{"name":"` + strings.Repeat("n", maxText+1) + `"}]}`),
		"two lines":        pack(`{"version":1,"steps":[{"name":"a\nb"}]}`),
		"a negative size":  pack(`{"version":1,"steps":[{"transfers":[{"bytes":-1}]}]}`),
		"lines backwards":  pack(`{"version":1,"steps":[{"lines":{"first":2,"last":1}}]}`),
		"an old time":      pack(`{"version":1,"steps":[{"started":"0001-01-01T00:00:00Z"}]}`),
	} {
		if _, err := Read(bytes.NewReader(document)); err == nil {
			t.Errorf("no error for %s", name)
		}
	}
	if _, err := Read(bytes.NewReader(pack(`{"version":1,"steps":[]}`))); err != nil {
		t.Errorf("an error for the least document: %v", err)
	}
}

// TestWhatIsWrittenIsRead checks that Read takes everything that a collector can make.
func TestWhatIsWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 2*maxShort), func(b []byte) string { return string(b) })
		moment := rapid.Map(rapid.Int64(), func(s int64) *time.Time { m := time.Unix(s, 0); return &m })
		collector := NewCollector(text.Draw(t, "platform"))
		for range rapid.IntRange(0, 4).Draw(t, "messages") {
			name := digest.Digest(rapid.SampledFrom([]string{"a", "b", "c", text.Draw(t, "digest")}).Draw(t, "step"))
			line := func() *pb.Position { return &pb.Position{Line: rapid.Int32().Draw(t, "line")} }
			collector.Add(&client.SolveStatus{
				Vertexes: []*client.Vertex{{
					Digest: name, Name: text.Draw(t, "name"), Error: text.Draw(t, "error"), Cached: rapid.Bool().Draw(t, "cached"),
					Inputs: []digest.Digest{name}, Started: moment.Draw(t, "started"), Completed: moment.Draw(t, "completed"),
				}},
				Statuses: []*client.VertexStatus{{
					Vertex: name, ID: text.Draw(t, "part"), Current: rapid.Int64().Draw(t, "current"), Total: rapid.Int64().Draw(t, "total"),
				}},
				Warnings: []*client.VertexWarning{{
					Vertex: name, Short: []byte(text.Draw(t, "short")), URL: text.Draw(t, "url"), Range: []*pb.Range{{Start: line(), End: line()}},
				}},
			})
			collector.Locate(&pb.Source{Locations: map[string]*pb.Locations{
				string(name): {Locations: []*pb.Location{{Ranges: []*pb.Range{{Start: line(), End: line()}}}}},
			}})
		}
		made := collector.Trace()
		if got := readBack(t, made); !reflect.DeepEqual(got, made) {
			t.Fatalf("read back it is %+v, want %+v", got, made)
		}
	})
}

func FuzzRead(f *testing.F) {
	written, err := collect(vertices(client.Vertex{Name: "[1/1] RUN a", Started: at(1), Completed: at(2)})).Compressed(maxDocument)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(written)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, document []byte) {
		read, err := Read(bytes.NewReader(document))
		if err != nil {
			return
		}
		read.Counts(3)
		read.Lint(10)
		readBack(t, read)
	})
}

func FuzzLint(f *testing.F) {
	f.Add("Rule: message (line 7)")
	f.Add("Rule: \xff (line 7)")
	f.Fuzz(func(t *testing.T, text string) {
		found := collect(&client.SolveStatus{Warnings: []*client.VertexWarning{{Short: []byte(text)}}}).Lint(10)
		for _, warning := range found {
			if len(warning.Message) > maxMessage || len(warning.Rule) > 64 || warning.Line < 1 || warning.Message != Cut(warning.Message, maxMessage) {
				t.Errorf("%q is read as %+v", text, warning)
			}
		}
	})
}

// FuzzCollector feeds messages as they come from a socket.
func FuzzCollector(f *testing.F) {
	f.Add([]byte(`{"vertexes":[{"digest":"sha256:1","name":"[1/1] RUN a","started":"2026-01-01T00:00:00Z"}]}`))
	f.Add([]byte(`{"vertexes":[null],"statuses":[{"vertex":"","current":-1}],"warnings":[{"short":"QQ==","range":[null]}]}`))
	f.Fuzz(func(t *testing.T, message []byte) {
		var status client.SolveStatus
		if err := json.Unmarshal(message, &status); err != nil {
			return
		}
		made := collect(&status, &status)
		made.Counts(3)
		made.ImportError()
		readBack(t, made)
	})
}
