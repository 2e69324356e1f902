// Package control is how the agents of the solves and the agent of the daemon talk to each other: HTTP with JSON on a socket
// of the pod. A daemon that was broken into can answer in place of its agent, so every answer is bounded and is data.
package control

import (
	"errors"
	"fmt"
	"slices"

	"hearth.dev/agent/internal/plain"
	"hearth.dev/agent/internal/protocol"
)

// ErrLast says that no other daemon follows.
var ErrLast = errors.New("BuildKit is gone, and does not come back")

// ErrSpent says that the traces before this one have taken all of the log that there is for traces.
var ErrSpent = errors.New("the log of the daemon has no room for another trace")

// errLength says that a trace is too long, or is empty.
var errLength = errors.New("the trace has a length that is not possible")

// Want is what a solve asks for that its daemon cannot give.
type Want string

const (
	// Room asks for space on a full volume.
	Room Want = "room"
	// Anew asks for another state, because the daemon's is damaged.
	Anew Want = "anew"
)

// State is what became of the cache since the pod started.
type State struct {
	// Mode is what the state was begun from after a problem; empty if there was none.
	Mode    protocol.SeedMode `json:"mode,omitempty"`
	Problem *protocol.Problem `json:"problem,omitempty"`
}

const (
	// mostRounds is more rounds than a pod can have: what is above is no round.
	mostRounds = 1_000_000
	// LongestReason is the number of characters of a reason that a solve gives.
	LongestReason = 300
	// longestNote is that of a note about the cache: there is one for each round.
	longestNote = 1500
	// longestStep is that of a step's name, which is the name of a container.
	longestStep = 63
	// longestDocument is the number of bytes of a question or an answer.
	longestDocument = 16 << 10
	// longestHandover is that of a question with a trace, which is base64 in JSON.
	longestHandover = longestDocument + (protocol.MaxTrace+2)/3*4
)

// question is the body of every request. Each call has its own fields.
type question struct {
	After int    `json:"after,omitempty"`
	Round int    `json:"round,omitempty"`
	Want  Want   `json:"want,omitempty"`
	Why   string `json:"why,omitempty"`
	Step  string `json:"step,omitempty"`
	Trace []byte `json:"trace,omitempty"`
}

// answer is the body of every response. Each call has its own fields.
type answer struct {
	Round   int    `json:"round,omitempty"`
	Follows bool   `json:"follows,omitempty"`
	Full    bool   `json:"full,omitempty"`
	Crowded string `json:"crowded,omitempty"`
	State   State  `json:"state,omitzero"`
	// Last says that no other daemon follows.
	Last bool `json:"last,omitempty"`
	// Spent says that there is no room for another trace.
	Spent bool `json:"spent,omitempty"`
}

// checkLength returns an error for a trace that cannot be one, or is too long.
func checkLength(trace []byte) error {
	if len(trace) < 1 || len(trace) > protocol.MaxTrace {
		return fmt.Errorf("%w: it has %d bytes, and may have %d", errLength, len(trace), protocol.MaxTrace)
	}
	return nil
}

// checked returns a state without what is not known, and with its note cut.
func checked(state State) State {
	modes := []protocol.SeedMode{protocol.SeedOverlay, protocol.SeedRestore, protocol.SeedCold, protocol.SeedOwn}
	reasons := []protocol.Reason{
		protocol.ReasonVolumeFull, protocol.ReasonStorageFull, protocol.ReasonCacheBroken, protocol.ReasonSeedUnusable,
		protocol.ReasonImportFailed, protocol.ReasonDaemonKilled, protocol.ReasonNotSealed,
	}
	var known State
	if slices.Contains(modes, state.Mode) {
		known.Mode = state.Mode
	}
	if state.Problem != nil && slices.Contains(reasons, state.Problem.Reason) {
		known.Problem = &protocol.Problem{Reason: state.Problem.Reason, Note: plain.Text(state.Problem.Note, longestNote)}
	}
	return known
}
