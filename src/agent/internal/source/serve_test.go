package source

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/children"
	"hearth.dev/agent/internal/plain"
	"hearth.dev/agent/internal/protocol"
)

// sidecar serves a repository with one commit.
type sidecar struct {
	address, commit string
	said            *log
}

func newSidecar(t *testing.T) *sidecar {
	t.Helper()
	forge := newForge(t)
	commit := forge.repository("app.git").commit("refs/heads/main", "a.txt", "first")
	pod := newPod(t, passwords)
	pod.mustFetch(forge.http.URL+"/app.git", commit)
	listener := listen(t)
	s := &sidecar{address: listener.Addr().String(), commit: commit, said: &log{}}
	served := &server{repository: pod.request.Repository, environment: environment(os.Environ()), children: children.New(), said: s.said}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- served.serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *sidecar) url() string { return "git://" + s.address + "/commit.git" }

// ask sends a request, and returns the answer up to its end, or to a number of bytes. The server may end the connection before
// it has read all.
func (s *sidecar) ask(t *testing.T, request string, most int64) string {
	t.Helper()
	connection, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	_, written := io.WriteString(connection, request)
	answer, err := io.ReadAll(io.LimitReader(connection, most))
	for _, err := range []error{written, err} {
		if err != nil && !errors.Is(err, unix.ECONNRESET) && !errors.Is(err, unix.EPIPE) {
			t.Fatal(err)
		}
	}
	return string(answer)
}

func TestServe(t *testing.T) {
	sidecar := newSidecar(t)
	pod := newPod(t, nil)
	pod.mustFetch(sidecar.url(), sidecar.commit)
	clone := filepath.Join(t.TempDir(), "clone")
	runGit(t, "", "", "clone", "-q", sidecar.url(), clone)
	if content, err := os.ReadFile(filepath.Join(clone, "a.txt")); string(content) != "first" || err != nil {
		t.Errorf("a.txt: %q, %v", content, err)
	}
	if said := sidecar.said.all(); len(said) > 0 {
		t.Errorf("%q", said)
	}
}

// The server reads no other folder, writes nothing, and speaks the version that is asked for.
func TestServeOneRepositoryToRead(t *testing.T) {
	sidecar := newSidecar(t)
	const refused = "ERR access denied or repository not exported"
	for request, want := range map[string]string{
		"git-upload-pack /commit.git\x00host=a\x00":                         "HEAD",
		"git-upload-pack /commit.git":                                       "HEAD",
		"git-upload-pack /commit.git\n\x00":                                 "HEAD",
		"git-upload-pack /commit.git\x00host=a\x00\x00version=1\x00":        "version 1",
		"git-upload-pack /commit.git\x00host=a\x00\x00odd\x00version=2\x00": "version 2",
		"git-upload-pack /commit.git\x00\x00version=2\x00":                  "version 2",
		"git-upload-pack /commit.git\x00host=a\x00\x00version=2:x\x00":      "HEAD",
		"git-upload-pack /":                                                 refused,
		"git-upload-pack /commit.git/..":                                    refused,
		"git-upload-pack /commit.git/":                                      refused,
		"git-upload-pack /commit":                                           refused,
		"git-upload-pack ":                                                  refused,
		"git-upload-archive /commit.git\x00":                                refused,
		"git-receive-pack /commit.git\x00":                                  refused,
		"upload-pack /commit.git\x00":                                       refused,
		"git-upload-pack\x00 /commit.git\x00":                               refused,
		"":                                                                  refused,
	} {
		if got := sidecar.ask(t, packet(request), 100); !strings.Contains(got, want) {
			t.Errorf("%q: %q", request, got)
		}
	}
	for _, command := range [][]string{
		{"ls-remote", "git://" + sidecar.address + "/"},
		{"ls-remote", sidecar.url() + "/.."},
		{"archive", "--remote=" + sidecar.url(), "HEAD"},
		{"push", "-q", sidecar.url(), "HEAD:refs/heads/other"},
	} {
		asked := exec.Command("git", command...)
		asked.Env = environment(os.Environ())
		if output, err := asked.CombinedOutput(); err == nil {
			t.Errorf("git %q: %s", command, output)
		}
	}
}

