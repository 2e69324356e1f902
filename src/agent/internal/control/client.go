package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"hearth.dev/agent/internal/plain"
)

// patience is how long a call goes on if nobody answers: the kubelet may be restarting the container of the daemon.
const patience = 10 * time.Minute

// doneTime is how long it is tried to tell of a step that has succeeded, which only makes the cache better.
const doneTime = time.Minute

// errInvalid says that what answers is not the agent of this release. To ask again would not help.
var errInvalid = errors.New("the agent of the daemon gave an answer that is not valid")

// Client calls the agent of the daemon. Several goroutines may use it. If the agent does not answer, a method calls again, because the
// daemon's container may be restarting: for ten minutes unless the method says otherwise, or until its context ends. Trace calls once.
type Client struct {
	http http.Client
}

// NewClient returns a client of the agent on a socket.
func NewClient(socket string) *Client {
	return &Client{http: http.Client{
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, "unix", socket)
			},
			// A connection does not outlive the agent that has accepted it.
			DisableKeepAlives:      true,
			DisableCompression:     true,
			MaxResponseHeaderBytes: 4 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Await waits, for at most ten minutes, until a daemon answers that is of a later round than the given one, and returns its
// round. Rounds count from 1. It survives a restart of the daemon's container. Returns ErrLast if no later one follows, and
// an error that wraps context.DeadlineExceeded if none has answered in time.
func (c *Client) Await(ctx context.Context, after int) (round int, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		// The server answers without a round after pollTime.
		answer, err := c.ask(ctx, "await", question{After: after}, pollTime+10*time.Second)
		switch {
		case err != nil:
			return 0, err
		case answer.Round == 0:
			if err := pause(ctx, retryTime); err != nil {
				return 0, fmt.Errorf("no daemon answers: %w", err)
			}
		case answer.Round <= after:
			return 0, fmt.Errorf("%w: round %d after round %d", errInvalid, answer.Round, after)
		default:
			return answer.Round, nil
		}
	}
}

// Round returns the newest round, and whether another one follows if its daemon is gone or is given up. A round whose daemon
// is gone, or that a solve has given up, counts as followed by the next one as soon as that is certain: the round of the
// caller is over if the newest one is another, and Await gives the next one whatever follows says.
func (c *Client) Round(ctx context.Context) (round int, follows bool, err error) {
	answer, err := c.ask(ctx, "round", question{}, callTime)
	return answer.Round, answer.Follows, err
}

// Full asks for a measure: whether the volume is full now. It is counted what fills it, so it may take a minute, which is
// the limit.
func (c *Client) Full(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, measureTime)
	defer cancel()
	answer, err := c.ask(ctx, "full", question{}, measureTime)
	return answer.Full, err
}

// Ask asks for another daemon in place of that of a round. The first solve that asks does so for all. Returns ErrLast if no
// other follows. It does not wait for it.
func (c *Client) Ask(ctx context.Context, round int, want Want, why string) error {
	_, err := c.ask(ctx, "ask", question{Round: round, Want: want, Why: plain.Text(why, LongestReason)}, callTime)
	return err
}

// Crowded returns a sentence if the storage under the volume is filled by others, else "". It waits for an answer for a few
// seconds only, as State does: both are for people.
func (c *Client) Crowded(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	answer, err := c.ask(ctx, "state", question{}, callTime)
	if err != nil {
		return ""
	}
	return answer.Crowded
}

// State returns what became of the cache.
func (c *Client) State(ctx context.Context) (State, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	answer, err := c.ask(ctx, "state", question{}, callTime)
	return answer.State, err
}

// Done says that a step has succeeded. The agent remembers it across a restart of its container.
func (c *Client) Done(ctx context.Context, step string) error {
	ctx, cancel := context.WithTimeout(ctx, doneTime)
	defer cancel()
	_, err := c.ask(ctx, "done", question{Step: step}, callTime)
	return err
}

// Trace hands over the trace of a step, compressed, for the log of the daemon's container. It is tried once, for at most ten
// seconds. Returns ErrSpent if there is no room for it.
func (c *Client) Trace(ctx context.Context, step string, document []byte) error {
	if err := checkLength(document); err != nil {
		return err
	}
	asked, err := json.Marshal(question{Step: step, Trace: document})
	if err != nil {
		return fmt.Errorf("hand over the trace: %w", err)
	}
	if _, err := c.once(ctx, "trace", asked, callTime); err != nil {
		return fmt.Errorf("hand over the trace: %w", err)
	}
	return nil
}

// ask calls until there is an answer. Limit is the time of one call.
func (c *Client) ask(ctx context.Context, call string, question question, limit time.Duration) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	document, err := json.Marshal(question)
	if err != nil {
		return answer{}, fmt.Errorf("ask the agent of the daemon: %w", err)
	}
	for {
		answer, err := c.once(ctx, call, document, limit)
		if err == nil || errors.Is(err, ErrLast) || errors.Is(err, ErrSpent) || errors.Is(err, errInvalid) {
			return answer, err
		}
		if ended := pause(ctx, retryTime); ended != nil {
			return answer, fmt.Errorf("the agent of the daemon does not answer: %w (%w)", ended, err)
		}
	}
}

func (c *Client) once(ctx context.Context, call string, document []byte, limit time.Duration) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://agent/"+call, bytes.NewReader(document))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, longestDocument+1))
	switch {
	case err != nil:
		return answer{}, err
	case response.StatusCode >= 500: // it is ending
		return answer{}, fmt.Errorf("status %d", response.StatusCode)
	case response.StatusCode != http.StatusOK:
		return answer{}, fmt.Errorf("%w: status %d", errInvalid, response.StatusCode)
	case len(content) > longestDocument:
		return answer{}, fmt.Errorf("%w: it is too long", errInvalid)
	}
	return read(content)
}

// read reads an answer, which may be anything.
func read(content []byte) (answer, error) {
	var said answer
	if err := json.Unmarshal(content, &said); err != nil {
		return answer{}, fmt.Errorf("%w: it is not JSON", errInvalid)
	}
	if said.Last {
		return answer{}, ErrLast
	}
	if said.Spent {
		return answer{}, ErrSpent
	}
	if said.Round < 0 || said.Round > mostRounds {
		return answer{}, fmt.Errorf("%w: round %d", errInvalid, said.Round)
	}
	said.Crowded = plain.Text(said.Crowded, longestNote)
	said.State = checked(said.State)
	return said, nil
}

func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
