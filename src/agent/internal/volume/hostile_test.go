package volume

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/protocol"
)

// TestVolumeThatIsHostile puts words that a shell would run, and that lead out of the volume, wherever a word is read.
func TestVolumeThatIsHostile(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"1,;e touch ran;#", "a[$(touch ran)]", "PATH=7", "-t", "1\ntouch ran", "../../outside", "..", ".",
		"/etc", "\x00", strings.Repeat("a", 300), "1-\xff"} {
		t.Run(word, func(t *testing.T) {
			w := grown(t)
			outside := filepath.Join(filepath.Dir(w.volumes), "outside")
			write(t, filepath.Join(outside, "file"), "kept")
			for _, name := range []string{"sealing", "claim", "broken", "chain", "seeded", "origin", "generations/2/layers", "generations/2/chain"} {
				write(t, w.own("main", name), word+"\n")
			}
			for _, name := range []string{"layers", "generations", "volumes"} {
				if name := filepath.Join(w.own("main", name), word); !strings.Contains(word, "\x00") && len(word) < 255 {
					_ = os.MkdirAll(filepath.Join(name, "snapshots/1"), 0o755)
				}
			}
			delete(w.sealed["main"], 2) // which is damaged
			if isPlain(firstLine([]byte(word))) {
				delete(w.sealed["main"], 1) // it says that a snapshot of another volume was restored
			}
			v := w.prepared(w.options("main", 3, cold))
			w.seal(v, w.daemon(v).run(w.word("main")))
			v.EmptyTrash()
			v.Close()
			w.check()
			if content, err := os.ReadFile(filepath.Join(outside, "file")); err != nil || string(content) != "kept" {
				t.Fatalf("something outside of the volume has changed: %q, %v", content, err)
			}
			if entries, err := os.ReadDir(outside); err != nil || len(entries) != 1 {
				t.Fatalf("something outside of the volume is new: %v, %v", entries, err)
			}
		})
	}
}

// TestLinksAreNotFollowed replaces each folder of a volume by a link to one outside, as a daemon may at any time.
func TestLinksAreNotFollowed(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"root", "root/" + worker, "root/" + worker + "/snapshots", "root/" + snapshots, "root/" + worker + "/content",
		"root/" + blobs, "layers", "layers/1", "layers/1/snapshots", "layers/1/active", "generations", "generations/2", "generations/2/root",
		"volumes", "upper", "work", "exporting", "exporting/step", artifacts, artifacts + "/" + strings.Repeat("a", 64), "trash", "lock",
		"claim", "chain", "sealing", "broken", "seeded", "origin", "claim.new", "chain.new"} {
		t.Run(name, func(t *testing.T) {
			w := grown(t)
			at := w.own("main", name)
			if strings.HasPrefix(name, "layers/1") {
				found, _ := filepath.Glob(w.own("main", "layers/1-*"))
				at = found[0] + strings.TrimPrefix(name, "layers/1")
			}
			outside := filepath.Join(filepath.Dir(w.volumes), "outside")
			for _, file := range []string{"1/content", "snapshots/1/content", "layers/1-a/kib", "1/root/" + database, "chain", "layers"} {
				_ = os.MkdirAll(filepath.Dir(filepath.Join(outside, file)), 0o755)
				_ = os.WriteFile(filepath.Join(outside, file), []byte("kept"), 0o644)
			}
			before := listing(t, outside)
			if err := errors.Join(os.RemoveAll(at), os.MkdirAll(filepath.Dir(at), 0o755), os.Symlink(outside, at)); err != nil {
				t.Fatal(err)
			}
			v := w.prepared(w.options("main", 3, cold))
			// Once more, as it runs.
			if err := errors.Join(v.Discard(name), os.MkdirAll(filepath.Dir(at), 0o755), os.RemoveAll(at), os.Symlink(outside, at)); err != nil {
				t.Fatal(err)
			}
			_ = v.Fault()
			_ = v.Seal()
			_ = v.Sweep()
			_ = v.Vacate("it is full")
			_ = v.SweepArtifacts()
			v.EmptyTrash()
			v.Report(nil)
			v.Close()
			if after := listing(t, outside); !slices.Equal(before, after) {
				t.Fatalf("outside of the volume there were %v and are %v", before, after)
			}
			v = w.prepared(w.options("main", 4, cold))
			w.seal(v, w.daemon(v).run(w.word("main")))
			v.EmptyTrash()
			v.Close()
			if _, err := w.generation("main", 4); err != nil {
				t.Fatal(err)
			}
			if after := listing(t, outside); !slices.Equal(before, after) {
				t.Fatalf("outside of the volume there were %v and are %v", before, after)
			}
		})
	}
}

