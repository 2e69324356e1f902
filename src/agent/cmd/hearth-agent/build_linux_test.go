package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/protocol"
)

func TestRequestsThatCannotBeRead(t *testing.T) {
	for _, name := range []string{
		"daemon", "solve", "copy", "own", "preflight", "task-cache", enterPreflight, enterDaemon,
		"fetch", "serve", "serve-ready", "git-credential get", "read-file", "network-preflight", "user-namespace-preflight",
		"artifact-push", "artifact-pull", "artifact-remove", "image-publish",
	} {
		for _, request := range []string{"", "{}", `{"version":0}`, `{"version":1,"unknown":1}`} {
			if code := run(name, asking(request)); code == 0 {
				t.Errorf("%s did %s", name, request)
			}
		}
	}
	if code := run("version", asking("")); code != 0 {
		t.Errorf("version: %d", code)
	}
	for _, name := range []string{"", "other", "version 1", "git-credential", "git-credential  get"} {
		if code := run(name, asking("")); code != codeUsage {
			t.Errorf("%q: %d", name, code)
		}
	}
}

// asking returns an environment with a request.
func asking(request string) func(string) string {
	return setting(map[string]string{protocol.RequestVariable: request})
}

func setting(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

// The helper of git runs as a program of its own, in the environment of the container that fetches.
func TestRequestIsInAFile(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "requests.json")
	environment := setting(map[string]string{
		protocol.RequestFileVariable: file, protocol.RequestKeyVariable: "fetch", protocol.RequestWithinVariable: "60",
	})
	requests := `{"fetch":{"version":1,"credentials":"` + folder + `"}}`
	for name, content := range map[string]string{"password": "secret", "requests.json": requests} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if code := run(credentialHelper+" get", environment); code != 0 {
		t.Errorf("the helper exits with %d", code)
	}
	if err := os.WriteFile(file, []byte("no JSON"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code := run(credentialHelper+" get", environment); code != codeFailed {
		t.Errorf("the helper exits with %d without a request", code)
	}
}

// The signal is sent until the subcommand has heard it: before, it is for the context that is made first.
func TestSignalEndsTheWaitForARequest(t *testing.T) {
	untilSignal()
	ended := make(chan int)
	go func() {
		ended <- run("solve", setting(map[string]string{
			protocol.RequestFileVariable: filepath.Join(t.TempDir(), "requests.json"), protocol.RequestWithinVariable: "3600",
		}))
	}()
	for {
		if err := unix.Kill(os.Getpid(), unix.SIGTERM); err != nil {
			t.Fatal(err)
		}
		select {
		case code := <-ended:
			if code != protocol.CodeTerminated {
				t.Errorf("the code is %d", code)
			}
			return
		case <-time.After(10 * time.Millisecond):
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
