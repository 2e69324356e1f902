package daemon

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/control"
	"hearth.dev/agent/internal/protocol"
	"hearth.dev/agent/internal/trace"
)

// readTraces reads a log as protocol.TraceLines promises that it can be read. It fails for lines that are not part of a whole
// trace.
func readTraces(t *testing.T, log string) map[string][]byte {
	t.Helper()
	read := map[string][]byte{}
	within, encoded := "", ""
	for line := range strings.Lines(log) {
		rest, found := strings.CutPrefix(line, "hearth-trace ")
		if !found {
			if within != "" {
				t.Errorf("the trace of %s is interrupted by %q", within, line)
			}
			continue
		}
		if len(line) > 16<<10 {
			t.Errorf("a line has %d bytes", len(line))
		}
		step, text, _ := strings.Cut(strings.TrimSuffix(rest, "\n"), " ")
		switch {
		case text == "begin" && within == "":
			within, encoded = step, ""
		case step != within:
			t.Errorf("%q is in the trace of %q", line, within)
		case text == "end":
			document, err := base64.StdEncoding.DecodeString(encoded)
			if err != nil {
				t.Errorf("the trace of %s: %v", step, err)
			}
			read[step], within = document, ""
		default:
			if length := base64.StdEncoding.DecodedLen(len(text)); length > 6002 || length == 0 { // with padding
				t.Errorf("a line of %s has %d bytes", step, length)
			}
			encoded += text
		}
	}
	if within != "" {
		t.Errorf("the trace of %s has no end", within)
	}
	return read
}

// The operator's tests read the same log, and expect the same documents.
func TestLogWithTraces(t *testing.T) {
	const app, tool = "build-app-linux-amd64", "build-tool-linux-amd64"
	golden := func(name string) string {
		content, err := os.ReadFile("../protocol/testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	want := golden("trace.log")
	documents := readTraces(t, want)
	if len(documents) != 2 {
		t.Errorf("there are %d traces", len(documents))
	}
	for _, step := range []string{app, tool} {
		if _, err := trace.Read(bytes.NewReader(documents[step])); err != nil {
			t.Errorf("%s: %v", step, err)
		}
		packed, err := gzip.NewReader(bytes.NewReader(documents[step]))
		if err != nil {
			t.Fatal(err)
		}
		document, err := io.ReadAll(packed)
		if err != nil || string(document) != golden("trace-"+step+".json") {
			t.Errorf("the document of %s is %s: %v", step, document, err)
		}
	}

	var log bytes.Buffer
	output := NewOutput(&log)
	printed := &traces{output: output, steps: []string{app, tool}, left: mostPrinted}
	say := func(text string) {
		if words := pass(strings.NewReader(text), output); words != "" {
			t.Errorf("last words %q", words)
		}
	}
	hand := func(step string) {
		if err := printed.Trace(step, documents[step]); err != nil {
			t.Errorf("%s: %v", step, err)
		}
	}
	say("hearth: daemon started; 3 folders in its view\n")
	say(`time="2026-11-30T09:00:00Z" level=info msg="found 1 workers, default=\"mx2t\""` + "\n")
	say(`time="2026-11-30T09:00:01Z" level=warning msg="a line that a trace inter`)
	hand(app)
	say("rupts\"\nhearth-trace build-tool-linux-amd64 begin\nhearth-trace build-tool-linux-amd64 Zm9yZ2Vk\n")
	say("a carriage return ends no line\rhearth-trace build-tool-linux-amd64 begin\nhearth-traces are not meant by this line\n")
	hand(tool)
	say(`time="2026-11-30T09:00:42Z" level=info msg="stopping server"` + "\n")
	if log.String() != want {
		t.Errorf("the log is\n%s\nnot\n%s", log.String(), want)
	}
}

func TestOnlyTracesHaveTheirPrefix(t *testing.T) {
	const made = "hearth-trace a begin\nhearth-trace a eA==\nhearth-trace a end\n"
	for name, c := range map[string]struct {
		said []string // "" stands for a trace
		log  string
	}{
		"ordinary lines":                       {[]string{"a\n", "", "b\nc\n"}, "a\n" + made + "b\nc\n"},
		"a trace at first":                     {[]string{""}, made},
		"traces one after the other":           {[]string{"", ""}, made + made},
		"a forged line":                        {[]string{"hearth-trace a begin\n"}, " hearth-trace a begin\n"},
		"a forged line after another":          {[]string{"a\nhearth-trace a begin\nb\n"}, "a\n hearth-trace a begin\nb\n"},
		"a forged line in pieces":              {[]string{"hearth", "-trace a begin\n"}, " hearth-trace a begin\n"},
		"a forged line byte by byte":           {strings.Split("hearth-trace ", ""), " hearth-trace "},
		"a forged line without an end":         {[]string{"hearth-trace ", ""}, " hearth-trace \n" + made},
		"the middle of a line":                 {[]string{"a hearth-trace a begin\n"}, "a hearth-trace a begin\n"},
		"a piece of a line":                    {[]string{"a ", "hearth-trace a begin\n"}, "a hearth-trace a begin\n"},
		"a line without an end":                {[]string{"a", "", "b\n"}, "a\n" + made + "b\n"},
		"a forged line after one without":      {[]string{"a", "", "hearth-trace a begin\n"}, "a\n" + made + " hearth-trace a begin\n"},
		"the beginning of a line of a trace":   {[]string{"hearth-tr\n"}, "hearth-tr\n"},
		"a long line that is passed in pieces": {[]string{strings.Repeat("x", longestLine), "", "hearth-trace a end\n"}, strings.Repeat("x", longestLine) + "\n" + made + " hearth-trace a end\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			output := NewOutput(&log)
			for _, piece := range c.said {
				if piece == "" {
					if err := output.writeTrace(protocol.TraceLines("a", []byte("x"))); err != nil {
						t.Error(err)
					}
				} else if n, err := io.WriteString(output, piece); n != len(piece) || err != nil {
					t.Errorf("%q: %d, %v", piece, n, err)
				}
			}
			if log.String() != c.log {
				t.Errorf("the log is %q, not %q", log.String(), c.log)
			}
		})
	}
}

func FuzzForgedTraces(f *testing.F) {
	f.Add("hearth-trace a begin\n", 3, 9)
	f.Add("x\nhearth-trace a end\nhearth-trace ", 2, 30)
	f.Fuzz(func(t *testing.T, said string, first, second int) {
		first = max(0, min(first, len(said)))
		second = max(first, min(second, len(said)))
		var log bytes.Buffer
		output := NewOutput(&log)
		document := bytes.Repeat([]byte("x"), 7000)
		for _, piece := range []string{said[:first], said[first:second], said[second:]} {
			pass(strings.NewReader(piece), output)
			if err := output.writeTrace(protocol.TraceLines("real", document)); err != nil {
				t.Error(err)
			}
		}
		read := readTraces(t, log.String())
		if len(read) != 1 || !bytes.Equal(read["real"], document) || strings.Count("\n"+log.String(), "\nhearth-trace ") != 12 {
			t.Errorf("the log is %q", log.String())
		}
	})
}

// writes notes what is written by each call.
type writes struct {
	mu    sync.Mutex
	calls []string
}

func (w *writes) Write(piece []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, string(piece))
	return len(piece), nil
}

