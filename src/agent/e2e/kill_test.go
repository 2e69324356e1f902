//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// faultCode is the exit code of an agent that has ended itself at a point that it was told.
const faultCode = 86

func value(v any) map[string]string {
	return map[string]string{"V": fmt.Sprint(v)}
}

// TestKilledAtEveryPointOfARun kills the agent at one of its changes of the volume, from the start of a daemon to the end of
// its seal, which sweeps a generation too. Each time, the sealed generations must be whole, and the next run must find all
// that was built.
func TestKilledAtEveryPointOfARun(t *testing.T) {
	s := newSite(t, 0)
	for generation := 1; generation <= 2; generation++ {
		request := seal("main", generation)
		if generation == 2 {
			request = seal("main", 2, 1)
		}
		p := s.start(request)
		p.build(dockerfileLook, value(generation))
		p.stop()
		s.requireGeneration("main", generation)
	}
	kept := filepath.Join(s.work, "main")
	must(t, copyFolder(s.volume("main"), kept))

	killed := 0
	for turn := 0; ; turn++ {
		point := *first + turn**every
		s.point = fmt.Sprintf("killed at point %d", point)
		must(t, copyFolder(kept, s.volume("main")))
		p := s.start(seal("main", 3, 2), killedAt(point))
		built := p.solve(dockerfileLook, value(3)).OK
		p.end()
		ended := p.daemon.code() != faultCode
		if !ended {
			killed = point
		} else if !built {
			p.failf("the build failed although nothing was killed")
		}
		if turn%6 == 5 {
			s.requireWhole("main", 2, 2)
		}
		if _, err := os.Stat(s.volume("main", "generations", "3")); err == nil && turn%3 == 2 {
			s.requireWhole("main", 3, 3)
		}

		next := s.start(seal("main", 4, 2, 3))
		report := next.build(dockerfileLook, value(3))
		if most := stepsLeft(built); report.Executed > most {
			next.failf("%d steps were executed again", report.Executed)
		}
		arguments := value(3)
		arguments["LOOK"] = fmt.Sprint(point)
		next.build(dockerfileLook, arguments)
		next.stop()
		s.requireGeneration("main", 4)
		if left, err := namesIn(s.volume("main", "trash")); len(left) > 0 {
			next.failf("the next run left %v in the trash (%v)", left, err)
		}
		if turn%6 == 2 {
			s.requireWhole("main", 4, 3)
		}
		if ended {
			break
		}
	}
	folded, err := filepath.Glob(s.volume("main", "layers", "3-*", "folded"))
	must(t, err)
	if len(folded) == 0 {
		s.failf("a chain of three folders was not folded")
	}
	// A seal has more changes than these: fewer mean that the agent does not count them.
	if killed == 0 || killed+*every < 20 {
		s.failf("the agent was killed at no point after %d", killed)
	}
	t.Logf("killed at points up to %d", killed)
}

// stepsLeft returns how many steps of dockerfileLook may be executed after a run that ended before or after them. The first
// two are sealed.
func stepsLeft(built bool) int {
	if built {
		return 0
	}
	return 2
}

// requireWhole fails unless a reader of a generation finds everything that was built of a value.
func (s *site) requireWhole(claim string, generation, v int) {
	s.t.Helper()
	must(s.t, os.RemoveAll(s.volume("reader")))
	p := s.start(overlay("reader", claim, generation))
	if report := p.build(dockerfileLook, value(v)); report.Executed != 0 {
		p.failf("generation %d is not whole: %d steps were executed", generation, report.Executed)
	}
	p.stop()
	must(s.t, os.RemoveAll(s.volume("reader")))
}
