//go:build e2e

package e2e

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/protocol"
)

// damage is a way to break a volume.
type damage struct {
	name string
	// claim is the volume that is broken, by a function that gets its folder.
	claim string
	do    func(volume string) error
	// reason is what the next solve says, and most the number of steps that it may execute again.
	reason protocol.Reason
	most   int
}

func damages() []damage {
	var all []damage
	add := func(claim string, reason protocol.Reason, most int, name string, do ...func(volume string) error) {
		all = append(all, damage{name: claim + ": " + name, claim: claim, reason: reason, most: most, do: func(volume string) error {
			for _, each := range do {
				if err := each(volume); err != nil {
					return err
				}
			}
			return nil
		}})
	}
	const broken = protocol.ReasonCacheBroken
	for _, database := range []string{
		"root/cache.db", "root/runc-overlayfs/metadata_v2.db", "root/runc-overlayfs/containerdmeta.db",
		"root/runc-overlayfs/snapshots/metadata.db",
	} {
		for claim, most := range map[string]int{"main": 0, "pr": 1} { // what the sealed state does not have
			add(claim, broken, most, database+" is empty", truncate(database, 0))
			add(claim, broken, most, database+" is cut short", truncate(database, 20000))
			add(claim, broken, most, database+" has another beginning", scramble(database, 0, 60*4096))
			add(claim, broken, most, database+" has another middle", scramble(database, 2*4096, 60*4096))
		}
	}
	slices.SortFunc(all, func(a, b damage) int { return strings.Compare(a.name, b.name) }) // numbers have to stay
	add("main", broken, 0, "no root", remove("root"))
	add("main", broken, 0, "no snapshots", remove("root/runc-overlayfs/snapshots"))
	add("main", broken, 0, "no chain", remove("chain"))
	add("main", broken, 3, "the next best state is broken too",
		truncate("root/cache.db", 20000), truncate("generations/2/root/cache.db", 20000))
	add("main", broken, 3, "no first layer", remove("layers/1-*"))
	add("main", broken, 3, "no active folders", remove("layers/*/active"))
	add("main", broken, 3, "no snapshots of the first layer", remove("layers/1-*/snapshots/*"))
	add("main", broken, 3, "no blobs", remove("layers/*/blobs/*"))
	add("pr", broken, 1, "no snapshots of its own", remove("root/runc-overlayfs/snapshots/snapshots/*"))
	add("pr", broken, 3, "no first layer of the seed", remove("../main/layers/1-*"))
	add("pr", broken, 3, "another first layer of the seed", func(volume string) error {
		found, err := matches(volume, "../main/layers/1-*")
		if err != nil {
			return err
		}
		return os.Rename(found[0], filepath.Join(filepath.Dir(found[0]), "1-made-anew"))
	})
	add("pr", protocol.ReasonSeedUnusable, 3, "a seed that was lost before it was used", remove("seeded"), remove("../main/layers/1-*"))
	add("pr", "", 1, "a seed that was cut short", remove("seeded"), remove("root/runc-overlayfs"), func(volume string) error {
		return os.Mkdir(filepath.Join(volume, ".root"), 0o755)
	})
	return all
}

// matches returns the paths that match a pattern, of which there must be one.
func matches(folder, pattern string) ([]string, error) {
	found, err := filepath.Glob(filepath.Join(folder, pattern))
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("nothing is called %s", pattern)
	}
	return found, err
}

func remove(pattern string) func(string) error {
	return func(folder string) error {
		found, err := matches(folder, pattern)
		for _, path := range found {
			err = errors.Join(err, os.RemoveAll(path))
		}
		return err
	}
}

func truncate(pattern string, size int64) func(string) error {
	return func(folder string) error {
		found, err := matches(folder, pattern)
		for _, path := range found {
			err = errors.Join(err, os.Truncate(path, size))
		}
		return err
	}
}

