package preflight

import (
	"fmt"
	"os"
	"path/filepath"

	"hearth.dev/agent/internal/protocol"
	"hearth.dev/agent/internal/volume"
)

// shown is a folder that a daemon sees in its view if the overlay is mounted.
const shown = "shown"

// emptyVolume is a volume with a sealed layer that has nothing but an empty folder, so that a daemon on it has a view. It
// keeps nothing: what goes wrong is the answer.
type emptyVolume struct {
	own     string
	problem *protocol.Problem
}

func (v *emptyVolume) Prepare() error {
	for _, folder := range []string{v.Root(), v.sealed() + "/" + shown, v.own + "/upper", v.own + "/work"} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return fmt.Errorf("prepare an empty volume: %w", err)
		}
	}
	return nil
}

func (v *emptyVolume) sealed() string { return filepath.Join(v.own, "sealed") }

func (v *emptyVolume) Root() string { return filepath.Join(v.own, "root") }

func (v *emptyVolume) View() (volume.View, error) {
	return volume.View{Lower: []string{v.sealed()}, Upper: v.own + "/upper", Work: v.own + "/work"}, nil
}

func (v *emptyVolume) Note(reason protocol.Reason, text string) {
	v.problem = &protocol.Problem{Reason: reason, Note: text}
}

func (v *emptyVolume) Report(buildKitKiB *int64) protocol.DaemonReport {
	return protocol.DaemonReport{Version: protocol.Version, BuildKitKiB: buildKitKiB, Problem: v.problem}
}

func (v *emptyVolume) Problem() *protocol.Problem { return v.problem }

func (v *emptyVolume) Discard(paths ...string) error {
	for _, path := range paths {
		if err := os.RemoveAll(filepath.Join(v.own, path)); err != nil {
			return err
		}
	}
	return nil
}

// There is one daemon, with nothing to begin again from, on a volume without a size.

func (v *emptyVolume) Fault() string                       { return "" }
func (v *emptyVolume) Full() bool                          { return false }
func (v *emptyVolume) Roomy() bool                         { return true }
func (v *emptyVolume) SizeKiB() int64                      { return 1 << 30 }
func (v *emptyVolume) Crowded() string                     { return "" }
func (v *emptyVolume) Spared() bool                        { return false }
func (v *emptyVolume) Spare(string)                        {}
func (v *emptyVolume) Vacate(string) error                 { return nil }
func (v *emptyVolume) Relieve(string) error                { return nil }
func (v *emptyVolume) Renew(protocol.Reason, string) error { return nil }
func (v *emptyVolume) Begun() *protocol.Begun              { return nil }
func (v *emptyVolume) SweepArtifacts() error               { return nil }
func (v *emptyVolume) ArtifactsKiB() int64                 { return 0 }
func (v *emptyVolume) Seal() error                         { return nil }
func (v *emptyVolume) Sweep() error                        { return nil }
func (v *emptyVolume) Succeeded() error                    { return nil }
func (v *emptyVolume) EmptyTrash()                         {}
