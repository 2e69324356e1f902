// Package protocol defines the documents that the operator and the agent exchange: what a container is asked to do, and
// what it reports. The operator has the same documents as Java records; tests of both sides read the files in testdata.
package protocol

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Version is the version of the documents. An agent refuses a request of another version: its image and the operator
// have to be of one release.
const Version = 1

// RequestVariable is the environment variable that holds the request of a container.
const RequestVariable = "HEARTH_REQUEST"

// Environment variables of a container that gets its request later than it starts.
const (
	// RequestFileVariable names the file with the requests of all such containers of the pod: a JSON object, or nothing yet.
	RequestFileVariable = "HEARTH_REQUEST_FILE"
	// RequestKeyVariable has the key of the container in that object.
	RequestKeyVariable = "HEARTH_REQUEST_KEY"
	// RequestWithinVariable has the number of seconds after which the container waits no longer for its request.
	RequestWithinVariable = "HEARTH_REQUEST_WITHIN"
)

// Paths inside of the containers of a build pod.
const (
	// Sockets is the folder that the daemon's container and the clients share.
	Sockets = "/var/lib/hearth/sockets"
	// BuildKitSocket is the socket of BuildKit's own API.
	BuildKitSocket = Sockets + "/buildkitd.sock"
	// ControlSocket is the socket on which the daemon's agent answers the agents of the solves.
	ControlSocket = Sockets + "/agent.sock"
	// Volumes is the folder below which each cache volume is mounted at the name of its claim.
	Volumes = "/var/lib/hearth/volumes"
	// View is where the daemon sees the folders of the cache that it may change.
	View = "/var/lib/hearth/view"
	// TerminationLog is the file whose content the kubelet copies into the status of the pod.
	TerminationLog = "/dev/termination-log"
)

// SeedMode says what a volume's state starts from.
type SeedMode string

const (
	// SeedOverlay reads a generation of another volume, which is mounted read-only.
	SeedOverlay SeedMode = "Overlay"
	// SeedRestore reads a generation that is on the volume itself, of its own claim or copied from another.
	SeedRestore SeedMode = "Restore"
	// SeedCold starts from nothing.
	SeedCold SeedMode = "Cold"
	// SeedOwn starts from the newest generation of the volume. It is only reported, never asked for.
	SeedOwn SeedMode = "Own"
)

// Reason is a reason that the operator knows for a problem with a cache.
type Reason string

const (
	// ReasonVolumeFull says that a build needs more space than its volume has.
	ReasonVolumeFull Reason = "VolumeFull"
	// ReasonStorageFull says that content of other volumes fills the storage below this volume.
	ReasonStorageFull Reason = "StorageFull"
	// ReasonCacheBroken says that the content of the volume was damaged.
	ReasonCacheBroken Reason = "CacheBroken"
	// ReasonSeedUnusable says that the seed could not be read.
	ReasonSeedUnusable Reason = "SeedUnusable"
	// ReasonImportFailed says that an exported cache could not be imported.
	ReasonImportFailed Reason = "ImportFailed"
	// ReasonDaemonKilled says that BuildKit was killed during a build.
	ReasonDaemonKilled Reason = "DaemonKilled"
	// ReasonNotSealed says that the state of the volume could not be sealed.
	ReasonNotSealed Reason = "NotSealed"
)

// Seed names the state that a volume starts from.
type Seed struct {
	// ID changes whenever the volume has to be filled again.
	ID   string   `json:"id"`
	Mode SeedMode `json:"mode"`
	// Claim is the claim of the volume that has the generation; empty for SeedCold.
	Claim string `json:"claim,omitempty"`
	// Generation is the number of the generation; 0 for SeedCold.
	Generation int `json:"generation,omitempty"`
}

// DaemonRequest asks for a BuildKit daemon on a cache volume.
type DaemonRequest struct {
	Version int `json:"version"`
	// Config is the content of buildkitd.toml.
	Config string `json:"config"`
	// Nested asks for a user namespace of the daemon's own, in which the kernel keeps read-only mounts read-only.
	Nested bool `json:"nested"`
	// Claim is the claim of the volume that the daemon writes.
	Claim string `json:"claim"`
	// ClaimKiB is the size that the claim requests, in KiB.
	ClaimKiB int64 `json:"claimKib"`
	// KeepMB is the size to which BuildKit's cache is pruned after the solves, in MB.
	KeepMB int64 `json:"keepMb"`
	Seed   Seed  `json:"seed"`
	// Seal is the number of the generation that is sealed once all steps have succeeded; 0 if none is.
	Seal int `json:"seal,omitempty"`
	// Fallback is the newest generation of the volume, for the case that its state is damaged; 0 if there is none.
	Fallback int `json:"fallback,omitempty"`
	// Keep has the numbers of the generations that are kept.
	Keep []int `json:"keep"`
	// Artifacts has the beginnings of the names of the artifacts that runs name; others are removed from the volume. If it is not
	// known which are named, it is nil, and none is removed.
	Artifacts []string `json:"artifacts,omitempty"`
	// Steps has the names of all solves of the pod.
	Steps []string `json:"steps"`
	// ReportBytes is the length that a report may have; 0 for no limit but the kubelet's.
	ReportBytes int `json:"reportBytes"`
}

