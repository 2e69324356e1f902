package volume

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hearth.dev/agent/internal/protocol"
)

// scope is what an operator knows of a volume, and what its state has to have.
type scope struct {
	claim   string
	trusted bool
	seed    protocol.Seed
	// source is the volume that the seed is of, nil for none.
	source *scope
	// from is what the seed has.
	from built
	// live is what the state has, nil before it was made.
	live *built
	// proven says that a run on what the state was begun from went well.
	proven bool
	gone   bool
}

// history plays an operator and its volumes, each of which is mounted only in the pods that need it.
type history struct {
	*world
	t      *rapid.T
	store  string
	scopes map[string]*scope
	seeds  int
	// last has the newest number that a generation of a volume of that name was ever given. An operator that would give one
	// again, to a volume that was made anew, tells the two apart by the seed's id.
	last map[string]int
}

func (h *history) empty() built {
	return built{Committed: map[string]string{}, Blobs: map[string]string{}, Active: map[string]string{}}
}

// needs are the volumes that are mounted with a volume. The layers of a copied one are on the volume itself.
func (s *scope) needs() []*scope {
	if s.source == nil {
		return nil
	}
	if s.seed.Mode == protocol.SeedRestore {
		return nil
	}
	needed := append([]*scope{s.source}, s.source.needs()...)
	if s.source.source != nil {
		needed = append(needed, s.source.source)
	}
	return needed
}

// lost says whether a volume is gone of whose layers a state of this volume has some.
func (s *scope) lost(state built) bool {
	return slices.ContainsFunc(s.needs(), func(each *scope) bool {
		for _, word := range state.Blobs {
			if each.gone && strings.HasPrefix(word, each.claim+"-") {
				return true
			}
		}
		return false
	})
}

func (h *history) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatalf("%v", err)
	}
}

