package source

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"hearth.dev/agent/internal/protocol"
)

// answerRole makes this test's program answer git, from the folder that comes next.
const answerRole = "answer"

func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == answerRole {
		if os.Args[3] == "get" {
			if err := Answer(os.Args[2], os.Stdout); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		}
		return
	}
	// With the race detector, each helper would wait for a second at its end.
	if err := os.Setenv("GORACE", "atexit_sleep_ms=0"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// Credentials of a user, and what is to be found nowhere.
const (
	user        = "ada"
	password    = "correct horse"
	basicHeader = "Basic YWRhOmNvcnJlY3QgaG9yc2U="
	absent      = "0123456789abcdef0123456789abcdef01234567"
)

// forge has bare repositories in a folder. It serves them over HTTP, those below /private/ to the user alone.
type forge struct {
	t      *testing.T
	folder string
	routes *http.ServeMux
	http   *httptest.Server
}

func newForge(t *testing.T) *forge {
	f := &forge{t: t, folder: t.TempDir(), routes: http.NewServeMux()}
	f.routes.HandleFunc("/", f.answer)
	f.http = httptest.NewServer(f.routes)
	t.Cleanup(f.http.Close)
	return f
}

// repository makes a repository, which gives any commit by its id, as forges do.
func (f *forge) repository(name string) *repository {
	f.t.Helper()
	r := &repository{f.t, filepath.Join(f.folder, name)}
	runGit(f.t, f.folder, "", "init", "-q", "--bare", "--template=", r.folder)
	r.git("", "config", "uploadpack.allowAnySHA1InWant", "true")
	return r
}

// answer is smart HTTP.
func (f *forge) answer(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/private/") && r.Header.Get("Authorization") != basicHeader {
		w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
		http.Error(w, "who are you?", http.StatusUnauthorized)
		return
	}
	command := []string{"upload-pack", "--strict", "--stateless-rpc"}
	path, advertised := strings.CutSuffix(r.URL.Path, "/info/refs")
	if advertised {
		command = append(command, "--http-backend-info-refs")
		w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
		fmt.Fprintf(w, "%s0000", packet("# service=git-upload-pack\n"))
	} else {
		path = strings.TrimSuffix(path, "/git-upload-pack")
		w.Header().Set("Content-Type", "application/x-git-upload-pack-result")
	}
	upload := exec.CommandContext(r.Context(), "git", append(command, filepath.Join(f.folder, filepath.FromSlash(path)))...)
	upload.Env = append(environment(os.Environ()), "GIT_PROTOCOL="+r.Header.Get("Git-Protocol"))
	upload.Stdin, upload.Stdout = r.Body, w
	if err := upload.Run(); err != nil {
		f.t.Logf("%s: %v", r.URL, err) // which is an answer too
	}
}

// repository is a bare repository.
type repository struct {
	t      *testing.T
	folder string
}

func (r *repository) git(input string, arguments ...string) string {
	r.t.Helper()
	return runGit(r.t, r.folder, input, arguments...)
}

// commit makes a commit of one file, points a ref at it, and returns its id.
func (r *repository) commit(ref, file, content string, parents ...string) string {
	r.t.Helper()
	blob := r.git(content, "hash-object", "-w", "--stdin")
	tree := r.git(fmt.Sprintf("100644 blob %s\t%s\n", blob, file), "mktree")
	arguments := []string{"commit-tree", "-m", content, tree}
	for _, parent := range parents {
		arguments = append(arguments, "-p", parent)
	}
	id := r.git("", arguments...)
	r.git("", "update-ref", ref, id)
	return id
}

func runGit(t *testing.T, folder, input string, arguments ...string) string {
	t.Helper()
	command := exec.Command("git", arguments...)
	command.Dir = folder
	command.Env = append(environment(os.Environ()),
		"GIT_AUTHOR_NAME=test", "GIT_AUTHOR_EMAIL=test@example.com", "GIT_COMMITTER_NAME=test", "GIT_COMMITTER_EMAIL=test@example.com")
	command.Stdin = strings.NewReader(input)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", arguments[0], err, output)
	}
	return strings.TrimSpace(string(output))
}

// pod is the container that fetches.
type pod struct {
	t       *testing.T
	folder  string
	request protocol.FetchRequest
	helper  []string
}

// newPod returns a container with these files as credentials.
func newPod(t *testing.T, files map[string]string) *pod {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	p := &pod{t: t, folder: folder, request: protocol.FetchRequest{
		Version: 1, Repository: filepath.Join(folder, "commit.git"), Credentials: filepath.Join(folder, "secret"),
	}}
	p.helper = []string{program, answerRole, p.request.Credentials}
	if err := os.Mkdir(p.request.Credentials, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		p.write(name, content)
	}
	return p
}

func (p *pod) write(name, content string) {
	p.t.Helper()
	// ssh ignores a key of its own user that others can read. In a pod it belongs to root.
	if err := os.WriteFile(filepath.Join(p.request.Credentials, name), []byte(content), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// fetch returns the exit code and what was said.
func (p *pod) fetch(url, commit string) (int, string) {
	p.t.Helper()
	p.request.URL, p.request.Commit = url, commit
	var said strings.Builder
	code := Fetch(p.t.Context(), p.request, p.helper, &said)
	return code, said.String()
}

func (p *pod) mustFetch(url, commit string) {
	p.t.Helper()
	if code, said := p.fetch(url, commit); code != 0 || said != "" {
		p.t.Fatalf("the commit was not fetched: exit code %d\n%s", code, said)
	}
}

// mustFail returns what was said.
func (p *pod) mustFail(url, commit string) string {
	p.t.Helper()
	code, said := p.fetch(url, commit)
	if code != codeFailed {
		p.t.Fatalf("exit code %d\n%s", code, said)
	}
	return said
}

// git runs git in the repository that was made.
func (p *pod) git(arguments ...string) string {
	p.t.Helper()
	return runGit(p.t, p.request.Repository, "", arguments...)
}

// log keeps what several goroutines say.
type log struct {
	mu    sync.Mutex
	lines []string
}

func (l *log) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}

func (l *log) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines)
}

func (l *log) Write(text []byte) (int, error) {
	l.add(string(text))
	return len(text), nil
}

// listen returns a listener at an address of this machine.
func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}
