package daemon

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	controlapi "github.com/moby/buildkit/api/services/control"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc"

	"hearth.dev/agent/internal/protocol"
	"hearth.dev/agent/internal/volume"
)

// playedVariable names the folder of a played BuildKit: this test's program, started as the daemon.
const playedVariable = "HEARTH_TEST_BUILDKIT"

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(podVariable) != "":
		os.Exit(podMain(os.Getenv(podVariable)))
	case os.Getenv(entryVariable) != "":
		os.Exit(Enter(nil, os.Stderr))
	case os.Getenv(lookVariable) != "":
		os.Exit(look(os.Getenv(lookVariable)))
	case os.Getenv(playedVariable) != "":
		os.Exit(playBuildKit(os.Getenv(playedVariable), os.Args[1:]))
	}
	os.Exit(m.Run())
}

// playBuildKit does what the next line of the file plan in a folder says, or what the file trial does for a daemon that is
// only tried:
//
//	serve CODE     answers until SIGTERM, and ends with the code
//	stubborn       answers whatever signal comes
//	deaf           says through a pipe that it runs, and does not answer until SIGTERM
//	die CODE TEXT  says the text and ends with the code
func playBuildKit(folder string, arguments []string) int {
	options := map[string]string{}
	for _, argument := range arguments {
		name, value, _ := strings.Cut(argument, "=")
		options[name] = value
	}
	config, _ := os.ReadFile(options["--config"])
	var plan string
	if strings.HasSuffix(options["--root"], "/"+trialFolder) {
		plan = line(folder, "trial", 0)
	} else {
		plan = line(folder, "plan", lines(folder, "started"))
		note(folder, "started", strings.TrimSpace(string(config)))
	}
	words := strings.SplitN(plan, " ", 3)
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, unix.SIGTERM)
	switch words[0] {
	case "die":
		fmt.Println(words[2])
		return number(words[1])
	case "deaf":
		os.WriteFile(filepath.Join(folder, "runs"), nil, 0o644) // a pipe that the test reads
		<-ended
		return 1
	}
	os.WriteFile(filepath.Join(folder, "pid"), []byte(strconv.Itoa(os.Getpid())), 0o644)
	listener, err := net.Listen("unix", strings.TrimPrefix(options["--addr"], "unix://"))
	if err != nil {
		fmt.Println(err)
		return 3
	}
	server := grpc.NewServer()
	controlapi.RegisterControlServer(server, &playedAPI{folder: folder})
	go server.Serve(listener)
	<-ended
	if words[0] == "stubborn" {
		for {
			_ = unix.Pause()
		}
	}
	return number(words[1])
}

type playedAPI struct {
	controlapi.UnimplementedControlServer
	folder string
}

func (p *playedAPI) ListWorkers(context.Context, *controlapi.ListWorkersRequest) (*controlapi.ListWorkersResponse, error) {
	return &controlapi.ListWorkersResponse{}, nil
}

func (p *playedAPI) Prune(request *controlapi.PruneRequest, _ controlapi.Control_PruneServer) error {
	note(p.folder, "asked", fmt.Sprintf("prune all=%v most=%d", request.All, request.MaxUsedSpace))
	return nil
}

func (p *playedAPI) DiskUsage(context.Context, *controlapi.DiskUsageRequest) (*controlapi.DiskUsageResponse, error) {
	return &controlapi.DiskUsageResponse{Record: []*controlapi.UsageRecord{{ID: "a", Size: 3 << 10}, {ID: "b", Size: -1}, {ID: "c", Size: 4 << 10}}}, nil
}

func number(text string) int {
	number, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return number
}

