package preflight

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"hearth.dev/agent/internal/daemon"
	"hearth.dev/agent/internal/protocol"
)

const (
	// codeReached is the exit code if the pod reaches an address that it must not reach. It is none that a program has which
	// was not asked this at all, as that of another release.
	codeReached = 71
	// codeWithoutNetwork is the exit code if no name resolves: a pod without any network fails to connect as well.
	codeWithoutNetwork = 75
)

// Network finds out whether network policies keep a pod from addresses.
type Network struct {
	// Resolve returns an error if a name has no address.
	Resolve func(ctx context.Context, name string) error
	// Connect returns an error if nobody accepts a connection.
	Connect func(ctx context.Context, address string) error
	// Pause waits between two attempts. It returns at once if the context ends.
	Pause func(ctx context.Context)
	// Attempts is the number of attempts: network plugins apply policies a moment after a pod has its address.
	Attempts int
	// ResolveTime is the time for all attempts to resolve the name.
	ResolveTime time.Duration
	// Report is the path of the file that gets the addresses that were reached at last, with spaces between them.
	Report string
	// Said gets what goes wrong besides.
	Said io.Writer
}

// NewNetwork returns the network of a container.
func NewNetwork(said io.Writer) Network {
	dialer := net.Dialer{Timeout: 3 * time.Second}
	return Network{
		Resolve: func(ctx context.Context, name string) error {
			_, err := net.DefaultResolver.LookupHost(ctx, name)
			return err
		},
		Connect: func(ctx context.Context, address string) error {
			connection, err := dialer.DialContext(ctx, "tcp", address)
			if err != nil {
				return err
			}
			return connection.Close()
		},
		Pause: func(ctx context.Context) {
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		},
		Attempts:    20,
		ResolveTime: 2 * time.Minute,
		Report:      protocol.TerminationLog,
		Said:        said,
	}
}

// Run returns 0 once no address is reached, and otherwise the exit code that says what was found.
func (n Network) Run(ctx context.Context, request protocol.NetworkPreflightRequest) int {
	resolved := n.resolves(ctx, request.Name)
	if ctx.Err() != nil {
		return protocol.CodeTerminated
	}
	if !resolved {
		return codeWithoutNetwork
	}
	var reached []string
	for range n.Attempts {
		reached = n.reached(ctx, request.Addresses)
		if ctx.Err() != nil {
			return protocol.CodeTerminated
		}
		if len(reached) == 0 {
			return 0
		}
		n.Pause(ctx)
	}
	if err := daemon.WriteTerminationLog(n.Report, strings.Join(reached, " ")); err != nil {
		fmt.Fprintln(n.Said, "hearth:", err)
	}
	return codeReached
}

func (n Network) resolves(ctx context.Context, name string) bool {
	ctx, cancel := context.WithTimeout(ctx, n.ResolveTime)
	defer cancel()
	for range n.Attempts {
		if n.Resolve(ctx, name) == nil {
			return true
		}
		n.Pause(ctx)
	}
	return false
}

func (n Network) reached(ctx context.Context, addresses []string) []string {
	var reached []string
	for _, address := range addresses {
		if n.Connect(ctx, address) == nil {
			reached = append(reached, address)
		}
	}
	return reached
}