func TestMalformedRequestsAreSaidPlainly(t *testing.T) {
	sidecar := newSidecar(t)
	for request, want := range map[string]string{
		"GET / HTTP/1.1\r\n": `a request begins with "GET "`,
		"0003":               `a request begins with "0003"`,
		"1001":               `a request begins with "1001"`,
		"\x1b\xff\n\x00":     `a request begins with`,
	} {
		if got := sidecar.ask(t, request, 100); got != "" {
			t.Errorf("%q: %q", request, got)
		}
		// The connection is closed after it was said.
		said := sidecar.said.all()
		if len(said) == 0 || !strings.Contains(said[len(said)-1], want) || plain.Lines([]byte(said[len(said)-1])) != said[len(said)-1] {
			t.Errorf("%q: %q", request, said)
		}
	}
}

// Connections beyond the limit are closed, and others take the place of those that end.
func TestConnectionsAreLimited(t *testing.T) {
	sidecar := newSidecar(t)
	var open []net.Conn
	for range mostConnections {
		connection, err := net.Dial("tcp", sidecar.address)
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		open = append(open, connection)
	}
	if got := sidecar.ask(t, packet("git-upload-pack /commit.git"), 100); got != "" {
		t.Errorf("one connection too many was answered: %q", got)
	}
	for _, connection := range open {
		connection.Close()
	}
	for answered := false; !answered; { // the server has to notice
		answered = sidecar.ask(t, packet("git-upload-pack /commit.git"), 100) != ""
	}
}

func TestServeEndsWhenItIsTold(t *testing.T) {
	address := listen(t)
	address.Close() // so that it is free
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int)
	request := protocol.ServeRequest{Version: 1, Repository: "/none/commit.git", Address: address.Addr().String()}
	go func() { ended <- Serve(ctx, request, io.Discard) }()
	if err := Ready(t.Context(), request.Address); err != nil {
		t.Error(err)
	}
	cancel()
	if code := <-ended; code != 0 {
		t.Errorf("exit code %d", code)
	}
	if err := Ready(ctx, request.Address); err == nil {
		t.Error("an address is ready that nobody serves")
	}
}

func TestServeSaysWhyItCannot(t *testing.T) {
	taken := listen(t)
	var said strings.Builder
	request := protocol.ServeRequest{Version: 1, Repository: "/none/commit.git", Address: taken.Addr().String()}
	if code := Serve(t.Context(), request, &said); code != codeFailed || !strings.Contains(said.String(), "address already in use") {
		t.Errorf("exit code %d: %s", code, said.String())
	}
}

// A request is read without a byte of what comes after it.
func FuzzReadRequest(f *testing.F) {
	f.Add([]byte(packet("git-upload-pack /a\x00host=b\x00\x00version=2\x00") + "more"))
	f.Add([]byte("0004"))
	f.Add([]byte("0007"))
	f.Add([]byte("ffff"))
	f.Add([]byte("-001"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		from := bytes.NewReader(sent)
		asked, err := readRequest(from)
		read := len(sent) - from.Len()
		if read > mostRequest {
			t.Errorf("%d bytes were read", read)
		}
		if errors.Is(err, io.EOF) != (len(sent) == 0) {
			t.Errorf("%q: %v", sent, err)
		}
		if err != nil {
			return
		}
		if !strings.EqualFold(string(sent[:4]), packet(string(sent[4:read]))[:4]) {
			t.Errorf("%q: %d bytes were read", sent, read)
		}
		if strings.ContainsAny(asked.service+asked.path, "\x00") || asked.version != "" && len(asked.version) != len("version=2") {
			t.Errorf("%+v", asked)
		}
	})
}
