package source

import (
	"context"
	"encoding/pem"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var passwords = map[string]string{"username": user, "password": password}

// The commit alone is left, and nothing of the credentials.
func TestFetch(t *testing.T) {
	forge := newForge(t)
	repository := forge.repository("private/app.git")
	first := repository.commit("refs/heads/main", "a.txt", "first")
	second := repository.commit("refs/pull/1/head", "a.txt", "second", first)
	repository.git("", "tag", "v1", first)

	pod := newPod(t, passwords)
	pod.mustFetch(forge.http.URL+"/private/app.git", second)

	if got, want := pod.git("show-ref", "--head"), second+" HEAD\n"+second+" refs/heads/commit"; got != want {
		t.Errorf("refs: %s", got)
	}
	if got := pod.git("cat-file", "blob", second+":a.txt"); got != "second" {
		t.Errorf("a.txt: %s", got)
	}
	if got := pod.git("rev-list", "--all"); got != second {
		t.Errorf("commits: %s", got)
	}
	pod.assertNowhere(password, strings.TrimPrefix(basicHeader, "Basic "))
}

// assertNowhere fails if a file of the repository, or beside it, has a text.
func (p *pod) assertNowhere(texts ...string) {
	p.t.Helper()
	files := 0
	err := filepath.WalkDir(p.folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			if path == p.request.Credentials {
				return fs.SkipDir
			}
			return err
		}
		files++
		content, err := os.ReadFile(path)
		for _, text := range texts {
			if strings.Contains(path+"\n"+string(content), text) {
				p.t.Errorf("%s has %q", path, text)
			}
		}
		return err
	})
	if err != nil || files == 0 {
		p.t.Errorf("%d files: %v", files, err)
	}
}

func TestFetchLooksForNoSubmodules(t *testing.T) {
	forge := newForge(t)
	var asked log
	forge.routes.HandleFunc("/other/", func(w http.ResponseWriter, r *http.Request) {
		asked.add(r.URL.Path)
		http.NotFound(w, r)
	})
	repository := forge.repository("app.git")
	library := repository.commit("refs/heads/library", "a.txt", "library")
	blob := repository.git("[submodule \"lib\"]\n\tpath = lib\n\turl = "+forge.http.URL+"/other/lib.git\n", "hash-object", "-w", "--stdin")
	tree := repository.git("100644 blob "+blob+"\t.gitmodules\n160000 commit "+library+"\tlib\n", "mktree", "--missing")
	commit := repository.git("", "commit-tree", "-m", "submodule", tree)
	repository.git("", "update-ref", "refs/heads/main", commit)

	newPod(t, passwords).mustFetch(forge.http.URL+"/app.git", commit)
	if got := asked.all(); len(got) > 0 {
		t.Errorf("asked for %q", got)
	}
}

// The helper is found whatever the URL is, and the line's end of a password is not meant.
func TestFetchWithOddNames(t *testing.T) {
	forge := newForge(t)
	commit := forge.repository("private/My app*.git").commit("refs/heads/main", "a.txt", "first")
	pod := newPod(t, map[string]string{"username": user + "\n", "password": password + "\n"})
	pod.mustFetch(forge.http.URL+"/private/My%20app%2a.git", commit)
}

func TestFetchTrustsTheAuthorityOfTheServerToo(t *testing.T) {
	forge := newForge(t)
	commit := forge.repository("private/app.git").commit("refs/heads/main", "a.txt", "first")
	secure := httptest.NewTLSServer(forge.routes)
	t.Cleanup(secure.Close)
	system := filepath.Join(t.TempDir(), "system.crt")
	if err := os.WriteFile(system, []byte("# has no end of its line"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, authorities := range []string{"", system, system + "-absent"} {
		t.Setenv(authoritiesVariable, authorities)
		pod := newPod(t, passwords)
		if said := pod.mustFail(secure.URL+"/private/app.git", commit); !strings.Contains(said, "cert") {
			t.Errorf("%q: %s", authorities, said)
		}
		authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})
		pod.write("ca.crt", string(authority))
		pod.mustFetch(secure.URL+"/private/app.git", commit)
	}
}

