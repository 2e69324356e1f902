//go:build e2e

package e2e

import (
	"debug/elf"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
)

var (
	every = flag.Int("every", 20, "try one of so `many` states and points at which an agent is killed; 1 tries all")
	first = flag.Int("first", 0, "the `number` of the first one that is tried; by default another one each time")
)

// runtimes are the names by which BuildKit finds runc, in this order.
var runtimes = []string{"buildkit-runc", "runc"}

// requirePrograms returns an error if a program is missing that the tests start, or that one of these starts.
func requirePrograms() error {
	for _, name := range []string{"hearth-agent", "buildkitd", "git"} {
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Errorf("a program is missing: %w", err)
		}
	}
	for _, name := range runtimes {
		if _, err := exec.LookPath(name); err == nil {
			return nil
		}
	}
	return fmt.Errorf("a program is missing: one of %v", runtimes)
}

// shared is a folder that all containers see. Each has a folder /tmp of its own.
const shared = "/run"

// socketsFolder is the folder that all containers of a pod see as protocol.Sockets.
const socketsFolder = shared + "/sockets"

// The names under which this program starts itself.
const (
	sandboxStage   = "e2e-sandbox"
	containerStage = "e2e-container"
)

// A copy of this program that is to do something else ends with one of these.
const (
	roleStep    = "\nhearth-e2e:step\n"
	roleEvil    = "\nhearth-e2e:evil\n"
	roleAttack  = "\nhearth-e2e:atta\n"
	roleRefuses = "\nhearth-e2e:refu\n"
)

func TestMain(m *testing.M) {
	switch role() {
	case roleStep:
		os.Exit(runStep(os.Args[1:]))
	case roleEvil:
		beEvil()
		os.Exit(1)
	case roleAttack:
		attackAll()
		os.Exit(1)
	case roleRefuses:
		os.Exit(1)
	}
	switch os.Args[0] {
	case sandboxStage:
		fmt.Fprintln(os.Stderr, "cannot make a sandbox:", runSandboxStage())
		os.Exit(1)
	case containerStage:
		fmt.Fprintln(os.Stderr, "cannot enter the container:", runContainerStage(os.Args[1]))
		os.Exit(1)
	}
	flag.Parse()
	if *every < 1 {
		fmt.Fprintln(os.Stderr, "-every must be at least 1")
		os.Exit(2)
	}
	if err := requireStatic(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	inPod, err := inUserNamespace()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if !inPod {
		os.Exit(runSandbox())
	}
	if err := requirePrograms(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if *first < 1 {
		*first = 1 + rand.IntN(*every)
	}
	if err := os.Setenv("TMPDIR", shared); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("one of %d states and points is tried, from number %d on: repeat it with -every=%d -first=%d\n",
		*every, *first, *every, *first)
	os.Exit(m.Run())
}

// sampled says whether the state of a number is one of those that are tried.
func sampled(number, every int) bool {
	return number%every == *first%every
}

// role returns the role that this copy of the program ends with, or "".
func role() string {
	file, err := os.Open("/proc/self/exe")
	if err != nil {
		return ""
	}
	defer file.Close()
	end := make([]byte, len(roleStep))
	if _, err := file.Seek(-int64(len(end)), io.SeekEnd); err != nil {
		return ""
	}
	if _, err := io.ReadFull(file, end); err != nil {
		return ""
	}
	for _, known := range []string{roleStep, roleEvil, roleAttack, roleRefuses} {
		if string(end) == known {
			return known
		}
	}
	return ""
}

// disguised returns a copy of this program that has a role.
func disguised(role string) ([]byte, error) {
	program, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		return nil, fmt.Errorf("read this program: %w", err)
	}
	return append(program, role...), nil
}

// requireStatic returns an error if this program cannot be started in an image that has nothing else.
func requireStatic() error {
	file, err := elf.Open("/proc/self/exe")
	if err != nil {
		return fmt.Errorf("read this program: %w", err)
	}
	defer file.Close()
	for _, part := range file.Progs {
		if part.Type == elf.PT_INTERP {
			return errors.New("this program is not static: build it with CGO_ENABLED=0")
		}
	}
	return nil
}

// inUserNamespace says whether root of this process is another user of the machine, as in a pod.
func inUserNamespace() (bool, error) {
	content, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		return false, fmt.Errorf("read the users of this namespace: %w", err)
	}
	fields := strings.Fields(string(content))
	return len(fields) != 3 || fields[1] != "0", nil
}
