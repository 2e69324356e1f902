package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"
	"unicode"

	"hearth.dev/agent/internal/artifact"
	"hearth.dev/agent/internal/daemon"
	"hearth.dev/agent/internal/protocol"
	"hearth.dev/agent/internal/registry"
)

// mostSentence is the number of bytes of a sentence that says why a container failed.
const mostSentence = 1500

func pull(ctx context.Context, asked protocol.ArtifactPullRequest, schedule registry.Schedule) (none, error) {
	return none{}, artifact.Pull(ctx, asked, schedule)
}

// none is what a subcommand reports that has no report.
type none struct{}

// registryCommand returns a subcommand that asks a registry for something. It writes its report, or the sentence that says why
// there is none, to the file of the termination message.
func registryCommand[Q, R any](
	termination string, do func(ctx context.Context, asked Q, schedule registry.Schedule) (R, error),
) subcommand {
	return func(ctx context.Context, request string) int {
		var asked Q
		if err := protocol.ReadRequest(request, &asked); err != nil {
			return failed(err)
		}
		report, err := do(ctx, asked, registry.Schedule{
			First: time.Second, Longest: 15 * time.Second, Patience: 10 * time.Minute, Log: say,
		})
		if _, nothing := any(report).(none); err == nil && !nothing {
			err = protocol.WriteReport(termination, report)
		}
		switch {
		case err == nil:
			return 0
		case ctx.Err() != nil: // the operator reads from the pod who has ended it
			say(oneLine(err.Error()))
			return protocol.CodeTerminated
		}
		return refused(termination, err)
	}
}

// refused tells people why a subcommand failed and returns its exit code.
func refused(termination string, err error) int {
	sentence := oneLine(err.Error())
	fmt.Fprintln(os.Stderr, "hearth:", sentence)
	if err := daemon.WriteTerminationLog(termination, sentence); err != nil {
		fmt.Fprintln(os.Stderr, "hearth:", err)
	}
	if registry.IsTransient(err) {
		return protocol.CodeTransient
	}
	return codeFailed
}

// oneLine returns the beginning of a text without characters that cannot be printed.
func oneLine(text string) string {
	text = strings.Map(func(character rune) rune {
		if unicode.IsPrint(character) {
			return character
		}
		return ' '
	}, strings.ToValidUTF8(text, "?"))
	if len(text) > mostSentence {
		text = strings.ToValidUTF8(text[:mostSentence], "")
	}
	return text
}