func TestFetchRefusesOtherTransports(t *testing.T) {
	repository := newForge(t).repository("app.git")
	commit := repository.commit("refs/heads/main", "a.txt", "first")
	for url, want := range map[string]string{
		"file://" + repository.folder: "fatal: transport 'file' not allowed\n",
		repository.folder:             "fatal: transport 'file' not allowed\n",
		"ext::sh -c true":             "fatal: transport 'ext' not allowed\n",
	} {
		if said := newPod(t, passwords).mustFail(url, commit); said != want {
			t.Errorf("%s: %s", url, said)
		}
	}
}

func TestFetchStartsAnewAfterAnAttemptThatWasCutShort(t *testing.T) {
	forge := newForge(t)
	commit := forge.repository("app.git").commit("refs/heads/main", "a.txt", "first")
	pod := newPod(t, passwords)
	if err := os.Mkdir(pod.request.Repository, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(pod.request.Repository, "shallow.lock"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	pod.mustFetch(forge.http.URL+"/app.git", commit)
}

func TestWrongPasswordIsTriedOnceAndNotSaid(t *testing.T) {
	forge := newForge(t)
	var given log
	forge.routes.HandleFunc("/locked/", func(w http.ResponseWriter, r *http.Request) {
		given.add(r.Header.Get("Authorization"))
		w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
		w.WriteHeader(http.StatusUnauthorized)
	})
	said := newPod(t, passwords).mustFail(forge.http.URL+"/locked/app.git", absent)
	if !strings.Contains(said, "Authentication failed for '"+forge.http.URL) || strings.Contains(said, "horse") ||
		strings.Contains(said, basicHeader[6:]) {
		t.Error(said)
	}
	if got := given.all(); !slices.Equal(got, []string{"", basicHeader}) {
		t.Errorf("sent: %q", got)
	}
}

func TestMissingPasswordIsSaid(t *testing.T) {
	forge := newForge(t)
	forge.repository("private/app.git")
	if said := newPod(t, nil).mustFail(forge.http.URL+"/private/app.git", absent); !strings.Contains(said, "the Secret has no key password") {
		t.Error(said)
	}
}

func TestCredentialsDoNotFollowARedirect(t *testing.T) {
	forge, thief := newForge(t), newForge(t)
	var given log
	thief.routes.HandleFunc("/moved/", func(w http.ResponseWriter, r *http.Request) {
		given.add(r.Header.Get("Authorization"))
		w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
		w.WriteHeader(http.StatusUnauthorized)
	})
	forge.routes.HandleFunc("/moved/", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, thief.http.URL+r.URL.String(), http.StatusFound)
	})
	if said := newPod(t, passwords).mustFail(forge.http.URL+"/moved/app.git", absent); !strings.Contains(said, "302") {
		t.Error(said)
	}
	if got := given.all(); len(got) > 0 {
		t.Errorf("sent: %q", got)
	}
}

func TestCommitThatTheServerDoesNotHaveIsNamed(t *testing.T) {
	forge := newForge(t)
	forge.repository("app.git").commit("refs/heads/main", "a.txt", "first")
	if said := newPod(t, passwords).mustFail(forge.http.URL+"/app.git", absent); !strings.Contains(said, absent) {
		t.Error(said)
	}
}

func TestWordsOfTheServerAreShortAndPlain(t *testing.T) {
	forge := newForge(t)
	forge.routes.HandleFunc("/rude/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
		w.Write([]byte(packet("ERR " + strings.Repeat("x", 3000) + "\x1b[2J\aevil\u202e the end")))
	})
	said := newPod(t, passwords).mustFail(forge.http.URL+"/rude/app.git", absent)
	if !strings.Contains(said, "the end") || !regexp.MustCompile(`^[ -~\n]+$`).MatchString(said) || len(said) > mostWords {
		t.Errorf("%q", said)
	}
}

