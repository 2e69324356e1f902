package trace

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// maxDocument is the length of the JSON of a trace, in bytes. What leaves a pod is shorter, as it is compressed.
const maxDocument = 1 << 20

// errTooLong says that a document is longer than any that Compressed returns.
var errTooLong = errors.New("the trace is too long")

// Compressed returns the trace as JSON, compressed with gzip, which every language can read, in at most so many bytes. Steps
// for which there is no room are left out, the last ones first, and counted in Omitted. It fails if there is no room for what
// remains without steps.
func (t *Trace) Compressed(most int) ([]byte, error) {
	fitting := *t
	for {
		document, err := fitting.encode()
		if err != nil {
			return nil, err
		}
		packed, err := pack(document)
		if err != nil || len(packed) <= most {
			return packed, err
		}
		if len(fitting.Steps) == 0 {
			return nil, fmt.Errorf("%w: without steps it has %d bytes, and may have %d", errTooLong, len(packed), most)
		}
		kept := len(fitting.Steps) / 2
		fitting.Omitted += len(fitting.Steps) - kept
		fitting.Steps = fitting.Steps[:kept]
	}
}

func pack(document []byte) ([]byte, error) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write(document)
	if err := errors.Join(err, w.Close()); err != nil {
		return nil, fmt.Errorf("compress the trace: %w", err)
	}
	return packed.Bytes(), nil
}

func (t *Trace) encode() ([]byte, error) {
	fitting := *t
	fitting.Steps = []Step{}
	head, err := json.Marshal(fitting)
	if err != nil {
		return nil, fmt.Errorf("encode the trace: %w", err)
	}
	length := len(head)
	for _, step := range t.Steps {
		encoded, err := json.Marshal(step)
		if err != nil {
			return nil, fmt.Errorf("encode a step of the trace: %w", err)
		}
		if length += len(encoded) + 1; length > maxDocument-64 { // for the digits of Omitted
			break
		}
		fitting.Steps = append(fitting.Steps, step)
	}
	fitting.Omitted += len(t.Steps) - len(fitting.Steps)
	document, err := json.Marshal(fitting)
	if err != nil {
		return nil, fmt.Errorf("encode the trace: %w", err)
	}
	return document, nil
}

// Read reads what Compressed has returned. The document may be anybody's: an error is returned if it is longer than Compressed
// makes it, or has more of anything, or is of another version.
func Read(r io.Reader) (*Trace, error) {
	packed, err := gzip.NewReader(io.LimitReader(r, maxDocument))
	if err != nil {
		return nil, fmt.Errorf("read the trace: %w", err)
	}
	packed.Multistream(false)
	document, err := io.ReadAll(io.LimitReader(packed, maxDocument+1))
	if err != nil {
		return nil, fmt.Errorf("read the trace: %w", err)
	}
	if len(document) > maxDocument {
		return nil, fmt.Errorf("read the trace: %w", errTooLong)
	}
	var versioned struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(document, &versioned); err != nil {
		return nil, fmt.Errorf("read the trace: %w", err)
	}
	if versioned.Version != Version {
		return nil, fmt.Errorf("the trace has version %d and this agent reads version %d", versioned.Version, Version)
	}
	var read Trace
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&read); err != nil {
		return nil, fmt.Errorf("read the trace: %w", err)
	}
	if err := read.check(); err != nil {
		return nil, fmt.Errorf("read the trace: %w", err)
	}
	return &read, nil
}

// check returns an error if a collector cannot have made the trace.
func (t *Trace) check() error {
	c := checker{}
	c.count("steps", len(t.Steps), maxSteps)
	c.count("warnings", len(t.Warnings), maxWarnings)
	c.text(t.Platform, maxText)
	c.number(int64(t.Omitted))
	for _, step := range t.Steps {
		c.count("inputs of a step", len(step.Inputs), maxInputs)
		c.count("transfers of a step", len(step.Transfers), maxTransfers)
		c.text(step.Digest, maxDigest)
		c.text(step.Name, maxText)
		c.text(step.Error, maxText)
		c.lines(step.Lines)
		c.moment(step.Started)
		c.moment(step.Completed)
		for _, input := range step.Inputs {
			c.text(input, maxDigest)
		}
		for _, transfer := range step.Transfers {
			c.text(transfer.Name, maxText)
			c.number(transfer.Bytes)
			c.number(transfer.Total)
		}
	}
	for _, warning := range t.Warnings {
		c.text(warning.Step, maxDigest)
		c.text(warning.Text, maxShort)
		c.text(warning.URL, maxText)
		c.lines(warning.Lines)
	}
	return c.err
}

// checker keeps the first error.
type checker struct{ err error }

func (c *checker) fail(format string, values ...any) {
	if c.err == nil {
		c.err = fmt.Errorf(format, values...)
	}
}

func (c *checker) count(of string, count, most int) {
	if count > most {
		c.fail("it has %d %s, and may have %d", count, of, most)
	}
}

func (c *checker) text(text string, most int) {
	if text != Cut(text, most) {
		c.fail("a text of it has %d bytes and may have %d, in one line", len(text), most)
	}
}

func (c *checker) number(number int64) {
	if number < 0 {
		c.fail("a number of it is negative")
	}
}

func (c *checker) lines(lines *Lines) {
	if lines != nil && (lines.First < 1 || lines.Last < lines.First) {
		c.fail("a place in the Dockerfile has the lines %d to %d", lines.First, lines.Last)
	}
}

func (c *checker) moment(at *time.Time) {
	if at != nil && moment(at) == nil {
		c.fail("a time of it is out of range")
	}
}
