// Package trace records for machines what BuildKit did in a solve: its steps, what was cached, and the linter's warnings.
package trace

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"hearth.dev/agent/internal/protocol"
)

// Version is the version of the document that Compressed returns and Read accepts.
const Version = 1

// Limits of a trace. What BuildKit says beyond them is left out.
const (
	maxSteps     = 2000
	maxInputs    = 256
	maxTransfers = 64
	maxWarnings  = 50
	maxDigest    = 128
	maxText      = 512
	// maxShort is the longest warning that is kept at all: a part of one could not be parsed.
	maxShort = 1000
)

// Trace is what BuildKit did in one attempt of a solve.
type Trace struct {
	Version int `json:"version"`
	// Platform is the platform that was asked for, such as linux/amd64; empty if none was.
	Platform string `json:"platform,omitempty"`
	// Steps are in the order in which BuildKit named them first.
	Steps    []Step    `json:"steps"`
	Warnings []Warning `json:"warnings,omitempty"`
	// Omitted counts the steps that were left out because there were too many or the document became too long.
	Omitted int `json:"omitted,omitempty"`
}

// Step is what BuildKit calls a vertex: an instruction of the Dockerfile, or something that BuildKit does for itself.
type Step struct {
	Digest string   `json:"digest"`
	Inputs []string `json:"inputs,omitempty"`
	Name   string   `json:"name"`
	// Lines are those of the Dockerfile; nil if BuildKit names none.
	Lines  *Lines `json:"lines,omitempty"`
	Cached bool   `json:"cached,omitempty"`
	// Started is when the step first started, nil if it never did. Completed is when it last ended, nil if it was still
	// running at the end. BuildKit may begin a step several times, so what is between them is not all spent on it.
	Started   *time.Time `json:"started,omitempty"`
	Completed *time.Time `json:"completed,omitempty"`
	Error     string     `json:"error,omitempty"`
	Transfers []Transfer `json:"transfers,omitempty"`
}

// Lines are lines of a Dockerfile, the first and the last included. They count from 1.
type Lines struct {
	First int `json:"first"`
	Last  int `json:"last"`
}

// Transfer is a part of a step of which BuildKit counts the bytes, such as a layer that is pushed.
type Transfer struct {
	Name string `json:"name"`
	// Bytes is how much was transferred.
	Bytes int64 `json:"bytes"`
	// Total is how much there is; 0 if BuildKit does not say.
	Total int64 `json:"total,omitempty"`
}

// Warning is what BuildKit warns of.
type Warning struct {
	// Step is the digest of the step that the warning is about.
	Step  string `json:"step"`
	Text  string `json:"text"`
	URL   string `json:"url,omitempty"`
	Lines *Lines `json:"lines,omitempty"`
}

// Lint returns the first warnings of the linter.
func (t *Trace) Lint(most int) []protocol.Warning {
	var found []protocol.Warning
	for _, warning := range t.Warnings {
		if len(found) == most {
			break
		}
		if parsed, ok := parseLint(warning.Text); ok {
			found = append(found, parsed)
		}
	}
	return found
}

// Cut returns at most so many bytes of a text, as valid UTF-8 without control characters.
func Cut(text string, most int) string {
	if len(text) > most {
		for most > 0 && !utf8.RuneStart(text[most]) {
			most--
		}
		text = text[:most]
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}
