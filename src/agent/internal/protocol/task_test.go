package protocol

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A report takes the place of any other, longer or shorter.
func TestWriteReport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report")
	rapid.Check(t, func(rt *rapid.T) {
		want := map[string]string{"x": strings.Repeat("y", rapid.IntRange(0, 6000).Draw(rt, "length"))}
		if err := WriteReport(path, want); err != nil {
			rt.Fatal(err)
		}
		document, err := os.ReadFile(path)
		if err != nil {
			rt.Fatal(err)
		}
		var got map[string]string
		if err := json.Unmarshal(document, &got); err != nil || got["x"] != want["x"] {
			rt.Fatalf("the report is %q (%v)", document, err)
		}
	})
}

func TestWriteReportFails(t *testing.T) {
	if err := WriteReport(filepath.Join(t.TempDir(), "none", "report"), CollectReport{}); err == nil {
		t.Error("a report was written to nowhere")
	}
	if err := WriteReport(filepath.Join(t.TempDir(), "report"), make(chan int)); err == nil {
		t.Error("what is no document was written")
	}
}