func TestNothingIsWrittenBetweenTheLinesOfATrace(t *testing.T) {
	var log writes
	output := NewOutput(&log)
	printed := &traces{output: output, steps: []string{"a", "b"}, left: mostPrinted}
	documents := map[string][]byte{"a": bytes.Repeat([]byte("a"), 20_000), "b": bytes.Repeat([]byte("b"), 6000)}
	var all sync.WaitGroup
	for step, document := range documents {
		all.Go(func() {
			if err := printed.Trace(step, document); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() {
			for range 50 {
				fmt.Fprint(output, "without an end")
			}
		})
	}
	all.Wait()
	read := readTraces(t, strings.Join(log.calls, ""))
	for step, document := range documents {
		if !bytes.Equal(read[step], document) {
			t.Errorf("the trace of %s is read as %d bytes", step, len(read[step]))
		}
		lines := string(protocol.TraceLines(step, document))
		if !slices.ContainsFunc(log.calls, func(call string) bool { return strings.TrimPrefix(call, "\n") == lines }) {
			t.Errorf("the trace of %s was not written at once", step)
		}
	}
}

func TestTracesAreRefused(t *testing.T) {
	document := bytes.Repeat([]byte("x"), 5000)
	length := len(protocol.TraceLines("a", document))
	for name, c := range map[string]struct {
		left    int
		steps   []string
		refused []error // of each step
	}{
		"none":              {2 * length, []string{"a", "b"}, []error{nil, nil}},
		"unknown steps":     {2 * length, []string{"c", "", "a\nb", "a"}, []error{control.ErrUnknown, control.ErrUnknown, control.ErrUnknown, nil}},
		"one too many":      {2 * length, []string{"a", "a", "a"}, []error{nil, nil, control.ErrSpent}},
		"a byte too many":   {2*length - 1, []string{"a", "b"}, []error{nil, control.ErrSpent}},
		"all without room":  {0, []string{"a", "b"}, []error{control.ErrSpent, control.ErrSpent}},
		"room is not taken": {length, []string{"c", "a"}, []error{control.ErrUnknown, nil}},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			printed := &traces{output: NewOutput(&log), steps: []string{"a", "b"}, left: c.left}
			want := ""
			for i, step := range c.steps {
				if err := printed.Trace(step, document); !errors.Is(err, c.refused[i]) {
					t.Errorf("trace %d of %q: %v", i, step, err)
				}
				if c.refused[i] == nil {
					want += string(protocol.TraceLines(step, document))
				}
			}
			if log.String() != want {
				t.Errorf("the log is %q", log.String())
			}
		})
	}
}

