package trace

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hearth.dev/agent/internal/protocol"
)

// maxMessage is the length of a message of the linter, in bytes.
const maxMessage = 180

var (
	fromStep = regexp.MustCompile(`^\[.*\] FROM`)
	lintText = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9]{0,63}): (.+) \(line ([1-9][0-9]{0,6})\)$`)
)

// Counts say how much of the Dockerfile was cached. They are those of buildctl's cache metrics: a step that is not cached
// counts as executed even if the solve ended before it.
type Counts struct {
	Cached   int
	Executed int
	// Rebuilt has the names of executed steps in the order in which they were begun.
	Rebuilt []string
}

// Counts counts the steps that a cache can hold. At most so many names are returned.
func (t *Trace) Counts(names int) Counts {
	var counts Counts
	var executed []Step
	for _, step := range t.Steps {
		if isInternal(step.Name) || fromStep.MatchString(step.Name) {
			continue
		}
		if step.Cached {
			counts.Cached++
			continue
		}
		counts.Executed++
		executed = append(executed, step)
	}
	slices.SortStableFunc(executed, func(a, b Step) int {
		switch {
		case a.Started == nil && b.Started == nil:
			return 0
		case a.Started == nil:
			return 1
		case b.Started == nil:
			return -1
		default:
			return a.Started.Compare(*b.Started)
		}
	})
	for _, step := range executed[:min(names, len(executed))] {
		counts.Rebuilt = append(counts.Rebuilt, step.Name)
	}
	return counts
}

// ImportError returns why a cache could not be imported; "" if each could be.
func (t *Trace) ImportError() string {
	var found string
	for _, step := range t.Steps {
		failed := step.Error != "" && !strings.HasSuffix(step.Error, "context canceled")
		if failed && strings.HasPrefix(step.Name, "importing cache manifest from ") {
			found = step.Error
		}
	}
	return found
}

// isInternal says whether a step is BuildKit's own, and no instruction of a Dockerfile.
func isInternal(name string) bool {
	return slices.ContainsFunc([]string{"[internal]", "[auth]", "importing cache", "exporting "}, func(prefix string) bool {
		return strings.HasPrefix(name, prefix)
	})
}

// parseLint reads a warning in the form that BuildKit's linter gives it in LintFormatShort.
func parseLint(text string) (protocol.Warning, bool) {
	parts := lintText.FindStringSubmatch(text)
	if parts == nil {
		return protocol.Warning{}, false
	}
	line, err := strconv.Atoi(parts[3])
	if err != nil {
		return protocol.Warning{}, false
	}
	return protocol.Warning{Rule: parts[1], Message: Cut(parts[2], maxMessage), Line: line}, true
}
