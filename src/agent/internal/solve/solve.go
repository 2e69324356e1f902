// Package solve runs one solve of a build and reports what came of it.
package solve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"hearth.dev/agent/internal/control"
	"hearth.dev/agent/internal/protocol"
	"hearth.dev/agent/internal/trace"
)

// Exit codes of a solve.
const (
	codeSucceeded = 0
	codeFailed    = 1
	codeTimedOut  = 124
)

// maxReason is the length of the reason for which another daemon is asked for, and of the note about an import.
const maxReason = 300

// maxAttempts is more than an agent of a daemon ever gives reason for, with its three daemons and a restart of its container.
const maxAttempts = 8

// traceTime is how long a solve that is over waits until its trace is taken.
const traceTime = 5 * time.Second

// maxLine is the length of a line of Hearth's own in the log.
const maxLine = 1000

// wasFull is the reason for asking for space that was measured to be missing.
const wasFull = "the volume was full as the build failed"

// noRoomText tells people what to do about a volume that is too small.
const noRoomText = "the cache volume is full, with little more in it than this build and the artifacts of the newest runs: raise " +
	"storage.size of the CachePolicy (retention.untrusted.size for untrusted refs), shorten artifacts.keepFor, or have the build " +
	"leave less"

// daemon is the agent of the daemon: what a solve asks of control.Client.
type daemon interface {
	Await(ctx context.Context, after int) (round int, err error)
	Round(ctx context.Context) (round int, follows bool, err error)
	Full(ctx context.Context) (bool, error)
	Ask(ctx context.Context, round int, want control.Want, why string) error
	Crowded(ctx context.Context) string
	State(ctx context.Context) (control.State, error)
	Done(ctx context.Context, step string) error
	Trace(ctx context.Context, step string, document []byte) error
}

// builder makes attempts.
type builder interface {
	answers(ctx context.Context) bool
	solve(ctx context.Context, request protocol.SolveRequest, imports []protocol.Import) outcome
}

// solver runs one solve, on one daemon after the other.
type solver struct {
	daemon  daemon
	builder builder
	log     io.Writer
	// report is the path of the file for the report.
	report  string
	request protocol.SolveRequest

	// round is that of the daemon of the last attempt.
	round int
	// imports are those of the next attempt.
	imports []protocol.Import
	// notImported is why a cache was not imported; "" if each was.
	notImported string
	// trace is that of the last attempt; nil if none was made.
	trace *trace.Trace
}

// Run runs a solve and returns the exit code of the process. It waits for the daemon, tries again what failed for a reason of
// the cache's, prints for people on the standard output, and leaves a report if the solve has succeeded: for one that has
// failed, the kubelet takes the end of the log instead. The context ends when the process is told to terminate.
func Run(ctx context.Context, request protocol.SolveRequest) int {
	log := &lockedWriter{w: os.Stdout}
	s := &solver{
		daemon:  control.NewClient(protocol.ControlSocket),
		builder: buildKit{address: "unix://" + protocol.BuildKitSocket, log: log, endTime: endTime},
		log:     log,
		report:  protocol.TerminationLog,
		request: request,
	}
	return s.run(ctx)
}

// run makes the attempts and then tells the agent of the daemon what came of them. It reports a success last, because the pod may
// end once all solves have reported one.
func (s *solver) run(ctx context.Context) int {
	if s.request.Skip {
		s.say("there is nothing to build: this run uses what an earlier one has built")
		s.done(ctx) // a volume is sealed once all its solves have succeeded
		return codeSucceeded
	}
	code := s.try(ctx)
	ctx = context.WithoutCancel(ctx) // the solve is over
	if code != codeSucceeded && s.leavesFiles() {
		_ = s.files().discard() // or the next daemon's agent does
	}
	if s.trace != nil {
		if err := s.handOver(ctx, s.trace); err != nil {
			s.say(fmt.Sprintf("the trace of this solve is lost: %v", err))
		}
	}
	if code == codeSucceeded {
		s.done(ctx)
	}
	return code
}

// done tells the agent of the daemon that this step has succeeded. Only the cache is worse if it does not know.
func (s *solver) done(ctx context.Context) {
	if err := s.daemon.Done(ctx, s.request.Step); err != nil {
		s.say(fmt.Sprintf("the daemon does not know that this step has succeeded: %v", err))
	}
}

// handOver hands over a trace. It does not wait for long: nothing depends on a trace.
func (s *solver) handOver(ctx context.Context, made *trace.Trace) error {
	ctx, cancel := context.WithTimeout(ctx, traceTime)
	defer cancel()
	document, err := made.Compressed(protocol.MaxTrace)
	if err != nil {
		return err
	}
	return s.daemon.Trace(ctx, s.request.Step, document)
}

