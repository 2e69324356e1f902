package children

import (
	"errors"
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestEndedProcessesOfOthersAreCollected(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	start := func() int {
		child, err := syscall.ForkExec(program, []string{program, "-test.run=^$"}, &syscall.ProcAttr{Env: os.Environ()})
		if err != nil {
			t.Fatal(err)
		}
		if err := unix.Waitid(unix.P_PID, child, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
			t.Fatal(err)
		}
		return child
	}
	unknown, known := start(), start()
	owned := &Children{known: map[int]bool{known: true}}
	owned.collectEnded(os.Getpid())
	if _, err := unix.Wait4(unknown, nil, unix.WNOHANG, nil); !errors.Is(err, unix.ECHILD) {
		t.Errorf("a process that nobody waits for is left: %v", err)
	}
	if waited, err := unix.Wait4(known, nil, unix.WNOHANG, nil); waited != known || err != nil {
		t.Errorf("a process that somebody waits for was taken: %v", err)
	}
}

func TestZombies(t *testing.T) {
	for stat, want := range map[string]bool{
		"7 (runc) Z 1 7 7 0":      true,
		"7 (a) Z 1 (b) S 1 7 7 0": false,
		"7 (a) S 1) Z 1 7 7 0":    true,
		"7 (runc) S 1 7 7 0":      false,
		"7 (runc) Z 12 7 7 0":     false,
		"7 (runc) Z":              false,
		"":                        false,
	} {
		if got := isZombie(stat, 1); got != want {
			t.Errorf("%q: %v", stat, got)
		}
	}
}
