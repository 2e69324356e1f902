package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearth.dev/agent/internal/plain"
	"hearth.dev/agent/internal/protocol"
)

// played answers with what it has. Await waits for given.
type played struct {
	waiting chan int
	given   chan int
	last    bool
	round   int
	follows bool
	full    bool
	crowded string
	state   State
	asked   []string
	done    []string
	traces  [][]byte
	spent   bool
}

func (p *played) Await(ctx context.Context, after int) (int, error) {
	if p.last {
		return 0, ErrLast
	}
	if p.waiting != nil {
		p.waiting <- after
	}
	select {
	case round := <-p.given:
		return round, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (p *played) Round() (int, bool) { return p.round, p.follows }
func (p *played) Full() bool         { return p.full }
func (p *played) Crowded() string    { return p.crowded }
func (p *played) State() State       { return p.state }

func (p *played) Ask(round int, want Want, why string) error {
	if p.last {
		return ErrLast
	}
	p.asked = append(p.asked, string(want)+": "+why)
	return nil
}

func (p *played) Done(step string) error {
	if step == "unknown" {
		return ErrUnknown
	}
	p.done = append(p.done, step)
	return nil
}

func (p *played) Trace(step string, document []byte) error {
	switch {
	case step == "unknown":
		return ErrUnknown
	case p.spent:
		return ErrSpent
	}
	p.traces = append(p.traces, document)
	return nil
}

// serve answers on a socket until the returned function is called.
func serve(t *testing.T, socket string, rounds Rounds) (stop func()) {
	t.Helper()
	listener, err := Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	server := NewServer(ctx, rounds)
	served := make(chan error, 1)
	go func() { served <- Serve(server, listener) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		server.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// socketPath returns a path that is short enough for a socket.
func socketPath(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "c")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	return filepath.Join(folder, "agent.sock")
}

func TestCallsReachTheRounds(t *testing.T) {
	ctx := t.Context()
	socket := socketPath(t)
	note := "BuildKit\x1b[31m was killed\n" + strings.Repeat("x", 3000)
	rounds := &played{
		given: make(chan int, 1), round: 2, follows: true, full: true, crowded: "others fill the storage\x00",
		state: State{Mode: protocol.SeedOwn, Problem: &protocol.Problem{Reason: protocol.ReasonDaemonKilled, Note: note}},
	}
	serve(t, socket, rounds)
	client := NewClient(socket)

	rounds.given <- 2
	if round, err := client.Await(ctx, 1); round != 2 || err != nil {
		t.Errorf("Await: %d, %v", round, err)
	}
	if round, follows, err := client.Round(ctx); round != 2 || !follows || err != nil {
		t.Errorf("Round: %d, %v, %v", round, follows, err)
	}
	if full, err := client.Full(ctx); !full || err != nil {
		t.Errorf("Full: %v, %v", full, err)
	}
	if crowded := client.Crowded(ctx); crowded != "others fill the storage " {
		t.Errorf("Crowded: %q", crowded)
	}
	state, err := client.State(ctx)
	if err != nil || state.Mode != protocol.SeedOwn || state.Problem.Reason != protocol.ReasonDaemonKilled {
		t.Errorf("State: %v, %v", state, err)
	}
	if length := len(state.Problem.Note); length != longestNote || strings.ContainsAny(state.Problem.Note, "\x1b\n") {
		t.Errorf("the note has %d characters, or some that are not printable", length)
	}
	if err := client.Ask(ctx, 2, Room, strings.Repeat("é", 400)); err != nil || rounds.asked[0] != "room: "+strings.Repeat(" ", LongestReason) {
		t.Errorf("Ask: %q, %v", rounds.asked, err)
	}
	if err := client.Done(ctx, "build"); err != nil || rounds.done[0] != "build" {
		t.Errorf("Done: %q, %v", rounds.done, err)
	}
}

func TestRefusals(t *testing.T) {
	ctx := t.Context()
	socket := socketPath(t)
	rounds := &played{last: true}
	serve(t, socket, rounds)
	client := NewClient(socket)
	if _, err := client.Await(ctx, 1); !errors.Is(err, ErrLast) {
		t.Errorf("Await: %v", err)
	}
	if err := client.Ask(ctx, 1, Anew, ""); !errors.Is(err, ErrLast) {
		t.Errorf("Ask: %v", err)
	}
	for _, err := range []error{
		client.Ask(ctx, 0, Anew, ""), client.Ask(ctx, 1, "more", ""), client.Done(ctx, "unknown"),
		client.Done(ctx, strings.Repeat("x", longestStep+1)),
	} {
		if !errors.Is(err, errInvalid) {
			t.Errorf("a question that cannot be answered was answered: %v", err)
		}
	}
}

func TestTraces(t *testing.T) {
	longest := make([]byte, protocol.MaxTrace)
	for name, c := range map[string]struct {
		step     string
		document []byte
		spent    bool
		want     error
	}{
		"a short one":            {"build", []byte("x"), false, nil},
		"one of all bytes":       {"build", []byte{0, '\n', 0xff}, false, nil},
		"the longest one":        {"build", longest, false, nil},
		"one that is too long":   {"build", make([]byte, protocol.MaxTrace+1), false, errLength},
		"one that is empty":      {"build", nil, false, errLength},
		"one of an unknown step": {"unknown", []byte("x"), false, errInvalid},
		"one of a long name":     {strings.Repeat("x", longestStep+1), []byte("x"), false, errInvalid},
		"one without any room":   {"build", []byte("x"), true, ErrSpent},
	} {
		t.Run(name, func(t *testing.T) {
			socket := socketPath(t)
			rounds := &played{spent: c.spent}
			serve(t, socket, rounds)
			if err := NewClient(socket).Trace(t.Context(), c.step, c.document); !errors.Is(err, c.want) {
				t.Errorf("%v, not %v", err, c.want)
			}
			switch {
			case c.want != nil && len(rounds.traces) != 0:
				t.Error("it was taken")
			case c.want == nil && (len(rounds.traces) != 1 || !bytes.Equal(rounds.traces[0], c.document)):
				t.Errorf("%d were taken", len(rounds.traces))
			}
		})
	}
}

// Who calls the agent may be another than its client.
func TestBoundsOfQuestions(t *testing.T) {
	trace := func(bytes int) string {
		document, err := json.Marshal(question{Step: "build", Trace: make([]byte, bytes)})
		if err != nil {
			t.Fatal(err)
		}
		return string(document)
	}
	for name, c := range map[string]struct {
		call, body string
		status     int
		text       string
	}{
		"the longest trace":      {"trace", trace(protocol.MaxTrace), 200, ""},
		"a trace too long":       {"trace", trace(protocol.MaxTrace + 1), 413, "the trace has a length that is not possible: it has 262145 bytes, and may have 262144"},
		"a body too long":        {"trace", trace(2 * protocol.MaxTrace), 413, "the question is longer than 365912 bytes"},
		"no trace":               {"trace", `{"step":"build"}`, 413, "the trace has a length that is not possible: it has 0 bytes, and may have 262144"},
		"no base64":              {"trace", `{"step":"build","trace":"?"}`, 400, "the question cannot be read"},
		"a trace with a success": {"done", trace(longestDocument), 413, "the question is longer than 16384 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			rounds := &played{}
			recorder := httptest.NewRecorder()
			NewServer(t.Context(), rounds).Handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "/"+c.call, strings.NewReader(c.body)))
			if recorder.Code != c.status || c.text != "" && strings.TrimSpace(recorder.Body.String()) != c.text {
				t.Errorf("status %d: %s", recorder.Code, recorder.Body)
			}
			if taken := len(rounds.traces) + len(rounds.done); (taken == 1) != (c.status == 200) {
				t.Errorf("%d were taken", taken)
			}
		})
	}
}

