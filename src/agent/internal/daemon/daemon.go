// Package daemon runs BuildKit daemons on a cache volume: it brings the volume to the state that was decided, starts a daemon,
// and after a run that went well seals what it left.
//
// Each daemon is a round. One that does not start, dies, or is said by a solve to be of no use is followed by another, on
// what is left of the state once the trouble has been put aside.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/children"
	"hearth.dev/agent/internal/control"
	"hearth.dev/agent/internal/plain"
	"hearth.dev/agent/internal/protocol"
	"hearth.dev/agent/internal/volume"
)

const (
	// Rounds is the number of daemons that are tried.
	Rounds = 3
	// CodeInUse is the exit code if another agent is on the volume. It says nothing about what a daemon could do.
	CodeInUse = 75
	// codeFailed is the exit code if the agent itself fails.
	codeFailed = 1
	// graceTime is how long a daemon may take to end in the middle of a pod's time. Others may still be building; they
	// begin again.
	graceTime = 10 * time.Second
)

// Volume is a cache volume, as volume.Volume is. It is not used by two goroutines at a time, except for EmptyTrash.
type Volume interface {
	SweepArtifacts() error
	ArtifactsKiB() int64
	Prepare() error
	Root() string
	View() (volume.View, error)
	Fault() string
	Full() bool
	Roomy() bool
	SizeKiB() int64
	Crowded() string
	Spared() bool
	Spare(why string)
	Vacate(why string) error
	Relieve(why string) error
	Renew(reason protocol.Reason, why string) error
	Note(reason protocol.Reason, text string)
	Problem() *protocol.Problem
	Begun() *protocol.Begun
	Seal() error
	Sweep() error
	Succeeded() error
	Discard(paths ...string) error
	EmptyTrash()
	Report(buildKitKiB *int64) protocol.DaemonReport
}

// Options say how daemons are run.
type Options struct {
	Request protocol.DaemonRequest
	// Rounds is the number of daemons that are tried.
	Rounds int
	// Sockets is the folder that clients share. BuildKit's socket and the agent's are in it.
	Sockets string
	// View is where a daemon sees the folders that it may change.
	View string
	// Own is the path of the volume.
	Own string
	// Configuration is the path at which a daemon finds its configuration.
	Configuration string
	// TerminationLog is the file for the report.
	TerminationLog string
	// Enter is the command line of the subcommand of this program that calls Enter.
	Enter []string
	// BuildKit is the program of the daemon.
	BuildKit string
	// Output is for what the daemons and the agent say, and for the traces of the solves.
	Output *Output
}

// trialFolder is the folder of the volume that has the root of a daemon that is only tried.
const trialFolder = "trial"

// supervisor runs the daemons of one container.
type supervisor struct {
	Options
	volume   Volume
	rounds   *rounds
	traces   *traces
	program  program
	buildKit buildKit
	children *children.Children
	reap     func(paths ...string) error
	grace    time.Duration

	// measuring is held by whoever uses the volume: solves may ask for a measure at any time.
	measuring sync.Mutex
	// sizeKiB is the size that the volume may have.
	sizeKiB int64
	// usedKiB is what BuildKit counted at last; nil if it was not asked.
	usedKiB *int64
}

// Run runs daemons until the context ends, which says that the solves have ended, and then seals and reports. It returns the
// exit code of this container: that of the last daemon, or another one after which the kubelet starts the container again.
func Run(ctx context.Context, options Options, volume Volume) int {
	s, err := newSupervisor(options, volume)
	if err != nil {
		fmt.Fprintln(options.Output, "hearth:", err)
		return codeFailed
	}
	return s.run(ctx)
}

func newSupervisor(options Options, volume Volume) (*supervisor, error) {
	s := &supervisor{
		Options: options, volume: volume, reap: reap, grace: graceTime,
		traces:   &traces{output: options.Output, steps: options.Request.Steps, left: mostPrinted},
		children: children.New(),
		buildKit: buildKit{options.Sockets + "/buildkitd.sock"},
	}
	s.program = program{
		enter: options.Enter, buildkit: options.BuildKit, nested: options.Request.Nested,
		configuration: options.Configuration, config: options.Request.Config,
		socket: s.buildKit.socket, view: options.View, output: options.Output,
	}
	folder, err := os.OpenRoot(options.Sockets)
	if err != nil {
		return nil, fmt.Errorf("open the folder of the sockets: %w", err)
	}
	s.rounds = openRounds(folder, options.Request.Steps, options.Rounds, s.say)
	return s, nil
}

