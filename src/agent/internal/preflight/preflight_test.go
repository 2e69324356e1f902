package preflight

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearth.dev/agent/internal/daemon"
	"hearth.dev/agent/internal/protocol"
)

func TestRootOfTheNode(t *testing.T) {
	for users, want := range map[string]bool{
		"         0          0 4294967295\n": true,
		"         0     100000      65536\n": false,
		"":                                   true, "0\n": true, "x y z\n": true,
	} {
		if got := isNode(users); got != want {
			t.Errorf("%q: %v", users, got)
		}
	}
}

func TestHostUsersThatWasIgnored(t *testing.T) {
	users, err := os.ReadFile("/proc/self/uid_map")
	if err != nil || !isNode(string(users)) {
		t.Skip("this test runs in a user namespace")
	}
	var said bytes.Buffer
	code := Run(t.Context(), protocol.PreflightRequest{Nested: true}, daemon.Options{Output: daemon.NewOutput(&said)})
	if code != 71 || said.String() != "root of the pod is root of the node: hostUsers was ignored\n" {
		t.Errorf("exit code %d: %s", code, said.String())
	}
}

func TestOverlayThatIsNotMounted(t *testing.T) {
	view := t.TempDir()
	for _, mounted := range []error{nil, errors.New("operation not permitted")} {
		var said bytes.Buffer
		if code := Check(view, "", mounted, &said); code != 71 || !strings.HasSuffix(said.String(), "an overlay cannot be mounted\n") {
			t.Errorf("exit code %d: %s", code, said.String())
		}
	}
	if err := os.Mkdir(filepath.Join(view, shown), 0o755); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	if code := Check(view, "", nil, &said); code != 0 || said.Len() != 0 {
		t.Errorf("exit code %d: %s", code, said.String())
	}
}

func TestFoldersThatCanBeWritten(t *testing.T) {
	folder := t.TempDir()
	if !writable(folder) {
		t.Error("a folder that can be written counts as safe")
	}
	if writable(filepath.Join(folder, "missing")) || writable("/proc") {
		t.Error("a folder that cannot be written counts as one that can")
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestProgramsThatCanBeReplaced(t *testing.T) {
	program := filepath.Join(t.TempDir(), "runc")
	if err := os.WriteFile(program, []byte("content"), 0o755); err != nil {
		t.Fatal(err)
	}
	if !replace(program) {
		t.Error("a program that can be replaced counts as safe")
	}
	information, err := os.Stat(program)
	if err != nil || information.Mode().Perm() != 0o755 {
		t.Errorf("%v, %v", information, err)
	}
	if content, err := os.ReadFile(program); err != nil || string(content) != "content" {
		t.Errorf("%q, %v", content, err)
	}
	if replace("/proc/version") || replace("/nonexistent") {
		t.Error("a program that cannot be replaced counts as one that can")
	}
	t.Setenv("PATH", filepath.Dir(program))
	if !replaceable() {
		t.Error("a program that is found by its name counts as safe")
	}
}

func TestMountThatCannotBeMadeWritable(t *testing.T) {
	if makeWritable("/nonexistent") {
		t.Error("a mount that there is not was made writable")
	}
}

func TestVolumeHasAView(t *testing.T) {
	volume := &emptyVolume{own: t.TempDir()}
	for range 2 { // a container that is started again
		if err := volume.Prepare(); err != nil {
			t.Fatal(err)
		}
	}
	view, err := volume.View()
	if err != nil || len(view.Lower) != 1 {
		t.Fatalf("%v, %v", view, err)
	}
	for _, folder := range []string{filepath.Join(view.Lower[0], shown), view.Upper, view.Work, volume.Root()} {
		if information, err := os.Stat(folder); err != nil || !information.IsDir() {
			t.Errorf("%s: %v", folder, err)
		}
	}
}

func TestDaemonThatDoesNotAnswer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var said bytes.Buffer
	code := Build(ctx, filepath.Join(t.TempDir(), "none"), "/bin/true", nil, t.TempDir(), &said)
	if code != 75 || said.String() != "the daemon did not answer in time\n" {
		t.Errorf("exit code %d: %s", code, said.String())
	}
}

func TestDockerfile(t *testing.T) {
	want := "FROM scratch\nCOPY agent /\nRUN [\"/agent\", \"version\"]\n"
	if got := dockerfile("agent", []string{"version"}); got != want {
		t.Errorf("%q", got)
	}
}

func TestReasonOfABuildThatFailed(t *testing.T) {
	failed := errors.New("process did not complete successfully: exit code: 1")
	for log, want := range map[string]string{
		"#5 0.1 runc run failed: unable to mount proc\n#5 ERROR": "runc run failed: unable to mount proc",
		"#5 ERROR\n": failed.Error(),
		"":           failed.Error(),
	} {
		if got := reason([]byte(log), failed); got.Error() != want {
			t.Errorf("%q: %v", log, got)
		}
	}
}

func TestEndOfALogIsKept(t *testing.T) {
	var log tail
	for range 3 {
		if n, err := log.Write(bytes.Repeat([]byte("x"), longestLog)); n != longestLog || err != nil {
			t.Fatal(n, err)
		}
	}
	if _, err := log.Write([]byte("end")); err != nil || len(log.content) != longestLog || !bytes.HasSuffix(log.content, []byte("xend")) {
		t.Errorf("%d bytes, %v", len(log.content), err)
	}
}
