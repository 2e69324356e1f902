//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/protocol"
)

const (
	// step is the name of each solve.
	step = "step"
	// claimKiB is the size of a volume, unless a test says otherwise.
	claimKiB = 96 << 10
	// patience is the time after which a solve or the end of a daemon counts as hanging.
	patience = 5 * time.Minute
)

// site is where the pods of one test run: its volumes, what its builds read, and logs.
type site struct {
	t testing.TB
	*source
	// volumes has a folder for each claim.
	volumes string
	work    string
	started int
	last    *pod
	// point is told with a failure: what is being tried.
	point string
}

// newSite makes an empty site. Its volumes are a file system of their own of so many MiB, or have all the space that there
// is if it is 0.
func newSite(t testing.TB, mib int) *site {
	t.Helper()
	s := &site{t: t, volumes: filepath.Join(hearth, "claims"), work: t.TempDir()}
	t.Cleanup(func() {
		if t.Failed() && s.last != nil {
			s.last.describe()
		}
	})
	must(t, os.RemoveAll(s.volumes))
	must(t, os.MkdirAll(s.volumes, 0o755))
	t.Cleanup(func() { must(t, os.RemoveAll(s.volumes)) })
	if mib > 0 {
		must(t, unix.Mount("tmpfs", s.volumes, "tmpfs", 0, fmt.Sprintf("mode=755,size=%dm", mib)))
		t.Cleanup(func() { must(t, unix.Unmount(s.volumes, unix.MNT_DETACH)) })
	}
	s.source = newSource(t)
	return s
}

// volume returns a path on the volume of a claim.
func (s *site) volume(claim string, path ...string) string {
	return filepath.Join(append([]string{s.volumes, claim}, path...)...)
}

// pod is a build pod: a daemon, and solves one after the other.
type pod struct {
	*site
	spec   containerSpec
	daemon *container
	latest *container
	solved outcome
}

// outcome is what became of a solve.
type outcome struct {
	// OK says whether the solve succeeded. Without that there is no report.
	OK     bool
	Report protocol.SolveReport
	Log    string
}

// reason returns the reason of the report, or "".
func (o outcome) reason() protocol.Reason {
	return reasonOf(o.Report.Problem)
}

func reasonOf(problem *protocol.Problem) protocol.Reason {
	if problem == nil {
		return ""
	}
	return problem.Reason
}

// seal asks for the next state of a volume that begins with nothing.
func seal(claim string, generation int, keep ...int) protocol.DaemonRequest {
	request := protocol.DaemonRequest{
		Claim:  claim,
		Nested: true,
		Seal:   generation,
		Keep:   keep,
		Seed:   protocol.Seed{ID: "Cold", Mode: protocol.SeedCold},
	}
	if len(keep) > 0 {
		request.Fallback = keep[len(keep)-1]
	}
	return request
}

// overlay asks for a volume that begins with a generation of another one, and is not sealed.
func overlay(claim, from string, generation int) protocol.DaemonRequest {
	return protocol.DaemonRequest{
		Claim:  claim,
		Nested: true,
		Seed: protocol.Seed{
			ID: fmt.Sprintf("Overlay/%s/%d", from, generation), Mode: protocol.SeedOverlay, Claim: from, Generation: generation,
		},
	}
}

// change changes how a daemon is started.
type change func(*containerSpec)

// killedAt has the agent end itself at one of its changes of the volume.
func killedAt(point int) change {
	return func(spec *containerSpec) {
		spec.Environment = append(spec.Environment, fmt.Sprintf("HEARTH_FAULT_AT=%d", point))
	}
}

// beforeOthers has the daemon find programs in a folder first.
func beforeOthers(folder string) change {
	return func(spec *containerSpec) { spec.Path = folder }
}

// start starts a pod. The volume of its claim is made if it is not there, and that of its seed can only be read.
func (s *site) start(request protocol.DaemonRequest, changes ...change) *pod {
	s.t.Helper()
	request.Version = protocol.Version
	request.Config = s.config()
	if request.ClaimKiB == 0 {
		request.ClaimKiB, request.KeepMB = claimKiB, 1000
	}
	request.Steps = []string{step}
	if request.Keep == nil {
		request.Keep = []int{}
	}
	must(s.t, os.MkdirAll(socketsFolder, 0o755))
	must(s.t, removeContent(socketsFolder))
	must(s.t, os.MkdirAll(s.volume(request.Claim), 0o755))
	spec := containerSpec{
		Command:     []string{"hearth-agent", "daemon"},
		Environment: []string{requested(s.t, request)},
		Claims:      []claimMount{{Folder: s.volume(request.Claim), Claim: request.Claim}},
	}
	if request.Seed.Mode == protocol.SeedOverlay {
		claim := request.Seed.Claim
		spec.Claims = append(spec.Claims, claimMount{Folder: s.volume(claim), Claim: claim, ReadOnly: true})
	}
	for _, change := range changes {
		change(&spec)
	}
	p := &pod{site: s, spec: spec, daemon: startContainer(s.t, s.logs("daemon"), spec)}
	s.last = p
	return p
}

// restart kills the container of the daemon and starts it again, as the kubelet does.
func (p *pod) restart() {
	p.t.Helper()
	p.daemon.kill()
	p.daemon = startContainer(p.t, p.logs("daemon"), p.spec)
}

func (s *site) logs(name string) string {
	s.started++
	return filepath.Join(s.work, fmt.Sprintf("%04d-%s", s.started, name))
}

func requested(t testing.TB, request any) string {
	t.Helper()
	document, err := json.Marshal(request)
	must(t, err)
	return protocol.RequestVariable + "=" + string(document)
}