func (s *supervisor) say(sentence string) {
	fmt.Fprintln(s.Output, "hearth:", sentence)
}

func (s *supervisor) run(ctx context.Context) int {
	defer s.rounds.folder.Close()
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	go s.children.Collect(background)

	listener, err := control.Listen(s.Sockets + "/agent.sock")
	if err != nil {
		s.say(fmt.Sprintf("listen for the solves: %v", err))
		return codeFailed
	}
	server := control.NewServer(background, answering{s.rounds, s.traces, s})
	served := make(chan error, 1)
	go func() { served <- control.Serve(server, listener) }()
	defer func() {
		server.Close() // who waits for a daemon asks the agent of the next container
		<-served
	}()

	if err := s.prepare(); err != nil {
		s.say(fmt.Sprintf("prepare the volume: %v", err))
		s.refuse(ctx, err)
		return codeFailed
	}
	code, err := s.work(ctx)
	if err != nil {
		s.say(err.Error())
		s.explain()
		return codeFailed
	}
	if ctx.Err() == nil {
		if code != 0 {
			s.explain()
		}
		return code
	}
	s.rounds.stop()
	if err := s.finish(); err != nil {
		s.say(err.Error())
	}
	return code
}

// explain has the kubelet say why there is no daemon. Without a report it takes the end of the log for this container's last
// words, which must not be a trace.
func (s *supervisor) explain() {
	if !s.traces.stop() {
		return
	}
	if err := WriteTerminationLog(s.TerminationLog, s.Output.end()); err != nil {
		s.say(err.Error())
	}
}

// prepare brings the volume to the state that the first daemon starts from.
func (s *supervisor) prepare() error {
	s.measuring.Lock()
	defer s.measuring.Unlock()
	if s.rounds.isBeforeFirst() { // a container that is started again finds solves at work
		if err := s.volume.SweepArtifacts(); err != nil {
			s.say(fmt.Sprintf("artifacts that no run names were not all removed: %s", plain.Text(err.Error(), longestWords)))
		}
	}
	if err := s.volume.Prepare(); err != nil {
		return err
	}
	s.sizeKiB = s.volume.SizeKiB()
	go s.volume.EmptyTrash()
	return nil
}

// refuse tells the solves that there is no daemon, if that is for want of room that others have taken: a container that is
// started again finds the same. It returns when they have ended.
func (s *supervisor) refuse(ctx context.Context, failed error) {
	if !errors.Is(failed, unix.ENOSPC) && !errors.Is(failed, unix.EDQUOT) {
		return
	}
	s.measuring.Lock()
	sentence := s.volume.Crowded()
	s.measuring.Unlock()
	if sentence == "" {
		return
	}
	s.volume.Spare("there is no room to begin in")
	s.rounds.crowd(sentence, true)
	s.rounds.stop()
	<-ctx.Done()
	if err := s.report(); err != nil {
		s.say(err.Error())
	}
}

// work runs one daemon after the other. It returns the exit code of the last one, once the context has ended or another one
// would not do better.
func (s *supervisor) work(ctx context.Context) (int, error) {
	pruneWhy := "" // set if room is made before the solves have the next daemon
	code := 0
	for ctx.Err() == nil {
		round := s.rounds.begin(s.state())
		view, err := s.volume.View()
		if err != nil {
			return 0, fmt.Errorf("find the folders of the view: %w", err)
		}
		daemon, err := s.program.start(s.children, view, s.volume.Root())
		if err != nil {
			return 0, err
		}
		s.say(fmt.Sprintf("daemon started; %d folders in its view", len(view.Lower)))
		answered := s.tend(ctx, daemon, pruneWhy)
		code = daemon.code
		wish := s.rounds.over()
		s.clear(s.volume.Root())
		words := daemon.lastWords()
		if ctx.Err() != nil {
			break
		}
		ended := end{round: round, rounds: s.Rounds, code: code, words: words, answered: answered, pruned: s.rounds.pruned()}
		if wish != nil {
			ended.wish, ended.why = wish.want, wish.why
		}
		follows := false
		if pruneWhy, follows, err = s.again(ctx, ended); err != nil || !follows {
			return code, err
		}
	}
	return code, nil
}

