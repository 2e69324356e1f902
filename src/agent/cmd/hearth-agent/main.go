// Command hearth-agent does the work of Hearth's containers in a build pod. The subcommand says which.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/daemon"
	"hearth.dev/agent/internal/preflight"
	"hearth.dev/agent/internal/protocol"
	"hearth.dev/agent/internal/solve"
	"hearth.dev/agent/internal/volume"
)

// Exit codes of the agent itself.
const (
	codeFailed = 1
	codeUsage  = 2
)

// configuration is where a daemon finds its configuration.
const configuration = "/tmp/buildkitd.toml"

// Subcommands that this program runs of itself, where a daemon will be.
const (
	enterDaemon    = "enter-daemon"
	enterPreflight = "enter-preflight"
)

func main() {
	name := ""
	if len(os.Args) == 2 {
		name = os.Args[1]
	}
	os.Exit(run(name, protocol.Request(os.Getenv)))
}

// run runs a subcommand and returns its exit code.
func run(name, request string) int {
	unix.Umask(0o022)
	switch name { // a signal ends these at once, as it would the daemon that they become
	case enterDaemon:
		return daemon.Enter(nil, os.Stderr)
	case enterPreflight:
		return runEnterPreflight(request)
	}
	subcommand := map[string]func(ctx context.Context, request string) int{
		"daemon":    runDaemon,
		"solve":     runSolve,
		"copy":      runCopy,
		"own":       runOwn,
		"preflight": runPreflight,
		"check":     runCheck,
		"version":   runVersion,
	}[name]
	if subcommand == nil {
		fmt.Fprintln(os.Stderr, "hearth-agent: the subcommand is missing or unknown")
		return codeUsage
	}
	// The agent waits nearly all of the time, beside a build that needs the memory.
	debug.SetGCPercent(25)
	ctx, stop := untilSignal()
	defer stop()
	return subcommand(ctx, request)
}

// untilSignal returns a context that the first signal ends. All others have no effect until stop is called, so that none
// interrupts what is done after it.
func untilSignal() (ctx context.Context, stop func()) {
	return signal.NotifyContext(context.Background(), unix.SIGTERM, unix.SIGINT)
}

// failed says why a subcommand failed and returns its exit code.
func failed(err error) int {
	fmt.Fprintln(os.Stderr, "hearth:", err)
	return codeFailed
}

func say(sentence string) {
	fmt.Println("hearth:", sentence)
}

func runDaemon(ctx context.Context, request string) int {
	var asked protocol.DaemonRequest
	if err := protocol.ReadRequest(request, &asked); err != nil {
		return failed(err)
	}
	options, err := daemonOptions(asked.Claim, enterDaemon)
	if err != nil {
		return failed(err)
	}
	options.Request = asked
	kept, err := volume.Open(volume.Options{
		Volumes: protocol.Volumes, View: protocol.View, Claim: asked.Claim, ClaimKiB: asked.ClaimKiB,
		Seed: asked.Seed, Seal: asked.Seal, Fallback: asked.Fallback, Keep: asked.Keep, Log: say,
	})
	if errors.Is(err, volume.ErrInUse) {
		fmt.Println(err)
		if err := daemon.WriteTerminationLog(protocol.TerminationLog, err.Error()); err != nil {
			say(err.Error())
		}
		return daemon.CodeInUse
	}
	if err != nil {
		return failed(err)
	}
	defer kept.Close()
	return daemon.Run(ctx, options, kept)
}

func runSolve(ctx context.Context, request string) int {
	var asked protocol.SolveRequest
	if err := protocol.ReadRequest(request, &asked); err != nil {
		return failed(err)
	}
	return solve.Run(ctx, asked)
}

// runCopy succeeds whatever happens: without a copy the daemon begins with nothing.
func runCopy(ctx context.Context, request string) int {
	var asked protocol.CopyRequest
	if err := protocol.ReadRequest(request, &asked); err != nil {
		return failed(err)
	}
	if err := volume.Copy(ctx, asked, protocol.Volumes, say); err != nil {
		say(err.Error())
	}
	return 0
}

func runPreflight(ctx context.Context, request string) int {
	var asked protocol.PreflightRequest
	if err := protocol.ReadRequest(request, &asked); err != nil {
		return failed(err)
	}
	options, err := daemonOptions(asked.Claim, enterPreflight)
	if err != nil {
		return failed(err)
	}
	return preflight.Run(ctx, asked, options)
}

func daemonOptions(claim, enter string) (daemon.Options, error) {
	self, err := os.Executable()
	if err != nil {
		return daemon.Options{}, fmt.Errorf("find this program: %w", err)
	}
	if !filepath.IsLocal(claim) || filepath.Base(claim) != claim || claim == "." {
		return daemon.Options{}, fmt.Errorf("the name %q of the volume is not that of a claim", claim)
	}
	return daemon.Options{
		Rounds: daemon.Rounds, Sockets: protocol.Sockets, View: protocol.View,
		Own: filepath.Join(protocol.Volumes, claim), Configuration: configuration,
		TerminationLog: protocol.TerminationLog,
		Enter:          []string{self, enter}, BuildKit: "buildkitd", Output: os.Stdout,
	}, nil
}

func runEnterPreflight(request string) int {
	var asked protocol.PreflightRequest
	if err := protocol.ReadRequest(request, &asked); err != nil {
		return failed(err)
	}
	check := func(mounted error) int { return preflight.Check(protocol.View, asked.Locked, mounted, os.Stderr) }
	return daemon.Enter(check, os.Stderr)
}

func runCheck(ctx context.Context, _ string) int {
	self, err := os.Executable()
	if err != nil {
		return failed(fmt.Errorf("find this program: %w", err))
	}
	return preflight.Build(ctx, protocol.BuildKitSocket, self, []string{"version"}, os.TempDir(), os.Stderr)
}

func runOwn(_ context.Context, request string) int {
	var asked protocol.OwnRequest
	if err := protocol.ReadRequest(request, &asked); err != nil {
		return failed(err)
	}
	if err := own(asked.Folder, asked.User, asked.Copies); err != nil {
		return failed(err)
	}
	return 0
}

// own gives a new volume, which belongs to root, to a user and to the group of the same number, and the folders of its copies
// too, which the kubelet would make for root. It leaves a folder that the user owns as it is.
func own(folder string, user int, copies []string) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return fmt.Errorf("give the volume to user %d: %w", user, err)
	}
	defer root.Close()
	folders := []string{"."}
	if len(copies) > 0 {
		folders = append(folders, "volumes")
	}
	for _, claim := range copies {
		folders = append(folders, filepath.Join("volumes", claim))
	}
	for _, name := range folders {
		if err := root.Mkdir(name, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
			return fmt.Errorf("make the folder of a copy: %w", err)
		}
		information, err := root.Lstat(name)
		if err != nil {
			return fmt.Errorf("give the volume to user %d: %w", user, err)
		}
		if status, ok := information.Sys().(*syscall.Stat_t); ok && int(status.Uid) == user {
			continue
		}
		if err := root.Lchown(name, user, user); err != nil {
			return fmt.Errorf("give the volume to user %d: %w", user, err)
		}
	}
	return nil
}

func runVersion(context.Context, string) int {
	fmt.Printf("hearth-agent reads documents of version %d\n", protocol.Version)
	return 0
}
