//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hearth.dev/agent/internal/protocol"
)

// The attacker and the test tell each other by these paths what is done. The folder is shared by all containers.
const (
	attackFolder  = shared + "/attack"
	attackResults = attackFolder + "/results"
	attackEvil    = attackFolder + "/evil"
)

// attempted is what became of an attempt: an empty Broken says that it was refused.
type attempted struct {
	Name   string
	Broken string
}

// TestBrokenOutDaemon has somebody take over the daemon of a pull request, who tries to change the volume that this daemon
// has started from, with all that the daemon may. No Dockerfile can do that, but a daemon that one broke out of could.
func TestBrokenOutDaemon(t *testing.T) {
	s := newSite(t, 0)
	p := s.start(seal(trusted, 1))
	p.build(dockerfileTool, nil)
	p.stop()
	s.requireGeneration(trusted, 1)
	everything := func(string) bool { return true }
	before, err := fingerprint(s.volume(trusted), everything)
	must(t, err)
	ownPrograms, err := fingerprintPrograms()
	must(t, err)

	must(t, os.RemoveAll(attackFolder))
	t.Cleanup(func() { must(t, os.RemoveAll(attackFolder)) })
	brokenOut, harmless := filepath.Join(attackFolder, "broken-out"), filepath.Join(attackFolder, "harmless")
	must(t, writeDisguised(filepath.Join(brokenOut, "buildkitd"), roleAttack))
	must(t, writeDisguised(filepath.Join(harmless, "buildkitd"), roleRefuses))
	must(t, writeDisguised(attackEvil, roleEvil))

	p = s.start(overlay(attacked, trusted, 1), beforeOthers(brokenOut))
	p.awaitEnd()
	first := p.daemon
	// The next pod on the volume that it has left, which is as hostile, with a daemon that does nothing.
	request := overlay(attacked, trusted, 1)
	request.Seal = 2
	p = s.start(request, beforeOthers(harmless))
	p.awaitEnd()

	results := map[string]string{}
	content, err := os.ReadFile(attackResults)
	must(t, err)
	for line := range strings.Lines(string(content)) {
		var result attempted
		must(t, json.Unmarshal([]byte(line), &result))
		results[result.Name] = result.Broken
	}
	for _, attempt := range attempts() {
		t.Run(attempt.name, func(t *testing.T) {
			broken, made := results[attempt.name]
			switch {
			case !made:
				t.Error("it was not attempted")
			case broken != "":
				t.Error(broken)
			}
		})
	}
	t.Run("the volume that it started from", func(t *testing.T) {
		after, err := fingerprint(s.volume(trusted), everything)
		must(t, err)
		if after != before {
			t.Error("it has changed")
		}
	})
	t.Run("the programs of the container", func(t *testing.T) {
		after, err := fingerprintPrograms()
		must(t, err)
		if after != ownPrograms {
			t.Error("they have changed")
		}
	})
	for name, ended := range map[string]*container{"its pod": first, "the next pod": p.daemon} {
		t.Run("the report of "+name, func(t *testing.T) {
			requireBounded(t, ended.said())
		})
	}
}

// requireBounded fails if last words of a container are not a short report, or text, of printable characters.
func requireBounded(t *testing.T, said string) {
	t.Helper()
	if len(said) > 4096 {
		t.Errorf("it has %d bytes", len(said))
	}
	if strings.ContainsFunc(strings.TrimRight(said, "\n"), func(r rune) bool { return r < ' ' || r > '~' }) {
		t.Errorf("it has other characters: %q", said)
	}
	var report protocol.DaemonReport
	if err := json.Unmarshal([]byte(said), &report); err == nil && report.Problem != nil && len(report.Problem.Note) > 3*400 {
		t.Errorf("its note has %d characters", len(report.Problem.Note))
	}
}

func writeDisguised(path, role string) error {
	program, err := disguised(role)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, program, 0o755)
}

// fingerprintPrograms tells two states of the programs apart that an agent may start, or is.
func fingerprintPrograms() (string, error) {
	var sums []string
	for _, path := range programPaths() {
		sum, err := fingerprint(path, func(string) bool { return true })
		if err != nil {
			return "", err
		}
		sums = append(sums, path+" "+sum)
	}
	slices.Sort(sums)
	return strings.Join(sums, "\n"), nil
}

// awaitEnd waits for the end of a daemon that ends by itself.
func (p *pod) awaitEnd() {
	p.t.Helper()
	select {
	case <-p.daemon.ended:
	case <-p.patience():
		p.failf("the daemon does not end")
	}
}
