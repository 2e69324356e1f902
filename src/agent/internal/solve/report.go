package solve

import (
	"fmt"
	"os"
	"regexp"

	"hearth.dev/agent/internal/protocol"
	"hearth.dev/agent/internal/trace"
)

// Limits of a report, so that it is no longer than it has to be.
const (
	maxReport   = 1500
	maxRebuilt  = 3
	maxName     = 150
	maxWarnings = 10
	maxNote     = 800
)

var imageDigest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// encode returns the document of a report, of at most maxReport and limit bytes. What explains least is left out first:
// warnings, then names of steps, both from their end, then the end of the note, and at last all of the problem.
func encode(report protocol.SolveReport, limit int) ([]byte, error) {
	if report.Problem != nil {
		report.Problem = &protocol.Problem{Reason: report.Problem.Reason, Note: line(report.Problem.Note, maxNote)}
	}
	if limit <= 0 || limit > maxReport {
		limit = maxReport
	}
	return protocol.EncodeReport(&report, limit, func(over int) bool {
		switch {
		case len(report.Warnings) > 0:
			report.Warnings = report.Warnings[:len(report.Warnings)-1]
		case len(report.Rebuilt) > 0:
			report.Rebuilt = report.Rebuilt[:len(report.Rebuilt)-1]
		case report.Problem != nil:
			report.Problem = report.Problem.Shorten(over)
		default:
			return false
		}
		return true
	})
}

// write writes a report to the file that the kubelet reads. The file is there: it is the container runtime's, and is written
// in place.
func write(path string, report protocol.SolveReport, limit int) error {
	document, err := encode(report, limit)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, document, 0o644); err != nil {
		return fmt.Errorf("the report cannot be written: %w", err)
	}
	return nil
}

// names cuts the names of steps to the length that a report has.
func names(steps []string) []string {
	cut := make([]string, 0, len(steps))
	for _, name := range steps {
		cut = append(cut, trace.Cut(name, maxName))
	}
	return cut
}
