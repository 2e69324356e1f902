package protocol

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

// TaskCacheRequest asks for the caches of a task: to restore them before the task, and to measure them after it.
//
// A state is what one pod left in one cache. It is named "key/work": the key says which cache it is, the work which pod.
// Both are 16 hexadecimal digits.
type TaskCacheRequest struct {
	Version int `json:"version"`
	// LimitSeconds is the time that one copy may take. A copy that fails may be tried once more.
	LimitSeconds int64       `json:"limitSeconds"`
	Caches       []TaskCache `json:"caches"`
	// Remove has the states to remove from the pod's own volume.
	Remove []string `json:"remove,omitempty"`
	// Known has the other states of that volume that the operator knows.
	Known []string `json:"known,omitempty"`
	// Artifacts says which artifacts stay on that volume. If it is absent, all do.
	Artifacts *KeptArtifacts `json:"artifacts,omitempty"`
}

// KeptArtifacts says which artifacts of tasks stay on a volume. Each is a folder of its own in a folder of its run; the names of both
// are 16 hexadecimal digits.
type KeptArtifacts struct {
	// Named has "run" for all artifacts of a run, and "run/attempt" for one of them.
	Named []string `json:"named"`
	// Since is a time in seconds since 1970. Folders that have changed at it or later stay.
	Since int64 `json:"since"`
}

// TaskCache is a cache that a task gets as the state Key/Work, which its pod alone writes.
type TaskCache struct {
	Key  string `json:"key"`
	Work string `json:"work"`
	// Source is the path of the folder from which the cache is copied; empty if it starts empty.
	Source string `json:"source,omitempty"`
}

// TaskCacheReport is what became of the caches of a task.
type TaskCacheReport struct {
	Version int `json:"version"`
	// Restored says how each cache was filled, by its key.
	Restored map[string]RestoredCache `json:"restored"`
	// Removed says whether all states are gone that had to be removed.
	Removed bool `json:"removed"`
	// Found has states on the volume that the request does not name, but no more than fit into a report.
	Found []string `json:"found"`
	// LeftKiB is the disk usage of each cache after the task, by its key. A cache is absent that could not be measured in
	// time.
	LeftKiB map[string]int64 `json:"leftKib,omitempty"`
	// Usage is absent if the volume could not be measured in time.
	Usage *VolumeUsage `json:"usage,omitempty"`
}

// RestoredCache says how a cache was filled.
type RestoredCache struct {
	// KiB is the disk usage of what was copied.
	KiB    int64 `json:"kib"`
	Millis int64 `json:"millis"`
	// Error says why the copy failed, so that the cache started empty: at most 100 letters, digits and spaces.
	Error string `json:"error,omitempty"`
}

// VolumeUsage is the disk usage of all that is on a volume, and the size of its file system.
type VolumeUsage struct {
	ContentKiB int64 `json:"contentKib"`
	// ArtifactsKiB is the part of the content that are artifacts of tasks.
	ArtifactsKiB int64 `json:"artifactsKib"`
	CapacityKiB  int64 `json:"capacityKib"`
	FreeKiB      int64 `json:"freeKib"`
}

// ReportKind says what the operator does with a report file.
type ReportKind string

const (
	// ReportJUnit is a file in the format of JUnit, whose tests are counted.
	ReportJUnit ReportKind = "junit"
	// ReportFiles is a file that is only kept.
	ReportFiles ReportKind = "files"
)

// CollectRequest asks for what a task leaves: its reports and the digest of its artifact.
type CollectRequest struct {
	Version int `json:"version"`
	// Reports are collected in this order, so that limits affect the later ones first.
	Reports []ReportPattern `json:"reports,omitempty"`
	// Artifact is the path of the artifact's folder; empty if the task has none.
	Artifact string `json:"artifact,omitempty"`
}

// ReportPattern names report files.
type ReportPattern struct {
	Kind ReportKind `json:"kind"`
	// Folder is the path of the folder that has all matching files.
	Folder string `json:"folder"`
	// Regex matches the bytes of a whole absolute path, in the common syntax of RE2 and POSIX extended expressions.
	Regex string `json:"regex"`
}

// CollectReport is what a task has left.
type CollectReport struct {
	Version int              `json:"version"`
	Reports CollectedReports `json:"reports"`
	// Artifact is absent if there is none, and as long as it has not been read.
	Artifact *Files `json:"artifact,omitempty"`
	// ArtifactMissing says that the folder does not exist or is empty.
	ArtifactMissing bool `json:"artifactMissing,omitempty"`
	// ArtifactUnreadable says that a part of it cannot be read, or that there is a link in its path.
	ArtifactUnreadable bool `json:"artifactUnreadable,omitempty"`
}

// CollectedReports counts report files.
type CollectedReports struct {
	// Files and KiB are the number and the size of those that were sent.
	Files int   `json:"files"`
	KiB   int64 `json:"kib"`
	// LeftOut is the number of those that were found and not sent.
	LeftOut int `json:"leftOut"`
}

// WriteReport puts a report in place of the content of a file. The file cannot be replaced, since it is a mount. So that a
// process killed in the middle leaves a whole report, the old one is overwritten, with spaces up to its end, before the file
// is cut.
func WriteReport(path string, report any) (err error) {
	document, err := json.Marshal(report)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	defer func() {
		if closed := file.Close(); err == nil && closed != nil {
			err = fmt.Errorf("write the report: %w", closed)
		}
	}()
	before, err := file.Stat()
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	length := len(document)
	if missing := min(before.Size(), MaxReport) - int64(length); missing > 0 {
		document = append(document, bytes.Repeat([]byte(" "), int(missing))...)
	}
	if _, err := file.WriteAt(document, 0); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := file.Truncate(int64(length)); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// MaxReport is the size of a report, in bytes, beyond which the kubelet cuts it off. Of a pod with more than three containers
// it keeps less of each.
const MaxReport = 4096
