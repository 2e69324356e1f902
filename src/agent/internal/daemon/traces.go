package daemon

import (
	"fmt"
	"slices"
	"sync"

	"hearth.dev/agent/internal/control"
	"hearth.dev/agent/internal/protocol"
)

// mostPrinted is the number of bytes that all traces may take of the log of one container. The kubelet begins another file
// at 10 MiB, after which the operator reads no more of the first one, and what people read needs room as well.
const mostPrinted = 6 << 20

// traces prints the traces of the solves.
type traces struct {
	output *Output
	steps  []string

	mu sync.Mutex
	// left is the number of bytes that there is still room for.
	left int
	// printed says that there is one.
	printed bool
}

// Trace prints the trace of a step. It returns once it is printed.
func (t *traces) Trace(step string, document []byte) error {
	if !slices.Contains(t.steps, step) {
		return control.ErrUnknown
	}
	lines := protocol.TraceLines(step, document)
	if !t.take(len(lines)) {
		return control.ErrSpent
	}
	if err := t.output.writeTrace(lines); err != nil {
		return fmt.Errorf("print the trace of %s: %w", step, err)
	}
	return nil
}

// take takes some of the room, unless there is less.
func (t *traces) take(bytes int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if bytes > t.left {
		return false
	}
	t.left -= bytes
	t.printed = true
	return true
}

// stop refuses all traces from now on, and says whether there is one.
func (t *traces) stop() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.left = 0
	return t.printed
}
