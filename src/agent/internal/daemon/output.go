package daemon

import (
	"bufio"
	"io"
	"strings"

	"hearth.dev/agent/internal/plain"
)

const (
	// longestLine is the number of bytes of a line that are passed on at once. The rest follows, in as many pieces.
	longestLine = 16 << 10
	// longestWords is the number of characters of a daemon's last words.
	longestWords = 250
)

// lastWords has the beginnings of lines that say what a daemon dies of: those of Go's runtime, of BuildKit's main function
// and of what runs before it.
var lastWords = []string{"panic:", "fatal error:", "unexpected fault", "buildkitd:", entryFailed}

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
