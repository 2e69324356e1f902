package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/containerd/containerd/v2/pkg/sys"
	"golang.org/x/net/netutil"

	"hearth.dev/agent/internal/plain"
)

const (
	// retryTime is the time between two calls of a client.
	retryTime = 100 * time.Millisecond
	// callTime is the limit of a call that answers at once.
	callTime = 10 * time.Second
	// pollTime is how long the server lets a client wait for a daemon before it has to ask again.
	pollTime = 20 * time.Second
	// measureTime is the limit of a measure of the volume.
	measureTime = time.Minute
	// mostConnections is more than the solves of a pod have. Whoever wants more waits.
	mostConnections = 128
)

// ErrUnknown says that a question names a step or a round that there is not.
var ErrUnknown = errors.New("there is no such step or round")

// Rounds knows the daemons of a pod. Its methods are called by several goroutines. They have the meaning that those of
// Client have.
type Rounds interface {
	Await(ctx context.Context, after int) (int, error)
	Round() (round int, follows bool)
	Full() bool
	Ask(round int, want Want, why string) error
	Crowded() string
	State() State
	Done(step string) error
	Trace(step string, document []byte) error
}

// Listen makes the socket. Like BuildKit's own, it is for the user and the group of this process, which the clients have.
func Listen(socket string) (net.Listener, error) {
	return sys.GetLocalListener(socket, os.Getuid(), os.Getgid())
}

// NewServer returns a server that answers for rounds. Calls of Await end with its context.
func NewServer(ctx context.Context, rounds Rounds) *http.Server {
	handlers := http.NewServeMux()
	handle := func(call string, longest int64, reply func(context.Context, question) (answer, error)) {
		handlers.HandleFunc("POST /"+call, func(writer http.ResponseWriter, request *http.Request) {
			var asked question
			body := http.MaxBytesReader(writer, request.Body, longest)
			err := json.NewDecoder(body).Decode(&asked)
			if tooLong := new(http.MaxBytesError); errors.As(err, &tooLong) {
				http.Error(writer, fmt.Sprintf("the question is longer than %d bytes", longest), http.StatusRequestEntityTooLarge)
				return
			}
			if err != nil {
				http.Error(writer, "the question cannot be read", http.StatusBadRequest)
				return
			}
			said, err := reply(request.Context(), asked)
			switch {
			case errors.Is(err, ErrLast):
				said = answer{Last: true}
			case errors.Is(err, ErrSpent):
				said = answer{Spent: true}
			case errors.Is(err, errLength):
				http.Error(writer, err.Error(), http.StatusRequestEntityTooLarge)
				return
			case errors.Is(err, ErrUnknown):
				http.Error(writer, err.Error(), http.StatusBadRequest)
				return
			case err != nil:
				http.Error(writer, "the agent is ending", http.StatusServiceUnavailable)
				return
			}
			writer.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(writer).Encode(said) // a client that is gone asks again
		})
	}
	handle("await", longestDocument, func(ctx context.Context, asked question) (answer, error) {
		ctx, cancel := context.WithTimeout(ctx, pollTime)
		defer cancel()
		round, err := rounds.Await(ctx, asked.After)
		if errors.Is(err, context.DeadlineExceeded) {
			return answer{}, nil
		}
		return answer{Round: round}, err
	})
	handle("round", longestDocument, func(context.Context, question) (answer, error) {
		round, follows := rounds.Round()
		return answer{Round: round, Follows: follows}, nil
	})
	handle("full", longestDocument, func(context.Context, question) (answer, error) {
		return answer{Full: rounds.Full()}, nil
	})
	handle("ask", longestDocument, func(_ context.Context, asked question) (answer, error) {
		if asked.Want != Room && asked.Want != Anew || asked.Round < 1 {
			return answer{}, ErrUnknown
		}
		return answer{}, rounds.Ask(asked.Round, asked.Want, plain.Text(asked.Why, LongestReason))
	})
	handle("state", longestDocument, func(context.Context, question) (answer, error) {
		return answer{State: checked(rounds.State()), Crowded: plain.Text(rounds.Crowded(), longestNote)}, nil
	})
	handle("done", longestDocument, func(_ context.Context, asked question) (answer, error) {
		if len(asked.Step) > longestStep {
			return answer{}, ErrUnknown
		}
		return answer{}, rounds.Done(asked.Step)
	})
	handle("trace", longestHandover, func(_ context.Context, asked question) (answer, error) {
		if len(asked.Step) > longestStep {
			return answer{}, ErrUnknown
		}
		if err := checkLength(asked.Trace); err != nil {
			return answer{}, err
		}
		return answer{}, rounds.Trace(asked.Step, asked.Trace)
	})
	return &http.Server{
		Handler:           handlers,
		ReadHeaderTimeout: callTime,
		ReadTimeout:       callTime,
		WriteTimeout:      measureTime + callTime,
		IdleTimeout:       callTime,
		MaxHeaderBytes:    4 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // it would say what strangers send
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
}

// Serve answers on a listener until the server is closed.
func Serve(server *http.Server, listener net.Listener) error {
	err := server.Serve(netutil.LimitListener(listener, mostConnections))
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
