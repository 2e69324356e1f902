package trace

import (
	"math"
	"slices"
	"sync"
	"time"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/solver/pb"
)

// Collector makes a trace of the messages that BuildKit sends during a solve. Its methods may be called concurrently. What it
// holds is bounded, whatever the messages are.
type Collector struct {
	mu       sync.Mutex
	trace    Trace
	steps    map[string]int
	omitted  map[string]struct{}
	places   map[string]Lines
	warnings map[Warning]struct{}
}

// NewCollector returns a collector for a solve for a platform.
func NewCollector(platform string) *Collector {
	return &Collector{
		trace:    Trace{Version: Version, Platform: Cut(platform, maxText), Steps: []Step{}},
		steps:    map[string]int{},
		omitted:  map[string]struct{}{},
		places:   map[string]Lines{},
		warnings: map[Warning]struct{}{},
	}
}

// Add adds a message. It keeps no part of it.
func (c *Collector) Add(status *client.SolveStatus) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, vertex := range status.Vertexes {
		if vertex != nil {
			c.addVertex(vertex)
		}
	}
	for _, part := range status.Statuses {
		if part != nil {
			c.addTransfer(part)
		}
	}
	for _, warning := range status.Warnings {
		if warning != nil {
			c.addWarning(warning)
		}
	}
}

// Locate tells which lines of the Dockerfile the steps come from.
func (c *Collector) Locate(source *pb.Source) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for digest, locations := range source.GetLocations() {
		if len(c.places) >= maxSteps {
			return
		}
		for _, location := range locations.GetLocations() {
			if lines := linesOf(location.GetRanges()); lines != nil {
				c.places[Cut(digest, maxDigest)] = *lines
				break
			}
		}
	}
}

// Trace returns what was collected so far.
func (c *Collector) Trace() *Trace {
	c.mu.Lock()
	defer c.mu.Unlock()
	made := c.trace
	made.Omitted = len(c.omitted)
	made.Warnings = slices.Clone(c.trace.Warnings)
	made.Steps = slices.Clone(c.trace.Steps)
	for i := range made.Steps {
		step := &made.Steps[i]
		step.Transfers = slices.Clone(step.Transfers)
		if lines, ok := c.places[step.Digest]; ok {
			step.Lines = &lines
		}
	}
	return &made
}

func (c *Collector) addVertex(vertex *client.Vertex) {
	digest := Cut(string(vertex.Digest), maxDigest)
	at, known := c.steps[digest]
	if !known {
		if len(c.trace.Steps) >= maxSteps {
			if len(c.omitted) < math.MaxInt16 { // the number is a hint, and the daemon could name steps for ever
				c.omitted[digest] = struct{}{}
			}
			return
		}
		at = len(c.trace.Steps)
		c.steps[digest] = at
		c.trace.Steps = append(c.trace.Steps, Step{Digest: digest, Name: Cut(vertex.Name, maxText)})
	}
	step := &c.trace.Steps[at]
	if len(step.Inputs) == 0 {
		for _, input := range vertex.Inputs[:min(len(vertex.Inputs), maxInputs)] {
			step.Inputs = append(step.Inputs, Cut(string(input), maxDigest))
		}
	}
	step.Cached = step.Cached || vertex.Cached
	if started := moment(vertex.Started); started != nil { // a step may be begun again, and may then be running
		if step.Started == nil {
			step.Started = started
		}
		step.Completed = moment(vertex.Completed)
	}
	if vertex.Error != "" {
		step.Error = Cut(vertex.Error, maxText)
	}
}

func (c *Collector) addTransfer(part *client.VertexStatus) {
	at, known := c.steps[Cut(string(part.Vertex), maxDigest)]
	if !known || (part.Current <= 0 && part.Total <= 0) {
		return
	}
	step := &c.trace.Steps[at]
	transfer := Transfer{Name: Cut(part.ID, maxText), Bytes: max(part.Current, 0), Total: max(part.Total, 0)}
	for i := range step.Transfers {
		if step.Transfers[i].Name == transfer.Name {
			step.Transfers[i] = transfer
			return
		}
	}
	if len(step.Transfers) < maxTransfers {
		step.Transfers = append(step.Transfers, transfer)
	}
}

func (c *Collector) addWarning(warning *client.VertexWarning) {
	if len(c.trace.Warnings) >= maxWarnings || len(warning.Short) > maxShort {
		return
	}
	made := Warning{
		Step: Cut(string(warning.Vertex), maxDigest),
		Text: Cut(string(warning.Short), maxShort),
		URL:  Cut(warning.URL, maxText),
	}
	if _, said := c.warnings[made]; said { // BuildKit says it again for each platform and each step that needs it
		return
	}
	c.warnings[made] = struct{}{}
	made.Lines = linesOf(warning.Range)
	c.trace.Warnings = append(c.trace.Warnings, made)
}

func linesOf(ranges []*pb.Range) *Lines {
	var lines *Lines
	for _, part := range ranges {
		first, last := int(part.GetStart().GetLine()), int(part.GetEnd().GetLine())
		if first < 1 {
			continue
		}
		last = max(first, last)
		if lines == nil {
			lines = &Lines{first, last}
		}
		lines.First, lines.Last = min(lines.First, first), max(lines.Last, last)
	}
	return lines
}

// moment returns a time that the document can have: one with a year of four digits.
func moment(at *time.Time) *time.Time {
	if at == nil || at.Year() < 1970 || at.Year() > 9999 {
		return nil
	}
	utc := at.UTC()
	if utc.Year() > 9999 {
		return nil
	}
	return &utc
}