// tend lets the solves have a daemon once it answers, and ends it when one of them wants another, or when they have ended. It
// returns once the daemon has ended, and says whether the solves had it.
func (s *supervisor) tend(ctx context.Context, daemon *process, pruneWhy string) (given bool) {
	alive, cancel := daemon.alive(ctx)
	defer cancel()
	if err := s.buildKit.await(alive); err != nil {
		if alive.Err() == nil {
			s.say(fmt.Sprintf("the daemon does not answer: %v", err))
		}
	} else {
		given = s.ready(alive, pruneWhy)
		if s.rounds.asked(alive) != nil {
			daemon.end(s.grace)
			return given
		}
	}
	select {
	case <-daemon.ended:
	case <-ctx.Done():
		s.leave(context.WithoutCancel(ctx), daemon)
	}
	return given
}

// ready gives a daemon that answers to the solves. If it could not be of use to them, it asks for another instead.
func (s *supervisor) ready(ctx context.Context, pruneWhy string) (given bool) {
	s.measuring.Lock()
	defer s.measuring.Unlock()
	if pruneWhy != "" {
		s.prune(ctx, megabytes(s.sizeKiB/4))
		if s.Request.Seal > 0 {
			s.sweep()
		}
		s.volume.EmptyTrash()
		if ctx.Err() == nil && !s.volume.Roomy() {
			s.rounds.want(control.Room, pruneWhy)
			return false
		}
	}
	if why := s.volume.Fault(); why != "" {
		s.rounds.want(control.Anew, why)
		return false
	}
	if ctx.Err() != nil {
		return false
	}
	s.rounds.give()
	return true
}

// leave prunes and counts what the solves have left, and ends the daemon.
func (s *supervisor) leave(ctx context.Context, daemon *process) {
	alive, cancel := daemon.alive(ctx)
	defer cancel()
	// What artifacts take is not there for BuildKit, but a quarter of the volume always is.
	most := max(s.sizeKiB/10*7-s.volume.ArtifactsKiB(), s.sizeKiB/4)
	s.prune(alive, min(s.Request.KeepMB, megabytes(most)))
	if used, err := s.buildKit.usage(alive); err == nil {
		s.usedKiB = &used
	}
	daemon.signal(unix.SIGTERM)
	<-daemon.ended
}

func (s *supervisor) prune(ctx context.Context, keepMB int64) {
	if err := s.buildKit.prune(ctx, keepMB); err != nil {
		s.say(fmt.Sprintf("nothing was pruned: %s", plain.Text(err.Error(), longestWords)))
	}
}

// megabytes converts KiB.
func megabytes(kib int64) int64 {
	if kib > math.MaxInt64/1024 {
		return math.MaxInt64 / 1_000_000
	}
	return kib * 1024 / 1_000_000
}

// again prepares what follows the end of a daemon that nobody has told to end. It says whether another one follows, and why
// it has to make room first, if it has.
func (s *supervisor) again(ctx context.Context, ended end) (pruneWhy string, follows bool, err error) {
	s.measuring.Lock()
	defer s.measuring.Unlock()
	if ended.round < ended.rounds {
		ended.full = s.volume.Full()
		ended.spared = (ended.wish == control.Room || ended.full) && s.volume.Spared()
	}
	why := ended.reason()
	for {
		switch ended.next() {
		case stop:
			return "", false, nil
		case resume:
			s.volume.Note(protocol.ReasonDaemonKilled, "BuildKit was killed, and started again")
			return "", true, nil
		case spare:
			s.rounds.crowd(s.volume.Crowded(), false)
			s.volume.Spare(why)
			return "", true, nil
		case prune:
			s.rounds.prune()
			s.volume.Note(protocol.ReasonVolumeFull, why+"; what was used longest ago was pruned")
			return why, true, nil
		case vacate:
			return "", true, s.volume.Vacate(why)
		case renew:
			return "", true, s.volume.Renew(protocol.ReasonCacheBroken, why)
		case try:
			if ended.trial, err = s.try(ctx); err != nil {
				return "", false, err
			}
		}
	}
}

