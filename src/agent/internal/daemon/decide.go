package daemon

import (
	"fmt"

	"hearth.dev/agent/internal/control"
)

// action is what follows the end of a daemon that nobody has told to end.
type action int

const (
	// stop ends this container: no other daemon would do better.
	stop action = iota
	// resume starts a daemon on the same state.
	resume
	// spare starts a daemon on the same state, because others fill the storage and others start from this volume.
	spare
	// prune starts a daemon on the same state, and removes what was used longest ago before a solve uses it.
	prune
	// vacate begins the state again because the volume is full.
	vacate
	// renew begins the state again because it is damaged.
	renew
	// try finds out whether a daemon starts on an empty root; then it is decided again.
	try
)

// trial says whether a daemon starts on an empty root.
type trial int

const (
	untried trial = iota
	works
	fails
)

// end has all that is known after a daemon has ended.
type end struct {
	// round is that of the daemon, rounds is how many there are.
	round, rounds int
	// wish is what a solve wanted, empty if none asked; why is its reason.
	wish control.Want
	why  string
	// code is the exit code of the daemon, or 128 and the number of the signal that ended it; words are its last.
	code  int
	words string
	// answered says whether the solves could use the daemon.
	answered bool
	// full says whether the volume is full now, spared whether nothing may be removed from it nevertheless.
	full, spared bool
	// pruned says whether a wish for room was met by pruning before.
	pruned bool
	trial  trial
}

// next decides what follows. It is certain that the state is at fault, and not the node, if the daemon has answered on it or if
// another one answers on an empty root.
func (e end) next() action {
	wantsRoom := e.wish == control.Room
	switch {
	case e.round >= e.rounds:
		return stop
	case (wantsRoom || e.full) && e.spared:
		return spare
	case wantsRoom && !e.pruned:
		return prune
	case wantsRoom || e.full:
		return vacate
	case e.wish == control.Anew:
		return renew
	case e.code == killed || e.code == terminated: // for want of memory: nothing that the state is to blame for
		return resume
	case e.answered || e.trial == works:
		return renew
	case e.trial == untried:
		return try
	default:
		return stop
	}
}

// reason says for people why the daemon is of no more use.
func (e end) reason() string {
	switch {
	case e.wish != "":
		return e.why
	case e.words != "":
		return fmt.Sprintf("BuildKit ended with code %d (%s)", e.code, e.words)
	default:
		return fmt.Sprintf("BuildKit ended with code %d", e.code)
	}
}

// Exit codes of a process that was ended by SIGKILL and SIGTERM, as shells count them.
const (
	killed     = 137
	terminated = 143
)
