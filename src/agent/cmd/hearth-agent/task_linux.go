package main

import "hearth.dev/agent/internal/protocol"

// Paths in the container of the task caches.
const (
	taskCacheOwn    = "/hearth/own"
	taskCacheState  = "/hearth/state"
	taskCacheReport = protocol.TerminationLog
)