func note(folder, name, text string) {
	file, err := os.OpenFile(filepath.Join(folder, name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	fmt.Fprintln(file, text)
}

func lines(folder, name string) int {
	content, _ := os.ReadFile(filepath.Join(folder, name))
	return strings.Count(string(content), "\n")
}

func line(folder, name string, index int) string {
	content, _ := os.ReadFile(filepath.Join(folder, name))
	scanner := bufio.NewScanner(strings.NewReader(string(content)))
	for range index + 1 {
		scanner.Scan()
	}
	return scanner.Text()
}

// playedVolume is a volume whose measures a test sets. It notes what it was asked to do.
type playedVolume struct {
	mu     sync.Mutex
	own    string
	done   []string
	faults []string // for each question
	full   bool
	swept  int // how often artifacts were
	// sweepFail is what sweeping artifacts returns.
	sweepFail error
	artifacts int64 // KiB
	roomy     bool
	spared    bool
	crowded   string
	sealFail  error
	sealing   chan struct{} // is closed once sealing began
	seal      chan struct{} // lets sealing end; nil if it may at once
	problem   *protocol.Problem
	begun     *protocol.Begun
}

func (v *playedVolume) did(what string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.done = append(v.done, what)
}

func (v *playedVolume) set(change func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	change()
}

func get[T any](v *playedVolume, value *T) T {
	v.mu.Lock()
	defer v.mu.Unlock()
	return *value
}

func (v *playedVolume) ArtifactsKiB() int64 { return get(v, &v.artifacts) }

func (v *playedVolume) SweepArtifacts() error {
	v.set(func() { v.swept++ })
	return get(v, &v.sweepFail)
}

func (v *playedVolume) Prepare() error             { v.did("prepare"); return nil }
func (v *playedVolume) Root() string               { return v.own + "/root" }
func (v *playedVolume) View() (volume.View, error) { return volume.View{}, nil }
func (v *playedVolume) Full() bool                 { return get(v, &v.full) }
func (v *playedVolume) Roomy() bool                { return get(v, &v.roomy) }
func (v *playedVolume) SizeKiB() int64             { return 4_000_000 }
func (v *playedVolume) Crowded() string            { return get(v, &v.crowded) }
func (v *playedVolume) Spared() bool               { return get(v, &v.spared) }
func (v *playedVolume) Begun() *protocol.Begun     { return get(v, &v.begun) }
func (v *playedVolume) Problem() *protocol.Problem { return get(v, &v.problem) }
func (v *playedVolume) Sweep() error               { v.did("sweep"); return nil }
func (v *playedVolume) Succeeded() error           { v.did("succeeded"); return nil }
func (v *playedVolume) EmptyTrash()                {}

func (v *playedVolume) Fault() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.faults) == 0 {
		return ""
	}
	fault := v.faults[0]
	v.faults = v.faults[1:]
	return fault
}

func (v *playedVolume) Spare(why string) { v.Note(protocol.ReasonStorageFull, why) }

func (v *playedVolume) Vacate(why string) error {
	v.did("vacate: " + why)
	v.set(func() { v.full = false })
	return nil
}

func (v *playedVolume) Relieve(why string) error {
	v.did("relieve: " + why)
	return nil
}

func (v *playedVolume) Renew(reason protocol.Reason, why string) error {
	v.did("renew: " + why)
	v.set(func() {
		v.problem = &protocol.Problem{Reason: reason, Note: why}
		v.begun = &protocol.Begun{Mode: protocol.SeedCold}
	})
	return nil
}

func (v *playedVolume) Note(reason protocol.Reason, text string) {
	v.did("note " + string(reason) + ": " + text)
	v.set(func() { v.problem = &protocol.Problem{Reason: reason, Note: text} })
}

func (v *playedVolume) Seal() error {
	v.did("seal")
	if v.seal != nil {
		close(v.sealing)
		<-v.seal
	}
	return v.sealFail
}

func (v *playedVolume) Discard(paths ...string) error {
	v.did("discard: " + strings.Join(paths, " "))
	for _, path := range paths {
		if err := os.RemoveAll(filepath.Join(v.own, path)); err != nil {
			return err
		}
	}
	return nil
}

func (v *playedVolume) Report(buildKitKiB *int64) protocol.DaemonReport {
	return protocol.DaemonReport{Version: protocol.Version, BuildKitKiB: buildKitKiB, Problem: v.Problem()}
}
