package layer

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

const limit = 1 << 20

// treeOf returns the type, the mode and the content of all that is below a folder, by its path.
func treeOf(t testing.TB, folder string) map[string]string {
	t.Helper()
	tree := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == folder {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		what := info.Mode().String()
		switch {
		case info.Mode().IsRegular():
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			what += " " + string(content)
		case info.Mode()&os.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			what += " -> " + target
		}
		name, err := filepath.Rel(folder, path)
		tree[name] = what
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func packFolder(t testing.TB, folder string) (Layer, []byte) {
	t.Helper()
	var file bytes.Buffer
	packed, err := Pack(t.Context(), folder, &file, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	return packed, file.Bytes()
}

func unpackTo(t testing.TB, parent string, layer io.Reader) error {
	t.Helper()
	root, err := os.OpenRoot(parent)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	return Unpack(layer, root, "new", limit)
}

func write(t testing.TB, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// node is what a random tree has at a path.
type node struct {
	kind, content string
	mode          os.FileMode
}

func (n node) make(t testing.TB, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	var err error
	switch n.kind {
	case "file":
		write(t, path, n.content, n.mode)
	case "folder":
		if err = os.Mkdir(path, 0o700); err == nil {
			err = os.Chmod(path, n.mode|0o700)
		}
	case "link":
		err = os.Symlink(fmt.Sprintf("../ü/%x", n.content), path)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Equal files give equal layers. The order and time of their creation change nothing, and unpacking restores the files.
func TestRandomTrees(t *testing.T) {
	part := rapid.SampledFrom([]string{"a", "b", "ä ö", "-x", "new\nline", "back\\slash", strings.Repeat("c", 120), "日本", "..z"})
	path := rapid.Map(rapid.SliceOfN(part, 1, 3), func(parts []string) string { return strings.Join(parts, "/") + "." })
	nodes := rapid.Custom(func(t *rapid.T) node {
		return node{
			kind:    rapid.SampledFrom([]string{"file", "folder", "link"}).Draw(t, "kind"),
			content: rapid.StringN(0, 300, -1).Draw(t, "content"),
			mode: rapid.SampledFrom([]os.FileMode{
				0o644, 0o755, 0o600, 0o444, 0o500, 0o755 | os.ModeSetuid, 0o777 | os.ModeSticky, 0o750 | os.ModeSetgid,
			}).Draw(t, "mode"),
		}
	})
	base, number := t.TempDir(), 0
	rapid.Check(t, func(rt *rapid.T) {
		tree := rapid.MapOfN(path, nodes, 0, 8).Draw(rt, "tree")
		number++
		folder := filepath.Join(base, fmt.Sprint(number))
		var layers []Layer
		var files [][]byte
		for i, age := range []time.Duration{0, 1000 * time.Hour} {
			one := filepath.Join(folder, fmt.Sprint(i))
			if err := os.MkdirAll(one, 0o755); err != nil {
				rt.Fatal(err)
			}
			paths := make([]string, 0, len(tree))
			for path := range tree { // in any order
				paths = append(paths, path)
			}
			for _, path := range paths {
				tree[path].make(t, filepath.Join(one, path))
				if tree[path].kind != "link" {
					when := time.Now().Add(-age)
					if err := os.Chtimes(filepath.Join(one, path), when, when); err != nil {
						rt.Fatal(err)
					}
				}
			}
			packed, file := packFolder(t, one)
			layers, files = append(layers, packed), append(files, file)
		}
		if layers[0] != layers[1] || !bytes.Equal(files[0], files[1]) {
			rt.Fatalf("the same files are %v and %v", layers[0], layers[1])
		}
		if got := fmt.Sprintf("sha256:%x", sha256.Sum256(files[0])); got != layers[0].Digest || int64(len(files[0])) != layers[0].Size {
			rt.Fatalf("the layer is %s with %d bytes, and called %v", got, len(files[0]), layers[0])
		}
		if err := unpackTo(t, folder, iotest.HalfReader(bytes.NewReader(files[0]))); err != nil {
			rt.Fatal(err)
		}
		got, want := treeOf(t, folder+"/new"), treeOf(t, folder+"/0")
		if fmt.Sprint(got) != fmt.Sprint(want) {
			rt.Fatalf("unpacked are %q, packed were %q", got, want)
		}
	})
}

// Digests of artifacts must not change without notice: a pipeline would do its steps again.
func TestLayerOfAKnownFolder(t *testing.T) {
	defer unix.Umask(unix.Umask(0o022))
	folder := t.TempDir()
	write(t, folder+"/bin/run", "#!/bin/sh\n", 0o755)
	write(t, folder+"/"+strings.Repeat("long/", 40)+"ä", "x", 0o600)
	write(t, folder+"/"+strings.Repeat("l", 90)+"/"+strings.Repeat("name", 20), "y", 0o644)
	if err := os.Symlink("bin/run", folder+"/run"); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(folder+"/bin", 0o750); err != nil {
		t.Fatal(err)
	}
	packed, _ := packFolder(t, folder)
	want := "sha256:06579a8038cf217d082b7eb8df21a6974c7b03e5c60d9a66826f74d68e2d07b3"
	if packed.DiffID != want {
		t.Errorf("the archive is %s, want %s", packed.DiffID, want)
	}
}

func TestHeaders(t *testing.T) {
	folder := t.TempDir()
	write(t, folder+"/file", "x", 0o640)
	if err := os.Link(folder+"/file", folder+"/name"); err != nil {
		t.Fatal(err)
	}
	_, file := packFolder(t, folder)
	compressed, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewReader(compressed)
	for _, name := range []string{"file", "name"} {
		header, err := archive.Next()
		if err != nil {
			t.Fatal(err)
		}
		if header.Name != name || header.Typeflag != tar.TypeReg || header.Size != 1 || header.Mode != 0o640 {
			t.Errorf("the entry is %+v", header)
		}
		if header.Uid != 1000 || header.Gid != 1000 || header.Uname != "" || header.Gname != "" || header.ModTime.Unix() != 0 {
			t.Errorf("the entry belongs to %d:%d since %v", header.Uid, header.Gid, header.ModTime)
		}
	}
	if _, err := archive.Next(); err != io.EOF {
		t.Errorf("after the entries there is %v", err)
	}
}

func TestOtherModesAreOtherLayers(t *testing.T) {
	folder := t.TempDir()
	write(t, folder+"/file", "x", 0o644)
	before, _ := packFolder(t, folder)
	write(t, folder+"/file", "x", 0o755)
	if after, _ := packFolder(t, folder); after.Digest == before.Digest {
		t.Error("another mode is the same layer")
	}
}

func TestPackRefuses(t *testing.T) {
	for want, make := range map[string]func(folder string) error{
		"the artifact's file run/pipe is a device, a FIFO or a socket": func(folder string) error {
			if err := os.Mkdir(folder+"/run", 0o755); err != nil {
				return err
			}
			return unix.Mkfifo(folder+"/run/pipe", 0o600)
		},
		"the artifact's file .wh.passwd cannot be in an image": func(folder string) error {
			return os.WriteFile(folder+"/.wh.passwd", nil, 0o600)
		},
		"the artifact's file caf? has a name or link target that is not UTF-8": func(folder string) error {
			return os.WriteFile(folder+"/caf\xe9", nil, 0o600)
		},
		"the artifact's file link has a name or link target that is not UTF-8": func(folder string) error {
			return os.Symlink("caf\xe9", folder+"/link")
		},
		"has a path of 4096 bytes or more": func(folder string) error {
			root, err := os.OpenRoot(folder)
			if err != nil {
				return err
			}
			defer func() { _ = root.Close() }()
			return root.MkdirAll(strings.Repeat("deep/", 820), 0o755)
		},
		"the artifact is not a folder: its step has to create one at artifact.path": func(folder string) error {
			if err := os.Remove(folder); err != nil {
				return err
			}
			return os.WriteFile(folder, nil, 0o600)
		},
	} {
		folder := filepath.Join(t.TempDir(), "artifact")
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := make(folder); err != nil {
			t.Fatal(err)
		}
		_, err := Pack(t.Context(), folder, io.Discard, 1<<30)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want %q", err, want)
		}
	}
	if _, err := Pack(t.Context(), t.TempDir()+"/none", io.Discard, 1<<30); err == nil || !strings.Contains(err.Error(), "is not a folder") {
		t.Errorf("what is not there is packed: %v", err)
	}
}

// A program that is left over may change what is packed.
func TestPackRefusesFilesThatChange(t *testing.T) {
	for want, change := range map[string]func(path string) error{
		"was changed":  func(path string) error { return os.WriteFile(path, make([]byte, 2_000_000), 0o600) },
		"was replaced": func(path string) error { return errors.Join(os.Remove(path), unix.Mkfifo(path, 0o600)) },
		"no such file": os.Remove,
	} {
		folder := t.TempDir()
		for _, name := range []string{"a", "b"} {
			write(t, filepath.Join(folder, name), strings.Repeat("x", 1_000_000), 0o644)
		}
		p := &packer{
			ctx: t.Context(), archive: tar.NewWriter(io.Discard), bounded: &boundedWriter{left: 1 << 30},
			buffer: make([]byte, buffered),
		}
		root, err := os.OpenRoot(folder)
		if err != nil {
			t.Fatal(err)
		}
		seen, err := root.Lstat("b")
		if err != nil {
			t.Fatal(err)
		}
		if want == "was changed" {
			p.archive = tar.NewWriter(writerFunc(func(part []byte) (int, error) {
				return len(part), change(folder + "/b")
			}))
		} else if err := change(folder + "/b"); err != nil {
			t.Fatal(err)
		}
		err = p.file(root, "b", "b", seen)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want %q", err, want)
		}
		_ = root.Close()
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(part []byte) (int, error) { return f(part) }

func TestPackEndsWithItsContext(t *testing.T) {
	folder := t.TempDir()
	write(t, folder+"/file", "x", 0o644)
	ctx, cancel := context.WithTimeout(t.Context(), -time.Second)
	defer cancel()
	if _, err := Pack(ctx, folder, io.Discard, 1<<30); err == nil || !strings.Contains(err.Error(), "was not packed within its time limit") {
		t.Errorf("the error is %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	if _, err := Pack(ctx, folder, io.Discard, 1<<30); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

func TestPackFailsWhereItCannotWrite(t *testing.T) {
	folder := t.TempDir()
	write(t, folder+"/file", "x", 0o644)
	_, err := Pack(t.Context(), folder, writerFunc(func([]byte) (int, error) { return 0, unix.ENOSPC }), 1<<30)
	if !errors.Is(err, unix.ENOSPC) {
		t.Errorf("the error is %v", err)
	}
}

// archive returns a layer that no packer of Hearth's has made.
func archive(t testing.TB, headers ...tar.Header) []byte {
	t.Helper()
	var file bytes.Buffer
	compressed := gzip.NewWriter(&file)
	archive := tar.NewWriter(compressed)
	for _, header := range headers {
		content := ""
		if header.Typeflag == tar.TypeReg {
			content = "stolen"
			header.Size = int64(len(content))
		}
		if header.Mode == 0 && header.Typeflag != tar.TypeXGlobalHeader {
			header.Mode = 0o755
		}
		if err := archive.WriteHeader(&header); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(archive, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(archive.Close(), compressed.Close()); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func file(name string) tar.Header     { return tar.Header{Typeflag: tar.TypeReg, Name: name} }
func folderAt(name string) tar.Header { return tar.Header{Typeflag: tar.TypeDir, Name: name} }
func link(name, target string) tar.Header {
	return tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target}
}

func TestUnpackRefuses(t *testing.T) {
	const outside, through, twice = "leads out of the folder", "goes through a file or a link", "is there twice"
	const kind, name = "is not a file, folder or symbolic link", "has a name that is not allowed in an artifact"
	for _, c := range []struct {
		want    string
		headers []tar.Header
	}{
		{outside, []tar.Header{file("../outside/precious")}},
		{outside, []tar.Header{file("a/../../outside/precious")}},
		{outside, []tar.Header{file("/precious")}},
		{outside, []tar.Header{file("./../outside/precious")}},
		{outside, []tar.Header{file("..")}},
		{outside, []tar.Header{folderAt("../new2")}},
		{outside, []tar.Header{link("../link", "x")}},
		{through, []tar.Header{link("link", "../outside"), file("link/precious")}},
		{through, []tar.Header{link("link", "/tmp"), file("link/precious")}},
		{through, []tar.Header{link("link", "../outside"), folderAt("link/inner")}},
		{through, []tar.Header{link("link", "."), link("link/inner", "x")}},
		{through, []tar.Header{folderAt("a"), link("a/b", "../.."), file("a/b/c/outside/precious")}},
		{through, []tar.Header{file("file"), file("file/inner")}},
		{twice, []tar.Header{link("link", "../outside/precious"), file("link")}},
		{twice, []tar.Header{link("link", "../outside"), folderAt("link/")}},
		{twice, []tar.Header{file("file"), file("file")}},
		{twice, []tar.Header{file("file"), folderAt("file")}},
		{twice, []tar.Header{folderAt("folder"), file("folder")}},
		{twice, []tar.Header{folderAt("folder"), link("folder", "x")}},
		{kind, []tar.Header{{Typeflag: tar.TypeLink, Name: "name", Linkname: "../outside/precious"}}},
		{kind, []tar.Header{{Typeflag: tar.TypeChar, Name: "node"}}},
		{kind, []tar.Header{{Typeflag: tar.TypeBlock, Name: "node"}}},
		{kind, []tar.Header{{Typeflag: tar.TypeFifo, Name: "node"}}},
		{kind, []tar.Header{{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"path": "x"}}}},
		{name, []tar.Header{file(".wh.passwd")}},
		{name, []tar.Header{folderAt("a/.wh..wh..opq")}},
		{name, []tar.Header{file(".")}},
		{name, []tar.Header{link("a/..", "x")}},
		{name, []tar.Header{file("caf\xe9")}},
		{name, []tar.Header{file(strings.Repeat("a/", 2048) + "b")}},
		{"has a target that is not allowed", []tar.Header{link("link", "caf\xe9")}},
		{"has a target that is not allowed", []tar.Header{link("link", "")}},
	} {
		for i := range c.headers {
			if c.headers[i].Typeflag != tar.TypeXGlobalHeader {
				c.headers[i].Format = tar.FormatGNU // which takes any name
			}
		}
		refusesToUnpack(t, archive(t, c.headers...), c.want)
	}
}

// refusesToUnpack checks that nothing was written beside the new folder.
func refusesToUnpack(t *testing.T, layer []byte, want string) {
	t.Helper()
	parent := t.TempDir()
	write(t, parent+"/outside/precious", "kept", 0o644)
	err := unpackTo(t, parent, bytes.NewReader(layer))
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %v, want %q", err, want)
	}
	assertOnlyNew(t, parent)
}

func assertOnlyNew(t testing.TB, parent string) {
	t.Helper()
	for path, what := range treeOf(t, parent) {
		inside := path == "new" || strings.HasPrefix(path, "new/")
		if !inside && path != "outside" && (path != "outside/precious" || what != "-rw-r--r-- kept") {
			t.Errorf("there is %s: %s", path, what)
		}
	}
}

// A hole costs nothing to send.
func TestUnpackRefusesSparseFiles(t *testing.T) {
	records := "30 GNU.sparse.size=2000000000\n" + "26 GNU.sparse.numblocks=1\n" + "31 GNU.sparse.map=1999999999,1\n"
	var file bytes.Buffer
	compressed := gzip.NewWriter(&file)
	for _, part := range []struct {
		flag    byte
		content string
	}{{tar.TypeXHeader, records}, {tar.TypeReg, "x"}} {
		header := make([]byte, 512)
		copy(header, "hole")
		copy(header[100:], "0000644\x000000000\x000000000\x00"+fmt.Sprintf("%011o\x00", len(part.content))+"00000000000\x00        ")
		header[156] = part.flag
		copy(header[257:], "ustar\x0000")
		sum := 0
		for _, b := range header {
			sum += int(b)
		}
		copy(header[148:], fmt.Sprintf("%06o\x00 ", sum))
		content := make([]byte, 512)
		copy(content, part.content)
		_, _ = compressed.Write(append(header, content...))
	}
	_, _ = compressed.Write(make([]byte, 1024))
	_ = compressed.Close()
	refusesToUnpack(t, file.Bytes(), "is a sparse file")
}

func TestUnpackRefusesBombs(t *testing.T) {
	folder := t.TempDir()
	write(t, folder+"/zeros", string(make([]byte, 2*limit)), 0o644)
	_, bomb := packFolder(t, folder)
	if len(bomb) > limit/10 {
		t.Fatalf("the layer has %d bytes", len(bomb))
	}
	refusesToUnpack(t, bomb, "the artifact is larger than 1048576 bytes: make it smaller, or let an admin raise hearth.artifacts.size")
}

// A file counts once for each of its names, and its holes count.
func TestLimitOfPack(t *testing.T) {
	for name, fill := range map[string]func(folder string) error{
		"hard links": func(folder string) error {
			if err := os.WriteFile(folder+"/file", make([]byte, limit/2), 0o600); err != nil {
				return err
			}
			return errors.Join(os.Link(folder+"/file", folder+"/link"), os.Link(folder+"/file", folder+"/other"))
		},
		"a hole": func(folder string) error {
			return errors.Join(os.WriteFile(folder+"/file", nil, 0o600), os.Truncate(folder+"/file", 1<<40))
		},
		"headers": func(folder string) error {
			var failed error
			for i := range limit / 512 {
				failed = errors.Join(failed, os.WriteFile(fmt.Sprintf("%s/%d", folder, i), nil, 0o600))
			}
			return failed
		},
	} {
		folder := t.TempDir()
		if err := fill(folder); err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		_, err := Pack(t.Context(), folder, &file, limit)
		if want := TooLarge(limit).Error(); err == nil || err.Error() != want || file.Len() > limit {
			t.Errorf("%s: %v and %d bytes, want %s", name, err, file.Len(), want)
		}
	}
	folder := t.TempDir()
	write(t, folder+"/file", "x", 0o644)
	for most, fits := range map[int64]bool{0: false, 2047: false, 2048: true} {
		if _, err := Pack(t.Context(), folder, io.Discard, most); (err == nil) != fits {
			t.Errorf("with %d bytes: %v", most, err)
		}
	}
}

// One name can have thousands of folders.
func TestUnpackCountsFoldersThatHaveNoEntry(t *testing.T) {
	file := archive(t, tar.Header{Typeflag: tar.TypeReg, Name: strings.Repeat("a/", 100) + "file"})
	for most, fits := range map[int]bool{99: false, 100: true} {
		root, err := os.OpenRoot(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if err := unpack(bytes.NewReader(file), root, "new", limit, most); (err == nil) != fits {
			t.Errorf("with %d: %v", most, err)
		}
		_ = root.Close()
	}
}

// The limit includes the headers, and allows as much.
func TestLimitOfUnpack(t *testing.T) {
	folder := t.TempDir()
	write(t, folder+"/file", "x", 0o644)
	_, file := packFolder(t, folder)
	for most, fits := range map[int64]bool{0: false, 2047: false, 2048: true, 1 << 40: true} {
		root, err := os.OpenRoot(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if err := Unpack(bytes.NewReader(file), root, "new", most); (err == nil) != fits {
			t.Errorf("with %d bytes: %v", most, err)
		}
		_ = root.Close()
	}
}

// Two million files take long to make, so the tests have a lower limit.
func TestTooManyFiles(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"/a/b", "/a/c", "/d"} {
		write(t, folder+name, "x", 0o644)
	}
	_, file := packFolder(t, folder)
	for most, fits := range map[int]bool{0: false, 3: false, 4: true, 5: true} {
		root, err := os.OpenRoot(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		_, in := pack(t.Context(), folder, io.Discard, limit, most)
		out := unpack(bytes.NewReader(file), root, "new", limit, most)
		_ = root.Close()
		for _, err := range []error{in, out} {
			want := fmt.Sprintf("the artifact has more than %d files: pack them into an archive", most)
			if (err == nil) != fits || err != nil && err.Error() != want {
				t.Errorf("with %d files: %v", most, err)
			}
		}
	}
}

func TestUnpackRefusesWhatIsNoArchive(t *testing.T) {
	whole := archive(t, file("a"), file("b"))
	packed := func(content string) []byte {
		var file bytes.Buffer
		compressed := gzip.NewWriter(&file)
		_, _ = io.WriteString(compressed, content)
		_ = compressed.Close()
		return file.Bytes()
	}
	for name, layer := range map[string][]byte{
		"nothing": {}, "text": []byte("no archive"), "cut": whole[:len(whole)/2], "no tar": packed(strings.Repeat("no tar", 200)),
	} {
		err := unpackTo(t, t.TempDir(), bytes.NewReader(layer))
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestErrorsOfTheSourceAreKept(t *testing.T) {
	whole := archive(t, file("a"), file("b"))
	broken := errors.New("the connection broke")
	for length := range len(whole) + 1 {
		err := unpackTo(t, t.TempDir(), io.MultiReader(bytes.NewReader(whole[:length]), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) {
			t.Fatalf("after %d bytes: %v", length, err)
		}
	}
}

func TestUnpackReadsToTheEnd(t *testing.T) {
	source := bytes.NewReader(append(archive(t, file("a")), bytes.Repeat([]byte{0}, 1<<20)...))
	if err := unpackTo(t, t.TempDir(), source); err != nil || source.Len() != 0 {
		t.Errorf("%d bytes are left (%v)", source.Len(), err)
	}
}

// Folders may be named late, twice or not at all.
func TestFoldersInAnyOrder(t *testing.T) {
	mode := func(header tar.Header, mode int64) tar.Header {
		header.Mode = mode
		return header
	}
	parent := t.TempDir()
	layer := archive(t,
		mode(folderAt("./"), 0o711),
		mode(file("a/b/file"), 0o600), mode(folderAt("a/"), 0o500), mode(file("z"), 0o1644), mode(file("a/other"), 0o444),
		mode(folderAt("c"), 0o2555), mode(file("c/./d//file"), 0o4755), mode(folderAt("c"), 0o2550), link("c/link", "/outside"),
	)
	if err := unpackTo(t, parent, bytes.NewReader(layer)); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"new": "drwx--x--x", "new/a": "dr-x------", "new/a/b": "drwxr-xr-x", "new/a/b/file": "-rw------- stolen",
		"new/z": "trw-r--r-- stolen", "new/a/other": "-r--r--r-- stolen", "new/c": "dgr-xr-x---",
		"new/c/d": "drwxr-xr-x", "new/c/d/file": "urwxr-xr-x stolen", "new/c/link": "Lrwxrwxrwx -> /outside",
	}
	if got := treeOf(t, parent); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("unpacked are %q, want %q", got, want)
	}
}

func TestUnpackLeavesAFolderThatExists(t *testing.T) {
	parent := t.TempDir()
	write(t, parent+"/new/file", "kept", 0o600)
	if err := unpackTo(t, parent, bytes.NewReader(archive(t, file("file")))); !errors.Is(err, fs.ErrExist) {
		t.Errorf("the error is %v", err)
	}
	if got := treeOf(t, parent)["new/file"]; got != "-rw------- kept" {
		t.Errorf("the file is %s", got)
	}
}

// The agent runs without root in production, and an artifact may have folders without write permission.
func TestUnpackAsAnotherUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can be another user for a while")
	}
	folder := t.TempDir()
	write(t, folder+"/a/closed/file", "x", 0o444)
	for _, closed := range []string{"/a/closed", "/a"} {
		if err := os.Chmod(folder+closed, 0o555); err != nil {
			t.Fatal(err)
		}
	}
	_, packed := packFolder(t, folder)
	closed := folderAt("a")
	closed.Mode = 0o555
	unordered := archive(t, closed, file("b"), file("a/late"))
	parent := t.TempDir()
	if err := os.Chown(parent, 1000, 1000); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(parent)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // the thread ends with the function
		if _, _, errno := unix.RawSyscall(unix.SYS_SETFSUID, 1000, 0, 0); errno != 0 {
			done <- errno
			return
		}
		done <- errors.Join(
			Unpack(bytes.NewReader(packed), root, "new", limit),
			Unpack(bytes.NewReader(packed), root, "gone", limit), Remove(root, "gone"), Remove(root, "gone"),
			Unpack(bytes.NewReader(unordered), root, "unordered", limit))
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"new": "drwxr-xr-x", "new/a": "dr-xr-xr-x", "new/a/closed": "dr-xr-xr-x", "new/a/closed/file": "-r--r--r-- x",
		"unordered": "drwxr-xr-x", "unordered/a": "dr-xr-xr-x", "unordered/a/late": "-rwxr-xr-x stolen", "unordered/b": "-rwxr-xr-x stolen",
	}
	if got := treeOf(t, parent); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("there are %q, want %q", got, want)
	}
	info, err := os.Stat(parent + "/new/a/closed/file")
	if err != nil {
		t.Fatal(err)
	}
	if status, ok := info.Sys().(*syscall.Stat_t); !ok || status.Uid != 1000 {
		t.Errorf("the file belongs to %+v", info.Sys())
	}
}

func TestRemoveFollowsNoLink(t *testing.T) {
	parent := t.TempDir()
	write(t, parent+"/outside/precious", "kept", 0o644)
	if err := os.MkdirAll(parent+"/half/inner", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"half/link": "../outside", "half/inner/up": "../..", "alone": "outside"} {
		if err := os.Symlink(target, filepath.Join(parent, name)); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(parent)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	if err := errors.Join(Remove(root, "half"), Remove(root, "alone")); err != nil {
		t.Fatal(err)
	}
	if got := treeOf(t, parent); len(got) != 2 || got["outside/precious"] != "-rw-r--r-- kept" {
		t.Errorf("there are %q", got)
	}
}

func FuzzUnpack(f *testing.F) {
	folder := f.TempDir()
	write(f, folder+"/bin/run", "#!/bin/sh\n", 0o755)
	write(f, folder+"/"+strings.Repeat("n", 120), "x", 0o600)
	_, packed := packFolder(f, folder)
	f.Add(unzipped(f, packed))
	f.Add(unzipped(f, archive(f, link("link", "../outside"), file("link/precious"), folderAt("../x"), file("a"), file("a/b"))))
	f.Add([]byte("no archive"))
	f.Fuzz(func(t *testing.T, content []byte) {
		parent := t.TempDir()
		write(t, parent+"/outside/precious", "kept", 0o644)
		var file bytes.Buffer
		compressed, err := gzip.NewWriterLevel(&file, gzip.NoCompression)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = compressed.Write(content)
		_ = compressed.Close()
		_ = unpackTo(t, parent, &file)
		assertOnlyNew(t, parent)
		root, err := os.OpenRoot(parent)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = root.Close() }()
		if err := Remove(root, "new"); err != nil {
			t.Fatal(err)
		}
	})
}

func unzipped(t testing.TB, layer []byte) []byte {
	t.Helper()
	compressed, err := gzip.NewReader(bytes.NewReader(layer))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(compressed)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
