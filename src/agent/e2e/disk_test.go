//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/protocol"
)

func mib(size int) map[string]string {
	return map[string]string{"MIB": fmt.Sprint(size)}
}

// TestFullDisk fills a file system of 96 MiB with the build of a pull request, and with one of main.
func TestFullDisk(t *testing.T) {
	s := newSite(t, 96)
	whole := func() map[string]string {
		found, err := contents(s.volume("main"), func(path string) bool { return path != "lock" && path != "trash" })
		must(t, err)
		return found
	}
	s.point = "main, with room"
	p := s.start(seal("main", 1))
	p.build(dockerfileFill, mib(1))
	p.stop()
	s.requireGeneration("main", 1)
	before := whole()

	s.point = "a pull request"
	p = s.start(overlay("pr", "main", 1))
	if report := p.build(dockerfileFill, mib(50)); report.Problem != nil {
		p.failf("it said %+v", report.Problem)
	}
	p.stop()
	s.point = "a pull request that has room once the old is pruned"
	p = s.start(overlay("pr", "main", 1))
	if report := p.build(dockerfileFill, mib(60)); reasonOf(report.Problem) != protocol.ReasonVolumeFull || report.Restarted != "" {
		p.failf("it was not pruned, but begun again from %q; it said %+v", report.Restarted, report.Problem)
	}
	p.stop()

	s.point = "a pull request that is too large"
	p = s.start(overlay("pr", "main", 1))
	if p.solve(dockerfileFill, mib(300)).OK {
		p.failf("300 MiB had room")
	}
	p.requireMatch(p.solved.Log,
		`(?m)^hearth: the cache volume is full.*storage\.size of the CachePolicy \(retention\.untrusted\.size`)
	if reason := reasonOf(p.stop().Problem); reason != protocol.ReasonVolumeFull {
		p.failf("the report has the reason %q", reason)
	}
	if changed := differences(before, whole()); len(changed) > 0 {
		p.failf("the volume of main has changed: %v", changed)
	}

	s.point = "the next run of it"
	p = s.start(overlay("pr", "main", 1))
	p.expect(p.build(dockerfileFill, mib(1)), 0, "")
	p.stop()

	s.point = "main, when it is too large"
	p = s.start(seal("main", 2, 1))
	if p.solve(dockerfileFill, mib(300)).OK {
		p.failf("300 MiB had room")
	}
	if reason := reasonOf(p.stop().Problem); reason != protocol.ReasonVolumeFull {
		p.failf("the report has the reason %q", reason)
	}

	s.point = "the next run of main"
	p = s.start(seal("main", 3, 1))
	p.expect(p.build(dockerfileFill, mib(1)), 0, "")
	p.stop()
	s.requireGeneration("main", 1)
	s.requireGeneration("main", 3)
}

// TestSharedDisk fills a file system of 224 MiB, on which volumes of 96 MiB lie, with files of others, as a pull request can
// where sizes are not enforced: main keeps everything.
func TestSharedDisk(t *testing.T) {
	s := newSite(t, 224)
	must(t, os.MkdirAll(s.volume("other"), 0o755))
	// The files that are sealed, and those that are not, without the databases of the daemon that ran in between.
	kept := func() map[string]string {
		all := map[string]string{}
		for _, path := range []string{"generations", "layers", "root/runc-overlayfs/snapshots", "root/runc-overlayfs/content"} {
			found, err := contents(s.volume("main", path), func(below string) bool {
				return below != "ingest" && (path != "root/runc-overlayfs/snapshots" || filepath.Ext(below) != ".db")
			})
			must(t, err)
			for below, content := range found {
				if !strings.HasPrefix(content, "d") { // folders come and go while a daemon runs
					all[filepath.Join(path, below)] = content
				}
			}
		}
		return all
	}
	marks := func() []string {
		found := find(s.volume("main"), "mark-*")
		for i := range found {
			found[i] = filepath.Base(found[i])
		}
		return found
	}

	s.point = "main, with room"
	for generation := 1; generation <= 2; generation++ {
		request := seal("main", generation)
		if generation == 2 {
			request = seal("main", 2, 1)
		}
		p := s.start(request)
		p.build(dockerfileFill, mib(generation))
		p.stop()
		s.requireGeneration("main", generation)
	}
	s.point = "a run that fails, which leaves unsealed what it has built"
	p := s.start(seal("main", 3, 1, 2))
	if p.solve(dockerfileUnsealed, nil).OK {
		p.failf("it did not fail")
	}
	p.end()
	before, marked := kept(), marks()
	if len(marked) != 1 {
		s.failf("the step has left %v", marked)
	}

	requireCrowded := func(p *pod) {
		t.Helper()
		if p.solve(dockerfileFill, mib(50)).OK {
			p.failf("50 MiB had room")
		}
		p.requireMatch(p.solved.Log,
			`(?m)^hearth: the storage under the cache volume is full.*content is only [0-9]+ MiB of its 96 MiB`)
		report, reported := p.end()
		if reason := reasonOf(report.Problem); reason != protocol.ReasonStorageFull &&
			(reported || !strings.Contains(p.daemon.output(), string(protocol.ReasonStorageFull))) {
			p.failf("the daemon's reason is %q", reason)
		}
		if changed := differences(before, kept()); len(changed) > 0 {
			p.failf("what main has kept has changed: %v", changed)
		}
		must(t, os.Remove(s.volume("other", "large")))
	}
	s.point = "main, when others have filled the disk"
	must(t, fillDisk(s.volume("other", "large")))
	requireCrowded(s.start(seal("main", 4, 1, 2)))

	s.point = "main, when others fill the disk during the run, and BuildKit dies"
	p = s.start(seal("main", 4, 1, 2))
	p.expect(p.build(dockerfileFill, mib(2)), 0, "")
	must(t, fillDisk(s.volume("other", "large")))
	before = kept() // with the record of the build
	p.killBuildKit()
	requireCrowded(p)

	s.point = "main, once there is room again"
	p = s.start(seal("main", 5, 1, 2))
	p.expect(p.build(dockerfileFill, mib(2)), 0, "")
	if p.solve(dockerfileUnsealed, nil).OK {
		p.failf("it did not fail")
	}
	if now := marks(); !slices.Equal(now, marked) {
		p.failf("what was not sealed was built again: %v became %v", marked, now)
	}
	p.stop()
	s.requireGeneration("main", 5)

	s.point = "a pull request that fills the disk with its own"
	p = s.start(overlay("pr", "main", 1))
	if p.solve(dockerfileFill, mib(300)).OK {
		p.failf("300 MiB had room")
	}
	if reason := reasonOf(p.stop().Problem); reason != protocol.ReasonVolumeFull {
		p.failf("the report has the reason %q", reason)
	}
	p = s.start(overlay("pr", "main", 1))
	p.build(dockerfileFill, mib(1))
	p.stop()
}

// fillDisk writes a file until there is no space.
func fillDisk(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	chunk := make([]byte, 1<<20)
	for err == nil {
		_, err = file.Write(chunk)
	}
	if errors.Is(err, unix.ENOSPC) {
		err = nil
	}
	return errors.Join(err, file.Close())
}
