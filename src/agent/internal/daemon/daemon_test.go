package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/control"
	"hearth.dev/agent/internal/protocol"
)

// pod is what a daemon's container and its clients share. Containers are started in it one after the other.
type pod struct {
	*testing.T
	folder  string
	options Options
	volume  *playedVolume
	client  *control.Client
	output  *output
	told    context.CancelFunc
	code    chan int
}

type output struct {
	mu      sync.Mutex
	content bytes.Buffer
}

func (o *output) Write(piece []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.content.Write(piece)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.content.String()
}

// newPod makes a pod with two solves, in which BuildKit does what is planned for each start of it.
func newPod(t *testing.T, plan ...string) *pod {
	t.Helper()
	folder, err := os.MkdirTemp("", "d") // short enough for sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	for _, name := range []string{"sockets", "own", "played"} {
		if err := os.Mkdir(filepath.Join(folder, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(playedVariable, filepath.Join(folder, "played"))
	p := &pod{T: t, folder: folder, output: &output{}, volume: &playedVolume{own: filepath.Join(folder, "own"), roomy: true}}
	p.options = Options{
		Request: protocol.DaemonRequest{Config: "gc = false\n", Seal: 3, ReportBytes: 4096, KeepMB: 1000, Steps: []string{"a", "b"}},
		Rounds:  Rounds, Sockets: filepath.Join(folder, "sockets"), View: filepath.Join(folder, "view"), Own: p.volume.own,
		Configuration: filepath.Join(folder, "buildkitd.toml"), TerminationLog: filepath.Join(folder, "report"),
		Enter: []string{program}, BuildKit: program, Output: NewOutput(p.output),
	}
	p.write("plan", strings.Join(plan, "\n")+"\n")
	p.client = control.NewClient(p.options.Sockets + "/agent.sock")
	return p
}

func (p *pod) write(name, content string) {
	p.Helper()
	if err := os.WriteFile(filepath.Join(p.folder, "played", name), []byte(content), 0o644); err != nil {
		p.Fatal(err)
	}
}

func (p *pod) played(name string) string {
	content, _ := os.ReadFile(filepath.Join(p.folder, "played", name))
	return string(content)
}

// start starts the daemon's container.
func (p *pod) start() *pod {
	p.Helper()
	s, err := newSupervisor(p.options, p.volume)
	if err != nil {
		p.Fatal(err)
	}
	s.reap = func(...string) error { p.volume.did("reap"); return nil }
	s.grace = time.Millisecond
	ctx, cancel := context.WithCancel(context.Background())
	p.told, p.code = cancel, make(chan int, 1)
	code := p.code
	go func() { code <- s.run(ctx) }()
	p.Cleanup(cancel)
	return p
}

func (p *pod) await(after, want int) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), time.Minute) // a test that fails ends
	defer cancel()
	if round, err := p.client.Await(ctx, after); round != want || err != nil {
		p.Fatalf("round %d, %v; the daemon's container said:\n%s", round, err, p.output)
	}
}

func (p *pod) ask(round int, want control.Want, why string) {
	p.Helper()
	if err := p.client.Ask(p.Context(), round, want, why); err != nil {
		p.Fatal(err)
	}
}

func (p *pod) done(steps ...string) {
	p.Helper()
	for _, step := range steps {
		if err := p.client.Done(p.Context(), step); err != nil {
			p.Fatal(err)
		}
	}
}

// ends waits for the end of the container.
func (p *pod) ends(code int) {
	p.Helper()
	if got := <-p.code; got != code {
		p.Errorf("exit code %d; the daemon's container said:\n%s", got, p.output)
	}
}

// term says that the solves have ended.
func (p *pod) term(code int) {
	p.Helper()
	p.told()
	p.ends(code)
}

func (p *pod) did(want ...string) {
	p.Helper()
	if got := slices.DeleteFunc(slices.Clone(p.volume.done), func(what string) bool { return what == "reap" }); !slices.Equal(got, want) {
		p.Errorf("the volume was asked to\n%q, not to\n%q", got, want)
	}
}

func (p *pod) kill(signal syscall.Signal) {
	p.Helper()
	pid, err := strconv.Atoi(p.played("pid"))
	if err != nil {
		p.Fatal(err)
	}
	if err := unix.Kill(pid, signal); err != nil {
		p.Fatal(err)
	}
}

// report reads the report; nil if there is none.
func (p *pod) report() *protocol.DaemonReport {
	p.Helper()
	content, err := os.ReadFile(p.options.TerminationLog)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		p.Fatal(err)
	}
	var report protocol.DaemonReport
	if err := json.Unmarshal(content, &report); err != nil {
		p.Fatal(err)
	}
	return &report
}

