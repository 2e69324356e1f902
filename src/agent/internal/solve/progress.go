package solve

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/util/progress/progressui"

	"hearth.dev/agent/internal/trace"
)

// Limits of what is shown. The display keeps every step and every part of one in memory.
const (
	maxShownSteps = 10_000
	maxShownParts = 50_000
)

// progress hands what BuildKit says of an attempt to the trace and to the display for people.
type progress struct {
	collector *trace.Collector
	mu        sync.Mutex
	ended     bool
	statuses  chan *client.SolveStatus
	done      chan struct{}
	steps     map[string]struct{}
	parts     map[string]struct{}
}

func newProgress(collector *trace.Collector, log io.Writer) *progress {
	p := &progress{
		collector: collector,
		statuses:  make(chan *client.SolveStatus),
		done:      make(chan struct{}),
		steps:     map[string]struct{}{},
		parts:     map[string]struct{}{},
	}
	go p.show(log)
	return p
}

// add takes a message. What comes after the end is dropped: the client of a registry may still say something then.
func (p *progress) add(status *client.SolveStatus) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended || status == nil {
		return
	}
	p.collector.Add(status)
	p.statuses <- p.shown(status)
}

// end returns once everything is shown.
func (p *progress) end() {
	p.mu.Lock()
	if !p.ended {
		p.ended = true
		close(p.statuses)
	}
	p.mu.Unlock()
	<-p.done
}

// show prints the messages as buildctl does. The display is not made for messages of a stranger: where one makes it panic, the
// rest is not shown and the solve goes on.
func (p *progress) show(log io.Writer) {
	defer close(p.done)
	defer func() {
		if panicked := recover(); panicked != nil {
			_, _ = fmt.Fprintf(log, "hearth: %s\n", line(fmt.Sprintf("the progress cannot be shown any more: %v", panicked), maxLine))
			for range p.statuses { // whoever sends would wait for ever
			}
		}
	}()
	display, err := progressui.NewDisplay(log, progressui.PlainMode)
	if err != nil {
		panic(err)
	}
	// It ends with the channel, and not with the solve: what a failed one said last is shown too.
	_, _ = display.UpdateFrom(context.Background(), p.statuses)
}

// shown returns the part of a message that the display can take.
func (p *progress) shown(status *client.SolveStatus) *client.SolveStatus {
	kept := &client.SolveStatus{}
	for _, vertex := range status.Vertexes {
		if vertex != nil && admit(p.steps, string(vertex.Digest), maxShownSteps) {
			kept.Vertexes = append(kept.Vertexes, vertex)
		}
	}
	for _, part := range status.Statuses {
		if part != nil && admit(p.parts, string(part.Vertex)+" "+part.ID, maxShownParts) {
			kept.Statuses = append(kept.Statuses, part)
		}
	}
	for _, warning := range status.Warnings {
		if warning != nil && admit(p.parts, string(warning.Vertex)+" "+string(warning.Short), maxShownParts) {
			kept.Warnings = append(kept.Warnings, warning)
		}
	}
	for _, log := range status.Logs {
		if log != nil {
			kept.Logs = append(kept.Logs, log)
		}
	}
	return kept
}

// admit says whether a key is in a set, after adding it if there is room.
func admit(set map[string]struct{}, key string, most int) bool {
	if _, ok := set[key]; ok {
		return true
	}
	if len(set) >= most {
		return false
	}
	set[key] = struct{}{}
	return true
}

// lockedWriter lets the display and the logger write one after the other.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
