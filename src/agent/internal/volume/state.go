package volume

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/protocol"
)

// Folders and databases of BuildKit, in a root.
const (
	worker    = "runc-overlayfs"
	database  = worker + "/snapshots/metadata.db"
	snapshots = worker + "/snapshots/snapshots"
	blobs     = worker + "/content/blobs/sha256"
)

// What a state was begun from.
const (
	fromOwn  = "own"
	fromSeed = "seed"
	fromCold = "cold"
	// unknown is written for a state that had served a run that went well.
	unknown = "-"
)

// Prepare brings the volume to the state that a daemon starts from: takes over the content of a restored snapshot, goes on
// with what was interrupted, fills it from its seed, and begins again if the state is damaged or the volume is full.
func (v *Volume) Prepare() error {
	for _, step := range []func() error{v.makeArtifacts, v.adopt, v.clean, v.resume, v.seed} {
		if err := step(); err != nil {
			return err
		}
	}
	fault := ""
	if err := v.repair(); err != nil {
		fault = fmt.Sprintf("what was being sealed cannot be finished: %v", err)
	} else {
		fault = v.Fault()
	}
	if fault != "" {
		if err := v.Renew(protocol.ReasonCacheBroken, fault); err != nil {
			return err
		}
	}
	if v.Full() {
		return v.Relieve("the volume was full before anything was built")
	}
	return nil
}

// wipe discards the state, the mark that it can be used first.
func (v *Volume) wipe() error {
	if err := v.change.Remove("seeded"); err != nil {
		return err
	}
	return v.discard("root", ".root", "upper", "work", "chain", "sealing")
}

// adopt takes over a restored snapshot of another volume, which was taken at any moment: of use is what that had sealed and
// this one starts from. Claims that cannot be read are this volume's: to take what is sealed for another's would lose it.
func (v *Volume) adopt() error {
	owner := v.line("claim")
	if !isPlain(owner) {
		owner = v.options.Claim
	}
	if owner != v.options.Claim {
		if err := v.wipe(); err != nil {
			return err
		}
		if err := errors.Join(v.discardExports(), v.discardArtifacts()); err != nil {
			return err
		}
		copied := "volumes/" + owner
		if err := v.change.Mkdir(copied); err != nil {
			return err
		}
		for _, sealed := range []string{"layers", "generations"} {
			if v.own.Exists(sealed) && !v.own.Exists(copied+"/"+sealed) {
				if err := v.change.Rename(sealed, copied+"/"+sealed); err != nil {
					return err
				}
			}
		}
		if err := v.discard("layers", "generations", "volumes/"+v.options.Claim); err != nil {
			return err
		}
		if err := v.reduce(copied, owner); err != nil {
			return err
		}
	}
	if v.line("claim") == v.options.Claim {
		return nil
	}
	return v.replace("claim", v.options.Claim+"\n")
}

