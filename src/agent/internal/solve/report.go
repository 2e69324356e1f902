package solve

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"

	"hearth.dev/agent/internal/protocol"
	"hearth.dev/agent/internal/trace"
)

// Limits of a report. Of a pod with many containers the kubelet keeps 12288 bytes of reports, divided by their number.
const (
	maxReport   = 1500
	maxRebuilt  = 3
	maxName     = 150
	maxWarnings = 10
	maxNote     = 800
)

var imageDigest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// encode returns the document of a report, of at most maxReport bytes. What explains least is left out first: warnings, then
// names of steps, both from their end, then the end of the note.
func encode(report protocol.SolveReport) ([]byte, error) {
	if report.Problem != nil {
		report.Problem = &protocol.Problem{Reason: report.Problem.Reason, Note: plain(report.Problem.Note, maxNote)}
	}
	for {
		var document bytes.Buffer
		encoder := json.NewEncoder(&document)
		encoder.SetEscapeHTML(false) // six bytes for each < of a Dockerfile
		if err := encoder.Encode(report); err != nil {
			return nil, fmt.Errorf("encode the report: %w", err)
		}
		over := document.Len() - maxReport
		switch {
		case over <= 0:
			return document.Bytes(), nil
		case len(report.Warnings) > 0:
			report.Warnings = report.Warnings[:len(report.Warnings)-1]
		case len(report.Rebuilt) > 0:
			report.Rebuilt = report.Rebuilt[:len(report.Rebuilt)-1]
		case report.Problem != nil && report.Problem.Note != "":
			note := report.Problem.Note
			report.Problem.Note = note[:max(0, len(note)-max(1, over/2))]
		default:
			return nil, fmt.Errorf("the report has %d bytes and may have %d", document.Len(), maxReport)
		}
	}
}

// write writes a report to the file that the kubelet reads. The file is there: it is the container runtime's, and is written
// in place.
func write(path string, report protocol.SolveReport) error {
	document, err := encode(report)
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
