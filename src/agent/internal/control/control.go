// Package control is how the agents of the solves and the agent of the daemon talk to each other: HTTP with JSON on a socket
// of the pod. A daemon that was broken into can answer in place of its agent, so every answer is bounded and is data.
package control

import "hearth.dev/agent/internal/protocol"

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
	// Mode is what a second or third daemon started from; empty for the first.
	Mode    protocol.SeedMode `json:"mode,omitempty"`
	Problem *protocol.Problem `json:"problem,omitempty"`
}