// scramble overwrites bytes of files with random ones. A file that ends before becomes longer.
func scramble(pattern string, offset int64, size int) func(string) error {
	return func(folder string) error {
		found, err := matches(folder, pattern)
		for _, path := range found {
			file, e := os.OpenFile(path, os.O_WRONLY, 0)
			if e != nil {
				return e
			}
			noise := make([]byte, size)
			rand.Read(noise)
			_, e = file.WriteAt(noise, offset)
			err = errors.Join(err, e, file.Close())
		}
		return err
	}
}

// states are volumes from which the tests of broken ones start: main with two generations, and pr, which began with the
// first of them. All have built something since.
type states struct {
	*site
	kept string
}

func newStates(t *testing.T) *states {
	t.Helper()
	s := &states{site: newSite(t, 0)}
	for generation := 1; generation <= 2; generation++ {
		request := seal("main", generation)
		if generation == 2 {
			request = seal("main", 2, 1)
		}
		p := s.start(request)
		p.build(dockerfileRecord, value(generation))
		p.stop()
		s.requireGeneration("main", generation)
	}
	p := s.start(overlay("pr", "main", 1))
	p.build(dockerfileRecord, value(3))
	p.stop()
	s.kept = filepath.Join(s.work, "kept")
	for _, claim := range []string{"main", "pr"} {
		must(t, copyFolder(s.volume(claim), filepath.Join(s.kept, claim)))
	}
	return s
}

func (s *states) restore() {
	s.t.Helper()
	for _, claim := range []string{"main", "pr"} {
		must(s.t, copyFolder(filepath.Join(s.kept, claim), s.volume(claim)))
	}
}

// again starts the run after those that made the states, and builds what was built before.
func (s *states) again(claim string) (*pod, protocol.SolveReport) {
	s.t.Helper()
	request, v := seal("main", 3, 1, 2), 2
	if claim == "pr" {
		request, v = overlay("pr", "main", 1), 3
	}
	p := s.start(request)
	return p, p.build(dockerfileRecord, value(v))
}

// TestBrokenStates breaks the state of a volume in one of many ways: the build succeeds from the best of what is left and
// says why, and the run after it is as warm as ever and has nothing to say.
func TestBrokenStates(t *testing.T) {
	s := newStates(t)
	all := damages()
	if len(all) < 45 {
		t.Fatalf("there are only %d ways to break a volume", len(all))
	}
	tried := 0
	for number, damage := range all {
		if !sampled(number+1, *every) {
			continue
		}
		tried++
		s.point = damage.name
		t.Log(damage.name)
		s.restore()
		if err := damage.do(s.volume(damage.claim)); err != nil {
			s.failf("cannot break it: %v", err)
		}
		p, report := s.again(damage.claim)
		if reasonOf(report.Problem) != damage.reason || report.Executed > damage.most {
			p.failf("%d steps were executed and at most %d should be; the reason is %q and not %q", report.Executed,
				damage.most, reasonOf(report.Problem), damage.reason)
		}
		ended := p.stop()
		if damage.claim == "main" {
			s.requireGeneration("main", 3)
		}
		if damage.reason != "" && (ended.Problem == nil || ended.Problem.Note == "") {
			p.failf("the report has no note")
		}
		p, report = s.again(damage.claim)
		p.expect(report, 0, "")
		p.stop()
	}
	if tried == 0 {
		t.Fatal("nothing was tried")
	}
	t.Logf("mended %d states", tried)
}

