package main

// Paths in the container of the task caches.
const (
	taskCacheOwn    = `C:\hearth\own`
	taskCacheState  = `C:\hearth\state`
	taskCacheReport = `C:\dev\termination-log`
)

// platformSubcommands is empty: the others need Linux.
var platformSubcommands map[string]subcommand

// replace runs nothing, since no subcommand of Windows is replaced.
func replace(string, string) (code int, replaced bool) { return 0, false }