func TestFetchEndsWhenItIsTold(t *testing.T) {
	forge := newForge(t)
	ctx, cancel := context.WithCancel(t.Context())
	forge.routes.HandleFunc("/slow/", func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	pod := newPod(t, passwords)
	pod.request.URL, pod.request.Commit = forge.http.URL+"/slow/app.git", absent
	var said strings.Builder
	if code := Fetch(ctx, pod.request, pod.helper, &said); code != 143 || said.String() != "" {
		t.Errorf("exit code %d: %s", code, said.String())
	}
}

func TestFetchRefusesOddRequests(t *testing.T) {
	for _, commit := range []string{"", "main", "-" + absent[1:], absent + "0", strings.ToUpper(absent)} {
		if said := newPod(t, passwords).mustFail("https://git.example/app.git", commit); !strings.Contains(said, "is not the id of a commit") {
			t.Errorf("%q: %s", commit, said)
		}
	}
	for _, path := range []string{"", "relative", "/has space", "/has$(date)", "/has%d"} {
		pod := newPod(t, passwords)
		pod.request.Credentials = path
		if said := pod.mustFail("https://git.example/app.git", absent); !strings.Contains(said, "must have letters") {
			t.Errorf("%q: %s", path, said)
		}
	}
}

func TestUserOfSSH(t *testing.T) {
	for url, want := range map[string]string{
		"ssh://git.example:22/app.git":   "ssh://git@git.example:22/app.git",
		"ssh://ada@git.example/app.git":  "ssh://ada@git.example/app.git",
		"ssh://git.example/team@app.git": "ssh://git@git.example/team@app.git",
		"https://git.example/app.git":    "https://git.example/app.git",
	} {
		if got := withUser(url); got != want {
			t.Errorf("%s: %s", url, got)
		}
	}
}

// Nothing in a container's environment configures git or ssh, but for the authorities of its image.
func TestEnvironment(t *testing.T) {
	got := environment([]string{
		"PATH=/bin", "GIT_SSL_NO_VERIFY=1", "GIT_CONFIG_COUNT=9", "SSH_AUTH_SOCK=/a", "HOME=/root", authoritiesVariable + "=/ca", "LANG=x",
	}, setting{"a.b", "c"})
	want := []string{
		"PATH=/bin", "HOME=/root", authoritiesVariable + "=/ca", "LANG=x",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_TERMINAL_PROMPT=0", "HOME=/nonexistent", "LC_ALL=C",
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=a.b", "GIT_CONFIG_VALUE_0=c",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestAnswer(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		want  string
		fails string
	}{
		"both":              {passwords, "username=ada\npassword=correct horse\n", ""},
		"ends of lines":     {map[string]string{"username": "a\n\n", "password": "b\r\n"}, "username=a\npassword=b\r\n", ""},
		"no name":           {map[string]string{"password": "b"}, "username=git\npassword=b\n", ""},
		"empty name":        {map[string]string{"username": "", "password": "b"}, "username=\npassword=b\n", ""},
		"no password":       {map[string]string{"username": "a"}, "", "the Secret has no key password"},
		"two lines":         {map[string]string{"password": "b\nhost=evil.example"}, "", "more than one line"},
		"two lines of user": {map[string]string{"username": "a\nb", "password": "b"}, "", "more than one line"},
		"the character 0":   {map[string]string{"password": "b\x00"}, "", "more than one line"},
	} {
		t.Run(name, func(t *testing.T) {
			pod := newPod(t, test.files)
			var said strings.Builder
			err := Answer(pod.request.Credentials, &said)
			if said.String() != test.want || (err == nil) != (test.fails == "") {
				t.Errorf("%q, %v", said.String(), err)
			}
			if err != nil && (!strings.Contains(err.Error(), test.fails) || strings.Contains(err.Error(), "evil")) {
				t.Error(err)
			}
		})
	}
}

func TestTail(t *testing.T) {
	end := &tail{most: 5}
	for _, test := range []struct{ written, want string }{
		{"", ""}, {"abc", "abc"}, {"def", "bcdef"}, {"0123456789", "56789"}, {"x", "6789x"},
	} {
		if n, err := end.Write([]byte(test.written)); n != len(test.written) || err != nil || string(end.kept) != test.want {
			t.Errorf("%q: %q", test.written, end.kept)
		}
	}
}