// PreflightRequest asks for a BuildKit daemon on an empty volume, and for checks of what keeps it from the node.
type PreflightRequest struct {
	Version int    `json:"version"`
	Config  string `json:"config"`
	Nested  bool   `json:"nested"`
	Claim   string `json:"claim"`
	// Locked is a read-only mount that the daemon must not be able to make writable; empty if it can by design.
	Locked string `json:"locked,omitempty"`
}

// OwnRequest asks for a new volume to be given to a user.
type OwnRequest struct {
	Version int `json:"version"`
	// Folder is the path at which the volume is mounted.
	Folder string `json:"folder"`
	// User is the number of the user, and of the group.
	User int `json:"user"`
	// Folders has folders of the volume that are mounted by themselves, each after the one that it is in. They are made and given
	// to the user too: the kubelet would make them for root.
	Folders []string `json:"folders"`
}

// CopyRequest asks for a copy of a generation of another volume.
type CopyRequest struct {
	Version int    `json:"version"`
	Claim   string `json:"claim"`
	Seed    Seed   `json:"seed"`
	// LimitSeconds is the time that all of the copy may take.
	LimitSeconds int64 `json:"limitSeconds"`
}

// Import is a cache that a solve reads in addition to that of its daemon. One of its fields is set.
type Import struct {
	// Registry is a reference of an image.
	Registry string `json:"registry,omitempty"`
	// Folder is a folder with an exported cache.
	Folder string `json:"folder,omitempty"`
}

// Push says where the image of a solve is pushed, by its digest.
type Push struct {
	Repository string `json:"repository"`
	// Insecure allows plain HTTP.
	Insecure bool `json:"insecure,omitempty"`
}

// SolveRequest asks for one solve.
type SolveRequest struct {
	Version int `json:"version"`
	// Step is the name of the solve, which is also that of its container.
	Step string `json:"step"`
	// Options are those of BuildKit's frontend dockerfile.v0, such as context, filename, platform and target.
	Options map[string]string `json:"options"`
	// Imports is empty if there is nothing to import.
	Imports []Import `json:"imports,omitempty"`
	// Export is the folder to which the cache is exported; empty for none.
	Export string `json:"export,omitempty"`
	Push   *Push  `json:"push,omitempty"`
	// Artifacts is the folder in which the files of the target are left, in a folder that has the hexadecimal digits of their
	// digest as its name; empty if they are not wanted.
	Artifacts string `json:"artifacts,omitempty"`
	// LimitSeconds is the time limit of the solve, with all its attempts; 0 for none.
	LimitSeconds int64 `json:"limitSeconds,omitempty"`
	// ReportBytes is the length that a report may have; 0 for no limit but the kubelet's.
	ReportBytes int `json:"reportBytes"`
	// Skip says that the run has no use for this solve; then nothing else counts but the step.
	Skip bool `json:"skip,omitempty"`
}

// CodeTerminated is the exit code of a process that SIGTERM ends. The operator then waits for the state of the pod, which says
// who has ended it.
const CodeTerminated = 143

// Begun says what the state of a volume was started from.
type Begun struct {
	Mode SeedMode `json:"mode"`
	// Millis is how long that took.
	Millis int64 `json:"millis"`
}

// Sealed describes a generation that was sealed.
type Sealed struct {
	Generation int `json:"generation"`
	// KiB is what it added to the volume.
	KiB int64 `json:"kib"`
	// Exported says whether an exported cache belongs to it.
	Exported bool `json:"exported"`
	// Volumes has the claims of all volumes that hold its layers.
	Volumes []string `json:"volumes"`
	// Millis is how long sealing took.
	Millis int64 `json:"millis"`
}

