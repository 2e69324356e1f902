package main

import (
	"context"
	"errors"
	"time"

	"hearth.dev/agent/internal/protocol"
)

var errPending = errors.New("this subcommand is not part of this build")

func runSolve(_ context.Context, request string) int {
	var asked protocol.SolveRequest
	if err := protocol.ReadRequest(request, &asked); err != nil {
		return failed(err)
	}
	return failed(errPending) // solve.Run(ctx, asked)
}

func runCopy(ctx context.Context, request string) int {
	var asked protocol.CopyRequest
	if err := protocol.ReadRequest(request, &asked); err != nil {
		return failed(err)
	}
	_, cancel := context.WithTimeout(ctx, time.Duration(asked.LimitSeconds)*time.Second)
	defer cancel()
	return failed(errPending) // volume.Copy(ctx, asked, protocol.Volumes, say), and exit code 0 whatever it returns
}
