package volume

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/protocol"
)

// chance returns a word of random hexadecimal digits.
func chance(digits int) string {
	word := make([]byte, (digits+1)/2)
	rand.Read(word) // it never fails
	return hex.EncodeToString(word)[:digits]
}

// errNoted says that people have been told why nothing was sealed.
var errNoted = errors.New("nothing is sealed")

// Seal seals what the daemon left as generation Options.Seal. No daemon may run. It notes the reason if it returns an error.
func (v *Volume) Seal() error {
	err := v.seal()
	switch {
	case err == nil || errors.Is(err, errNoted):
	case isFull(err):
		v.Note(protocol.ReasonNotSealed, "what was built could not be sealed, as the volume is full")
	default:
		v.Note(protocol.ReasonNotSealed, fmt.Sprintf("what was built could not be sealed: %v", err))
	}
	return err
}

func (v *Volume) notSealed(reason protocol.Reason, text string) error {
	v.Note(reason, text)
	return fmt.Errorf("%w: %s", errNoted, printable(text))
}

func (v *Volume) seal() error {
	began := time.Now()
	if v.options.Seal <= 0 {
		return errors.New("no generation is to be sealed")
	}
	unknown, err := v.unknownEntry()
	if err != nil {
		return err
	}
	if unknown != "" {
		return v.notSealed(protocol.ReasonNotSealed, fmt.Sprintf(
			"the folder %s in BuildKit's root is unknown: this version of BuildKit needs another Hearth", unknown))
	}
	if v.Full() {
		if crowd := v.Crowded(); crowd != "" {
			return v.notSealed(protocol.ReasonStorageFull, "nothing is sealed: "+crowd)
		}
		return v.notSealed(protocol.ReasonNotSealed, "the volume is full: nothing is sealed")
	}
	if err := v.discardUnfinished(); err != nil {
		return err
	}
	content, err := v.own.Read("root/"+database, maxDatabase)
	var kinds map[string]kind
	if err == nil {
		kinds, err = readKinds(content)
	}
	if err != nil {
		return v.notSealed(protocol.ReasonNotSealed, fmt.Sprintf(
			"BuildKit's database of snapshots cannot be read: nothing is sealed (%v)", err))
	}
	name, err := v.newLayer()
	if err != nil {
		return err
	}
	if err := v.move(name, kinds); err != nil {
		return err
	}
	if err := v.settle(name); err != nil {
		return err
	}
	if err := v.fold(name); err != nil {
		return err
	}
	sealed, err := v.generation(name)
	if err != nil {
		return err
	}
	sealed.Millis = time.Since(began).Milliseconds()
	v.sealed = sealed
	return nil
}

// unknownEntry returns what is in root that no version of BuildKit has put there with which sealing was tried.
func (v *Volume) unknownEntry() (string, error) {
	known := map[string][]string{
		"root":           {"buildkitd.lock", "cache.db", "history.db", "history_c8d.db", worker},
		"root/" + worker: {"cachemounts", "containerdmeta.db", "content", "executor", "metadata_v2.db", "snapshots", "workerid"},
	}
	for folder, names := range known {
		entries, err := v.own.List(folder)
		if err != nil {
			return "", err
		}
		for _, each := range entries {
			if !slices.Contains(names, each.name) {
				return each.name, nil
			}
		}
	}
	return "", nil
}

// discardUnfinished discards what the daemon had begun and will not go on with.
func (v *Volume) discardUnfinished() error {
	entries, err := v.own.List("root/" + snapshots)
	if err != nil {
		return err
	}
	for _, each := range entries {
		if strings.HasPrefix(each.name, "rm-") || strings.HasPrefix(each.name, "new-") {
			if err := v.discard("root/" + snapshots + "/" + each.name); err != nil {
				return err
			}
		}
	}
	return v.discard("root/" + worker + "/content/ingest")
}

// newLayer makes the folder of a layer and marks it as being made. Links into this volume must never come to mean those of
// another that was made anew under its name, so the name has a word of chance.
func (v *Volume) newLayer() (string, error) {
	names, err := folders(v.own, "layers")
	if err != nil {
		return "", err
	}
	last := 0
	for _, each := range names {
		count, _, _ := strings.Cut(each, "-")
		last = max(last, number(count))
	}
	name := fmt.Sprintf("%d-%s", last%999_999_999+1, chance(8))
	if err := v.change.Mkdir("layers/" + name); err != nil {
		return "", err
	}
	return name, v.replace("sealing", name+"\n")
}