// mount mounts a volume and those it needs. Whatever has a name now is mounted, be it made anew.
func (h *history) mount(s *scope) {
	h.Helper()
	h.must(os.RemoveAll(h.volumes))
	h.must(os.Mkdir(h.volumes, 0o755))
	for _, each := range append([]*scope{s}, s.needs()...) {
		if _, err := os.Stat(filepath.Join(h.store, each.claim)); err != nil {
			continue
		}
		if _, err := os.Lstat(h.own(each.claim)); err != nil {
			h.must(os.Symlink(filepath.Join(h.store, each.claim), h.own(each.claim)))
		}
	}
	if s.seed.Mode == protocol.SeedRestore && s.source != nil && s.source != s {
		if copied := filepath.Join(h.store, s.claim, "volumes", s.source.claim); exists(copied) {
			h.must(os.Symlink(copied, h.own(s.source.claim)))
		}
	}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func (h *history) scope(filter func(*scope) bool) *scope {
	var names []string
	for name, each := range h.scopes {
		if filter(each) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		h.t.Skip("there is no such volume")
	}
	slices.Sort(names)
	return h.scopes[rapid.SampledFrom(names).Draw(h.t, "claim")]
}

// life draws a process, which is killed somewhere in most cases.
func (h *history) life() *life {
	if rapid.Bool().Draw(h.t, "lives") {
		return &life{}
	}
	return &life{end: rapid.IntRange(1, 60).Draw(h.t, "end"), manner: manner(rapid.IntRange(0, int(manners)-1).Draw(h.t, "manner"))}
}

// begins returns what a state has that is begun again, the volume's own generation first.
func (h *history) begins(s *scope) built {
	numbers := slices.Sorted(maps.Keys(h.sealed[s.claim]))
	if s.trusted && len(numbers) > 0 {
		return h.sealed[s.claim][numbers[len(numbers)-1]]
	}
	return h.seeded(s)
}

// seeded returns what the seed of a volume has, or nothing if that cannot be read.
func (h *history) seeded(s *scope) built {
	if s.source == nil || s.source.gone && s.seed.Mode == protocol.SeedOverlay || s.lost(s.from) {
		return h.empty()
	}
	// The folder of the copy stays, which pods mount; what it has may be gone.
	copied := filepath.Join(h.store, s.claim, "volumes", s.source.claim, "generations", fmt.Sprint(s.seed.Generation))
	if s.seed.Mode == protocol.SeedRestore && s.source != s && !exists(copied) {
		return h.empty()
	}
	return s.from
}

func (h *history) optionsOf(s *scope) Options {
	seal := 0
	if s.trusted {
		h.last[s.claim]++
		seal = h.last[s.claim]
	}
	return h.options(s.claim, seal, s.seed)
}

// start mounts a volume and prepares it, if the process lives long enough, and checks the state.
func (h *history) start(s *scope, options Options) *Volume {
	h.Helper()
	h.mount(s)
	if s.live == nil {
		h.begun(s, h.seeded(s))
	} else if s.lost(*s.live) {
		h.begun(s, h.empty())
	}
	if l := h.life(); l.end > 0 {
		h.live(func() error { return h.opened(options, (*Volume).Prepare)(h.mortal(l)) })
		h.mount(s) // in another pod
	}
	v := h.prepared(options)
	if got := h.state(v); !reflect.DeepEqual(got, *s.live) {
		h.Fatalf("the state of %s, begun by %s, has %v instead of %v", s.claim, s.seed.ID, got, *s.live)
	}
	return v
}

// begun notes what the state of a volume is begun with.
func (h *history) begun(s *scope, with built) {
	s.live, s.proven = &with, false
}

// Run builds on a volume, and seals what was built if it goes well.
func (h *history) Run(t *rapid.T) {
	h.t = t
	s := h.scope(func(*scope) bool { return true })
	options := h.optionsOf(s)
	v := h.start(s, options)
	made := h.daemon(v).run(h.word(s.claim))
	s.live = &made
	if rapid.IntRange(0, 3).Draw(t, "outcome") == 0 {
		h.must(v.Close())
		return
	}
	if !s.trusted {
		h.must(v.Succeeded())
		v.EmptyTrash()
		s.proven = true
		h.must(v.Close())
		return
	}
	h.must(v.Close())
	l := h.life()
	var done bool
	died := h.live(func() error {
		v, err := open(options, h.mortal(l))
		if err != nil {
			return err
		}
		defer v.Close()
		if err := v.Seal(); err != nil {
			return err
		}
		if err := v.Sweep(); err != nil {
			return err
		}
		if err := v.Succeeded(); err != nil {
			return err
		}
		v.EmptyTrash()
		done = true
		return nil
	})
	if died {
		s.proven = s.proven || !h.exists(s.claim, "origin")
		return // nobody has heard of a generation
	}
	if !done {
		h.Fatalf("it ended")
	}
	s.proven = true
	if h.sealed[s.claim] == nil {
		h.sealed[s.claim] = map[int]built{}
	}
	h.sealed[s.claim][options.Seal] = made
	h.audit(s.claim)
}

// Break damages a state.
func (h *history) Break(t *rapid.T) {
	h.t = t
	s := h.scope(func(s *scope) bool { return s.live != nil && len(s.live.Committed) > 0 })
	h.must(os.WriteFile(filepath.Join(h.store, s.claim, "root/cache.db"), nil, 0o644))
	h.mount(s)
	want := h.empty()
	if s.proven {
		want = h.begins(s)
	}
	h.begun(s, want)
	h.must(h.start(s, h.optionsOf(s)).Close())
}

// Vacate empties a volume that is full.
func (h *history) Vacate(t *rapid.T) {
	h.t = t
	s := h.scope(func(s *scope) bool { return s.live != nil })
	options := h.optionsOf(s)
	h.must(h.start(s, options).Close())
	old := *s.live
	l := h.life()
	h.live(func() error {
		return h.opened(options, func(v *Volume) error { return v.Vacate("it is full") })(h.mortal(l))
	})
	h.mount(s)
	v := h.prepared(options)
	defer v.Close()
	got := h.state(v)
	allowed := []built{h.begins(s)}
	if s.seed.Mode == protocol.SeedRestore && s.source != nil {
		allowed = append(allowed, h.empty()) // the copy goes, too, unless a generation has it, be it one of which nobody has heard
	}
	if l.end > 0 {
		allowed = append(allowed, old)
	}
	if !slices.ContainsFunc(allowed, func(each built) bool { return reflect.DeepEqual(got, each) }) {
		h.Fatalf("the vacated state has %v instead of one of %v", got, allowed)
	}
	h.begun(s, got)
	s.proven = !h.exists(s.claim, "origin")
}

// RollBack has a trusted volume begin from an older generation.
func (h *history) RollBack(t *rapid.T) {
	h.t = t
	s := h.scope(func(s *scope) bool { return s.trusted && s.source == nil && len(h.sealed[s.claim]) > 0 })
	number := rapid.SampledFrom(slices.Sorted(maps.Keys(h.sealed[s.claim]))).Draw(t, "generation")
	seed := seedFrom(protocol.SeedRestore, s.claim, number)
	h.seeds++
	seed.ID = fmt.Sprintf("%s/%d", seed.ID, h.seeds)
	s.seed = seed
	h.begun(s, h.sealed[s.claim][number])
	h.must(h.start(s, h.optionsOf(s)).Close())
}

// Evict has an operator drop a generation that nobody reads.
func (h *history) Evict(t *rapid.T) {
	h.t = t
	s := h.scope(func(s *scope) bool { return len(h.sealed[s.claim]) > 1 })
	for _, number := range slices.Sorted(maps.Keys(h.sealed[s.claim])) {
		pinned := false
		for _, each := range h.scopes {
			pinned = pinned || each.source != nil && each.source.claim == s.claim && each.seed.Generation == number
		}
		if !pinned && len(h.sealed[s.claim]) > 1 {
			delete(h.sealed[s.claim], number)
			return
		}
	}
}

// Begin makes a volume that starts from another one, which it reads or copies.
func (h *history) Begin(t *rapid.T) {
	h.t = t
	source := h.scope(func(s *scope) bool { return len(h.sealed[s.claim]) > 0 })
	claim := rapid.SampledFrom([]string{"pr-1", "pr-2", "next"}).Draw(t, "new")
	if h.scopes[claim] != nil || claim == source.claim {
		t.Skip("it is there")
	}
	number := rapid.SampledFrom(slices.Sorted(maps.Keys(h.sealed[source.claim]))).Draw(t, "generation")
	s := &scope{claim: claim, trusted: claim == "next", source: source, seed: seedFrom(protocol.SeedOverlay, source.claim, number),
		from: h.sealed[source.claim][number]}
	h.must(os.Mkdir(filepath.Join(h.store, claim), 0o755))
	h.scopes[claim] = s
	if source.source != nil || !rapid.Bool().Draw(t, "copies") {
		return
	}
	s.seed = seedFrom(protocol.SeedRestore, source.claim, number)
	reads := &scope{claim: claim, source: source, seed: seedFrom(protocol.SeedOverlay, source.claim, number)}
	request := protocol.CopyRequest{Claim: claim, Seed: s.seed, LimitSeconds: 60}
	copied := func(l *life) {
		h.mount(reads)
		h.live(func() error {
			return copySeed(context.Background(), request, h.volumes, func(said string) { h.Fatalf("%s", said) }, h.mortal(l))
		})
	}
	copied(h.life())
	copied(&life{})
}

// Delete deletes a volume, whoever reads it. One of the same name may be made afterwards. An operator makes a trusted one that
// reads it anew.
func (h *history) Delete(t *rapid.T) {
	h.t = t
	h.remove(h.scope(func(*scope) bool { return true }))
}

func (h *history) remove(s *scope) {
	h.must(os.RemoveAll(filepath.Join(h.store, s.claim)))
	s.gone = true
	delete(h.scopes, s.claim)
	delete(h.sealed, s.claim)
	for _, each := range h.scopes {
		if each.trusted && slices.Contains(each.needs(), s) {
			h.remove(each)
		}
	}
	if s.claim == "main" {
		h.must(os.Mkdir(filepath.Join(h.store, "main"), 0o755))
		h.scopes["main"] = &scope{claim: "main", trusted: true, seed: cold}
	}
}

// Check is called after each of the others.
func (h *history) Check(*rapid.T) {
	for claim, s := range h.scopes {
		h.mount(s)
		for number, want := range h.sealed[claim] {
			got, err := h.generation(claim, number)
			if err != nil || !reflect.DeepEqual(got, want) {
				h.Fatalf("generation %d of %s has %v instead of %v: %v", number, claim, got, want, err)
			}
		}
	}
}

func TestAnyHistory(t *testing.T) {
	t.Parallel()
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		if err := checks.Value.Set("25"); err != nil { // more are for who asks for them
			t.Fatal(err)
		}
	}
	dir := folderOf(t)
	rapid.Check(t, func(t *rapid.T) {
		folder, err := os.MkdirTemp(dir, "history")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(folder)
		h := &history{world: newWorld(t, folder), t: t, store: filepath.Join(folder, "store"), scopes: map[string]*scope{}, last: map[string]int{}}
		h.must(os.MkdirAll(filepath.Join(h.store, "main"), 0o755))
		h.scopes["main"] = &scope{claim: "main", trusted: true, seed: cold}
		t.Repeat(map[string]func(*rapid.T){
			"run": h.Run, "run again": h.Run, "break": h.Break, "vacate": h.Vacate, "roll back": h.RollBack, "evict": h.Evict,
			"begin": h.Begin, "delete": h.Delete, "": h.Check,
		})
	})
}
