package preflight

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Users finds out whether a pod has a user namespace, and whether it can write a volume in there. UserMap is the uid_map of
// this process. It says on said why not, and returns an exit code.
func Users(userMap, folder string, said io.Writer) int {
	// A runtime that does not know hostUsers ignores it.
	users, err := os.ReadFile(userMap)
	if err != nil || isNode(string(users)) {
		fmt.Fprintln(said, hostUsersIgnored)
		return codeFailed
	}
	if err := os.WriteFile(filepath.Join(folder, "file"), []byte("written\n"), 0o644); err != nil {
		fmt.Fprintln(said, err)
		return codeFailed
	}
	return 0
}
