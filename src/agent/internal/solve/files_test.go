package solve

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"hearth.dev/agent/internal/artifact"
	"hearth.dev/agent/internal/protocol"
)

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// namesIn returns the names in a folder, those of partial files too.
func namesIn(t *testing.T, folder string) string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, each := range entries {
		found = append(found, each.Name())
	}
	return strings.Join(found, " ")
}

// solveFiles runs a solve whose attempts leave a file, and returns the folder's path and the report.
func solveFiles(t *testing.T, artifacts, content string, failures ...error) (string, *protocol.SolveReport) {
	t.Helper()
	p := &played{daemons: 1, attempts: failing(failures...)}
	p.during = func(_ context.Context, what string) {
		if what != "solve" {
			return
		}
		folder := artifacts + "/.image"
		if left := namesIn(t, folder); left != "" {
			t.Errorf("an attempt begins with %q", left)
		}
		writeFile(t, folder+"/index.html", content)
		if err := os.Chmod(folder, 0o700); err != nil {
			t.Error(err)
		}
	}
	request := protocol.SolveRequest{Artifacts: artifacts, Imports: []protocol.Import{{Folder: "/c"}}}
	code, log, report := run(t, context.Background(), p, request)
	if code != 0 || report == nil || report.Files == nil {
		t.Fatalf("the code is %d, the log %q, and the report %+v", code, log, report)
	}
	return artifacts + "/" + strings.TrimPrefix(report.Files.Digest, "sha256:"), report
}

func TestFilesGetTheirDigestAsName(t *testing.T) {
	artifacts, outside := t.TempDir(), t.TempDir()
	writeFile(t, outside+"/kept", "")
	// What a lost pod has left is a link to elsewhere.
	if err := os.Symlink(outside, artifacts+"/.image"); err != nil {
		t.Fatal(err)
	}
	folder, report := solveFiles(t, artifacts, strings.Repeat("x", 1500), errDamaged)
	if report.Files.Count != 1 || report.Files.KiB != 2 {
		t.Errorf("the files are %+v", report.Files)
	}
	info, err := os.Stat(folder)
	if err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("the folder is %v: %v", info, err)
	}
	if measured, err := artifact.Measure(folder); err != nil || *measured != *report.Files {
		t.Errorf("the folder has the files %+v, not %+v: %v", measured, report.Files, err)
	}
	if found := namesIn(t, artifacts); found != filepath.Base(folder) {
		t.Errorf("the folder around it has %q", found)
	}
	if found := namesIn(t, outside); found != "kept" {
		t.Error("the link was followed")
	}
}

func TestEqualFilesStay(t *testing.T) {
	artifacts := t.TempDir()
	first, _ := solveFiles(t, artifacts, "same")
	before, err := os.Stat(first + "/index.html")
	if err != nil {
		t.Fatal(err)
	}
	changed := changeTime(t, first)
	for !changeTime(t, first).After(changed) { // the clock of file systems is coarse
		if second, _ := solveFiles(t, artifacts, "same"); second != first {
			t.Fatalf("equal files are %s and %s", first, second)
		}
	}
	after, err := os.Stat(first + "/index.html")
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("a file that a task may read was replaced: %v", err)
	}
	if other, _ := solveFiles(t, artifacts, "other"); other == first {
		t.Error("different files have one name")
	}
}

func TestSolvesThatLeaveEqualFilesAtTheSameTime(t *testing.T) {
	for range 50 {
		artifacts := t.TempDir()
		done := make(chan error)
		for _, step := range []string{"a", "b", "c"} {
			made := files{folder: artifacts, step: step}
			if err := made.begin(); err != nil {
				t.Fatal(err)
			}
			writeFile(t, made.path()+"/index.html", "same")
			go func() {
				_, err := made.keep()
				done <- err
			}()
		}
		for range 3 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if found := namesIn(t, artifacts); len(found) != 64 {
			t.Errorf("what is left is %q", found)
		}
	}
}

func changeTime(t *testing.T, path string) time.Time {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		t.Fatal("no change time")
	}
	return time.Unix(stat.Ctim.Unix())
}

func TestDamagedFilesAreReplaced(t *testing.T) {
	artifacts := t.TempDir()
	folder, _ := solveFiles(t, artifacts, "whole")
	for _, damage := range []func() error{
		func() error { return os.WriteFile(folder+"/index.html", nil, 0o644) },
		func() error { return os.Remove(folder + "/index.html") },
		func() error { return os.RemoveAll(folder) },
		func() error {
			if err := os.RemoveAll(folder); err != nil {
				return err
			}
			return os.WriteFile(folder, nil, 0o644)
		},
		func() error {
			if err := os.RemoveAll(folder); err != nil {
				return err
			}
			return os.Symlink("/", folder)
		},
	} {
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		again, report := solveFiles(t, artifacts, "whole")
		measured, err := artifact.Measure(again)
		if err != nil || measured == nil || *measured != *report.Files || namesIn(t, artifacts) != filepath.Base(folder) {
			t.Errorf("what is there is %+v, among %q: %v", measured, namesIn(t, artifacts), err)
		}
	}
}

func TestASolveThatFailsLeavesNoFiles(t *testing.T) {
	artifacts := t.TempDir()
	p := &played{daemons: 1, attempts: failing(errOther), during: func(_ context.Context, what string) {
		if what == "solve" {
			writeFile(t, artifacts+"/.image/half", "")
		}
	}}
	code, _, _ := run(t, context.Background(), p, protocol.SolveRequest{Artifacts: artifacts})
	if found := namesIn(t, artifacts); code != 1 || found != "" {
		t.Errorf("the code is %d, and what is left %q", code, found)
	}
}

func TestABuildWithoutFiles(t *testing.T) {
	artifacts := t.TempDir()
	p := &played{daemons: 1, attempts: failing()}
	code, _, report := run(t, context.Background(), p, protocol.SolveRequest{Artifacts: artifacts})
	if code != 0 || report == nil || report.Files != nil || namesIn(t, artifacts) != "" {
		t.Errorf("the code is %d, the report %+v, and what is left %q", code, report, namesIn(t, artifacts))
	}
}

// TestAFolderThatCannotBeMade ends the solve: BuildKit would fail with it each time.
func TestAFolderThatCannotBeMade(t *testing.T) {
	p := &played{daemons: 1, attempts: failing()}
	request := protocol.SolveRequest{Artifacts: t.TempDir() + "/none"}
	code, log, _ := run(t, context.Background(), p, request)
	if code != 1 || !strings.HasPrefix(log, "hearth: the folder for files cannot be opened: ") {
		t.Errorf("the code is %d, and the log %q", code, log)
	}
}
