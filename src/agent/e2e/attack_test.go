//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hearth.dev/agent/internal/protocol"
)

// The attacker and the test tell each other by these paths what is done. The folder is shared by all containers.
const (
	attackFolder  = shared + "/attack"
	attackResults = attackFolder + "/results"
	attackEvil    = attackFolder + "/evil"
	// attackDone is made once all attempts were made.
	attackDone = attackFolder + "/done"
	// attackOnly has the name of the only attempt that is made, if it exists.
	attackOnly = attackFolder + "/only"
)

// attempted is what became of an attempt: an empty Broken says that it was refused.
type attempted struct {
	Name   string
	Broken string
}

// attack is what a daemon of a pull request has done that was taken over, and what came of it.
type attack struct {
	*site
	// first and second are the pod of the attack and the next pod on the same volume, with a daemon that does nothing.
	first, second *pod
	// results has for each attempt in what it was successful; "" if it was refused.
	results map[string]string
	// changed and replaced are what has become of the volume that it has started from, and of the programs of the container.
	changed, replaced []string
}

// runAttack runs an attack on a volume, with all attempts or with the one of a name.
func runAttack(t *testing.T, nested bool, only string) *attack {
	t.Helper()
	s := newSite(t, 0)
	p := s.start(seal(trusted, 1))
	p.build(dockerfileTool, nil)
	p.stop()
	s.requireGeneration(trusted, 1)
	before, err := contents(s.volume(trusted), everything)
	must(t, err)
	ownPrograms, err := programContents()
	must(t, err)

	must(t, os.RemoveAll(attackFolder))
	t.Cleanup(func() { must(t, os.RemoveAll(attackFolder)) })
	brokenOut, harmless := filepath.Join(attackFolder, "broken-out"), filepath.Join(attackFolder, "harmless")
	must(t, writeDisguised(filepath.Join(brokenOut, "buildkitd"), roleAttack))
	must(t, writeDisguised(filepath.Join(harmless, "buildkitd"), roleRefuses))
	must(t, writeDisguised(attackEvil, roleEvil))

	a := &attack{site: s, results: map[string]string{}}
	request := overlay(attacked, trusted, 1)
	request.Nested = nested
	if only != "" {
		must(t, writeFile(attackOnly, only))
	}
	a.first = s.start(request, beforeOthers(brokenOut))
	a.first.awaitFile(attackDone)
	a.first.daemon.terminate()
	a.first.awaitEnd()
	request.Seal = 2
	a.second = s.start(request, beforeOthers(harmless))
	a.second.awaitEnd()

	content, err := os.ReadFile(attackResults)
	must(t, err)
	for line := range strings.Lines(string(content)) {
		var result attempted
		must(t, json.Unmarshal([]byte(line), &result))
		a.results[result.Name] = result.Broken
	}
	after, err := contents(s.volume(trusted), everything)
	must(t, err)
	a.changed = differences(before, after)
	programsAfter, err := programContents()
	must(t, err)
	a.replaced = differences(ownPrograms, programsAfter)
	return a
}

// TestBrokenOutDaemon runs a program in place of the daemon of a pull request. With all rights of the daemon, the program tries to
// change the volume that the daemon was seeded from. No Dockerfile can do that, but a daemon that was broken into could.
func TestBrokenOutDaemon(t *testing.T) {
	a := runAttack(t, true, "")
	for _, attempt := range attempts() {
		t.Run(attempt.name, func(t *testing.T) {
			broken, made := a.results[attempt.name]
			switch {
			case !made:
				t.Error("it was not attempted")
			case broken != "":
				t.Error(broken)
			}
		})
	}
	t.Run("the volume that it started from", func(t *testing.T) {
		if len(a.changed) > 0 {
			t.Error(a.changed)
		}
	})
	t.Run("the programs of the container", func(t *testing.T) {
		if len(a.replaced) > 0 {
			t.Error(a.replaced)
		}
	})
	for name, ended := range map[string]*pod{"its pod": a.first, "the next pod": a.second} {
		t.Run("the report of "+name, func(t *testing.T) {
			requireBounded(t, ended.daemon.said())
		})
	}
}

// TestBrokenOutDaemonWithoutNamespace shows that the attempts are in earnest: without a user namespace of the daemon's own, one
// of them changes the volume.
func TestBrokenOutDaemonWithoutNamespace(t *testing.T) {
	a := runAttack(t, false, "remount")
	if a.results["remount"] == "" || len(a.changed) == 0 {
		t.Error("the mount was not made writable")
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

// programContents describes the programs that an agent may start, or is.
func programContents() (map[string]string, error) {
	found := map[string]string{}
	for _, path := range programPaths() {
		content, err := contents(path, everything)
		if err != nil {
			return nil, err
		}
		found[path] = content["."]
	}
	return found, nil
}

// awaitEnd waits for the end of a daemon that ends by itself.
// awaitFile waits for a file that something in the pod makes.
func (p *pod) awaitFile(path string) {
	p.t.Helper()
	patience := p.patience()
	for ended := false; ; {
		if _, err := os.Lstat(path); err == nil {
			return
		}
		if ended {
			p.failf("the daemon has ended, and there is no %s", path)
		}
		select {
		case <-p.daemon.ended:
			ended = true // it may have made the file since
		case <-patience:
			p.failf("there is no %s", path)
		case <-time.After(50 * time.Millisecond): // looks again
		}
	}
}

func (p *pod) awaitEnd() {
	p.t.Helper()
	select {
	case <-p.daemon.ended:
	case <-p.patience():
		p.failf("the daemon does not end")
	}
}