// beginSolve starts a solve of a Dockerfile with build arguments.
func (p *pod) beginSolve(dockerfile string, arguments map[string]string, changes ...func(*protocol.SolveRequest)) *container {
	p.t.Helper()
	request := protocol.SolveRequest{
		Version: protocol.Version,
		Step:    step,
		Options: map[string]string{"context": p.commit(dockerfile), "filename": "Dockerfile"},
	}
	for name, value := range arguments {
		request.Options["build-arg:"+name] = value
	}
	for _, change := range changes {
		change(&request)
	}
	p.latest = startContainer(p.t, p.logs("solve"), containerSpec{
		Command:     []string{"hearth-agent", "solve"},
		Environment: []string{requested(p.t, request)},
	})
	return p.latest
}

// solve runs a solve to its end. It ends with its daemon, as the containers of a pod do that is deleted.
func (p *pod) solve(dockerfile string, arguments map[string]string, changes ...func(*protocol.SolveRequest)) outcome {
	p.t.Helper()
	return p.endSolve(p.beginSolve(dockerfile, arguments, changes...))
}

func (p *pod) endSolve(solve *container) outcome {
	p.t.Helper()
	select {
	case <-solve.ended:
	case <-p.daemon.ended:
		solve.kill()
	case <-p.patience():
		p.failf("the solve hangs")
	}
	p.solved = outcome{OK: solve.code() == 0, Log: solve.output()}
	if p.solved.OK {
		if err := json.Unmarshal([]byte(solve.said()), &p.solved.Report); err != nil {
			p.failf("read the report of the solve: %v", err)
		}
		if p.solved.Report.Version != protocol.Version {
			p.failf("the report of the solve has version %d", p.solved.Report.Version)
		}
	}
	return p.solved
}

// build runs a solve that must succeed.
func (p *pod) build(dockerfile string, arguments map[string]string, changes ...func(*protocol.SolveRequest)) protocol.SolveReport {
	p.t.Helper()
	result := p.solve(dockerfile, arguments, changes...)
	if !result.OK {
		p.failf("the build failed")
	}
	return result.Report
}

// end tells the daemon that the solves have ended, as the kubelet does, and returns its report, if it has written one.
func (p *pod) end() (report protocol.DaemonReport, reported bool) {
	p.t.Helper()
	p.daemon.terminate()
	select {
	case <-p.daemon.ended:
	case <-p.patience():
		p.failf("the daemon does not end")
	}
	if err := json.Unmarshal([]byte(p.daemon.said()), &report); err != nil || report.Version != protocol.Version {
		return report, false
	}
	return report, true
}

// stop is end for a daemon that must report.
func (p *pod) stop() protocol.DaemonReport {
	p.t.Helper()
	report, reported := p.end()
	if !reported {
		p.failf("the daemon did not report")
	}
	return report
}

// kill ends all containers of the pod at once.
func (p *pod) kill() {
	if p.latest != nil {
		p.latest.kill()
	}
	p.daemon.kill()
}

// patience returns what ends when a solve, or the end of a daemon, counts as hanging.
func (p *pod) patience() <-chan time.Time { return time.After(patience) }

func (p *pod) failf(format string, values ...any) {
	p.t.Helper()
	p.site.failf(format, values...)
}

// describe writes what the containers have said to the log of the test.
func (p *pod) describe() {
	if p.latest != nil {
		p.t.Logf("the solve said:\n%s\n%s", lastLines(p.latest.output(), 25), p.latest.said())
	}
	p.t.Logf("the daemon (exit code %d) said:\n%s\n%s", p.daemon.command.ProcessState.ExitCode(),
		lastLines(p.daemon.output(), 40), p.daemon.said())
}

func (s *site) failf(format string, values ...any) {
	s.t.Helper()
	message := fmt.Sprintf(format, values...)
	if s.point != "" {
		message = s.point + ": " + message
	}
	s.t.Fatal(message)
}

// expect fails unless a build has executed so many steps, and had this to say.
func (p *pod) expect(report protocol.SolveReport, executed int, reason protocol.Reason) {
	p.t.Helper()
	if report.Executed != executed || reasonOf(report.Problem) != reason {
		p.failf("%d steps were executed and not %d, and the reason is %q and not %q", report.Executed, executed,
			reasonOf(report.Problem), reason)
	}
}

// generations returns the numbers of the generations that a volume has.
func (s *site) generations(claim string) []int {
	s.t.Helper()
	entries, err := os.ReadDir(s.volume(claim, "generations"))
	if err != nil && !os.IsNotExist(err) {
		s.failf("%v", err)
	}
	var numbers []int
	for _, entry := range entries {
		if number, err := strconv.Atoi(entry.Name()); err == nil {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

// requireGeneration fails unless a generation is sealed.
func (s *site) requireGeneration(claim string, number int) {
	s.t.Helper()
	for _, found := range s.generations(claim) {
		if found == number {
			return
		}
	}
	s.failf("generation %d of %s is not sealed", number, claim)
}

// requireMatch fails unless a log has a line that matches.
func (p *pod) requireMatch(log, pattern string) {
	p.t.Helper()
	if !regexp.MustCompile(pattern).MatchString(log) {
		p.failf("no line matches %s", pattern)
	}
}

// lastLines returns the end of a text, without what makes a line long.
func lastLines(text string, count int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	lines = lines[max(0, len(lines)-count):]
	for i, line := range lines {
		if len(line) > 500 {
			lines[i] = fmt.Sprintf("%q and %d bytes more", line[:500], len(line)-500)
		}
	}
	return strings.Join(lines, "\n")
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
