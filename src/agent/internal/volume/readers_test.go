package volume

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/protocol"
)

// TestReadersDuringASeal has readers look at all that they see while the volume that they read is sealed and swept.
func TestReadersDuringASeal(t *testing.T) {
	t.Parallel()
	w := grown(t)
	type reader struct {
		daemon buildKit
		want   built
	}
	var readers []reader
	for i := range 4 {
		claim := fmt.Sprintf("pr-%d", i)
		v := w.prepared(w.options(claim, 0, seedFrom(protocol.SeedOverlay, "main", 1+i%2)))
		defer v.Close()
		daemon := w.daemon(v)
		readers = append(readers, reader{daemon, daemon.run(w.word(claim))})
	}
	stop := make(chan struct{})
	failed := make(chan error, len(readers))
	var reading, first sync.WaitGroup
	first.Add(len(readers))
	for _, each := range readers {
		reading.Go(func() {
			once := sync.OnceFunc(first.Done)
			defer once()
			for {
				got, err := each.daemon.whole()
				if err == nil && !reflect.DeepEqual(got, each.want) {
					err = fmt.Errorf("a reader has %v instead of %v", got, each.want)
				}
				if err != nil {
					failed <- err
					return
				}
				once()
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	first.Wait()
	for number := 3; number <= 8; number++ {
		w.run("main", number, cold) // of which some are folded
		w.check()
	}
	close(stop)
	reading.Wait()
	select {
	case err := <-failed:
		t.Fatal(err)
	default:
	}
}

// TestVolumeThatIsMadeAnew deletes a volume that others read and makes one of the same name, with the same numbers.
func TestVolumeThatIsMadeAnew(t *testing.T) {
	t.Parallel()
	w := grown(t)
	reads := w.options("pr", 0, seedFrom(protocol.SeedOverlay, "main", 2))
	v := w.prepared(reads)
	w.daemon(v).run("pr-1")
	if err := v.Succeeded(); err != nil {
		t.Fatal(err)
	}
	v.Close()
	if err := os.RemoveAll(w.own("main")); err != nil {
		t.Fatal(err)
	}
	delete(w.sealed, "main")
	w.run("main", 1, cold)
	w.run("main", 2, cold)

	v = w.open(reads)
	defer v.Close()
	if fault := v.Fault(); fault != "a layer that this state was made from is gone" {
		t.Fatalf("the state is said to be %q", fault)
	}
	if err := os.Remove(w.own("pr", "chain")); err != nil {
		t.Fatal(err)
	}
	found, _ := filepath.Glob(filepath.Join(v.Root(), snapshots, "*"))
	for _, link := range found {
		target, err := os.Readlink(link)
		if err != nil || !strings.HasPrefix(target, w.volumes) {
			continue
		}
		if content, err := os.ReadFile(filepath.Join(link, "content")); err == nil {
			t.Errorf("%s leads to %q", link, content)
		}
	}
	if err := v.Prepare(); err != nil {
		t.Fatal(err)
	}
	if v.Problem() == nil || v.Problem().Reason != protocol.ReasonCacheBroken {
		t.Fatalf("it says %v", v.Problem())
	}
	w.state(v)
}

// TestSweepBesideAnIdleDaemon sweeps while BuildKit removes links of what it has pruned.
func TestSweepBesideAnIdleDaemon(t *testing.T) {
	t.Parallel()
	w := grown(t)
	v := w.prepared(w.options("main", 3, cold))
	defer v.Close()
	daemon := w.daemon(v)
	state := w.state(v)
	pruned := slices.Sorted(maps.Keys(state.Committed))
	done := make(chan error, 1)
	go func() {
		for _, id := range pruned {
			if err := os.RemoveAll(daemon.path(snapshots, id)); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for range 20 {
		if err := v.Sweep(); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	state.Committed = map[string]string{}
	daemon.save(state)
	if err := v.Sweep(); err != nil {
		t.Fatal(err)
	}
	v.EmptyTrash()
	w.check()
	w.state(v)
}

// TestFoldByTheKernel folds what the kernel shows, and finds what a played overlay does.
func TestFoldByTheKernel(t *testing.T) {
	lower := t.TempDir()
	write(t, filepath.Join(lower, "a/file"), "a")
	write(t, filepath.Join(lower, "b/file"), "b")
	at, unmount, err := overlays{}.Mount([]string{filepath.Join(lower, "a"), filepath.Join(lower, "b")})
	if err != nil {
		t.Skipf("overlays cannot be mounted here: %v", err)
	}
	if err := unmount(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(at); err == nil {
		t.Fatalf("%s is left", at)
	}
	w := grown(t)
	w.system.mounts = overlays{}
	made := w.run("main", 3, cold)
	w.check()
	folded, _ := filepath.Glob(w.own("main", "layers/3-*/folded"))
	if len(folded) != 1 {
		t.Fatalf("%v was folded", folded)
	}
	for id, lines := range made.Active {
		if strings.Count(lines, "\n") == 1 {
			continue // nothing was removed from it yet
		}
		if _, err := os.Lstat(filepath.Join(folded[0], id, "old")); err == nil {
			t.Fatal("what was removed is there again")
		}
	}
	w.audit("main")
}

func TestCopyKeepsAllOfATree(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	write(t, filepath.Join(from, "tree/folder/file"), "content")
	write(t, filepath.Join(from, "tree/readonly/file"), "content")
	at := func(name string) string { return filepath.Join(from, "tree", name) }
	for _, err := range []error{
		os.Link(at("folder/file"), at("second")), os.Symlink("../nowhere", at("link")), os.Symlink(at("folder"), at("absolute")),
		unix.Mkfifo(at("pipe"), 0o640), os.Chmod(at("readonly"), 0o555), os.Chmod(at("folder"), 0o1777),
		os.Chmod(at("folder/file"), 0o4755), os.WriteFile(at("holes"), []byte("begin"), 0o600), os.Truncate(at("holes"), 1<<30),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	compared := []string{"", "folder", "folder/file", "readonly", "readonly/file", "second", "link", "absolute", "pipe", "holes"}
	if os.Geteuid() == 0 {
		compared = append(compared, "gone")
		if err := unix.Mknod(at("gone"), unix.S_IFCHR, 0); err != nil {
			t.Fatal(err)
		}
		for _, name := range compared {
			if err := os.Lchown(at(name), 65536, 4294967294); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(at("folder/file"), 0o4755); err != nil { // a new owner takes it away
			t.Fatal(err)
		}
		if err := unix.Lsetxattr(at("link"), "trusted.overlay.origin", []byte("x"), 0); err == nil {
			if err := unix.Setxattr(at("folder"), "trusted.overlay.opaque", []byte("y"), 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, name := range []string{"folder", "folder/file"} {
		if err := unix.Setxattr(at(name), "user.overlay.opaque", []byte("y"), 0); err != nil {
			t.Skipf("files have no attributes here: %v", err)
		}
	}
	target, err := openFolder(to)
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	if err := target.Copy(t.Context(), at(""), "copy"); err != nil {
		t.Fatal(err)
	}
	for _, name := range compared {
		want, got := attributesOf(t, at(name)), attributesOf(t, filepath.Join(to, "copy", name))
		if want != got {
			t.Errorf("%q has\n%s instead of\n%s", name, got, want)
		}
	}
	var first, second unix.Stat_t
	_, _ = unix.Lstat(filepath.Join(to, "copy/second"), &second), unix.Lstat(filepath.Join(to, "copy/folder/file"), &first)
	if first.Ino != second.Ino || first.Nlink != 2 {
		t.Error("a file of two names is two files")
	}
	var holes unix.Stat_t
	if err := unix.Lstat(filepath.Join(to, "copy/holes"), &holes); err != nil || holes.Blocks > 2048 {
		t.Errorf("holes are filled: %d blocks, %v", holes.Blocks, err)
	}
	if err := target.Copy(t.Context(), at(""), "copy"); err == nil {
		t.Error("a copy was made over another")
	}
}

// attributesOf describes a file without what differs between a file and its copy.
func attributesOf(t *testing.T, name string) string {
	t.Helper()
	var stat unix.Stat_t
	if err := unix.Lstat(name, &stat); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("mode %o owner %d:%d device %d written %v", stat.Mode, stat.Uid, stat.Gid, stat.Rdev, stat.Mtim)
	buffer := make([]byte, 4096)
	n, _ := unix.Llistxattr(name, buffer)
	keys := strings.Split(string(buffer[:max(n, 0)]), "\x00")
	slices.Sort(keys)
	for _, key := range keys {
		value := make([]byte, 256)
		if n, err := unix.Lgetxattr(name, key, value); key != "" && err == nil {
			text += fmt.Sprintf(" %s=%q", key, value[:n])
		}
	}
	switch stat.Mode & unix.S_IFMT {
	case unix.S_IFLNK:
		target, _ := os.Readlink(name)
		text += " to " + target
	case unix.S_IFREG:
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		n, _ := file.Read(buffer)
		text += fmt.Sprintf(" size %d begins %q", stat.Size, strings.TrimRight(string(buffer[:n]), "\x00"))
	}
	return text
}
