package volume

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// artifacts is the folder for the artifacts of builds. The solves mount it, so the folder itself always stays.
const artifacts = "artifacts"

// artifactGrace is how long an artifact stays that no run names: its run may just be about to.
const artifactGrace = time.Hour

// artifactName is the form of an artifact's name: the hexadecimal digits of its digest.
var artifactName = regexp.MustCompile(`^[0-9a-f]{64}$`)

// SweepArtifacts discards the artifacts that no run names, and what was being made of others. It discards nothing if it is not
// known which are named. No solve may run yet.
func (v *Volume) SweepArtifacts() error {
	if v.options.Artifacts == nil {
		return nil
	}
	entries, err := v.own.List(artifacts)
	if err != nil {
		return err
	}
	for _, each := range entries {
		name := artifacts + "/" + each.name
		if artifactName.MatchString(each.name) && each.kind.IsDir() && (v.isNamed(each.name) || v.isNew(name)) {
			continue
		}
		if err := v.discard(name); err != nil {
			return err
		}
	}
	return nil
}

func (v *Volume) isNamed(artifact string) bool {
	for _, beginning := range v.options.Artifacts {
		if beginning != "" && strings.HasPrefix(artifact, beginning) {
			return true
		}
	}
	return false
}

// isNew says whether a folder was made or used within the time of grace. Its change time tells, which no build can choose.
func (v *Volume) isNew(name string) bool {
	stat, err := v.own.Stat(name)
	return err == nil && v.system.now().Sub(time.Unix(stat.Ctim.Unix())) < artifactGrace
}

// ArtifactsKiB returns the disk usage of the artifacts.
func (v *Volume) ArtifactsKiB() int64 {
	counted, err := v.system.usage(filepath.Join(v.own.path, artifacts))
	if err != nil {
		v.say(fmt.Sprintf("the artifacts cannot be counted: %v", err))
	}
	return counted.kib
}

// discardArtifacts discards all artifacts: they are another volume's, of which a snapshot was restored.
func (v *Volume) discardArtifacts() error {
	entries, err := v.own.List(artifacts)
	if err != nil {
		return err
	}
	for _, each := range entries {
		if err := v.discard(artifacts + "/" + each.name); err != nil {
			return err
		}
	}
	return nil
}

// makeArtifacts makes the folder for artifacts.
func (v *Volume) makeArtifacts() error { return v.change.Mkdir(artifacts) }
