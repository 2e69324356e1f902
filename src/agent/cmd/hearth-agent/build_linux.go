package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/artifact"
	"hearth.dev/agent/internal/collect"
	"hearth.dev/agent/internal/daemon"
	"hearth.dev/agent/internal/handover"
	"hearth.dev/agent/internal/image"
	"hearth.dev/agent/internal/preflight"
	"hearth.dev/agent/internal/protocol"
	"hearth.dev/agent/internal/solve"
	"hearth.dev/agent/internal/volume"
)

// configuration is where a daemon finds its configuration.
const configuration = "/tmp/buildkitd.toml"

// Subcommands that this program runs of itself, where a daemon will be.
const (
	enterDaemon    = "enter-daemon"
	enterPreflight = "enter-preflight"
)

// replace runs a subcommand after which another program takes the place of this one, if this is one. A signal ends such a
// subcommand at once, as it would that program.
func replace(name string, environment func(string) string) (code int, replaced bool) {
	unix.Umask(0o022)
	switch name {
	case enterDaemon:
		return daemon.Enter(nil, os.Stderr), true
	case enterPreflight:
		return runEnterPreflight(protocol.Request(environment)), true
	}
	return 0, false
}

// request returns what this container is asked to do. The operator may write that after the container has started.
func request(ctx context.Context, environment func(string) string) (string, error) {
	return handover.Request(ctx, environment)
}

// platformSubcommands are those that only Linux has.
var platformSubcommands = map[string]subcommand{
	"daemon":    runDaemon,
	"solve":     runSolve,
	"copy":      runCopy,
	"own":       runOwn,
	"preflight": runPreflight,
	"check":     runCheck,
	"collect":   runCollect,

	"fetch":       runFetch,
	"serve":       runServe,
	"serve-ready": runServeReady,
	// Git adds what it wants to the command line of a helper.
	credentialHelper + " get":   runCredential,
	credentialHelper + " store": runNothing,
	credentialHelper + " erase": runNothing,
	"read-file":                 runReadFile,
	"network-preflight":         runNetworkPreflight,
	"user-namespace-preflight":  runUserNamespacePreflight,

	"artifact-push":   registryCommand(protocol.TerminationLog, artifact.Push),
	"artifact-pull":   registryCommand(protocol.TerminationLog, pull),
	"artifact-remove": registryCommand(protocol.TerminationLog, artifact.Remove),
	"image-publish":   registryCommand(protocol.TerminationLog, image.Publish),
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
		Seed: asked.Seed, Seal: asked.Seal, Fallback: asked.Fallback, Keep: asked.Keep,
		Artifacts: asked.Artifacts,
		Log:       func(sentence string) { fmt.Fprintln(options.Output, "hearth:", sentence) },
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

// runCopy always succeeds: if there is no copy, the daemon starts with an empty cache.
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
		Enter:          []string{self, enter}, BuildKit: "buildkitd", Output: daemon.NewOutput(os.Stdout),
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
	if err := own(asked.Folder, asked.User, asked.Folders); err != nil {
		return failed(err)
	}
	return 0
}

// own gives a new volume, which belongs to root, to a user and to the group of the same number, and folders of it too. It leaves
// a folder that the user owns as it is.
func own(folder string, user int, folders []string) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return fmt.Errorf("give the volume to user %d: %w", user, err)
	}
	defer root.Close()
	for _, name := range append([]string{"."}, folders...) {
		if err := root.Mkdir(name, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
			return fmt.Errorf("make the folder %q of the volume: %w", name, err)
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

// runCollect keeps its errors from the container's log, all of which the operator reads as files of the task.
func runCollect(ctx context.Context, request string) int {
	settings := collect.Production()
	var asked protocol.CollectRequest
	if err := protocol.ReadRequest(request, &asked); err != nil {
		_ = daemon.WriteTerminationLog(settings.Report, err.Error()) // there is no other place to say it
		return codeFailed
	}
	return collect.Run(ctx, asked, settings)
}
