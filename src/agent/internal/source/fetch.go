package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/plain"
	"hearth.dev/agent/internal/protocol"
)

// Exit codes of the process.
const (
	codeFailed = 1
)

const (
	// mostWords is the length of what is shown of git's words: they have those of the server in them.
	mostWords = 1500
	// ref is the only ref of the repository that is made.
	ref = "refs/heads/commit"
	// systemAuthorities has the authorities that the system trusts, where Alpine, Debian and many others have them.
	systemAuthorities = "/etc/ssl/certs/ca-certificates.crt"
	// endTime is the time in which programs end that were killed.
	endTime = 5 * time.Second
)

var (
	// commitID is the id of a commit.
	commitID = regexp.MustCompile(`^[0-9a-f]{40}$`)
	// plainPath is a path that a shell and ssh take for itself.
	plainPath = regexp.MustCompile(`^/[A-Za-z0-9/._-]+$`)
)

// protocols are those that git may speak.
var protocols = []string{"http", "https", "git", "ssh"}

// sshOptions have one key and nothing else offered, to a server that shows a known key of its own.
var sshOptions = []string{
	"BatchMode=yes", "LogLevel=ERROR", "PreferredAuthentications=publickey", "IdentityAgent=none", "IdentitiesOnly=yes",
	"GlobalKnownHostsFile=/dev/null", "StrictHostKeyChecking=yes", "UpdateHostKeys=no", "ConnectTimeout=60",
	"ServerAliveInterval=30", "ServerAliveCountMax=4",
}

// Fetch fetches a commit, without its history, into a bare repository that has nothing else. It ends early if the context
// does. It says on said why it failed, and returns the exit code of the process.
//
// Nothing of the commit is executed or checked out. Its objects are taken as the server has them: git checks that they are
// what the id says. The helper is the command line of a program that calls Answer, to which git adds what it wants; git
// starts it in the environment of this process.
func Fetch(ctx context.Context, request protocol.FetchRequest, helper []string, said io.Writer) int {
	err := fetch(ctx, request, helper)
	if ctx.Err() != nil {
		return protocol.CodeTerminated
	}
	if err != nil {
		fmt.Fprintln(said, err)
		return codeFailed
	}
	return 0
}

func fetch(ctx context.Context, request protocol.FetchRequest, helper []string) error {
	if !commitID.MatchString(request.Commit) {
		return fmt.Errorf("%q is not the id of a commit", request.Commit)
	}
	if !plainPath.MatchString(request.Credentials) || !plainPath.MatchString(request.Repository) {
		return fmt.Errorf("the paths %q and %q must have letters, digits and /._- only", request.Credentials, request.Repository)
	}
	git := runner{environment: append(environment(os.Environ(), settings(request.URL, helper)...),
		"GIT_SSH_VARIANT=ssh", "GIT_SSH_COMMAND="+sshCommand(request.Credentials))}
	authorities, err := trust(request)
	if err != nil {
		return err
	}
	if authorities != "" {
		git.environment = append(git.environment, authoritiesVariable+"="+authorities)
	}
	// It is there if an attempt was cut short.
	if err := os.RemoveAll(request.Repository); err != nil {
		return fmt.Errorf("remove what an earlier attempt has left: %w", err)
	}
	_, words, err := git.run(ctx, "init", "-q", "--bare", "--template=", "--initial-branch="+filepath.Base(ref), request.Repository)
	if err != nil {
		return fmt.Errorf("make the repository for the commit: %w\n%s", err, words)
	}
	git.folder = request.Repository
	_, words, err = git.run(ctx, "fetch", "-q", "--depth=1", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head",
		"--no-auto-gc", "--", withUser(request.URL), request.Commit+":"+ref)
	// Whether the commit is there counts, not how git ended.
	fetched, _, _ := git.run(ctx, "rev-parse", "-q", "--verify", ref)
	switch {
	case fetched == request.Commit:
		return nil
	case words != "":
		return errors.New(words)
	case err != nil:
		return fmt.Errorf("git ended without output: %w", err)
	}
	return errors.New("git ended without output")
}

// settings returns the settings with which git fetches. No server can name another host: not by a redirect, nor by an
// alternate, which needs one. Only this URL gets credentials, once the server asks for them.
func settings(url string, helper []string) []setting {
	all := []setting{{"protocol.allow", "never"}}
	for _, name := range protocols {
		all = append(all, setting{"protocol." + name + ".allow", "always"})
	}
	return append(all,
		setting{"http.followRedirects", "false"},
		setting{"http.lowSpeedLimit", "1"},
		setting{"http.lowSpeedTime", "120"},
		setting{"core.hooksPath", "/dev/null"},
		setting{"fetch.unpackLimit", "1"}, // one file, however many the commit has
		setting{"credential." + url + ".helper", "!exec " + quoted(helper)})
}

// sshCommand returns the command line of ssh, which git has a shell read.
func sshCommand(credentials string) string {
	options := append([]string{
		"IdentityFile=" + filepath.Join(credentials, "ssh-privatekey"),
		"UserKnownHostsFile=" + filepath.Join(credentials, "known_hosts"),
	}, sshOptions...)
	return "exec ssh -F none -o " + strings.Join(options, " -o ")
}

// quoted returns words for a shell.
func quoted(words []string) string {
	var all []string
	for _, word := range words {
		all = append(all, "'"+strings.ReplaceAll(word, "'", `'\''`)+"'")
	}
	return strings.Join(all, " ")
}

// withUser returns a URL in which SSH has a user: without one git is meant, and ssh would take the name of its own user.
func withUser(url string) string {
	rest, found := strings.CutPrefix(url, "ssh://")
	host, _, _ := strings.Cut(rest, "/")
	if !found || strings.Contains(host, "@") {
		return url
	}
	return "ssh://git@" + rest
}

// trust writes a file with the authorities of the system and those in the credentials, and returns its path; "" if there are
// none in the credentials.
func trust(request protocol.FetchRequest) (string, error) {
	own, err := os.ReadFile(filepath.Join(request.Credentials, "ca.crt"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the authorities of the server: %w", err)
	}
	system := os.Getenv(authoritiesVariable)
	if system == "" {
		system = systemAuthorities
	}
	all, err := os.ReadFile(system)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the authorities of the system: %w", err)
	}
	path := request.Repository + ".authorities"
	if err := os.WriteFile(path, append(append(all, '\n'), own...), 0o644); err != nil {
		return "", fmt.Errorf("write the authorities of the server: %w", err)
	}
	return path, nil
}

// runner runs git.
type runner struct {
	environment []string
	// folder is that of the repository, if there is one.
	folder string
}

// run returns the end of what git has written to its standard output, and of what git and the server have said besides.
func (r runner) run(ctx context.Context, arguments ...string) (output, words string, err error) {
	command := exec.CommandContext(ctx, "git", arguments...)
	command.Env = r.environment
	command.Dir = r.folder
	written, said := &tail{most: mostWords}, &tail{most: mostWords}
	command.Stdout, command.Stderr = written, said
	// What git has started ends with it.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return unix.Kill(-command.Process.Pid, unix.SIGKILL) }
	command.WaitDelay = endTime
	err = command.Run()
	return strings.TrimSpace(string(written.kept)), strings.TrimSpace(plain.Lines(said.kept)), err
}
