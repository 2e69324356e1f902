package volume

import (
	"path"
	"strconv"
	"strings"
)

// isPlain says whether a name is one that Hearth or BuildKit gives to what is on a volume. No other is ever used.
func isPlain(name string) bool {
	for i, c := range []byte(name) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case i > 0 && (c == '.' || c == '_' || c == '-'):
		default:
			return false
		}
	}
	return name != "" && len(name) <= 255
}

// firstLine returns the first line of a file's content.
func firstLine(content []byte) string {
	line, _, _ := strings.Cut(string(content), "\n")
	return line
}

// number returns a number of at most nine digits without leading zeros; 0 for anything else.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n <= 0 || len(text) > 9 || strconv.Itoa(n) != text {
		return 0
	}
	return n
}

// layer is a layer of a volume.
type layer struct{ claim, name string }

// parseLayers reads the file of a generation that has the layers it needs.
func parseLayers(content []byte) (layers []layer, ok bool) {
	for line := range strings.Lines(string(content)) {
		claim, name, found := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if !found || !isPlain(claim) || !isPlain(name) {
			return nil, false
		}
		layers = append(layers, layer{claim, name})
	}
	return layers, true
}

// shown is a folder of the view.
type shown struct {
	layer
	// kind is "active" or "folded".
	kind string
}

func (s shown) String() string { return path.Join(s.claim, "layers", s.name, s.kind) }

// mostShown is more folders than a view gets before they are folded.
const mostShown = 256

// parseChain reads the folders of a view.
func parseChain(content []byte) (chain []shown, ok bool) {
	for line := range strings.Lines(string(content)) {
		if len(chain) == mostShown {
			return nil, false
		}
		parts := strings.Split(strings.TrimSuffix(line, "\n"), "/")
		if len(parts) != 4 || !isPlain(parts[0]) || parts[1] != "layers" || !isPlain(parts[2]) ||
			parts[3] != "active" && parts[3] != "folded" {
			return nil, false
		}
		chain = append(chain, shown{layer{parts[0], parts[2]}, parts[3]})
	}
	return chain, true
}

func formatChain(chain []shown) []byte {
	var text strings.Builder
	for _, each := range chain {
		text.WriteString(each.String() + "\n")
	}
	return []byte(text.String())
}

// part is what a link of a root leads to in a sealed layer.
type part struct {
	layer
	// kind is "snapshots" or "blobs".
	kind, name string
}

// parsePart reads the target of a link below the folder of all volumes.
func parsePart(volumes, target string) (part, bool) {
	rest, below := strings.CutPrefix(target, volumes+"/")
	parts := strings.Split(rest, "/")
	if !below || len(parts) != 5 || !isPlain(parts[0]) || parts[1] != "layers" || !isPlain(parts[2]) ||
		parts[3] != "snapshots" && parts[3] != "blobs" || !isPlain(parts[4]) {
		return part{}, false
	}
	return part{layer{parts[0], parts[2]}, parts[3], parts[4]}, true
}
