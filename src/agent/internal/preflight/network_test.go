package preflight

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hearth.dev/agent/internal/protocol"
)

var errUnreachable = errors.New("unreachable")

// cluster answers the attempts of a preflight by their number, from 1 on.
type cluster struct {
	// resolves is the first attempt whose name resolves, enforced the first attempt that reaches nothing of what is blocked;
	// 0 for none.
	resolves, enforced int
	resolved, rounds   int
	paused             int
}

func (c *cluster) network(t *testing.T) Network {
	return Network{
		Resolve: func(_ context.Context, name string) error {
			if name != "kubernetes.default.svc" {
				t.Errorf("resolved %s", name)
			}
			c.resolved++
			if c.resolved != c.resolves {
				return errUnreachable
			}
			return nil
		},
		Connect: func(_ context.Context, address string) error {
			if address == "nobody:443" {
				return errUnreachable
			}
			if address == "api:443" {
				c.rounds++
			}
			if c.enforced > 0 && c.rounds >= c.enforced {
				return errUnreachable
			}
			return nil
		},
		Pause:       func(context.Context) { c.paused++ },
		Attempts:    20,
		ResolveTime: time.Hour,
		Report:      filepath.Join(t.TempDir(), "termination-log"),
		Said:        io.Discard,
	}
}

func TestNetwork(t *testing.T) {
	request := protocol.NetworkPreflightRequest{
		Name: "kubernetes.default.svc", Addresses: []string{"api:443", "nobody:443", "hearth:443"},
	}
	for name, test := range map[string]struct {
		cluster
		code, paused int
		report       string
	}{
		"enforced at once":  {cluster{resolves: 1, enforced: 1}, 0, 0, ""},
		"enforced later":    {cluster{resolves: 3, enforced: 20}, 0, 21, ""},
		"enforced too late": {cluster{resolves: 1, enforced: 21}, codeReached, 20, "api:443 hearth:443"},
		"not enforced":      {cluster{resolves: 20}, codeReached, 39, "api:443 hearth:443"},
		"no name resolves":  {cluster{enforced: 1}, codeWithoutNetwork, 20, ""},
		"resolves too late": {cluster{resolves: 21, enforced: 1}, codeWithoutNetwork, 20, ""},
	} {
		t.Run(name, func(t *testing.T) {
			network := test.network(t)
			if code := network.Run(t.Context(), request); code != test.code || test.cluster.paused != test.paused {
				t.Errorf("exit code %d after %d pauses", code, test.cluster.paused)
			}
			if report, _ := os.ReadFile(network.Report); string(report) != test.report {
				t.Errorf("%q", report)
			}
		})
	}
}

// One that is ended in the middle has found nothing out.
func TestNetworkThatIsEnded(t *testing.T) {
	for name, network := range map[string]func(*cluster, Network, context.CancelFunc) Network{
		"as it resolves": func(_ *cluster, n Network, end context.CancelFunc) Network {
			n.Resolve = func(ctx context.Context, _ string) error { end(); return ctx.Err() }
			return n
		},
		"as it connects": func(_ *cluster, n Network, end context.CancelFunc) Network {
			n.Connect = func(ctx context.Context, _ string) error { end(); return ctx.Err() }
			return n
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, end := context.WithCancel(t.Context())
			defer end()
			given := &cluster{resolves: 1}
			ended := network(given, given.network(t), end)
			if code := ended.Run(ctx, protocol.NetworkPreflightRequest{Name: "kubernetes.default.svc", Addresses: []string{"api:443"}}); code != protocol.CodeTerminated {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

func TestNetworkWithoutAPlaceForTheReport(t *testing.T) {
	network := (&cluster{resolves: 1}).network(t)
	network.Report = filepath.Join(t.TempDir(), "none", "report")
	var said strings.Builder
	network.Said = &said
	request := protocol.NetworkPreflightRequest{Name: "kubernetes.default.svc", Addresses: []string{"api:443"}}
	if code := network.Run(t.Context(), request); code != codeReached || !strings.Contains(said.String(), "write the report") {
		t.Errorf("exit code %d: %s", code, said.String())
	}
}

// The network of a container finds what listens on this machine.
func TestNetworkOfAContainer(t *testing.T) {
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	network := NewNetwork(io.Discard)
	if err := network.Resolve(t.Context(), "localhost"); err != nil {
		t.Error(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	if err := network.Connect(t.Context(), "localhost:"+port); err != nil {
		t.Error(err)
	}
	listener.Close()
	if err := network.Connect(t.Context(), "localhost:"+port); err == nil {
		t.Error("nobody was reached")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	network.Pause(ctx)
}

func TestUsers(t *testing.T) {
	for users, want := range map[string]int{
		"0 1000000 65536\n": 0, "         0          0 4294967295\n": codeFailed, "": codeFailed,
	} {
		folder := t.TempDir()
		userMap := filepath.Join(t.TempDir(), "uid_map")
		if err := os.WriteFile(userMap, []byte(users), 0o644); err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		if code := Users(userMap, folder, &said); code != want || (said.String() == hostUsersIgnored+"\n") != (want != 0) {
			t.Errorf("%q: exit code %d: %s", users, code, said.String())
		}
		written, _ := os.ReadDir(folder)
		if len(written) == 1 != (want == 0) {
			t.Errorf("%q: %d files", users, len(written))
		}
		said.Reset()
		if code := Users(userMap, filepath.Join(folder, "none"), &said); code != codeFailed || said.String() == "" {
			t.Errorf("%q, without the volume: exit code %d: %s", users, code, said.String())
		}
	}
}
