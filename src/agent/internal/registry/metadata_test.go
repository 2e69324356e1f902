package registry

import (
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The operator keeps pods from these addresses by network policies. A range that is added there has to be added here.
func TestMetadataRangesAreThoseOfTheOperator(t *testing.T) {
	source, err := os.ReadFile("../../../main/java/dev/hearth/core/network/ReservedRanges.java")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(source), "METADATA = ")
	block, _, _ = strings.Cut(block, ";")
	found := regexp.MustCompile(`"([0-9a-f.:]+/[0-9]+)"`).FindAllStringSubmatch(block, -1)
	if len(found) == 0 {
		t.Fatal("the operator's ranges are not where they are looked for")
	}
	for _, match := range found {
		if !slices.Contains(metadata, netip.MustParsePrefix(match[1])) {
			t.Errorf("%s is missing", match[1])
		}
	}
	if len(metadata) != len(found)+1 { // the operator has a name for the link-local range
		t.Errorf("there are %d ranges here, and %d there", len(metadata), len(found)+1)
	}
}