// DaemonReport is what the daemon's container reports once the solves have ended.
type DaemonReport struct {
	Version int     `json:"version"`
	Begun   *Begun  `json:"begun,omitempty"`
	Sealed  *Sealed `json:"sealed,omitempty"`
	// UsedKiB is the disk usage of all files on the volume.
	UsedKiB int64 `json:"usedKib"`
	// ArtifactsKiB is that of the artifacts.
	ArtifactsKiB int64 `json:"artifactsKib"`
	// BuildKitKiB is the size that BuildKit counts; absent if it was not asked.
	BuildKitKiB *int64 `json:"buildkitKib,omitempty"`
	// CapacityKiB and FreeKiB are those of the file system.
	CapacityKiB int64    `json:"capacityKib"`
	FreeKiB     int64    `json:"freeKib"`
	Problem     *Problem `json:"problem,omitempty"`
}

// Problem is what was wrong with a cache, and what was done about it.
type Problem struct {
	Reason Reason `json:"reason"`
	// Note is one line of printable ASCII, of at most 400 characters for each problem.
	Note string `json:"note"`
}

// Files describes an artifact.
type Files struct {
	// Digest is "sha256:" and 64 hexadecimal digits.
	Digest string `json:"digest"`
	Count  int64  `json:"count"`
	KiB    int64  `json:"kib"`
}

// Warning is a rule of BuildKit's linter that a line of the Dockerfile breaks.
type Warning struct {
	Rule    string `json:"rule"`
	Message string `json:"message"`
	Line    int    `json:"line"`
}

// SolveReport is what a solve reports that has succeeded.
type SolveReport struct {
	Version int `json:"version"`
	// Digest is that of the pushed image.
	Digest string `json:"digest,omitempty"`
	// Cached and Executed count the build steps of the Dockerfile that a cache can hold.
	Cached   int `json:"cached"`
	Executed int `json:"executed"`
	// Restarted is the state that a second daemon of the pod started from; empty if the first daemon served the solve.
	Restarted SeedMode `json:"restarted,omitempty"`
	Problem   *Problem `json:"problem,omitempty"`
	Files     *Files   `json:"files,omitempty"`
	// Rebuilt has the first names of build steps that were executed.
	Rebuilt  []string  `json:"rebuilt,omitempty"`
	Warnings []Warning `json:"warnings,omitempty"`
}

// mostParts is the number of environment variables that hold one request. The kernel allows 128 KiB each.
const mostParts = 64

// Request returns the request in the environment of this container: the value of RequestVariable, and of those with the same name
// and the numbers from 2 on behind it.
func Request(environment func(string) string) string {
	var request strings.Builder
	request.WriteString(environment(RequestVariable))
	for i := 2; i <= mostParts; i++ {
		request.WriteString(environment(fmt.Sprintf("%s_%d", RequestVariable, i)))
	}
	return request.String()
}

// EncodeReport returns the document of a report, of at most a number of bytes: of a pod with many containers the kubelet keeps
// 12288 bytes of reports, divided by their number, and a report that was cut is none. Shorten leaves out what explains least,
// and returns false if nothing is left to leave out.
func EncodeReport(report any, limit int, shorten func(over int) bool) ([]byte, error) {
	if limit <= 0 || limit > MaxReport {
		limit = MaxReport
	}
	for {
		var document bytes.Buffer
		encoder := json.NewEncoder(&document)
		encoder.SetEscapeHTML(false) // six bytes for each < of a Dockerfile
		if err := encoder.Encode(report); err != nil {
			return nil, fmt.Errorf("encode the report: %w", err)
		}
		over := document.Len() - limit
		if over <= 0 {
			return document.Bytes(), nil
		}
		if !shorten(over) {
			return nil, fmt.Errorf("the report has %d bytes and may have %d", document.Len(), limit)
		}
	}
}

// Shorten shortens the note of a problem by at least a byte, and returns what is left of the problem: nil at its end.
func (p *Problem) Shorten(over int) *Problem {
	if p.Note == "" {
		return nil
	}
	return &Problem{p.Reason, p.Note[:max(0, len(p.Note)-max(1, over/2))]}
}

// ReadRequest reads a request, which must have the version of this agent and no unknown field.
func ReadRequest(document string, request any) error {
	var versioned struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal([]byte(document), &versioned); err != nil {
		return fmt.Errorf("read the request of this container: %w", err)
	}
	if versioned.Version != Version {
		return fmt.Errorf("the request has version %d and this agent reads version %d: the agent's image and the "+
			"operator must be of the same release", versioned.Version, Version)
	}
	decoder := json.NewDecoder(bytes.NewReader([]byte(document)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(request); err != nil {
		return fmt.Errorf("read the request of this container: %w", err)
	}
	return nil
}