func TestRunThatGoesWellIsSealed(t *testing.T) {
	p := newPod(t, "serve 1").start()
	p.await(0, 1)
	p.done("a", "b", "a")
	p.term(1)
	p.did("prepare", "seal", "sweep", "succeeded")
	if i, j := slices.Index(p.volume.done, "reap"), slices.Index(p.volume.done, "seal"); i < 0 || i > j {
		t.Errorf("sealed before what the daemon has left was ended: %q", p.volume.done)
	}
	if asked := p.played("asked"); asked != "prune all=true most=1000000000\n" {
		t.Errorf("asked for %q", asked)
	}
	if config := p.played("started"); config != "gc = false\n" {
		t.Errorf("configured by %q", config)
	}
	if report := p.report(); report == nil || *report.BuildKitKiB != 7 {
		t.Errorf("report %v", report)
	}
}

func TestSevenTenthsOfTheVolumeAreKeptAtMost(t *testing.T) {
	p := newPod(t, "serve 0")
	p.options.Request.KeepMB = 1_000_000
	p.start().await(0, 1)
	p.term(0)
	if asked := p.played("asked"); asked != "prune all=true most=2867000000\n" {
		t.Errorf("asked for %q", asked)
	}
}

func TestArtifactsAreCountedInWhatIsKept(t *testing.T) {
	for artifacts, most := range map[int64]string{1_000_000: "1843000000", 3_000_000: "1024000000"} {
		p := newPod(t, "serve 0")
		p.options.Request.KeepMB = 1_000_000
		p.volume.artifacts = artifacts
		p.start().await(0, 1)
		p.term(0)
		if asked := p.played("asked"); asked != "prune all=true most="+most+"\n" {
			t.Errorf("with %d KiB of artifacts asked for %q", artifacts, asked)
		}
	}
}

func TestArtifactsThatCannotBeSweptStopNothing(t *testing.T) {
	p := newPod(t, "serve 0")
	p.volume.sweepFail = errors.New("too many")
	p.start().await(0, 1)
	p.done("a", "b")
	p.term(0)
	p.did("prepare", "seal", "sweep", "succeeded")
}

func TestRunThatFailsIsNotSealed(t *testing.T) {
	p := newPod(t, "serve 0").start()
	p.await(0, 1)
	p.done("a")
	p.term(0)
	p.did("prepare")
	if p.report() == nil {
		t.Error("no report")
	}
}

func TestVolumeThatNobodyStartsFromIsNotSealed(t *testing.T) {
	p := newPod(t, "serve 0")
	p.options.Request.Seal = 0
	p.start().await(0, 1)
	p.done("a", "b")
	p.term(0)
	p.did("prepare", "succeeded")
}

func TestSealThatFailsIsNotSwept(t *testing.T) {
	p := newPod(t, "serve 0")
	p.volume.sealFail = errors.New("no")
	p.volume.full = true
	p.start().await(0, 1)
	p.done("a", "b")
	p.term(0)
	p.did("prepare", "seal", "relieve: the volume is full after the run", "succeeded")
}

func TestDaemonThatDiesIsFollowedByOneOnAnotherState(t *testing.T) {
	p := newPod(t, "die 2 panic: page 7", "serve 0")
	p.write("trial", "serve 0\n")
	p.start().await(0, 2)
	state, err := p.client.State(t.Context())
	if err != nil || state.Mode != protocol.SeedCold || state.Problem.Note != "BuildKit ended with code 2 (panic: page 7)" {
		t.Errorf("state %v, %v", state, err)
	}
	p.term(0)
	p.did("prepare", "discard: trial", "renew: BuildKit ended with code 2 (panic: page 7)")
	if !strings.Contains(p.output.String(), "panic: page 7\n") {
		t.Errorf("what the daemon said is not in the log: %s", p.output)
	}
}

func TestNodeOnWhichNoDaemonStartsKeepsTheState(t *testing.T) {
	p := newPod(t, "die 2 panic: no")
	p.write("trial", "die 2 panic: no\n")
	p.start().ends(2)
	p.did("prepare", "discard: trial")
	if p.report() != nil {
		t.Error("a report keeps people from the end of the log")
	}
}

func TestDaemonThatDiesDuringABuild(t *testing.T) {
	p := newPod(t, "serve 4", "serve 0").start()
	p.await(0, 1)
	p.kill(unix.SIGTERM) // ends with a code as if it had died
	p.await(1, 2)
	p.term(0)
	p.did("prepare", "renew: BuildKit ended with code 4")
}