func TestTraceIsTriedOnce(t *testing.T) {
	if err := NewClient(socketPath(t)).Trace(t.Context(), "build", []byte("x")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without an agent: %v", err)
	}
	socket := socketPath(t)
	served := hostile(t, socket, "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n")
	if err := NewClient(socket).Trace(t.Context(), "build", []byte("x")); err == nil || errors.Is(err, errInvalid) {
		t.Errorf("with an agent that is ending: %v", err)
	}
	<-served
	if again := len(served); again != 0 {
		t.Errorf("tried %d times more", again)
	}
}

func TestTraceEndsWithItsContext(t *testing.T) {
	socket := socketPath(t)
	listener, err := Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- NewClient(socket).Trace(ctx, "build", []byte("x")) }()
	connection, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	cancel() // it is not answered
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestSocketIsForUserAndGroup(t *testing.T) {
	socket := socketPath(t)
	serve(t, socket, &played{})
	information, err := os.Stat(socket)
	if err != nil {
		t.Fatal(err)
	}
	if mode := information.Mode().Perm(); mode != 0o660 {
		t.Errorf("mode %o", mode)
	}
}

func TestAwaitSurvivesARestart(t *testing.T) {
	socket := socketPath(t)
	first := &played{waiting: make(chan int, 1)}
	stop := serve(t, socket, first)
	answers := make(chan int)
	go func() {
		round, err := NewClient(socket).Await(t.Context(), 1)
		if err != nil {
			t.Error(err)
		}
		answers <- round
	}()
	if after := <-first.waiting; after != 1 {
		t.Errorf("after %d", after)
	}
	stop()
	second := &played{waiting: make(chan int, 1), given: make(chan int, 1)}
	serve(t, socket, second)
	<-second.waiting
	second.given <- 2
	if round := <-answers; round != 2 {
		t.Errorf("round %d", round)
	}
}

