package volume

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
	"os"
	"path/filepath"
	"testing"
)

// FuzzFiles writes a stranger's bytes into each small file of a volume that is read.
func FuzzFiles(f *testing.F) {
	for _, seed := range []string{"", "main\n", "1-0123abcd\n", "main 1-0123abcd\n", "main/layers/1-0123abcd/active\n",
		"Cold// CacheBroken - why\n", "Cold//", "../x", "own\n", "\x00\xff", "a\nb"} {
		f.Add([]byte(seed))
	}
	w := newWorld(f, folderOf(f))
	w.run("main", 1, cold)
	restore := w.backup()
	outside := filepath.Join(filepath.Dir(w.volumes), "outside")
	if err := os.MkdirAll(outside, 0o755); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		w.failing = t
		for _, name := range []string{"sealing", "claim", "broken", "chain", "seeded", "origin", "generations/1/layers", "generations/1/chain"} {
			restore()
			if err := os.WriteFile(w.own("main", name), content, 0o644); err != nil {
				t.Fatal(err)
			}
			options := w.options("main", 2, cold)
			v := w.prepared(options)
			w.state(v)
			w.daemon(v).run("main-2")
			if err := v.Seal(); err != nil {
				t.Fatalf("with %s: %v", name, err)
			}
			if err := v.Sweep(); err != nil {
				t.Fatal(err)
			}
			v.EmptyTrash()
			v.Report(nil)
			v.Close()
			if _, err := w.generation("main", 2); err != nil {
				t.Fatalf("with %s: %v", name, err)
			}
		}
	})
}

// FuzzSnapshots reads a stranger's database of snapshots, with the checksums of its heads as they are or made right.
func FuzzSnapshots(f *testing.F) {
	w := newWorld(f, folderOf(f))
	w.run("main", 1, cold)
	v := w.prepared(w.options("main", 2, cold))
	whole, err := os.ReadFile(filepath.Join(v.Root(), database))
	if err != nil {
		f.Fatal(err)
	}
	v.Close()
	if kinds, err := readKinds(whole); err != nil || len(kinds) != 3 {
		f.Fatalf("%v, %v", kinds, err)
	}
	f.Add(uint32(0), []byte{}, false)
	f.Add(uint32(4096*2+8), []byte{1}, false)
	f.Add(uint32(16+16), []byte{3}, true)
	for at := uint32(0); at < uint32(len(whole)); at += 509 {
		f.Add(at, []byte{0xff, 0, 0xff}, at%2 == 0)
	}
	f.Fuzz(func(t *testing.T, at uint32, change []byte, right bool) {
		content := append([]byte{}, whole...)
		copy(content[at%uint32(len(content)):], change)
		if right {
			sum(content[16:])
			sum(content[4096+16:])
		}
		kinds, err := readKinds(content)
		if err == nil && len(kinds) > 1<<16 {
			t.Fatal("it has more snapshots than it has bytes for")
		}
	})
}

// FuzzPages reads what may not be a database at all.
func FuzzPages(f *testing.F) {
	f.Add([]byte{})
	f.Add(make([]byte, 4096*3))
	f.Fuzz(func(t *testing.T, content []byte) { _, _ = readKinds(content) })
}

func FuzzNames(f *testing.F) {
	f.Add("main/layers/1-0123abcd/active\n")
	f.Add("main 1-0123abcd\n")
	f.Add("/volumes/main/layers/1-0123abcd/snapshots/1")
	f.Fuzz(func(t *testing.T, text string) {
		if chain, ok := parseChain([]byte(text)); ok {
			for _, each := range chain {
				if !filepath.IsLocal(each.String()) || !isPlain(each.claim) || !isPlain(each.name) {
					t.Fatalf("%q leads to %v", text, each)
				}
			}
		}
		if layers, ok := parseLayers([]byte(text)); ok {
			for _, each := range layers {
				if !isPlain(each.claim) || !isPlain(each.name) {
					t.Fatalf("%q names %v", text, each)
				}
			}
		}
		if to, ok := parsePart("/volumes", text); ok &&
			text != filepath.Join("/volumes", to.claim, "layers", to.layer.name, to.kind, to.name) {
			t.Fatalf("%q leads to %v", text, to)
		}
		if number(text) < 0 || printable(text) != printable(printable(text)) {
			t.Fatalf("%q", text)
		}
	})
}

// sum makes the checksum of a head of a database right.
func sum(meta []byte) {
	hash := fnv.New64a()
	hash.Write(meta[:56])
	binary.NativeEndian.PutUint64(meta[56:], hash.Sum64())
}

// TestPagesThatLeadInACircle is a database of which a page leads to itself: the library would follow it for ever.
func TestPagesThatLeadInACircle(t *testing.T) {
	const size = 4096
	content := make([]byte, 4*size)
	for i := range uint64(2) {
		head := content[i*size:]
		binary.NativeEndian.PutUint64(head, i)
		binary.NativeEndian.PutUint16(head[8:], 4)
		meta := head[16:]
		binary.NativeEndian.PutUint32(meta, boltMagic)
		binary.NativeEndian.PutUint32(meta[4:], boltVersion)
		binary.NativeEndian.PutUint32(meta[8:], size)
		binary.NativeEndian.PutUint64(meta[16:], 3) // the root
		binary.NativeEndian.PutUint64(meta[32:], 2) // what is free
		binary.NativeEndian.PutUint64(meta[40:], 4)
		binary.NativeEndian.PutUint64(meta[48:], i)
		sum(meta)
	}
	page := content[3*size:]
	binary.NativeEndian.PutUint64(page, 3)
	binary.NativeEndian.PutUint16(page[8:], pageBranch)
	binary.NativeEndian.PutUint16(page[10:], 1)
	binary.NativeEndian.PutUint32(page[16:], pageElement)
	binary.NativeEndian.PutUint32(page[20:], 2)
	binary.NativeEndian.PutUint64(page[24:], 3) // itself
	copy(page[32:], "v1")
	if kinds, err := readKinds(content); !errors.Is(err, errPages) {
		t.Fatalf("it is read: %v, %v", kinds, err)
	}
	// It is a database otherwise.
	binary.NativeEndian.PutUint16(page[8:], pageLeaf)
	binary.NativeEndian.PutUint16(page[10:], 0)
	if _, err := readKinds(content); errors.Is(err, errPages) {
		t.Fatal(err)
	}
}
