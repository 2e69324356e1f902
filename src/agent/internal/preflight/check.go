package preflight

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/util/progress/progressui"
	"github.com/moby/buildkit/worker/label"
	"github.com/tonistiigi/fsutil"
)

const (
	// CodeNoAnswer is the exit code if the daemon did not answer in time, which says nothing about what it can do.
	CodeNoAnswer = 75
	// codeFailed is the exit code if the daemon cannot build.
	codeFailed = 1
	// answerTime is the time in which the daemon has to answer.
	answerTime = time.Minute
	// longestLog is the number of bytes of a build's log that are kept: its end.
	longestLog = 64 << 10
)

// runFailed finds what runc says if it cannot start a container.
var runFailed = regexp.MustCompile(`runc run failed: [^\n]*`)

// Build builds an image that has nothing but a program in it, and runs that: what a step of a Dockerfile needs of a node,
// without an image from anywhere. The arguments are those of the program. Temporary is a folder that can be written. It says
// on said why it failed, the reason last, since no more than the end of it reaches a status, and returns an exit code.
func Build(ctx context.Context, socket, program string, arguments []string, temporary string, said io.Writer) int {
	daemon, err := client.New(ctx, "unix://"+socket)
	if err != nil {
		fmt.Fprintln(said, err)
		return codeFailed
	}
	defer daemon.Close()
	if !answers(ctx, daemon) {
		fmt.Fprintln(said, "the daemon did not answer in time")
		return CodeNoAnswer
	}
	if err := build(ctx, daemon, program, arguments, temporary, said); err != nil {
		fmt.Fprintln(said, err)
		return codeFailed
	}
	if !usesOverlay(ctx, daemon) {
		fmt.Fprintln(said, "the snapshotter is not overlayfs")
		return codeFailed
	}
	return 0
}

func answers(ctx context.Context, daemon *client.Client) bool {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	if err := daemon.Wait(ctx); err != nil {
		return false
	}
	_, err := daemon.ListWorkers(ctx)
	return err == nil
}

func usesOverlay(ctx context.Context, daemon *client.Client) bool {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	workers, err := daemon.ListWorkers(ctx)
	if err != nil {
		return false
	}
	for _, worker := range workers {
		if strings.Contains(worker.Labels[label.Snapshotter], "overlayfs") {
			return true
		}
	}
	return false
}

func build(
	ctx context.Context, daemon *client.Client, program string, arguments []string, temporary string, said io.Writer,
) error {
	folder, err := os.MkdirTemp(temporary, "preflight-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	name := filepath.Base(program)
	if err := os.WriteFile(filepath.Join(folder, "Dockerfile"), []byte(dockerfile(name, arguments)), 0o644); err != nil {
		return err
	}
	dockerfiles, err := fsutil.NewFS(folder)
	if err != nil {
		return err
	}
	beside, err := fsutil.NewFS(filepath.Dir(program))
	if err != nil {
		return err
	}
	alone, err := fsutil.NewFilterFS(beside, &fsutil.FilterOpt{IncludePatterns: []string{name}})
	if err != nil {
		return err
	}
	var log tail
	display, err := progressui.NewDisplay(&log, progressui.PlainMode)
	if err != nil {
		return err
	}
	statuses := make(chan *client.SolveStatus)
	shown := make(chan struct{})
	go func() {
		defer close(shown)
		_, _ = display.UpdateFrom(context.WithoutCancel(ctx), statuses)
	}()
	_, err = daemon.Solve(ctx, nil, client.SolveOpt{
		Frontend:    "dockerfile.v0",
		LocalMounts: map[string]fsutil.FS{"context": alone, "dockerfile": dockerfiles},
	}, statuses)
	<-shown
	if err == nil {
		return nil
	}
	_, _ = said.Write(log.content)
	return reason(log.content, err)
}

// reason returns what runc says if it could not start the container, else the error of the build.
func reason(log []byte, err error) error {
	if found := runFailed.Find(append(log[:len(log):len(log)], err.Error()...)); found != nil {
		return errors.New(string(bytes.ToValidUTF8(found, nil)))
	}
	return err
}

// dockerfile returns one that runs a program in an image that has nothing else.
func dockerfile(program string, arguments []string) string {
	command := fmt.Sprintf("%q", "/"+program)
	for _, argument := range arguments {
		command += fmt.Sprintf(", %q", argument)
	}
	return fmt.Sprintf("FROM scratch\nCOPY %s /\nRUN [%s]\n", program, command)
}

// tail keeps the end of what is written.
type tail struct {
	content []byte
}

func (t *tail) Write(piece []byte) (int, error) {
	t.content = append(t.content, piece...)
	if more := len(t.content) - longestLog; more > 0 {
		t.content = append([]byte{}, t.content[more:]...)
	}
	return len(piece), nil
}
