package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/moby/buildkit/client"
)

const (
	// answerTime is how long a daemon that has its socket may take to answer: a large state is read then.
	answerTime = 10 * time.Minute
	// pruneTime and usageTime are the limits of what is asked of a daemon.
	pruneTime = 2 * time.Minute
	usageTime = time.Minute
	// dialTime is the time between two attempts to connect.
	dialTime = 20 * time.Millisecond
)

// buildKit asks a daemon. What it answers is only counted.
type buildKit struct {
	socket string
}

// await waits until a daemon answers. The context has to end when the daemon does.
func (b buildKit) await(ctx context.Context) error {
	for {
		connection, err := (&net.Dialer{}).DialContext(ctx, "unix", b.socket)
		if err == nil {
			connection.Close()
			break
		}
		timer := time.NewTimer(dialTime)
		select {
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		case <-timer.C:
		}
	}
	return b.ask(ctx, answerTime, func(ctx context.Context, daemon *client.Client) error {
		// BuildKit listens before it has read its databases, and answers after that.
		if err := daemon.Wait(ctx); err != nil {
			return err
		}
		_, err := daemon.ListWorkers(ctx)
		return err
	})
}

// prune removes what was used longest ago until the rest is no larger than a number of MB. It has to run while no solve does:
// BuildKit takes a cache mount to measure it, and would give a step an empty one.
func (b buildKit) prune(ctx context.Context, keepMB int64) error {
	return b.ask(ctx, pruneTime, func(ctx context.Context, daemon *client.Client) error {
		return daemon.Prune(ctx, nil, client.PruneAll, client.WithKeepOpt(0, 0, keepMB*1_000_000, 0))
	})
}

// usage returns the size of all that BuildKit keeps, in KiB.
func (b buildKit) usage(ctx context.Context) (int64, error) {
	var sum int64
	err := b.ask(ctx, usageTime, func(ctx context.Context, daemon *client.Client) error {
		kept, err := daemon.DiskUsage(ctx)
		for _, record := range kept {
			if record.Size > 0 {
				sum += record.Size >> 10
			}
		}
		return err
	})
	if sum < 0 {
		return 0, errors.New("BuildKit counts more than a volume can have")
	}
	return sum, err
}

func (b buildKit) ask(ctx context.Context, limit time.Duration, ask func(context.Context, *client.Client) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	daemon, err := client.New(ctx, "unix://"+b.socket)
	if err != nil {
		return fmt.Errorf("ask BuildKit: %w", err)
	}
	defer daemon.Close()
	if err := ask(ctx, daemon); err != nil {
		return fmt.Errorf("ask BuildKit: %w", err)
	}
	return nil
}
