package solve

import (
	"errors"
	"strings"

	gatewaypb "github.com/moby/buildkit/frontend/gateway/pb"

	"hearth.dev/agent/internal/plain"
)

// kind is what an error of a solve is about.
type kind int

const (
	// other is an error that another attempt does not mend: of the Dockerfile, the source, a registry.
	other kind = iota
	// stepExited is a step that ended with an error, whatever it printed.
	stepExited
	// noSpace is a volume without space.
	noSpace
	// damaged is content of the cache, or of an imported one, that is missing or broken.
	damaged
)

// words are parts of error texts, for what BuildKit gives no type: the errors of its databases, snapshots and content reach
// a client as text alone, with the code Unknown or Internal. The code ResourceExhausted is not enough for a volume without
// space, since it also means a lack of memory or a message that is too long. All are texts of BuildKit 0.34.2 and of what it
// contains: bbolt 1.5, containerd 2.4, and the kernel. A text means the kind if it has all parts in their order.
var words = []struct {
	kind  kind
	parts []string
}{
	{noSpace, []string{"no space left on device"}},
	{damaged, []string{"invalid database"}},                              // bbolt: a file that is none of its own
	{damaged, []string{"input/output error"}},                            // EIO
	{damaged, []string{"structure needs cleaning"}},                      // EUCLEAN
	{damaged, []string{"/var/lib/hearth/", "no such file or directory"}}, // a snapshot's folder
	{damaged, []string{"failed to prepare ", " as "}},                    // cache/manager.go
	{damaged, []string{"failed to create snapshot"}},                     // containerd: the snapshotter
	{damaged, []string{"missing snapshot"}},                              // cache/refs.go
	{damaged, []string{"failed to stat snapshot"}},                       // cache/refs.go
	{damaged, []string{"snapshot ", " does not exist"}},                  // containerd: metadata
	{damaged, []string{"content sha256:", ": not found"}},                // containerd: the content store
	{damaged, []string{"content digest sha256:", ": not found"}},         // containerd: metadata of content
	{damaged, []string{"blob sha256:", ": not found"}},                   // cache/remotecache/v1/chains.go
	{damaged, []string{"lease ", ": not found"}},                         // containerd: metadata of leases
	{damaged, []string{"cache importer"}},                                // solver/llbsolver/bridge.go
}

// processFailed is what BuildKit writes between the command of a step, which is the Dockerfile's text, and its error.
const processFailed = " did not complete successfully: "

// classify returns what an error of a solve is about.
func classify(err error) kind {
	if exited(err) {
		return stepExited
	}
	text := err.Error()
	if at := strings.LastIndex(text, processFailed); at >= 0 {
		text = text[at:]
	}
	for _, known := range words {
		if containsInOrder(text, known.parts) {
			return known.kind
		}
	}
	return other
}

// exited says whether a step ran and ended with an error. BuildKit also gives the type, with a code of its own, to a step that
// it could not start.
func exited(err error) bool {
	var exit *gatewaypb.ExitError
	if !errors.As(err, &exit) {
		return false
	}
	return exit.ExitCode != gatewaypb.UnknownExitStatus || strings.Contains(err.Error(), processFailed+"exit code: ")
}

func containsInOrder(text string, parts []string) bool {
	for _, part := range parts {
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return true
}

// line returns the beginning of a text as one line of printable ASCII.
func line(text string, most int) string { return strings.TrimSpace(plain.Text(text, most)) }