func TestDaemonThatIsKilledGoesOnWithTheState(t *testing.T) {
	p := newPod(t, "serve 0", "serve 143", "serve 0").start()
	p.await(0, 1)
	p.kill(unix.SIGKILL)
	p.await(1, 2)
	p.kill(unix.SIGTERM)
	p.await(2, 3)
	p.kill(unix.SIGKILL)
	p.ends(137)
	p.did("prepare", "note DaemonKilled: BuildKit was killed, and started again",
		"note DaemonKilled: BuildKit was killed, and started again")
}

func TestFirstSolveThatAsksDoesSoForAll(t *testing.T) {
	p := newPod(t, "serve 0", "serve 0").start()
	p.await(0, 1)
	p.ask(1, control.Anew, "invalid database")
	p.ask(1, control.Room, "no space left")
	p.await(1, 2)
	p.ask(1, control.Anew, "late")
	if round, follows, err := p.client.Round(t.Context()); round != 2 || !follows || err != nil {
		t.Errorf("round %d, %v, %v", round, follows, err)
	}
	p.term(0)
	p.did("prepare", "renew: invalid database")
}

func TestDaemonThatDoesNotEndIsKilled(t *testing.T) {
	p := newPod(t, "stubborn", "serve 0").start()
	p.await(0, 1)
	p.ask(1, control.Anew, "x")
	p.await(1, 2)
	p.term(0)
	p.did("prepare", "renew: x")
}

func TestRoomIsMadeByPruningFirst(t *testing.T) {
	p := newPod(t, "serve 0", "serve 0", "serve 0").start()
	p.await(0, 1)
	p.ask(1, control.Room, "no space left")
	p.await(1, 2)
	if asked := p.played("asked"); asked != "prune all=true most=1024000000\n" {
		t.Errorf("asked for %q", asked)
	}
	p.ask(2, control.Room, "still no space left")
	p.await(2, 3)
	p.term(0)
	p.did("prepare", "note VolumeFull: no space left; what was used longest ago was pruned", "sweep",
		"vacate: still no space left")
}

func TestRoomThatPruningDoesNotMake(t *testing.T) {
	p := newPod(t, "serve 0", "serve 0", "serve 0")
	p.volume.roomy = false
	p.start().await(0, 1)
	p.ask(1, control.Room, "no space left")
	p.await(1, 3) // nobody had the second
	p.term(0)
	p.did("prepare", "note VolumeFull: no space left; what was used longest ago was pruned", "sweep",
		"vacate: no space left")
}

func TestStateThatIsFoundDamagedIsNotGiven(t *testing.T) {
	p := newPod(t, "serve 0", "serve 0")
	p.volume.faults = []string{"a layer is gone"}
	p.start().await(0, 2)
	p.term(0)
	p.did("prepare", "renew: a layer is gone")
}

func TestNothingIsRemovedForOthers(t *testing.T) {
	p := newPod(t, "serve 0", "serve 0")
	p.volume.full, p.volume.spared, p.volume.crowded = true, true, "others fill the storage"
	p.start().await(0, 1)
	p.kill(unix.SIGKILL)
	p.await(1, 2)
	if crowded := p.client.Crowded(t.Context()); crowded != "others fill the storage" {
		t.Errorf("crowded %q", crowded)
	}
	p.term(0)
	p.did("prepare", "note StorageFull: BuildKit ended with code 137", "relieve: the volume is full after the run")
}

func TestMeasureOfAVolumeThatOthersFill(t *testing.T) {
	for _, c := range []struct {
		name    string
		seal    int
		crowded string
		last    bool
	}{
		{"of a volume that others start from", 3, "others fill the storage", true},
		{"of a volume that nobody starts from", 0, "others fill the storage", false},
		{"that its own content fills", 3, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPod(t, "serve 0", "serve 0")
			p.options.Request.Seal = c.seal
			p.start().await(0, 1)
			if full, err := p.client.Full(t.Context()); full || err != nil {
				t.Errorf("full before it is: %v, %v", full, err)
			}
			p.volume.set(func() { p.volume.full, p.volume.crowded = true, c.crowded })
			if full, err := p.client.Full(t.Context()); !full || err != nil {
				t.Errorf("full: %v, %v", full, err)
			}
			if crowded := p.client.Crowded(t.Context()); crowded != c.crowded {
				t.Errorf("crowded %q", crowded)
			}
			if err := p.client.Ask(t.Context(), 1, control.Room, "x"); errors.Is(err, control.ErrLast) != c.last {
				t.Errorf("asked: %v", err)
			}
			if !c.last {
				p.await(1, 2)
			}
			p.term(0)
		})
	}
}