// move moves what BuildKit has committed to a layer, and what it may still change to the view, and leaves links.
func (v *Volume) move(name string, kinds map[string]kind) error {
	entries, err := v.own.List("root/" + snapshots)
	if err != nil {
		return err
	}
	for _, each := range entries {
		if !each.kind.IsDir() || !isPlain(each.name) {
			continue
		}
		switch kinds[each.name] {
		case committed:
			folder := "layers/" + name + "/snapshots"
			err = v.moveEntry("root/"+snapshots, each.name, folder, filepath.Join(v.own.path, folder))
		case active:
			err = v.moveEntry("root/"+snapshots, each.name, "upper", v.options.View)
		}
		if err != nil {
			return err
		}
	}
	if entries, err = v.own.List("root/" + blobs); err != nil {
		return err
	}
	for _, each := range entries {
		if each.kind.IsRegular() && isPlain(each.name) {
			folder := "layers/" + name + "/blobs"
			if err := v.moveEntry("root/"+blobs, each.name, folder, filepath.Join(v.own.path, folder)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *Volume) moveEntry(from, name, to, linked string) error {
	if err := v.change.Mkdir(to); err != nil {
		return err
	}
	if err := v.change.Rename(from+"/"+name, to+"/"+name); err != nil {
		return err
	}
	return v.change.Symlink(filepath.Join(linked, name), from+"/"+name)
}

// repair takes a seal that was cut short to where root and layers agree again.
func (v *Volume) repair() error {
	if !v.own.Exists("sealing") {
		return nil
	}
	name := v.line("sealing")
	if !isPlain(name) {
		return v.change.Remove("sealing")
	}
	v.say("finishes layer " + name + ", whose sealing was cut short")
	layer := "layers/" + name
	for _, moved := range []struct{ from, to, linked string }{
		{layer + "/snapshots", "root/" + snapshots, filepath.Join(v.own.path, layer, "snapshots")},
		{layer + "/blobs", "root/" + blobs, filepath.Join(v.own.path, layer, "blobs")},
		{"upper", "root/" + snapshots, v.options.View},
		{layer + "/active", "root/" + snapshots, v.options.View},
	} {
		entries, err := v.own.List(moved.from)
		if err != nil {
			return err
		}
		if !v.own.IsFolder(moved.to) {
			continue
		}
		for _, each := range entries {
			if !isPlain(each.name) || v.own.Exists(moved.to+"/"+each.name) {
				continue
			}
			if err := v.change.Symlink(filepath.Join(moved.linked, each.name), moved.to+"/"+each.name); err != nil {
				return err
			}
		}
	}
	if err := v.settle(name); err != nil {
		return err
	}
	if err := v.discard(layer + "/folded.new"); err != nil {
		return err
	}
	return v.change.Remove("sealing")
}

// settle makes what was written through the view a part of the layer. It may be repeated from any point.
func (v *Volume) settle(name string) error {
	active := "layers/" + name + "/active"
	written, err := v.own.List("upper")
	if err != nil {
		return err
	}
	if len(written) > 0 && !v.own.Exists(active) {
		if err := v.change.Mkdir("layers/" + name); err != nil {
			return err
		}
		if err := v.change.Rename("upper", active); err != nil {
			return err
		}
	}
	if err := v.discard("upper", "work"); err != nil {
		return err
	}
	content, err := v.own.Read("chain", maxText)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	own := v.options.Claim + "/layers/" + name + "/"
	if !v.own.IsFolder(active) || strings.HasPrefix(string(content), own) || strings.Contains(string(content), "\n"+own) {
		return nil
	}
	return v.replace("chain", own+"active\n"+string(content))
}

// fold copies what a chain that grew long shows into one folder. Where that cannot be done the chain stays as it is.
func (v *Volume) fold(name string) error {
	chain, whole := v.chain()
	if !whole {
		return errors.New("a layer that the state was made from is gone")
	}
	if len(chain) < v.system.longest {
		return nil
	}
	folded := "layers/" + name + "/folded"
	if err := v.copyView(chain, folded+".new"); err != nil {
		v.say(fmt.Sprintf("the %d folders of the view stay as they are: %v", len(chain), err))
		return v.discard(folded + ".new")
	}
	if err := v.change.Rename(folded+".new", folded); err != nil {
		return err
	}
	return v.replace("chain", shown{layer{v.options.Claim, name}, "folded"}.String()+"\n")
}

// copyView copies what a chain shows, as far as root still links to it.
func (v *Volume) copyView(chain []shown, to string) (err error) {
	if err := v.change.Mkdir(to); err != nil {
		return err
	}
	at, unmount, err := v.system.mounts.Mount(v.paths(chain))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unmount()) }()
	whole, err := openFolder(at)
	if err != nil {
		return err
	}
	defer whole.Close()
	entries, err := whole.List(".")
	if err != nil {
		return err
	}
	for _, each := range entries {
		if !isPlain(each.name) {
			continue
		}
		target, err := v.own.Readlink("root/" + snapshots + "/" + each.name)
		if err != nil || target != filepath.Join(v.options.View, each.name) {
			continue // BuildKit has removed it
		}
		if err := v.change.Copy(context.Background(), filepath.Join(at, each.name), to+"/"+each.name); err != nil {
			return err
		}
	}
	return nil
}

// generation makes a generation of root, all of which a reader finds, or nothing.
func (v *Volume) generation(name string) (*protocol.Sealed, error) {
	target := fmt.Sprintf("generations/%d", v.options.Seal)
	made := fmt.Sprintf("generations/.%d", v.options.Seal)
	if err := v.change.Remove(made); err != nil {
		return nil, err
	}
	if err := v.change.Mkdir(made); err != nil {
		return nil, err
	}
	if err := v.change.Copy(context.Background(), v.Root(), made+"/root"); err != nil {
		return nil, err
	}
	for _, unneeded := range []string{"buildkitd.lock", "history.db", worker + "/executor"} {
		if err := v.change.Remove(made + "/root/" + unneeded); err != nil {
			return nil, err
		}
	}
	chain, whole := v.chain()
	if !whole {
		return nil, errors.New("a layer that the state was made from is gone")
	}
	if err := v.change.Write(made+"/chain", formatChain(chain)); err != nil {
		return nil, err
	}
	layers, err := v.layersOfRoot("root", chain)
	if err != nil {
		return nil, err
	}
	var lines []string
	claims := []string{} // a list in JSON, also where it is empty
	for _, each := range layers {
		lines = append(lines, each.claim+" "+each.name+"\n")
		claims = append(claims, each.claim)
	}
	slices.Sort(lines)
	slices.Sort(claims)
	if err := v.change.Write(made+"/layers", []byte(strings.Join(lines, ""))); err != nil {
		return nil, err
	}
	exported := v.own.Exists("exporting")
	if exported {
		if err := v.change.Rename("exporting", made+"/export"); err != nil {
			return nil, err
		}
		if err := v.share(made + "/export"); err != nil {
			return nil, err
		}
	}
	kib, err := v.measure(name)
	if err != nil {
		return nil, err
	}
	// BuildKit does not sync its databases; a reader, or a snapshot of the volume, finds all of it or none.
	if err := v.change.Sync(); err != nil {
		return nil, err
	}
	if err := v.discard(target); err != nil {
		return nil, err
	}
	if err := v.change.Rename(made, target); err != nil {
		return nil, err
	}
	if err := v.change.Sync(); err != nil {
		return nil, err
	}
	if err := v.change.Remove("sealing"); err != nil {
		return nil, err
	}
	return &protocol.Sealed{
		Generation: v.options.Seal, KiB: kib, Exported: exported, Volumes: slices.Compact(claims),
	}, nil
}

// layersOfRoot returns the layers that the links of a root and a chain lead to, each once.
func (v *Volume) layersOfRoot(root string, chain []shown) ([]layer, error) {
	found := map[layer]bool{}
	for _, each := range chain {
		found[each.layer] = true
	}
	parts, err := v.parts(root)
	for each := range parts {
		found[each.layer] = true
	}
	var layers []layer
	for each := range found {
		layers = append(layers, each)
	}
	return layers, err
}

// parts returns what the links of a root lead to in sealed layers.
func (v *Volume) parts(root string) (map[part]bool, error) {
	found := map[part]bool{}
	for _, name := range []string{root + "/" + snapshots, root + "/" + blobs} {
		entries, err := v.own.List(name)
		if err != nil {
			return nil, err
		}
		for _, each := range entries {
			if each.kind&fs.ModeSymlink == 0 {
				continue
			}
			target, err := v.own.Readlink(name + "/" + each.name)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if to, ok := parsePart(v.volumes.path, target); ok {
				found[to] = true
			}
		}
	}
	return found, nil
}

// share makes an exported blob that BuildKit keeps too one file with it.
func (v *Volume) share(export string) error {
	var blobFolders []string
	var find func(folder string, depth int) error
	find = func(folder string, depth int) error {
		if strings.HasSuffix(folder, "/blobs/sha256") {
			blobFolders = append(blobFolders, folder)
			return nil
		}
		if depth == 0 {
			return nil
		}
		entries, err := v.own.List(folder)
		if err != nil {
			return err
		}
		for _, each := range entries {
			if each.kind.IsDir() {
				if err := find(folder+"/"+each.name, depth-1); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := find(export, 4); err != nil { // STEP/blobs/sha256, and a folder more
		return err
	}
	for _, folder := range blobFolders {
		entries, err := v.own.List(folder)
		if err != nil {
			return err
		}
		for _, each := range entries {
			if !each.kind.IsRegular() || !isPlain(each.name) {
				continue
			}
			target, err := v.own.Readlink("root/" + blobs + "/" + each.name)
			kept, ok := parsePart(v.volumes.path, target)
			if err != nil || !ok || kept.claim != v.options.Claim || kept.kind != "blobs" || kept.name != each.name {
				continue
			}
			if err := v.shareBlob(path.Join("layers", kept.layer.name, "blobs", kept.name), folder+"/"+each.name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *Volume) shareBlob(kept, exported string) error {
	ours, err := v.own.Stat(kept)
	if err != nil || ours.Mode&unix.S_IFMT != unix.S_IFREG {
		return nil
	}
	theirs, err := v.own.Stat(exported)
	if err != nil || theirs.Size != ours.Size || theirs.Ino == ours.Ino {
		return err
	}
	if err := v.change.Link(kept, exported+".new"); err != nil {
		return err
	}
	return v.change.Rename(exported+".new", exported)
}

// measure counts and writes down the size of a layer, in KiB.
func (v *Volume) measure(name string) (int64, error) {
	layer := "layers/" + name
	size, err := v.system.usage(filepath.Join(v.own.path, layer))
	if err != nil {
		return 0, err
	}
	return size.kib, v.replace(layer+"/kib", strconv.FormatInt(size.kib, 10)+"\n")
}

// Sweep removes generations that are not kept, and what no root or generation names. No daemon may run unless it was pruned just
// now and no solve has begun.
func (v *Volume) Sweep() error {
	generations, err := v.own.List("generations")
	if err != nil {
		return err
	}
	roots := []string{"root"}
	chains := []string{"chain"}
	for _, each := range generations {
		count := number(each.name)
		if each.kind.IsDir() && count > 0 && (slices.Contains(v.options.Keep, count) || count >= v.options.Seal) {
			roots = append(roots, "generations/"+each.name+"/root")
			chains = append(chains, "generations/"+each.name+"/chain")
			continue
		}
		if err := v.discard("generations/" + each.name); err != nil {
			return err
		}
	}
	linked := map[part]bool{}
	for _, root := range roots {
		parts, err := v.parts(root)
		if err != nil {
			return err
		}
		for each := range parts {
			linked[each] = true
		}
	}
	viewed := map[shown]bool{}
	for _, name := range chains {
		content, err := v.own.Read(name, maxText)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		chain, _ := parseChain(content)
		for _, each := range chain {
			viewed[each] = true
		}
	}
	layers, err := v.own.List("layers")
	if err != nil {
		return err
	}
	unfinished := v.line("sealing")
	for _, each := range layers {
		if each.name == unfinished {
			continue
		}
		if err := v.sweepLayer(each, linked, viewed); err != nil {
			return err
		}
	}
	needed, err := v.neededCopies()
	if err != nil {
		return err
	}
	for each := range linked {
		needed[each.claim] = true
	}
	for each := range viewed {
		needed[each.claim] = true
	}
	return v.discardCopies(needed)
}

// sweepLayer discards what is neither linked nor viewed of a layer, and the layer if nothing is left.
func (v *Volume) sweepLayer(each entry, linked map[part]bool, viewed map[shown]bool) error {
	name := "layers/" + each.name
	if !each.kind.IsDir() || !isPlain(each.name) {
		return v.discard(name)
	}
	own := layer{v.options.Claim, each.name}
	entries, err := v.own.List(name)
	if err != nil {
		return err
	}
	var garbage []string
	left := false
	for _, below := range entries {
		switch at := name + "/" + below.name; below.name {
		case "kib":
		case "snapshots", "blobs":
			contents, err := v.own.List(at)
			if err != nil {
				return err
			}
			for _, content := range contents {
				if linked[part{own, below.name, content.name}] {
					left = true
				} else {
					garbage = append(garbage, at+"/"+content.name)
				}
			}
		default:
			if viewed[shown{own, below.name}] {
				left = true
			} else {
				garbage = append(garbage, at)
			}
		}
	}
	if !left {
		return v.discard(name)
	}
	if len(garbage) == 0 {
		return nil
	}
	if err := v.discard(garbage...); err != nil {
		return err
	}
	_, err = v.measure(each.name)
	return err
}

// neededCopies returns the claims whose layers a generation needs.
func (v *Volume) neededCopies() (map[string]bool, error) {
	generations, err := folders(v.own, "generations")
	needed := map[string]bool{}
	for _, each := range generations {
		layers, _ := v.layersOf(v.own, "generations/"+each)
		for _, each := range layers {
			needed[each.claim] = true
		}
	}
	return needed, err
}