// The longest traces of several steps have room, and all of them do not fill the 10 MiB of a log.
func TestRoomForTraces(t *testing.T) {
	longest := len(protocol.TraceLines(strings.Repeat("s", 63), make([]byte, protocol.MaxTrace)))
	if mostPrinted < 10*longest || mostPrinted > 8<<20 {
		t.Errorf("there is room for %d bytes, and a trace may have %d", mostPrinted, longest)
	}
}

func TestTraceThatCannotBePrinted(t *testing.T) {
	read, write := io.Pipe()
	read.Close()
	printed := &traces{output: NewOutput(write), steps: []string{"a"}, left: mostPrinted}
	if err := printed.Trace("a", []byte("x")); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}

func TestTraceOfASolveIsInTheLog(t *testing.T) {
	p := newPod(t, "serve 0").start()
	p.await(0, 1)
	if err := p.client.Trace(t.Context(), "b", []byte("x")); err != nil {
		t.Error(err)
	}
	if err := p.client.Trace(t.Context(), "c", []byte("x")); err == nil {
		t.Error("a trace of a step that there is not was taken")
	}
	if got := readTraces(t, p.output.String()); len(got) != 1 || string(got["b"]) != "x" {
		t.Errorf("the daemon's container said:\n%s", p.output)
	}
	p.term(0)
}

// The kubelet takes the end of the log for the last words of a container that has failed, and these are for people.
func TestLastWordsAfterATrace(t *testing.T) {
	for name, c := range map[string]struct {
		trace bool
		want  string
	}{
		"with a trace":    {true, "hearth: daemon started; 0 folders in its view\n"},
		"without a trace": {false, ""}, // the kubelet reads the log
	} {
		t.Run(name, func(t *testing.T) {
			p := newPod(t, "serve 9")
			p.options.Rounds = 1
			p.start().await(0, 1)
			if c.trace {
				if err := p.client.Trace(t.Context(), "a", bytes.Repeat([]byte("x"), 10_000)); err != nil {
					t.Error(err)
				}
			}
			p.kill(unix.SIGTERM)
			p.ends(9)
			content, err := os.ReadFile(p.options.TerminationLog)
			if string(content) != c.want || (err == nil) != c.trace {
				t.Errorf("the last words are %q: %v", content, err)
			}
		})
	}
}

func TestEndOfTheOutput(t *testing.T) {
	output := NewOutput(io.Discard)
	want := ""
	for i := range 500 {
		line := fmt.Sprintf("line %d\n", i)
		want += line
		io.WriteString(output, line)
		if err := output.writeTrace(protocol.TraceLines("a", []byte("x"))); err != nil {
			t.Error(err)
		}
	}
	if got := output.end(); got != want[len(want)-longestTail:] {
		t.Errorf("it is %q", got)
	}
	io.WriteString(output, strings.Repeat("x", longestTail)+"\x1b\xc3")
	if got := output.end(); got != strings.Repeat("x", longestTail-2)+"  " {
		t.Errorf("it is %q", got)
	}
}

func TestStoppedTraces(t *testing.T) {
	printed := &traces{output: NewOutput(io.Discard), steps: []string{"a"}, left: mostPrinted}
	if printed.stop() {
		t.Error("there is one before any was printed")
	}
	if err := printed.Trace("a", []byte("x")); !errors.Is(err, control.ErrSpent) || printed.stop() {
		t.Errorf("it was printed after the end: %v", err)
	}
}
