package daemon

import (
	"bufio"
	"bytes"
	"io"
	"slices"
	"strings"
	"sync"

	"hearth.dev/agent/internal/plain"
	"hearth.dev/agent/internal/protocol"
)

const (
	// longestLine is the number of bytes of a line that are passed on at once. The rest follows, in as many pieces.
	longestLine = 16 << 10
	// longestTail is the number of bytes of the end of a log that the kubelet takes for a container's last words.
	longestTail = 2048
	// longestWords is the number of characters of a daemon's last words.
	longestWords = 250
)

// lastWords has the beginnings of lines that say what a daemon dies of: those of Go's runtime, of BuildKit's main function
// and of what runs before it.
var lastWords = []string{"panic:", "fatal error:", "unexpected fault", "buildkitd:", entryFailed}

// Output is the log of the daemon's container. Several goroutines may write to it, and each call writes to the log once at most.
type Output struct {
	mu  sync.Mutex
	log io.Writer
	// within says that the last line has no end yet.
	within bool
	// tail is the end of what people read.
	tail []byte
}

// NewOutput returns an output that writes to a log. Nothing else may write to the same log.
func NewOutput(log io.Writer) *Output {
	return &Output{log: log}
}

// Write writes what people read. What looks like a line of a trace gets a space before it: a daemon says it, or the text of an
// error.
func (o *Output) Write(said []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	written := make([]byte, 0, len(said)+1)
	for line := range bytes.Lines(said) {
		if !o.within && imitates(line) {
			written = append(written, ' ')
		}
		written = append(written, line...)
		o.within = !bytes.HasSuffix(line, []byte("\n"))
	}
	o.tail = append(o.tail, written...)
	o.tail = append(o.tail[:0], o.tail[max(0, len(o.tail)-longestTail):]...)
	if _, err := o.log.Write(written); err != nil {
		return 0, err
	}
	return len(said), nil
}

// imitates says whether a line begins as one of a trace does. One that has no end yet may be continued by anybody.
func imitates(line []byte) bool {
	prefix := []byte(protocol.TracePrefix)
	return bytes.HasPrefix(line, prefix) || bytes.HasPrefix(prefix, line)
}

// writeTrace writes the lines of a trace, on lines of their own.
func (o *Output) writeTrace(lines []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.within { // what follows of that line begins another one
		lines = slices.Concat([]byte("\n"), lines)
		o.within = false
	}
	_, err := o.log.Write(lines)
	return err
}

// end returns the end of what people read.
func (o *Output) end() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return plain.Lines(o.tail)
}

// pass copies what a daemon says to out, and returns the first line that says what it may die of, or "".
func pass(daemon io.Reader, out io.Writer) string {
	words := ""
	lines := bufio.NewReaderSize(daemon, longestLine)
	begins := true
	for {
		line, err := lines.ReadSlice('\n')
		if len(line) > 0 {
			_, _ = out.Write(line) // without a log there is nobody to tell
		}
		if begins && words == "" {
			words = fatal(line)
		}
		switch err {
		case nil:
			begins = true
		case bufio.ErrBufferFull:
			begins = false
		default: // the end, or a pipe that is closed
			return words
		}
	}
}

func fatal(line []byte) string {
	text := string(line[:min(len(line), longestWords)])
	for _, beginning := range lastWords {
		if strings.HasPrefix(text, beginning) {
			return strings.TrimSpace(plain.Text(text, longestWords))
		}
	}
	return ""
}