// try finds out whether a daemon starts here on an empty root: what is wrong is the state then, and not this node.
func (s *supervisor) try(ctx context.Context) (trial, error) {
	root := s.Own + "/" + trialFolder
	daemon, err := s.program.start(s.children, volume.View{}, root)
	if err != nil {
		return fails, err
	}
	alive, cancel := daemon.alive(ctx)
	defer cancel()
	result := works
	if err := s.buildKit.await(alive); err != nil {
		result = fails
	}
	daemon.signal(unix.SIGKILL)
	<-daemon.ended
	s.clear(root)
	daemon.lastWords()
	return result, s.volume.Discard(trialFolder)
}

// clear ends what a dead daemon has left running and detaches what it has mounted. What could not be is left to those who
// need it gone.
func (s *supervisor) clear(root string) {
	if err := s.reap(s.View, root); err != nil {
		s.say(fmt.Sprintf("end what the daemon has left: %v", err))
	}
}

// state is what became of the cache, for the solves.
func (s *supervisor) state() control.State {
	state := control.State{Problem: s.volume.Problem()}
	if begun := s.volume.Begun(); begun != nil && state.Problem != nil {
		state.Mode = begun.Mode
	}
	return state
}

// finish seals what the daemons left, if all steps succeeded, and reports.
func (s *supervisor) finish() error {
	s.measuring.Lock()
	defer s.measuring.Unlock()
	var failed error
	succeeded := s.rounds.succeeded()
	if s.Request.Seal > 0 && succeeded {
		s.seal()
	}
	if s.volume.Full() {
		failed = errors.Join(failed, s.volume.Relieve("the volume is full after the run"))
	}
	if succeeded {
		failed = errors.Join(failed, s.volume.Succeeded())
	}
	failed = errors.Join(failed, s.report())
	s.volume.EmptyTrash()
	return failed
}

// seal seals and sweeps. The volume has noted the reason if nothing is sealed.
func (s *supervisor) seal() {
	if err := s.volume.Seal(); err != nil {
		return
	}
	s.sweep()
}

func (s *supervisor) sweep() {
	if err := s.volume.Sweep(); err != nil {
		s.say(fmt.Sprintf("remove what no generation needs: %v", err))
	}
}

// report measures the volume and reports. A note is shortened, or left out, for a report that would be cut.
func (s *supervisor) report() error {
	report := s.volume.Report(s.usedKiB)
	content, err := protocol.EncodeReport(&report, s.Request.ReportBytes, func(over int) bool {
		if report.Problem == nil {
			return false
		}
		report.Problem = report.Problem.Shorten(over)
		return true
	})
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return WriteTerminationLog(s.TerminationLog, string(content))
}

// WriteTerminationLog writes what the kubelet is to copy into the pod's status.
func WriteTerminationLog(path, content string) error {
	// A daemon that was broken into may have put anything in its place: what is no file must not hold the agent up.
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o644)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	_, err = file.WriteString(content)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// answering answers the solves: what the rounds know, and a measure of the volume. It takes their traces.
type answering struct {
	*rounds
	*traces
	supervisor *supervisor
}

// Full measures what fills a full volume, for the sentence that the solves tell people.
func (a answering) Full() bool {
	s := a.supervisor
	s.measuring.Lock()
	defer s.measuring.Unlock()
	if !s.volume.Full() {
		return false
	}
	sentence := s.volume.Crowded()
	// Where nothing is removed for the sake of others, another round would not help.
	s.rounds.crowd(sentence, sentence != "" && s.Request.Seal > 0)
	return true
}
