package main

import (
	"context"
	"time"

	"hearth.dev/agent/internal/protocol"
	"hearth.dev/agent/internal/taskcache"
)

// measureWithin leaves time for the report: a pod has 30 seconds after its task has ended.
const measureWithin = 20 * time.Second

func runTaskCache(ctx context.Context, request string) int {
	var asked protocol.TaskCacheRequest
	if err := protocol.ReadRequest(request, &asked); err != nil {
		return failed(err)
	}
	return taskcache.Run(ctx, asked, taskCacheSettings())
}

func runTaskCacheReady(context.Context, string) int {
	if taskcache.Ready(taskCacheSettings()) {
		return 0
	}
	return codeFailed
}

func taskCacheSettings() taskcache.Settings {
	return taskcache.Settings{
		Own: taskCacheOwn, State: taskCacheState, Report: taskCacheReport, MeasureWithin: measureWithin, Log: say,
	}
}
