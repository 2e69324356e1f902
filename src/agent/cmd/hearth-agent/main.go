// Command hearth-agent does the work of Hearth's containers in pods of builds and tasks. The subcommand says which. On
// Windows it has only what pods of tasks for Windows need.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"hearth.dev/agent/internal/protocol"
)

// Exit codes of the agent itself.
const (
	codeFailed = 1
	codeUsage  = 2
)

// subcommand does what a request asks for, until ctx ends, and returns the exit code.
type subcommand func(ctx context.Context, request string) int

// subcommands are those that all platforms have.
var subcommands = map[string]subcommand{
	"task-cache":       runTaskCache,
	"task-cache-ready": runTaskCacheReady,
	"version":          runVersion,
}

func main() {
	os.Exit(run(strings.Join(os.Args[1:], " "), os.Getenv))
}

// run runs a subcommand with the request that the environment holds or names, and returns its exit code.
func run(name string, environment func(string) string) int {
	if code, replaced := replace(name, environment); replaced {
		return code
	}
	// The kubelet may send the signal as soon as this program runs, so nothing comes before this.
	ctx, stop := untilSignal()
	defer stop()
	asked := subcommands[name]
	if asked == nil {
		asked = platformSubcommands[name]
	}
	if asked == nil {
		fmt.Fprintln(os.Stderr, "hearth-agent: the subcommand is missing or unknown")
		return codeUsage
	}
	// The agent waits nearly all of the time, beside a build or a task that needs the memory.
	debug.SetGCPercent(25)
	document, err := request(ctx, environment)
	if err != nil && ctx.Err() != nil {
		return protocol.CodeTerminated
	}
	if err != nil {
		return failed(err)
	}
	return asked(ctx, document)
}

// untilSignal returns a context that the first signal ends. All others have no effect until stop is called, so that none
// interrupts what is done after it.
func untilSignal() (ctx context.Context, stop func()) {
	return signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
}

// failed says why a subcommand failed and returns its exit code.
func failed(err error) int {
	fmt.Fprintln(os.Stderr, "hearth:", err)
	return codeFailed
}

func say(sentence string) {
	fmt.Println("hearth:", sentence)
}

func runVersion(context.Context, string) int {
	fmt.Printf("hearth-agent reads documents of version %d\n", protocol.Version)
	return 0
}