func listing(t *testing.T, folder string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(name string, each os.DirEntry, err error) error {
		var content []byte
		if err == nil && each.Type().IsRegular() {
			content, err = os.ReadFile(name)
		}
		found = append(found, name+"="+string(content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestOnlyPlainNamesAreSeen(t *testing.T) {
	w := newWorld(t, folderOf(t))
	names := []string{"1-0123abcd", "12", "hearth-app.x_y", "-rf", "a b", "a;b", "a,b", "$(a)", ".hidden", "é"}
	for _, name := range names {
		if err := os.MkdirAll(w.own("main", "layers", name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, w.own("main", "layers/file"), "")
	own, err := openFolder(w.own("main"))
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	found, err := folders(own, "layers")
	slices.Sort(found)
	if want := []string{"1-0123abcd", "12", "hearth-app.x_y"}; err != nil || !slices.Equal(found, want) {
		t.Fatalf("it sees %q: %v", found, err)
	}
}

func TestNamesThatLeadOutOfAFolder(t *testing.T) {
	parent := t.TempDir()
	write(t, filepath.Join(parent, "outside"), "kept")
	write(t, filepath.Join(parent, "in/file"), "")
	in, err := openFolder(filepath.Join(parent, "in"))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for _, name := range []string{"../outside", "/etc/passwd", "a/../../outside", "", "a//b", "./file"} {
		_, read := in.Read(name, 100)
		for i, err := range []error{
			read, in.Write(name, nil), in.Remove(name), in.Rename(name, "x"), in.Rename("file", name), in.Symlink("x", name),
			in.Link(name, "x"), in.Link("file", name), in.Copy(context.Background(), in.path, name), in.Mkdir(name), in.Chown(name, 1, 1),
		} {
			if err == nil {
				t.Errorf("change %d of %q is made", i, name)
			}
		}
	}
	if content, err := os.ReadFile(filepath.Join(parent, "outside")); err != nil || string(content) != "kept" {
		t.Fatalf("%q, %v", content, err)
	}
}

func TestPipesAreNotWaitedFor(t *testing.T) {
	in, err := openFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := unix.Mkfifo(filepath.Join(in.path, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Read("pipe", 1); err == nil {
		t.Error("it was read")
	}
	if err := in.Write("pipe", []byte("x")); err == nil {
		t.Error("it was written")
	}
}

func TestNumbers(t *testing.T) {
	for text, want := range map[string]int{"1": 1, "999999999": 999999999, "1000000000": 0, "0": 0, "-1": 0, "01": 0, "+1": 0, "1 ": 0, "": 0, "x": 0} {
		if got := number(text); got != want {
			t.Errorf("%q is %d", text, got)
		}
	}
}

func TestCopyTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ damage, said string }{
		{"rm -r generations/2", "generations/2/layers: no such file"},
		{"rm -r layers/1-*", "is gone"},
		{"echo 'other 1-a' >>generations/2/layers", "it needs layer 1-a of other"},
		{"echo '../x' >>generations/2/layers", "the list of its layers cannot be read"},
		{"rm generations/2/chain", "chain"},
		{"cd ..; rm -r main", "no such file"},
	} {
		t.Run(test.damage, func(t *testing.T) {
			w := grown(t)
			w.shell(t, "main", test.damage)
			if err := os.Mkdir(w.own("copy"), 0o755); err != nil {
				t.Fatal(err)
			}
			request := protocol.CopyRequest{Claim: "copy", Seed: seedFrom(protocol.SeedRestore, "main", 2), LimitSeconds: 60}
			said := ""
			if err := copySeed(t.Context(), request, w.volumes, func(sentence string) { said += sentence }, w.system); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(said, "generation 2 of main is not copied: ") || !strings.Contains(said, test.said) {
				t.Fatalf("it says %q", said)
			}
			if w.exists("copy", "volumes/main/generations/2") {
				t.Fatal("there is a generation")
			}
			v := w.prepared(w.options("copy", 0, request.Seed))
			defer v.Close()
			if v.Begun().Mode != protocol.SeedCold || v.Problem().Reason != protocol.ReasonSeedUnusable {
				t.Fatalf("it is begun from %s, and says %v", v.Begun().Mode, v.Problem())
			}
		})
	}
}

func TestCopyEndsInTime(t *testing.T) {
	w := grown(t)
	if err := os.Mkdir(w.own("copy"), 0o755); err != nil {
		t.Fatal(err)
	}
	request := protocol.CopyRequest{Claim: "copy", Seed: seedFrom(protocol.SeedRestore, "main", 2)}
	said := ""
	if err := Copy(t.Context(), request, w.volumes, func(sentence string) { said += sentence }); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(said, "it takes longer than 0s") {
		t.Fatalf("it says %q", said)
	}
	request.Claim = "../copy"
	if err := Copy(t.Context(), request, w.volumes, func(string) {}); err == nil {
		t.Fatal("a request for another folder is none")
	}
}

func TestCopyIsGivenToTheOwnerOfTheVolume(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root gives files to others")
	}
	w := grown(t)
	if err := errors.Join(os.Mkdir(w.own("copy"), 0o755), os.Chown(w.own("copy"), 65536, 65537)); err != nil {
		t.Fatal(err)
	}
	request := protocol.CopyRequest{Claim: "copy", Seed: seedFrom(protocol.SeedRestore, "main", 2), LimitSeconds: 60}
	if err := Copy(t.Context(), request, w.volumes, func(said string) { t.Error(said) }); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"lock", "volumes", "volumes/main", "volumes/main/layers", "volumes/main/generations", "volumes/main/generations/2"} {
		var stat unix.Stat_t
		if err := unix.Lstat(w.own("copy", name), &stat); err != nil || stat.Uid != 65536 || stat.Gid != 65537 {
			t.Errorf("%s belongs to %d:%d: %v", name, stat.Uid, stat.Gid, err)
		}
	}
}