func TestDoneWaitsForAnAgent(t *testing.T) {
	socket := socketPath(t)
	client := NewClient(socket)
	refused, err := Listen(socket) // nobody accepts, and then nobody listens
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- client.Done(t.Context(), "build") }()
	connection, err := refused.Accept()
	if err != nil {
		t.Fatal(err)
	}
	connection.Close()
	refused.Close()
	rounds := &played{}
	serve(t, socket, rounds)
	if err := <-done; err != nil || rounds.done[0] != "build" {
		t.Errorf("%q, %v", rounds.done, err)
	}
}

func TestCallEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := NewClient(socketPath(t)).Await(ctx, 0); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A daemon that was broken into may listen in place of the agent.
func TestHostileAnswers(t *testing.T) {
	body := func(body string) string {
		return "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body
	}
	for name, answer := range map[string]string{
		"no JSON":            body("hello"),
		"nothing":            body(""),
		"a negative round":   body(`{"round":-1}`),
		"an old round":       body(`{"round":1}`),
		"a fraction":         body(`{"round":2.5}`),
		"a text as round":    body(`{"round":"$(reboot)"}`),
		"too large a round":  body(`{"round":1000001}`),
		"a number too large": body(`{"round":99999999999999999999}`),
		"a long body":        body(`{"round":2,"crowded":"` + strings.Repeat("x", longestDocument) + `"}`),
		"deep JSON":          body(strings.Repeat("[", longestDocument)),
		"a redirect":         "HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nConnection: close\r\n\r\n",
		"another status":     "HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			socket := socketPath(t)
			hostile(t, socket, answer)
			if round, err := NewClient(socket).Await(t.Context(), 1); !errors.Is(err, errInvalid) {
				t.Errorf("round %d, %v", round, err)
			}
		})
	}
}

// What is no answer at all is asked for again, as the agent may have been ending.
func TestBrokenAnswersAreAskedForAgain(t *testing.T) {
	for name, answer := range map[string]string{
		"no HTTP":            "SSH-2.0-OpenSSH\r\n",
		"cut":                "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
		"an error":           "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n",
		"long headers":       "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 100<<10) + "\r\n\r\n{}",
		"nothing but a line": "\n",
	} {
		t.Run(name, func(t *testing.T) {
			socket := socketPath(t)
			served := hostile(t, socket, answer)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() {
				_, _, err := NewClient(socket).Round(ctx)
				ended <- err
			}()
			<-served
			<-served // the second call
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
}

// hostile gives one answer to everybody, and says so.
func hostile(t *testing.T, socket, answer string) <-chan struct{} {
	t.Helper()
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{}, 1000)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			if request, err := http.ReadRequest(bufio.NewReader(connection)); err == nil {
				_, _ = io.Copy(io.Discard, request.Body)
			}
			_, _ = io.WriteString(connection, answer)
			connection.Close()
			served <- struct{}{}
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		<-ended
	})
	return served
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"round":2,"follows":true,"full":true,"crowded":"x","state":{"mode":"Own","problem":{"reason":"CacheBroken","note":"y"}}}`))
	f.Add([]byte(`{"last":true}`))
	f.Add([]byte(`{"spent":true}`))
	f.Add([]byte(`{"state":{"mode":"Else","problem":{"reason":"Else","note":"\u001b"}}}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		said, err := read(content)
		if err != nil {
			return
		}
		if said.Round < 0 || said.Round > mostRounds {
			t.Errorf("round %d", said.Round)
		}
		if said.Crowded != plain.Text(said.Crowded, longestNote) {
			t.Errorf("crowded %q", said.Crowded)
		}
		if problem := said.State.Problem; problem != nil && (problem.Note != plain.Text(problem.Note, longestNote) || problem.Reason == "") {
			t.Errorf("problem %v", problem)
		}
		if mode := said.State.Mode; len(mode) > len(protocol.SeedRestore) {
			t.Errorf("mode %q", mode)
		}
	})
}

func FuzzQuestion(f *testing.F) {
	f.Add("ask", []byte(`{"round":1,"want":"room","why":"\u0000"}`))
	f.Add("done", []byte(`{"step":"build"}`))
	f.Add("await", []byte(`{"after":-1}`))
	f.Add("full", []byte(`{"round":`))
	f.Add("trace", []byte(`{"step":"build","trace":"eA=="}`))
	f.Fuzz(func(t *testing.T, call string, body []byte) {
		rounds := &played{given: make(chan int, 1), round: 1}
		rounds.given <- 1
		request := httptest.NewRequest(http.MethodPost, "http://agent/", strings.NewReader(string(body)))
		request.URL.Path = "/" + call
		recorder := httptest.NewRecorder()
		NewServer(t.Context(), rounds).Handler.ServeHTTP(recorder, request)
		if recorder.Code >= 500 {
			t.Errorf("status %d", recorder.Code)
		}
		for _, trace := range rounds.traces {
			if err := checkLength(trace); err != nil {
				t.Error(err)
			}
		}
		for _, asked := range rounds.asked {
			if asked != plain.Text(asked, LongestReason+len("room: ")) {
				t.Errorf("asked %q", asked)
			}
		}
	})
}
