//go:build linux

// Package collect sends what a task has left: its report files through the container's log, and their number and the digest of
// its artifact in the container's report.
package collect

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"hearth.dev/agent/internal/artifact"
	"hearth.dev/agent/internal/protocol"
)

// Settings are the places and limits of a container.
type Settings struct {
	// Log gets the files. Nothing else may be written to the log of the container, since the operator reads all of it.
	Log io.Writer
	// Report is the path of the file that gets the report.
	Report string
	Limits Limits
	// Measure returns the digest and the size of an artifact; nil if there is none.
	Measure func(folder string) (*protocol.Files, error)
}

// Limits bound what is sent and what is looked at.
type Limits struct {
	// SentBytes is the size of all parts, compressed: in base64 they have to fit a log, which is rotated at 10 MiB.
	SentBytes int64
	// TotalBytes is the size of all files, FileBytes that of one.
	TotalBytes, FileBytes int64
	// Files is the number of files that are sent.
	Files int
	// PartBytes is the size of the files of one part, if there is more than one: no more than that is lost where a part has
	// no room.
	PartBytes int64
	// LeftOut is the number of files that are named although they were not sent.
	LeftOut int
	// Found is the number of files that are looked at, and FoundBytes the length of their paths together. Files beyond are not
	// even counted.
	Found      int
	FoundBytes int64
	// Entries is the number of files and folders among which the files of one pattern are searched.
	Entries int
}

// Production returns the settings of a container.
func Production() Settings {
	return Settings{
		Log:    os.Stdout,
		Report: protocol.TerminationLog,
		Limits: Limits{
			SentBytes:  5 << 20,
			TotalBytes: 64 << 20,
			FileBytes:  2 << 20,
			Files:      1000,
			PartBytes:  256 << 10,
			LeftOut:    20,
			Found:      100_000,
			FoundBytes: 32 << 20,
			Entries:    2_000_000,
		},
		Measure: artifact.Measure,
	}
}

// Run waits until ctx ends, which says that the task has ended, then collects. Returns the exit code of the process. It is not
// zero if the request is malformed, or if the log or the report cannot be written.
//
// The process may be killed at any moment: if the task does not heed its own end, two seconds after ctx has ended. So what
// counts comes first, in parts that are complete each, and the report is true after each of them.
func Run(ctx context.Context, request protocol.CollectRequest, settings Settings) int {
	patterns, err := compile(request.Reports)
	if err != nil {
		fmt.Fprintln(settings.Log, err)
		return 1
	}
	<-ctx.Done()
	c := collection{
		Settings: settings,
		seen:     map[string]bool{},
		report:   protocol.CollectReport{Version: protocol.Version},
	}
	if c.sendAll(patterns) != nil || c.describe(request.Artifact) != nil {
		return 1
	}
	return 0
}

// collection is the work on one request.
type collection struct {
	Settings
	report protocol.CollectReport
	// seen has the paths of all files that matched a pattern so far, and seenBytes is their length.
	seen      map[string]bool
	seenBytes int64
	// found is the number of files that were looked at.
	found int
	// read is the size of the files that were read, kept that of those that were sent.
	read, kept int64
	// sent is the size of the parts.
	sent    int64
	part    part
	leftOut []string
}

func (c *collection) sendAll(patterns []pattern) error {
	if err := c.say(); err != nil {
		return err
	}
	for _, pattern := range patterns {
		if err := c.collect(pattern); err != nil {
			return err
		}
	}
	if len(c.leftOut) > 0 {
		var list bytes.Buffer
		for _, file := range c.leftOut {
			list.WriteString(file + "\x00")
		}
		if err := c.write("left-out", encode(list.Bytes())); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(c.Log, "end\n"); err != nil {
		return fmt.Errorf("write the log: %w", err)
	}
	return c.say()
}

func (c *collection) collect(pattern pattern) error {
	for _, path := range c.find(pattern) {
		if err := c.add(pattern.kind, path); err != nil {
			return err
		}
	}
	return c.send(pattern.kind)
}

// add puts a file into the part, or says why it is left out.
func (c *collection) add(kind protocol.ReportKind, path string) error {
	c.found++
	entry, err := locate(path)
	if err != nil {
		c.leaveOut(kind, "unreadable", 0, path)
		return nil
	}
	defer entry.close()
	if reason, limit := c.excess(entry.size); reason != "" {
		c.leaveOut(kind, reason, limit, path)
		return nil
	}
	file, err := entry.read(c.Limits.FileBytes + 1)
	if err != nil {
		c.leaveOut(kind, "unreadable", 0, path)
		return nil
	}
	length := int64(len(file.content))
	if reason, limit := c.excess(length); reason != "" { // it has grown
		c.leaveOut(kind, reason, limit, path)
		return nil
	}
	if c.part.bytes+length > c.Limits.PartBytes {
		if err := c.send(kind); err != nil {
			return err
		}
	}
	c.part.add(path, file)
	c.read += length
	return nil
}

// excess returns the limit that a file of this size exceeds, and its name.
func (c *collection) excess(length int64) (reason string, limit int64) {
	switch {
	case length > c.Limits.FileBytes:
		return "size", c.Limits.FileBytes
	case c.read+length > c.Limits.TotalBytes:
		return "total", c.Limits.TotalBytes
	case c.report.Reports.Files+len(c.part.paths) >= c.Limits.Files:
		return "count", int64(c.Limits.Files)
	}
	return "", 0
}

func (c *collection) leaveOut(kind protocol.ReportKind, reason string, limit int64, path string) {
	if len(c.leftOut) < c.Limits.LeftOut {
		c.leftOut = append(c.leftOut, fmt.Sprintf("%s %s %d %s", kind, reason, limit, path))
	}
}

// send writes the part to the log if there is room for it, and begins another.
func (c *collection) send(kind protocol.ReportKind) error {
	full := c.part
	c.part = part{}
	if len(full.paths) == 0 {
		return nil
	}
	compressed, err := full.archive()
	if err != nil {
		return fmt.Errorf("pack report files: %w", err)
	}
	encoded := encode(compressed)
	length := int64(len(encoded)) * 3 / 4
	if c.sent+length > c.Limits.SentBytes {
		for _, path := range full.paths {
			c.leaveOut(kind, "log", c.Limits.SentBytes, path)
		}
		return c.say()
	}
	if err := c.write(string(kind), encoded); err != nil {
		return err
	}
	c.sent += length
	c.kept += full.bytes
	c.report.Reports.Files += len(full.paths)
	return c.say()
}

// write writes a part to the log at once.
func (c *collection) write(kind string, encoded []byte) error {
	if _, err := c.Log.Write(slices.Concat([]byte("part "+kind+"\n"), encoded)); err != nil {
		return fmt.Errorf("write the log: %w", err)
	}
	return nil
}

func (c *collection) say() error {
	c.report.Reports.KiB = (c.kept + 1023) / 1024
	c.report.Reports.LeftOut = c.found - c.report.Reports.Files
	return protocol.WriteReport(c.Report, c.report)
}

// describe adds the artifact to the report.
func (c *collection) describe(folder string) error {
	if folder == "" {
		return nil
	}
	there, err := isFolder(folder)
	if err == nil && there {
		c.report.Artifact, err = c.Measure(folder)
	}
	switch {
	case err != nil:
		c.report.Artifact, c.report.ArtifactUnreadable = nil, true
	case c.report.Artifact == nil:
		c.report.ArtifactMissing = true
	}
	return c.say()
}