// TestKilledWhileItMends kills the agent at one of its changes of a broken volume, before a daemon runs on it. The next run
// must find all that was sealed.
func TestKilledWhileItMends(t *testing.T) {
	s := newStates(t)
	last, distance := 0, min(*every, 5) // there are few points
	for point := 1 + *first%distance; ; point += distance {
		s.point = fmt.Sprintf("killed at point %d while it mends", point)
		s.restore()
		must(t, os.Truncate(s.volume("main", "root/cache.db"), 0))
		p := s.start(seal("main", 3, 1, 2), killedAt(point))
		built := p.solve(dockerfileRecord, value(2)).OK
		killed := p.isEnded() && p.daemon.code() == faultCode
		if !built && !killed {
			p.failf("the build failed although nothing was killed")
		}
		p.kill()
		p, report := s.again("main")
		if report.Executed != 0 {
			p.failf("%d steps were executed again; %+v", report.Executed, report.Problem)
		}
		p.stop()
		s.requireGeneration("main", 3)
		if !killed {
			break
		}
		last = point
	}
	if last+distance < 10 {
		s.failf("the agent was killed at no point after %d", last)
	}
	t.Logf("killed at points up to %d", last)
}

// isEnded says whether the daemon's container has ended by itself.
func (p *pod) isEnded() bool {
	select {
	case <-p.daemon.ended:
		return true
	default:
		return false
	}
}

// beginWait starts a solve and returns once its step runs, which ends by itself only if it is run again.
func (p *pod) beginWait() *container {
	p.t.Helper()
	solve := p.beginSolve(dockerfileWaits, map[string]string{"AT": p.registry})
	select {
	case <-p.waiting:
	case <-solve.ended:
		p.failf("the build has ended instead of waiting")
	case <-p.daemon.ended:
		p.failf("the daemon's container has ended")
	}
	if running, err := processes("step"); err != nil || len(running) == 0 {
		p.failf("no step is seen to run (%v)", err)
	}
	return solve
}

// killBuildKit kills the daemon that the agent has started.
func (p *pod) killBuildKit() {
	p.t.Helper()
	daemons, err := processes("buildkitd")
	must(p.t, err)
	if len(daemons) != 1 {
		p.failf("%d daemons run", len(daemons))
	}
	must(p.t, unix.Kill(daemons[0].id, unix.SIGKILL))
}

// TestKilledDaemon kills BuildKit while it builds: another one goes on, and nothing of the build lives on beside it.
func TestKilledDaemon(t *testing.T) {
	s := newSite(t, 0)
	p := s.start(seal("main", 1))
	solve := p.beginWait()
	p.killBuildKit()
	result := p.endSolve(solve)
	if !result.OK || result.reason() != protocol.ReasonDaemonKilled {
		p.failf("the build has succeeded: %v; its reason is %q", result.OK, result.reason())
	}
	if left, err := processes("step"); err != nil || len(left) > 0 {
		p.failf("a step lives on: %v (%v)", left, err)
	}
	p.stop()
	s.requireGeneration("main", 1)
}

// TestRestartedContainer kills the container of the daemon while it builds, and starts it again, as the kubelet does: the
// solve, whose container goes on, is served by the new one.
func TestRestartedContainer(t *testing.T) {
	s := newSite(t, 0)
	p := s.start(seal("main", 1))
	solve := p.beginWait()
	p.restart()
	if !p.endSolve(solve).OK {
		p.failf("the build failed")
	}
	p.stop()
	s.requireGeneration("main", 1)
}

// TestStepThatFails has a step fail by itself, with words that BuildKit has for a full disk: it is not tried again.
func TestStepThatFails(t *testing.T) {
	s := newSite(t, 0)
	p := s.start(seal("main", 1))
	if p.solve(dockerfileFails, nil).OK {
		p.failf("the build did not fail")
	}
	p.requireMatch(p.solved.Log, `no space left on device`)
	p.end()
	tries := find(s.volume("main"), "tries")
	if len(tries) != 1 {
		p.failf("the cache mount of the step has %v", tries)
	}
	content, err := os.ReadFile(tries[0])
	must(t, err)
	if string(content) != "tried\n" {
		p.failf("the step has run so often: %q", content)
	}
	if slices.Contains(s.generations("main"), 1) {
		p.failf("a run that failed was sealed")
	}
}

// imports has a solve import a cache.
func imports(from protocol.Import) func(*protocol.SolveRequest) {
	return func(request *protocol.SolveRequest) { request.Imports = append(request.Imports, from) }
}

