package control

import (
	"context"
	"errors"
)

// ErrLast says that no other daemon follows.
var ErrLast = errors.New("BuildKit is gone, and does not come back")

// Client asks the agent of the daemon.
type Client struct{}

// NewClient returns a client of the agent on a socket.
func NewClient(socket string) *Client { panic("to do") }

// Await waits, for at most ten minutes, until a daemon answers that is of a later round than the given one, and returns its
// round. Rounds count from 1. It survives a restart of the daemon's container.
func (c *Client) Await(ctx context.Context, after int) (round int, err error) { panic("to do") }

// Round returns the newest round that was begun, and whether another one is under way or may follow if this one is given up.
func (c *Client) Round(ctx context.Context) (round int, given bool, err error) { panic("to do") }

// Full asks for a measure: whether the volume is full now.
func (c *Client) Full(ctx context.Context) (bool, error) { panic("to do") }

// Ask asks for another daemon in place of that of a round. The first solve that asks does so for all. Returns ErrLast if no
// other follows.
func (c *Client) Ask(ctx context.Context, round int, want Want, why string) error { panic("to do") }

// Crowded returns a sentence if the storage under the volume is filled by others, else "".
func (c *Client) Crowded(ctx context.Context) string { panic("to do") }

// State returns what became of the cache.
func (c *Client) State(ctx context.Context) (State, error) { panic("to do") }

// Done says that a step has succeeded.
func (c *Client) Done(ctx context.Context, step string) error { panic("to do") }