// reduce discards what the seed does not need of a copied volume.
func (v *Volume) reduce(copied, owner string) error {
	seed := v.options.Seed
	needed := map[string]bool{}
	generation := ""
	if seed.Mode == protocol.SeedRestore && seed.Claim == owner {
		generation = strconv.Itoa(seed.Generation)
		layers, _ := v.layersOf(v.own, copied+"/generations/"+generation)
		for _, each := range layers {
			if each.claim == owner {
				needed[each.name] = true
			}
		}
	}
	generations, err := v.own.List(copied + "/generations")
	if err != nil {
		return err
	}
	for _, each := range generations {
		if each.name != generation {
			if err := v.discard(copied + "/generations/" + each.name); err != nil {
				return err
			}
		}
	}
	layers, err := v.own.List(copied + "/layers")
	if err != nil {
		return err
	}
	for _, each := range layers {
		if !needed[each.name] {
			if err := v.discard(copied + "/layers/" + each.name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *Volume) layersOf(in *folder, generation string) (layers []layer, ok bool) {
	content, err := in.Read(generation+"/layers", maxText)
	if err != nil {
		return nil, false
	}
	return parseLayers(content)
}

// clean removes what nobody will use. A copy is seen where links lead by a mount of the pod.
func (v *Volume) clean() error {
	seed := v.options.Seed
	if v.options.Seal == 0 { // nobody starts from this volume, so nothing is sealed here and one copy at most is of use
		if err := v.discard("layers", "generations"); err != nil {
			return err
		}
		keep := map[string]bool{}
		if seed.Mode == protocol.SeedRestore {
			keep[seed.Claim] = true
			layers, _ := v.layersOf(v.own, fmt.Sprintf("volumes/%s/generations/%d", seed.Claim, seed.Generation))
			for _, each := range layers { // that one may itself have been begun from a copy
				keep[each.claim] = true
			}
		}
		if err := v.discardCopies(keep); err != nil {
			return err
		}
	}
	copies, err := folders(v.own, "volumes")
	if err != nil {
		return err
	}
	for _, claim := range copies {
		if err := v.discardPartialCopies(claim); err != nil {
			return err
		}
	}
	return nil
}

// discardPartialCopies discards what was being copied from another volume when that was cut short.
func (v *Volume) discardPartialCopies(claim string) error {
	for _, part := range []string{"layers", "generations"} {
		entries, err := v.own.List("volumes/" + claim + "/" + part)
		if err != nil {
			return err
		}
		for _, each := range entries {
			if !isPlain(each.name) {
				if err := v.discard("volumes/" + claim + "/" + part + "/" + each.name); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// discardCopies discards copied volumes that are not kept.
func (v *Volume) discardCopies(keep map[string]bool) error {
	entries, err := v.own.List("volumes")
	if err != nil {
		return err
	}
	for _, each := range entries {
		if !keep[each.name] {
			if err := v.discard("volumes/" + each.name); err != nil {
				return err
			}
		}
	}
	return nil
}

// discardExports discards the content of the folders that solves export caches to. The folders themselves are mounted.
func (v *Volume) discardExports() error {
	steps, err := v.own.List("exporting")
	if err != nil {
		return err
	}
	for _, step := range steps {
		files, err := v.own.List("exporting/" + step.name)
		if err != nil {
			return err
		}
		for _, file := range files {
			if err := v.discard("exporting/" + step.name + "/" + file.name); err != nil {
				return err
			}
		}
	}
	return nil
}

// take makes root of a sealed generation of this or another volume. Returns what it lacks, if it cannot be had.
func (v *Volume) take(claim string, generation int) (lacks string) {
	from := v.own
	if claim != v.options.Claim {
		other, err := openFolder(filepath.Join(v.volumes.path, claim))
		if err != nil {
			return "its files are not there"
		}
		defer other.Close()
		from = other
	}
	name := fmt.Sprintf("generations/%d", generation)
	if !from.IsFilled(name+"/layers") || !from.IsFilled(name+"/root/"+database) {
		return "its files are not there"
	}
	layers, ok := v.layersOf(from, name)
	if !ok {
		return "the list of its layers cannot be read"
	}
	for _, each := range layers {
		if !v.has(each) {
			return fmt.Sprintf("layer %s of %s is gone", each.name, each.claim)
		}
	}
	chain, err := from.Read(name+"/chain", maxText)
	if err != nil {
		return err.Error()
	}
	if err := v.change.Copy(context.Background(), filepath.Join(from.path, name, "root"), ".root"); err != nil {
		return err.Error()
	}
	if err := v.replace("chain", string(chain)); err != nil {
		return err.Error()
	}
	if err := v.change.Rename(".root", "root"); err != nil {
		return err.Error()
	}
	return v.Fault()
}

// has says whether a layer of this or another volume is there.
func (v *Volume) has(each layer) bool { return v.isFolder(each, "") }

// isFolder says whether a layer has a folder of a name, or is there at all if the name is empty.
func (v *Volume) isFolder(each layer, name string) bool {
	in := v.own
	if each.claim != v.options.Claim {
		other, err := openFolder(filepath.Join(v.volumes.path, each.claim))
		if err != nil {
			return false
		}
		defer other.Close()
		in = other
	}
	return in.IsFolder(path.Join("layers", each.name, name))
}

// begin makes root from the first of the origins that can be had. Returns that, in words too, and what the one before lacked.
func (v *Volume) begin(origins ...string) (origin, words, lacks string, err error) {
	began := time.Now()
	mode := protocol.SeedCold
	seed := v.options.Seed
	for _, origin = range origins {
		if err := v.wipe(); err != nil {
			return "", "", "", err
		}
		words, mode = "nothing", protocol.SeedCold
		if origin == fromOwn && v.options.Fallback > 0 {
			words, mode = fmt.Sprintf("generation %d of this volume", v.options.Fallback), protocol.SeedOwn
			lacks = v.take(v.options.Claim, v.options.Fallback)
		} else if origin == fromSeed && seed.Mode != protocol.SeedCold {
			words, mode = fmt.Sprintf("generation %d of %s", seed.Generation, seed.Claim), seed.Mode
			lacks = v.take(seed.Claim, seed.Generation)
		} else if origin != fromCold {
			continue
		} else {
			break
		}
		if lacks == "" {
			break
		}
	}
	if err := v.change.Mkdir("root"); err != nil {
		return "", "", "", err
	}
	if err := v.replace("origin", origin+"\n"); err != nil {
		return "", "", "", err
	}
	if err := v.replace("seeded", seed.ID); err != nil {
		return "", "", "", err
	}
	v.begun = &protocol.Begun{Mode: mode, Millis: time.Since(began).Milliseconds()}
	return origin, words, lacks, nil
}

// seed fills the volume, unless that was done.
func (v *Volume) seed() error {
	content, err := v.own.Read("seeded", maxText)
	if err == nil && string(content) == v.options.Seed.ID {
		return nil
	}
	origin, _, lacks, err := v.begin(fromSeed, fromCold)
	if err != nil {
		return err
	}
	seed := v.options.Seed
	if seed.Mode == protocol.SeedCold || origin != fromCold {
		return nil
	}
	v.Note(protocol.ReasonSeedUnusable, fmt.Sprintf(
		"generation %d of %s cannot be read (%s), so the cache is begun with nothing", seed.Generation, seed.Claim, lacks))
	return v.discard("volumes/" + seed.Claim) // a copy that is not whole
}

// Fault returns why the state cannot be gone on with, or "". It is cheap: it is asked at each start of a daemon.
func (v *Volume) Fault() string {
	for _, name := range []string{".", worker, worker + "/snapshots", snapshots, worker + "/content", path.Dir(blobs), blobs} {
		name = path.Join("root", name)
		if v.own.Exists(name) && !v.own.IsFolder(name) {
			return fmt.Sprintf("BuildKit's %s is not a folder", name)
		}
	}
	entries, err := v.own.List("root")
	if err != nil {
		return err.Error()
	}
	if !v.own.IsFolder("root") {
		return "BuildKit's root is gone"
	}
	for _, each := range entries {
		if !strings.HasSuffix(each.name, ".bak") {
			continue
		}
		if !strings.HasPrefix(each.name, "history") {
			return "BuildKit could not read its database " + each.name
		}
		if err := v.change.Remove("root/" + each.name); err != nil {
			return err.Error()
		}
	}
	inner, err := v.own.List("root/" + worker)
	if err != nil {
		return err.Error()
	}
	for _, each := range inner {
		entries = append(entries, entry{worker + "/" + each.name, each.kind})
	}
	for _, each := range append(entries, entry{name: database}) {
		stat, err := v.own.Stat("root/" + each.name)
		if !strings.HasSuffix(each.name, ".db") || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		switch {
		case err != nil:
			return err.Error()
		case stat.Mode&unix.S_IFMT != unix.S_IFREG:
			return fmt.Sprintf("BuildKit's database %s is not a file", path.Base(each.name))
		case stat.Size == 0:
			return fmt.Sprintf("BuildKit's database %s is empty", path.Base(each.name))
		}
	}
	chain, whole := v.chain()
	if !whole {
		return "a layer that this state was made from is gone"
	}
	for _, name := range []string{"root/" + snapshots, "root/" + blobs} {
		if fault := v.faultOfLinks(name, chain); fault != "" {
			return fault
		}
	}
	return ""
}

// faultOfLinks returns what is wrong with the links of a folder of root.
func (v *Volume) faultOfLinks(name string, chain []shown) string {
	entries, err := v.own.List(name)
	if err != nil {
		return err.Error()
	}
	claims := map[string]*folder{v.options.Claim: v.own}
	defer func() {
		for _, each := range claims {
			if each != v.own && each != nil {
				each.Close()
			}
		}
	}()
	for _, each := range entries {
		if each.kind&fs.ModeSymlink == 0 {
			continue
		}
		target, err := v.own.Readlink(name + "/" + each.name)
		if err != nil {
			return err.Error()
		}
		if viewed, ok := strings.CutPrefix(target, v.options.View+"/"); ok {
			if !isPlain(viewed) || !v.views(viewed, chain) {
				return "a part of the view is gone: " + target
			}
			continue
		}
		sealed, ok := parsePart(v.volumes.path, target)
		in, opened := claims[sealed.claim]
		if ok && !opened {
			in, _ = openFolder(filepath.Join(v.volumes.path, sealed.claim))
			claims[sealed.claim] = in
		}
		if !ok || in == nil || !in.Exists(path.Join("layers", sealed.layer.name, sealed.kind, sealed.name)) {
			return "a part of a sealed layer is gone: " + target
		}
	}
	return ""
}

// views says whether the view shows a folder of the name.
func (v *Volume) views(name string, chain []shown) bool {
	if v.own.Exists("upper/" + name) {
		return true
	}
	for _, each := range chain {
		if v.isFolder(each.layer, each.kind+"/"+name) {
			return true
		}
	}
	return false
}

// chain returns the folders of the view, and whether all of them are there.
func (v *Volume) chain() (chain []shown, whole bool) {
	content, err := v.own.Read("chain", maxText)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, true
	}
	if err != nil {
		return nil, false
	}
	chain, ok := parseChain(content)
	if !ok {
		return nil, false
	}
	for _, each := range chain {
		if !v.isFolder(each.layer, each.kind) {
			return nil, false
		}
	}
	return chain, true
}

// View has the folders that a daemon sees at Options.View, as an overlay with the attributes of users (userxattr).
type View struct {
	// Lower has the folders, the topmost first. Nothing is mounted if it is empty.
	Lower       []string
	Upper, Work string
}

// View returns the folders of the view, and makes those that are written.
func (v *Volume) View() (View, error) {
	chain, whole := v.chain()
	if !whole {
		return View{}, errors.New("a layer that the state was made from is gone")
	}
	if len(chain) == 0 {
		return View{}, nil
	}
	for _, name := range []string{"upper", "work"} {
		if err := v.change.Mkdir(name); err != nil {
			return View{}, err
		}
	}
	return View{
		Lower: v.paths(chain), Upper: filepath.Join(v.own.path, "upper"), Work: filepath.Join(v.own.path, "work"),
	}, nil
}

func (v *Volume) paths(chain []shown) []string {
	var paths []string
	for _, each := range chain {
		paths = append(paths, filepath.Join(v.volumes.path, each.String()))
	}
	return paths
}

// came returns what the state was begun from, or unknown once a run on it went well.
func (v *Volume) came() string {
	switch origin := v.line("origin"); origin {
	case fromOwn, fromSeed, fromCold:
		return origin
	default:
		return unknown
	}
}

// Renew puts another root in place of one that cannot be gone on with. Nothing of it is kept for people to look at: what it
// takes is the room that the next state needs.
func (v *Volume) Renew(reason protocol.Reason, why string) error {
	return v.renew(reason, v.came(), why)
}

// renew begins again, and not with what the broken state has just come from.
func (v *Volume) renew(reason protocol.Reason, came, why string) error {
	if err := v.markBroken(reason, came, why); err != nil {
		return err
	}
	origins := []string{fromCold}
	if reason == protocol.ReasonVolumeFull || came == unknown {
		origins = []string{fromOwn, fromSeed, fromCold}
	}
	_, words, _, err := v.begin(origins...)
	if err != nil {
		return err
	}
	v.Note(reason, fmt.Sprintf("%s; the cache is begun again with %s", why, words))
	return v.change.Remove("broken")
}

// markBroken says to whoever comes after this process, should it be killed, what it was about to do. A full volume has no
// room for that, and has to be begun again all the same.
func (v *Volume) markBroken(reason protocol.Reason, came, why string) error {
	err := v.replace("broken", fmt.Sprintf("%s %s %s %s\n", v.options.Seed.ID, reason, came, printable(why)))
	if isFull(err) {
		return nil
	}
	return err
}

func isFull(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }

// resume goes on with what was being put aside as a process was killed.
func (v *Volume) resume() error {
	if !v.own.Exists("broken") {
		return nil
	}
	rest, same := strings.CutPrefix(v.line("broken"), v.options.Seed.ID+" ")
	words := strings.SplitN(rest, " ", 3)
	if !same || len(words) < 3 {
		return v.change.Remove("broken")
	}
	reason, came := protocol.Reason(words[0]), words[1]
	if reason != protocol.ReasonVolumeFull {
		reason = protocol.ReasonCacheBroken
	}
	if came != fromOwn && came != fromSeed && came != fromCold {
		came = unknown
	}
	return v.renew(reason, came, words[2])
}
