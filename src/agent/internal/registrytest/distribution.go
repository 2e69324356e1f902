package registrytest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"testing"
)

var listening = regexp.MustCompile(`listening on (127\.0\.0\.1:\d+)`)

// Distribution runs the registry of the distribution project, which many people have, until the test ends. It is empty, lets
// everybody in, and is skipped where it is not installed. It returns the host with its port.
func Distribution(t testing.TB, deletes bool) string {
	t.Helper()
	program, err := exec.LookPath("docker-registry")
	if err != nil {
		t.Skip("the program docker-registry, of Debian's package of that name, is not installed")
	}
	folder := t.TempDir()
	config := fmt.Sprintf("version: 0.1\nstorage: {filesystem: {rootdirectory: %s/storage}, delete: {enabled: %t}}\n"+
		"http: {addr: \"127.0.0.1:0\"}\n", folder, deletes)
	if err := os.WriteFile(folder+"/config.yml", []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, program, "serve", folder+"/config.yml")
	read, written := io.Pipe()
	command.Stdout, command.Stderr = written, written
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = command.Wait()
		_ = written.Close()
		close(ended)
	}()
	t.Cleanup(func() {
		cancel()
		_ = read.Close()
		<-ended
	})
	var log bytes.Buffer
	buffer := make([]byte, 4096)
	for {
		count, err := read.Read(buffer)
		log.Write(buffer[:count])
		if found := listening.FindSubmatch(log.Bytes()); found != nil {
			// It stops if nobody reads its log.
			go func() { _, _ = io.Copy(io.Discard, read) }()
			return string(found[1])
		}
		if err != nil {
			t.Fatalf("docker-registry has ended: %s", log.Bytes())
		}
	}
}
