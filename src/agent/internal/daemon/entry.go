package daemon

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/protocol"
	"hearth.dev/agent/internal/volume"
)

// entryVariable is the environment variable that holds what is done before a daemon.
const entryVariable = "HEARTH_ENTRY"

// entryFailed begins the line that says why a daemon was not started.
const entryFailed = "hearth: cannot start BuildKit:"

// entryCode is the exit code if a daemon was not started.
const entryCode = 70

// entry is done by this program where the daemon will be, before it becomes the daemon: in its namespaces, with its rights.
type entry struct {
	// View is mounted at the path At, unless it has no folders.
	View volume.View `json:"view"`
	At   string      `json:"at"`
	// Command is the daemon's, the program first.
	Command []string `json:"command"`
}

// Enter does what the agent asks for in the environment and becomes the daemon. Check, if it is given, finds out before
// whether this node is fit for a daemon: what it returns is the exit code, if it is not 0. Enter returns only an exit code.
func Enter(check func(mounted error) int, said io.Writer) int {
	fail := func(err error) int {
		fmt.Fprintln(said, entryFailed, err)
		return entryCode
	}
	var asked entry
	if err := json.Unmarshal([]byte(os.Getenv(entryVariable)), &asked); err != nil {
		return fail(fmt.Errorf("read %s: %w", entryVariable, err))
	}
	if len(asked.Command) == 0 {
		return fail(errors.New("no command"))
	}
	if err := mountProcesses(); err != nil {
		return fail(err)
	}
	err := mountView(asked.View, asked.At)
	if check != nil {
		if code := check(err); code != 0 {
			return code
		}
	}
	if err != nil {
		return fail(err)
	}
	program, err := exec.LookPath(asked.Command[0])
	if err != nil {
		return fail(err)
	}
	return fail(unix.Exec(program, asked.Command, daemonEnvironment(os.Environ())))
}

// daemonEnvironment returns an environment without what is for the agent.
func daemonEnvironment(environment []string) []string {
	var kept []string
	for _, variable := range environment {
		name, _, _ := strings.Cut(variable, "=")
		if name != entryVariable && name != protocol.RequestVariable {
			kept = append(kept, variable)
		}
	}
	return kept
}

// mountProcesses shows the processes of this namespace where it has a first one of its own.
func mountProcesses() error {
	if os.Getpid() != 1 {
		return nil
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount the processes of this namespace: %w", err)
	}
	return nil
}

// mountView mounts the overlay of a view. Its folders are named by descriptors, because the options of a mount have to fit
// into a page of memory. With userxattr the files of a layer mean the same in every user namespace.
func mountView(view volume.View, at string) error {
	if len(view.Lower) == 0 {
		return nil
	}
	var descriptors []int
	defer func() {
		for _, descriptor := range descriptors {
			unix.Close(descriptor)
		}
	}()
	name := func(folder string) (string, error) {
		descriptor, err := unix.Open(folder, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err != nil {
			return "", fmt.Errorf("open the folder %s of the view: %w", folder, err)
		}
		descriptors = append(descriptors, descriptor)
		return "/proc/self/fd/" + strconv.Itoa(descriptor), nil
	}
	var names []string
	for _, folder := range append(append([]string{}, view.Lower...), view.Upper, view.Work) {
		short, err := name(folder)
		if err != nil {
			return err
		}
		names = append(names, short)
	}
	lower, upper, work := names[:len(view.Lower)], names[len(names)-2], names[len(names)-1]
	options := "userxattr,lowerdir=" + strings.Join(lower, ":") + ",upperdir=" + upper + ",workdir=" + work
	if err := unix.Mount("overlay", at, "overlay", 0, options); err != nil {
		return fmt.Errorf("mount the view of %d folders: %w", len(lower), err)
	}
	return nil
}