// TestBrokenImports imports caches that are broken: the build succeeds with what is left of them, and says why.
func TestBrokenImports(t *testing.T) {
	s := newSite(t, 0)
	exported := filepath.Join(s.work, "exported")
	broken := filepath.Join(s.work, "broken")
	p := s.start(seal("whole", 1))
	p.build(dockerfileImport, value(1), func(request *protocol.SolveRequest) { request.Export = exported })
	p.stop()
	largest := filepath.Join("blobs/sha256", largestIn(t, filepath.Join(exported, "blobs/sha256")))

	folder := protocol.Import{Folder: broken}
	closed := closedPort(t)
	for number, way := range []struct {
		name   string
		from   protocol.Import
		do     func(string) error
		reason protocol.Reason
		// executed counts the last step, which is new each time and needs what is below it.
		executed int
	}{
		{"nothing", folder, func(string) error { return nil }, "", 1},
		{"no files", folder, remove("*"), protocol.ReasonImportFailed, 3},
		{"no index", folder, remove("index.json"), protocol.ReasonImportFailed, 3},
		{"an empty index", folder, truncate("index.json", 0), protocol.ReasonImportFailed, 3},
		{"no blobs", folder, remove("blobs/sha256/*"), protocol.ReasonImportFailed, 3},
		{"empty blobs", folder, truncate("blobs/sha256/*", 0), protocol.ReasonImportFailed, 3},
		{"other blobs", folder, replaceAll("blobs/sha256/*", 999), protocol.ReasonImportFailed, 3},
		{"no largest blob", folder, remove(largest), protocol.ReasonImportFailed, 3},
		{"a largest blob that is cut short", folder, truncate(largest, 50), protocol.ReasonImportFailed, 3},
		{"a largest blob with another beginning", folder, scramble(largest, 0, 9000), protocol.ReasonImportFailed, 3},
		{"no such folder", protocol.Import{Folder: "/nowhere"}, func(string) error { return nil }, protocol.ReasonImportFailed, 3},
		{"a registry without address", protocol.Import{Registry: "registry.nowhere:5000/cache"},
			func(string) error { return nil }, protocol.ReasonImportFailed, 3},
		{"a registry that does not answer", protocol.Import{Registry: closed + "/cache"},
			func(string) error { return nil }, protocol.ReasonImportFailed, 3},
	} {
		// A third of the ways at least: this is quicker than most. The first one shows that the others say something.
		if number > 0 && !sampled(number, min(*every, 3)) {
			continue
		}
		s.point = "an import of " + way.name
		t.Log(s.point)
		must(t, os.RemoveAll(s.volume("fresh")))
		must(t, copyFolder(exported, broken))
		if err := way.do(broken); err != nil {
			s.failf("cannot break it: %v", err)
		}
		p := s.start(seal("fresh", 1))
		p.expect(p.build(dockerfileImport, value(2), imports(way.from)), way.executed, way.reason)
		p.stop()
		s.requireGeneration("fresh", 1)
		p = s.start(seal("fresh", 2, 1))
		p.expect(p.build(dockerfileImport, value(2)), 0, "")
		p.stop()
	}
}

// replaceAll gives files another content of random bytes.
func replaceAll(pattern string, size int) func(string) error {
	return func(folder string) error {
		return errors.Join(truncate(pattern, 0)(folder), scramble(pattern, 0, size)(folder))
	}
}

func largestIn(t *testing.T, folder string) string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	must(t, err)
	name, size := "", int64(-1)
	for _, entry := range entries {
		info, err := entry.Info()
		must(t, err)
		if info.Size() > size {
			name, size = entry.Name(), info.Size()
		}
	}
	if name == "" {
		t.Fatalf("%s is empty", folder)
	}
	return name
}

// closedPort returns an address at which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer listener.Close()
	return listener.Addr().String()
}
