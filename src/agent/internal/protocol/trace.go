package protocol

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

// MaxTrace is the length that a trace may have that leaves a pod, in bytes, compressed with gzip.
const MaxTrace = 256 << 10

// TracePrefix begins each line of a trace in the log of the daemon's container. No other line begins with it: what else is
// said there gets a space before it.
const TracePrefix = "hearth-trace "

// traceLine is the number of bytes of a document in one line. It makes lines shorter than the 16 KiB at which container
// runtimes cut them, and base64 without padding but in the last line.
const traceLine = 6000

// TraceLines returns the lines in which the trace of a step leaves the pod through the log of the daemon's container:
//
//	hearth-trace STEP begin
//	hearth-trace STEP BASE64
//	hearth-trace STEP end
//
// STEP is the name of a solve as in DaemonRequest.Steps. There are as many lines with BASE64, in standard encoding, as the
// document needs; each one has at most 6000 bytes of it. The document is gzip, of at most MaxTrace bytes, of the JSON of a
// trace. A line ends with a line feed, and with nothing else: other lines of the log may have a carriage return in them.
//
// The lines of a trace follow each other with no other line between them. The kubelet may have dropped the beginning of a
// log, and a container may end in the middle of a trace: what has no begin or no end is no trace. The last trace of a step
// counts. All of it is data: who has broken into the daemon can write the log and can tell a solve anything.
func TraceLines(step string, document []byte) []byte {
	var lines strings.Builder
	line := func(text string) { fmt.Fprintf(&lines, "%s%s %s\n", TracePrefix, step, text) }
	line("begin")
	for part := range slices.Chunk(document, traceLine) {
		line(base64.StdEncoding.EncodeToString(part))
	}
	line("end")
	return []byte(lines.String())
}