// try makes attempts, reports, and returns the exit code.
func (s *solver) try(ctx context.Context) int {
	var deadline time.Time
	if s.request.LimitSeconds > 0 {
		deadline = time.Now().Add(time.Duration(s.request.LimitSeconds) * time.Second)
	}
	s.imports = s.request.Imports
	round, err := s.daemon.Await(ctx, 0)
	if err != nil {
		if ctx.Err() != nil {
			return protocol.CodeTerminated
		}
		s.sayCrowdedOr(ctx, "BuildKit does not answer")
		return codeFailed
	}
	s.round = round
	for left := maxAttempts; ; left-- {
		if s.leavesFiles() {
			if err := s.files().begin(); err != nil {
				s.say(err.Error())
				return codeFailed
			}
		}
		made, timedOut := s.attempt(ctx, deadline)
		if made.err == nil {
			return s.succeed(ctx, made)
		}
		if timedOut {
			s.say(fmt.Sprintf("the solve reached its timeout of %d s", s.request.LimitSeconds))
		}
		if left > 1 && s.again(ctx, made.err, timedOut) {
			continue
		}
		switch {
		case timedOut:
			return codeTimedOut
		case ctx.Err() != nil:
			return protocol.CodeTerminated
		default:
			return codeFailed
		}
	}
}

// attempt makes one attempt within the time limit, and says whether the limit ended it.
func (s *solver) attempt(ctx context.Context, deadline time.Time) (made outcome, timedOut bool) {
	limited := ctx
	if !deadline.IsZero() {
		var cancel context.CancelFunc
		limited, cancel = context.WithDeadline(ctx, deadline)
		defer cancel()
	}
	if err := limited.Err(); err != nil { // the time went by while a daemon was waited for
		made = outcome{err: err}
	} else {
		made = s.builder.solve(limited, s.request, s.imports)
		s.trace = made.trace
	}
	return made, made.err != nil && ctx.Err() == nil && errors.Is(limited.Err(), context.DeadlineExceeded)
}

// again prepares another attempt after one that failed, or says why there is none and returns false.
func (s *solver) again(ctx context.Context, failed error, timedOut bool) bool {
	f := facts{timedOut: timedOut, failure: classify(failed), imports: len(s.imports) > 0}
	why := line(failed.Error(), maxReason)
	for {
		f.terminated = ctx.Err() != nil
		switch decide(f) {
		case probe:
			f.answers = s.builder.answers(ctx)
			round, follows, err := s.daemon.Round(ctx)
			f.replaced, f.follows, f.probed = err != nil || round != s.round, follows, true
		case measure:
			full, err := s.daemon.Full(ctx)
			f.full, f.measured = full && err == nil, true
			if f.full {
				why = wasFull
			}
		case await:
			if s.await(ctx) {
				return true
			}
			f.answers, f.replaced, f.follows = false, false, false
		case gone:
			s.sayCrowdedOr(ctx, "BuildKit is gone, and does not come back")
			return false
		case askRoom:
			if !s.ask(ctx, control.Room, why) {
				f.follows = false
				continue
			}
			return s.await(ctx)
		case noRoom:
			s.sayCrowdedOr(ctx, noRoomText)
			return false
		case askAnew:
			return s.ask(ctx, control.Anew, why) && s.await(ctx)
		case withoutImports:
			s.imports, s.notImported = nil, why
			return true
		case fail:
			return false
		}
	}
}

// ask asks for another daemon, and says whether one follows. A question that is lost may have arrived.
func (s *solver) ask(ctx context.Context, want control.Want, why string) bool {
	return !errors.Is(s.daemon.Ask(ctx, s.round, want, why), control.ErrLast)
}

// await waits for a later daemon than that of the last attempt.
func (s *solver) await(ctx context.Context) bool {
	round, err := s.daemon.Await(ctx, s.round)
	if err != nil {
		return false
	}
	s.round = round
	return true
}

// succeed writes the report. It does so even if the process was told to terminate, because the solve is over.
func (s *solver) succeed(ctx context.Context, made outcome) int {
	report, err := s.describe(context.WithoutCancel(ctx), made)
	if err == nil {
		err = write(s.report, report, s.request.ReportBytes)
	}
	if err != nil { // without a report nobody would know what was made
		s.say(err.Error())
		return codeFailed
	}
	return codeSucceeded
}

func (s *solver) describe(ctx context.Context, made outcome) (protocol.SolveReport, error) {
	counts := made.trace.Counts(maxRebuilt)
	report := protocol.SolveReport{
		Version:  protocol.Version,
		Digest:   made.digest,
		Cached:   counts.Cached,
		Executed: counts.Executed,
		Rebuilt:  names(counts.Rebuilt),
		Warnings: made.trace.Lint(maxWarnings),
	}
	if s.notImported == "" {
		s.notImported = line(made.notImported, maxReason)
	}
	if s.notImported != "" {
		report.Problem = &protocol.Problem{Reason: protocol.ReasonImportFailed, Note: s.notImported}
	} else if state, err := s.daemon.State(ctx); err == nil {
		report.Restarted, report.Problem = state.Mode, state.Problem
	}
	if !s.leavesFiles() {
		return report, nil
	}
	var err error
	report.Files, err = s.files().keep()
	return report, err
}

func (s *solver) leavesFiles() bool { return s.request.Artifacts != "" }

func (s *solver) files() files { return files{folder: s.request.Artifacts, step: s.request.Step} }

func (s *solver) sayCrowdedOr(ctx context.Context, text string) {
	if crowded := line(s.daemon.Crowded(ctx), maxReason); crowded != "" {
		text = crowded
	}
	s.say(text)
}

// say prints a line for people. A text of the daemon's, or the name of a file, makes no second one of it.
func (s *solver) say(sentence string) {
	_, _ = fmt.Fprintf(s.log, "hearth: %s\n", line(sentence, maxLine))
}
