package main

import (
	"context"

	"hearth.dev/agent/internal/protocol"
)

// Paths in the container of the task caches.
const (
	taskCacheOwn    = `C:\hearth\own`
	taskCacheState  = `C:\hearth\state`
	taskCacheReport = `C:\dev\termination-log`
)

// platformSubcommands is empty: the others need Linux.
var platformSubcommands map[string]subcommand

// replace runs nothing, since no subcommand of Windows is replaced.
func replace(string, func(string) string) (code int, replaced bool) { return 0, false }

// request returns what this container is asked to do. Only containers of builds get their requests later.
func request(_ context.Context, environment func(string) string) (string, error) {
	return protocol.Request(environment), nil
}
