package protocol

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
)

// The log in testdata, which the operator's tests read, is made by the tests of package daemon.
func TestTraceLines(t *testing.T) {
	for length, lines := range map[int]int{0: 0, 1: 1, 5999: 1, 6000: 1, 6001: 2, 12_000: 2, 12_001: 3} {
		document := bytes.Repeat([]byte{0xfb}, length)
		made := strings.Split(string(TraceLines("app", document)), "\n")
		if len(made) != lines+3 || made[0] != "hearth-trace app begin" || made[lines+1] != "hearth-trace app end" || made[lines+2] != "" {
			t.Fatalf("%d bytes become %q", length, made)
		}
		var read []byte
		for _, line := range made[1 : lines+1] {
			part, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(line, "hearth-trace app "))
			if err != nil || len(part) > 6000 {
				t.Errorf("%d bytes have the line %q: %v", length, line, err)
			}
			read = append(read, part...)
		}
		if !bytes.Equal(read, document) {
			t.Errorf("%d bytes are read as %d", length, len(read))
		}
	}
}
