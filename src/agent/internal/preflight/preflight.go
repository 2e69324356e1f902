// Package preflight finds out what a cluster supports. Whether a node supports a form of isolation, it finds out by a daemon
// that needs all that a build can need of the node, by checks of what keeps that daemon from the node, and by the build of a
// small image.
package preflight

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"hearth.dev/agent/internal/daemon"
	"hearth.dev/agent/internal/protocol"
)

// codeImpossible is the exit code if the isolation is not possible on this node.
const codeImpossible = 71

const hostUsersIgnored = "root of the pod is root of the node: hostUsers was ignored"

// Run runs one daemon on an empty volume until the context ends. Options has the paths; the request and the number of rounds
// are set here. Returns the exit code.
func Run(ctx context.Context, request protocol.PreflightRequest, options daemon.Options) int {
	if request.Nested {
		users, err := os.ReadFile("/proc/self/uid_map")
		if err != nil || isNode(string(users)) {
			fmt.Fprintln(options.Output, hostUsersIgnored)
			return codeImpossible
		}
	}
	options.Rounds = 1
	options.Request = protocol.DaemonRequest{
		Version: request.Version, Config: request.Config, Nested: request.Nested, Claim: request.Claim,
		KeepMB: math.MaxInt64,
		Seed:   protocol.Seed{Mode: protocol.SeedCold},
	}
	return daemon.Run(ctx, options, &emptyVolume{own: options.Own})
}

// isNode says whether root of a namespace is root of the node, from the content of its uid_map.
func isNode(users string) bool {
	var inside, outside int64
	_, err := fmt.Sscan(users, &inside, &outside)
	return err != nil || outside == 0
}

// Paths of a daemon's container that a daemon must not be able to change.
var (
	// programs are executed by the agent, which is the same user of the kernel as the daemon, but outside of its namespace.
	programs = []string{"buildkitd", "buildkit-runc", "runc", "git", "rootlesskit", "newuidmap", "newgidmap"}
	// folders are where programs look for libraries and settings.
	folders = []string{"/", "/etc", "/lib", "/usr/lib"}
)

// Check stands before the daemon, to look around where it will be. Mounted is why its view could not be mounted. Returns the
// exit code of the daemon's container, or 0 if the daemon may start. It says on said why it may not.
func Check(view, locked string, mounted error, said io.Writer) int {
	impossible := func(why string) int {
		fmt.Fprintln(said, why)
		return codeImpossible
	}
	if mounted != nil {
		fmt.Fprintln(said, mounted)
		return impossible("an overlay cannot be mounted")
	}
	if information, err := os.Stat(filepath.Join(view, shown)); err != nil || !information.IsDir() {
		return impossible("an overlay cannot be mounted")
	}
	if locked == "" {
		return 0 // a daemon with all rights on the node
	}
	if makeWritable(locked) {
		return impossible("a read-only mount can be made writable")
	}
	makeWritable("/")
	if replaceable() {
		return impossible("the daemon can replace programs of its container, as its root file system can be written")
	}
	for _, folder := range folders {
		if writable(folder) {
			return impossible("the daemon can write into " + folder +
				" of its container, where programs look for libraries and settings")
		}
	}
	return 0
}

// replaceable says whether one of the programs could be replaced. Where it can, it is, by a copy of itself.
func replaceable() bool {
	var paths []string
	if self, err := os.Executable(); err == nil {
		paths = append(paths, self)
	}
	for _, folder := range filepath.SplitList(os.Getenv("PATH")) {
		for _, program := range programs {
			if path, err := filepath.EvalSymlinks(filepath.Join(folder, program)); err == nil {
				paths = append(paths, path)
			}
		}
	}
	for _, path := range paths {
		if replace(path) {
			return true
		}
	}
	return false
}

func replace(path string) bool {
	content, err := os.Open(path)
	if err != nil {
		return false
	}
	defer content.Close()
	information, err := content.Stat()
	if err != nil || !information.Mode().IsRegular() {
		return false
	}
	fresh := path + ".new"
	copied, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_EXCL, information.Mode().Perm())
	if err != nil {
		return false
	}
	_, err = copied.ReadFrom(content)
	if closed := copied.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(fresh, path)
	}
	if err != nil {
		os.Remove(fresh)
	}
	return err == nil
}

func writable(folder string) bool {
	path := strings.TrimSuffix(folder, "/") + "/.hearth-preflight"
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return false
	}
	file.Close()
	os.Remove(path)
	return true
}
