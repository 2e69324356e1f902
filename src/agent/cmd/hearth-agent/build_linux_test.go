package main

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestRequestsThatCannotBeRead(t *testing.T) {
	for _, name := range []string{
		"daemon", "solve", "copy", "own", "preflight", "task-cache", enterPreflight, enterDaemon,
		"fetch", "serve", "serve-ready", "git-credential get", "read-file", "network-preflight", "user-namespace-preflight",
		"artifact-push", "artifact-pull", "artifact-remove", "image-publish",
	} {
		for _, request := range []string{"", "{}", `{"version":0}`, `{"version":1,"unknown":1}`} {
			if code := run(name, request); code == 0 {
				t.Errorf("%s did %s", name, request)
			}
		}
	}
	if code := run("version", ""); code != 0 {
		t.Errorf("version: %d", code)
	}
	for _, name := range []string{"", "other", "version 1", "git-credential", "git-credential  get"} {
		if code := run(name, ""); code != codeUsage {
			t.Errorf("%q: %d", name, code)
		}
	}
}

func TestNamesOfClaims(t *testing.T) {
	for claim, valid := range map[string]bool{"cache-main": true, "": false, ".": false, "..": false, "a/b": false, "/a": false} {
		options, err := daemonOptions(claim, enterDaemon)
		if (err == nil) != valid {
			t.Errorf("%q: %v", claim, err)
		}
		if valid && options.Own != "/var/lib/hearth/volumes/"+claim {
			t.Errorf("%q: %s", claim, options.Own)
		}
	}
}

func TestOwn(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root gives folders away")
	}
	folder := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(folder, link); err != nil {
		t.Fatal(err)
	}
	owners := func() (user, group uint32) {
		var status unix.Stat_t
		if err := unix.Stat(folder, &status); err != nil {
			t.Fatal(err)
		}
		return status.Uid, status.Gid
	}
	if err := own(folder, 1000, nil); err != nil {
		t.Fatal(err)
	}
	if user, group := owners(); user != 1000 || group != 1000 {
		t.Errorf("%d:%d", user, group)
	}
	if err := os.Chown(folder, 1000, 7); err != nil { // as a storage that sets a group
		t.Fatal(err)
	}
	if err := own(folder, 1000, nil); err != nil {
		t.Fatal(err)
	}
	if user, group := owners(); user != 1000 || group != 7 {
		t.Errorf("changed what was owned: %d:%d", user, group)
	}
	if err := os.Mkdir(folder+"/artifacts", 0o755); err != nil { // as the kubelet does
		t.Fatal(err)
	}
	for range 2 {
		if err := own(folder, 1000, []string{"artifacts", "volumes", "volumes/main"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"artifacts", "volumes", "volumes/main"} {
		var status unix.Stat_t
		if err := unix.Stat(filepath.Join(folder, name), &status); err != nil || status.Uid != 1000 {
			t.Errorf("%s has the owner %d: %v", name, status.Uid, err)
		}
	}
}

// A second signal would end this test's process if it had its usual effect. As that may come late, it is not stopped.
func TestSecondSignalHasNoEffect(t *testing.T) {
	ctx, _ := untilSignal()
	for range 3 {
		if err := unix.Kill(os.Getpid(), unix.SIGTERM); err != nil {
			t.Fatal(err)
		}
		<-ctx.Done()
	}
}
