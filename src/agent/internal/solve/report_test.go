package solve

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hearth.dev/agent/internal/protocol"
)

func usual() protocol.SolveReport {
	return protocol.SolveReport{
		Version: 1, Digest: "sha256:" + strings.Repeat("0", 64), Cached: 12, Executed: 2,
		Files:   &protocol.Files{Digest: "sha256:" + strings.Repeat("1", 64), Count: 120, KiB: 20480},
		Rebuilt: []string{"[build 4/7] RUN mvn package", "[stage-1 2/2] COPY --from=build /app /app"},
	}
}

func TestUsualReportIsShort(t *testing.T) {
	document, err := encode(usual(), maxReport)
	if err != nil {
		t.Fatal(err)
	}
	if len(document) > 400 {
		t.Errorf("it has %d bytes: %s", len(document), document)
	}
}

func TestReportIsCut(t *testing.T) {
	report := usual()
	report.Problem = &protocol.Problem{Reason: protocol.ReasonCacheBroken, Note: "first\nsecond"}
	for range 10 {
		report.Warnings = append(report.Warnings, protocol.Warning{Rule: "Rule", Message: strings.Repeat("m", 180), Line: 7})
	}
	document, err := encode(report, maxReport)
	if err != nil {
		t.Fatal(err)
	}
	var read protocol.SolveReport
	if err := json.Unmarshal(document, &read); err != nil {
		t.Fatal(err)
	}
	if len(read.Warnings) == 0 || len(read.Warnings) == 10 || len(read.Rebuilt) != 2 || read.Problem.Note != "first second" {
		t.Errorf("it is %s", document)
	}
	if report.Problem.Note != "first\nsecond" || len(report.Warnings) != 10 {
		t.Errorf("the report itself was changed: %+v", report)
	}
}

func TestReportIsBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(0, 400, 1200)
		report := usual()
		report.Problem = &protocol.Problem{Reason: protocol.ReasonVolumeFull, Note: text.Draw(t, "note") + strings.Repeat(`"`, rapid.IntRange(0, 3000).Draw(t, "quotes"))}
		report.Rebuilt = names(rapid.SliceOfN(text, 0, 3).Draw(t, "rebuilt"))
		for range rapid.IntRange(0, 10).Draw(t, "warnings") {
			report.Warnings = append(report.Warnings, protocol.Warning{Rule: "Rule", Message: text.Draw(t, "message"), Line: 1})
		}
		document, err := encode(report, maxReport)
		if err != nil {
			t.Fatal(err)
		}
		var read protocol.SolveReport
		if err := json.Unmarshal(document, &read); err != nil {
			t.Fatal(err)
		}
		if len(document) > maxReport || read.Digest != report.Digest || *read.Files != *report.Files || read.Problem == nil {
			t.Fatalf("it has %d bytes: %s", len(document), document)
		}
	})
}

func TestReportThatCannotBeCut(t *testing.T) {
	report := usual()
	report.Digest = strings.Repeat("d", maxReport)
	if _, err := encode(report, maxReport); err == nil {
		t.Error("no error")
	}
}

func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "termination-log")
	if err := os.WriteFile(path, []byte(strings.Repeat("of an earlier container ", 100)), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := write(path, usual(), maxReport); err != nil {
		t.Fatal(err)
	}
	document, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := encode(usual(), maxReport)
	if err != nil {
		t.Fatal(err)
	}
	if string(document) != string(want) {
		t.Errorf("it is %s", document)
	}
	if err := write(filepath.Join(path, "missing"), usual(), maxReport); err == nil {
		t.Error("no error for a file that cannot be written")
	}
}

func TestNames(t *testing.T) {
	got := names([]string{"short", strings.Repeat("x", 200), "x" + strings.Repeat("é", 100)})
	want := []string{"short", strings.Repeat("x", 150), "x" + strings.Repeat("é", 74)}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%q, want %q", got[i], want[i])
		}
	}
}