func TestLastRound(t *testing.T) {
	p := newPod(t, "serve 0", "serve 0", "serve 9").start()
	for round := range 2 {
		p.await(round, round+1)
		p.ask(round+1, control.Anew, "x")
	}
	p.await(1, 3)
	if err := p.client.Ask(t.Context(), 3, control.Anew, "x"); !errors.Is(err, control.ErrLast) {
		t.Errorf("asked: %v", err)
	}
	if _, err := p.client.Await(t.Context(), 3); !errors.Is(err, control.ErrLast) {
		t.Errorf("awaited: %v", err)
	}
	if round, follows, err := p.client.Round(t.Context()); round != 3 || follows || err != nil {
		t.Errorf("round %d, %v, %v", round, follows, err)
	}
	p.kill(unix.SIGTERM)
	p.ends(9)
	if p.report() != nil {
		t.Error("a report keeps people from the end of the log")
	}
}

func TestEndBeforeADaemonAnswers(t *testing.T) {
	p := newPod(t, "deaf")
	runs := filepath.Join(p.folder, "played", "runs")
	if err := unix.Mkfifo(runs, 0o600); err != nil {
		t.Fatal(err)
	}
	p.start()
	if _, err := os.ReadFile(runs); err != nil { // once the daemon runs
		t.Fatal(err)
	}
	p.term(1)
	p.did("prepare")
	if report := p.report(); report == nil || report.BuildKitKiB != nil {
		t.Errorf("report %v", report)
	}
}

func TestEndBeforeADaemonWasStarted(t *testing.T) {
	p := newPod(t)
	s, err := newSupervisor(p.options, p.volume)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if code := s.run(ctx); code != 0 || p.report() == nil {
		t.Errorf("exit code %d, report %v", code, p.report())
	}
	p.did("prepare")
}

func TestContainerThatIsStartedAgain(t *testing.T) {
	p := newPod(t, "serve 2", "die 3 x", "serve 0", "serve 0", "serve 0")
	p.write("trial", "die 3 x\n")
	p.start().await(0, 1)
	p.done("a")
	p.kill(unix.SIGKILL)
	waiting := make(chan int)
	go func() {
		round, err := p.client.Await(t.Context(), 1)
		if err != nil {
			t.Error(err)
		}
		waiting <- round
	}()
	p.ends(3) // in round 2
	p.start()
	if round := <-waiting; round != 3 {
		t.Errorf("round %d", round)
	}
	p.done("b")
	if err := p.client.Ask(t.Context(), 3, control.Anew, "x"); !errors.Is(err, control.ErrLast) {
		t.Errorf("asked: %v", err)
	}
	p.kill(unix.SIGKILL)
	p.ends(137)
	p.start().await(0, 4) // for solves that have had no daemon yet
	if _, err := p.client.Await(t.Context(), 3); !errors.Is(err, control.ErrLast) {
		t.Errorf("awaited: %v", err)
	}
	p.term(0)
	if !slices.Contains(p.volume.done, "seal") {
		t.Error("steps that succeeded before the container was started again do not count")
	}
	if p.volume.swept != 1 {
		t.Errorf("artifacts were swept %d times, while solves may have been making some", p.volume.swept)
	}
}

func TestPruningIsNotRepeatedByAnotherContainer(t *testing.T) {
	p := newPod(t, "serve 0", "die 1 x", "serve 0")
	p.write("trial", "die 1 x\n")
	p.start().await(0, 1)
	p.ask(1, control.Room, "full")
	p.ends(1)
	p.options.Rounds = 9 // so that another one follows
	p.start().await(1, 3)
	p.write("plan", strings.Repeat("serve 0\n", 4))
	p.ask(3, control.Room, "full again")
	p.await(3, 4)
	p.term(0)
	if !slices.Contains(p.volume.done, "vacate: full again") {
		t.Errorf("%q", p.volume.done)
	}
}

func TestEndDuringASealDoesNotInterruptIt(t *testing.T) {
	p := newPod(t, "serve 0")
	p.volume.sealing, p.volume.seal = make(chan struct{}), make(chan struct{})
	p.start().await(0, 1)
	p.done("a", "b")
	p.told()
	<-p.volume.sealing
	if _, err := p.client.Await(t.Context(), 1); !errors.Is(err, control.ErrLast) {
		t.Errorf("awaited: %v", err)
	}
	p.told()
	close(p.volume.seal)
	p.ends(0)
	p.did("prepare", "seal", "sweep", "succeeded")
}

func TestReportDoesNotFollowALink(t *testing.T) {
	p := newPod(t, "serve 0")
	other := filepath.Join(p.folder, "other")
	if err := os.WriteFile(other, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, p.options.TerminationLog); err != nil {
		t.Fatal(err)
	}
	p.start().await(0, 1)
	p.term(0)
	if content, err := os.ReadFile(other); err != nil || string(content) != "mine" {
		t.Errorf("%q, %v", content, err)
	}
}
