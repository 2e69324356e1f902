package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"hearth.dev/agent/internal/control"
	"hearth.dev/agent/internal/plain"
)

const (
	// recordName is the file in the folder of the sockets that survives a restart of the container.
	recordName = "agent.json"
	// longestRecord is its size in bytes, with more steps than a pod can have.
	longestRecord = 64 << 10
	// mostRounds is more rounds than a pod can have: a record with more was not written by an agent.
	mostRounds = 1_000_000
	// longestSentence is the number of characters of a sentence about the storage.
	longestSentence = 1000
)

// wish is what a solve asks for in place of the daemon of a round.
type wish struct {
	want control.Want
	why  string
}

// record is what a restarted container has to know. The daemon can write where it is kept, so it is data when it is read.
type record struct {
	// Begun is the newest round.
	Begun int `json:"begun"`
	// Last says that no other round follows for the solves that have seen the newest one.
	Last bool `json:"last,omitempty"`
	// Pruned says that a wish for room was met by pruning.
	Pruned bool `json:"pruned,omitempty"`
	// Crowded says that others fill the storage.
	Crowded string `json:"crowded,omitempty"`
	// Done has the steps that succeeded.
	Done []string `json:"done,omitempty"`
}

// rounds is what daemon and solves know of each other. It implements control.Rounds but for the measure of the volume and the traces.
type rounds struct {
	folder *os.Root
	log    func(string)
	steps  []string
	most   int

	mu sync.Mutex
	// changed is closed and replaced at each change that somebody may wait for.
	changed chan struct{}
	record  record
	// given says that the daemon of the newest round answers and nobody has asked for another.
	given bool
	// alive says that the daemon of the newest round has not ended.
	alive bool
	// ended says that this agent starts no other daemon.
	ended bool
	wish  *wish
	state control.State
}

// openRounds reads what an agent of this pod left before its container was started again.
func openRounds(folder *os.Root, steps []string, most int, log func(string)) *rounds {
	r := &rounds{folder: folder, log: log, steps: steps, most: most, changed: make(chan struct{})}
	kept, err := readRecord(folder, steps)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		log(fmt.Sprintf("what an agent before this one has left is not used: %v", err))
	}
	r.record = kept
	return r
}

func readRecord(folder *os.Root, steps []string) (record, error) {
	file, err := folder.OpenFile(recordName, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return record{}, fmt.Errorf("read the rounds: %w", err)
	}
	defer file.Close()
	information, err := file.Stat()
	if err != nil {
		return record{}, fmt.Errorf("read the rounds: %w", err)
	}
	if !information.Mode().IsRegular() {
		return record{}, errors.New("read the rounds: not a file")
	}
	content, err := io.ReadAll(io.LimitReader(file, longestRecord+1))
	if err != nil {
		return record{}, fmt.Errorf("read the rounds: %w", err)
	}
	return parseRecord(content, steps)
}

func parseRecord(content []byte, steps []string) (record, error) {
	if len(content) > longestRecord {
		return record{}, errors.New("read the rounds: the file is too long")
	}
	var kept record
	if err := json.Unmarshal(content, &kept); err != nil {
		return record{}, errors.New("read the rounds: the file is not JSON")
	}
	if kept.Begun < 0 || kept.Begun > mostRounds {
		return record{}, errors.New("read the rounds: their number is not possible")
	}
	kept.Crowded = plain.Text(kept.Crowded, longestSentence)
	var done []string
	for _, step := range steps {
		if slices.Contains(kept.Done, step) {
			done = append(done, step)
		}
	}
	kept.Done = done
	return kept, nil
}

// keep writes the record at once. A failure leaves the old one: it matters only if the container is started again.
func (r *rounds) keep() {
	if err := r.write(); err != nil {
		r.log(fmt.Sprintf("a restart of this container would not know of its rounds: %v", err))
	}
}

func (r *rounds) write() error {
	content, err := json.Marshal(r.record)
	if err != nil {
		return err
	}
	const fresh = recordName + ".new"
	if err := r.folder.Remove(fresh); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	file, err := r.folder.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return r.folder.Rename(fresh, recordName)
}

func (r *rounds) wake() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// isBeforeFirst says whether this pod has not started a daemon yet.
func (r *rounds) isBeforeFirst() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.record.Begun == 0
}

// begin begins the next round, and says what became of the cache until then.
func (r *rounds) begin(state control.State) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.record.Begun++
	if r.record.Begun >= r.most {
		r.record.Last = true
	}
	r.wish, r.given, r.alive, r.state = nil, false, true, state
	r.keep()
	r.wake()
	return r.record.Begun
}

// give lets the solves use the daemon of the newest round.
func (r *rounds) give() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.given = true
	r.wake()
}

// over says that the daemon of the newest round has ended. It returns what a solve asked for, if one did.
func (r *rounds) over() *wish {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.given, r.alive = false, false
	r.wake()
	return r.wish
}

// stop says that no other round follows from this agent.
func (r *rounds) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.given, r.alive, r.ended = false, false, true
	r.wake()
}

// asked waits until a solve asks for another daemon. Returns nil if the context ends before.
func (r *rounds) asked(ctx context.Context) *wish {
	for {
		r.mu.Lock()
		wish, changed := r.wish, r.changed
		r.mu.Unlock()
		if wish != nil {
			return wish
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

// want asks for another daemon on behalf of this agent, before a solve has the daemon of the newest round.
func (r *rounds) want(want control.Want, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wish = &wish{want, why}
	r.wake()
}

// crowd says whether others fill the storage, in a sentence that is empty if they do not. Where nothing is removed for their
// sake, no other round would do better.
func (r *rounds) crowd(sentence string, last bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.record.Crowded = plain.Text(sentence, longestSentence)
	r.record.Last = r.record.Last || last
	r.keep()
	r.wake()
}

// prune says that a wish for room is met by pruning.
func (r *rounds) prune() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.record.Pruned = true
	r.keep()
}

func (r *rounds) pruned() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.record.Pruned
}

// succeeded says whether all steps of the pod have.
func (r *rounds) succeeded() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, step := range r.steps {
		if !slices.Contains(r.record.Done, step) {
			return false
		}
	}
	return true
}

// follows says whether another round comes once the daemon of the newest one is gone. Needs the lock.
func (r *rounds) follows() bool {
	switch {
	case r.ended || r.record.Begun >= r.most:
		return false
	case r.wish != nil || !r.alive:
		return true
	default:
		return !r.record.Last
	}
}

func (r *rounds) Await(ctx context.Context, after int) (int, error) {
	for {
		r.mu.Lock()
		newest, given, ended, changed := r.record.Begun, r.given, r.ended, r.changed
		// A container that is started again begins one round more than there are, for solves that have had none yet.
		none := ended || after >= newest && !r.follows() || after >= r.most
		r.mu.Unlock()
		switch {
		case none && (after > 0 || ended):
			return 0, control.ErrLast
		case given && newest > after:
			return newest, nil
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-changed:
		}
	}
}

func (r *rounds) Round() (round int, follows bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	round, follows = r.record.Begun, r.follows()
	if follows && (r.wish != nil || !r.alive) {
		round++
	}
	return round, follows
}

func (r *rounds) Ask(round int, want control.Want, why string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case round > r.record.Begun:
		return control.ErrUnknown
	case round < r.record.Begun && round < r.most, r.wish != nil:
		return nil
	case !r.follows():
		return control.ErrLast
	case !r.alive:
		return nil
	}
	r.wish = &wish{want, why}
	r.given = false
	r.wake()
	return nil
}

func (r *rounds) Crowded() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.record.Crowded
}

func (r *rounds) State() control.State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state
}

func (r *rounds) Done(step string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Contains(r.steps, step) {
		return control.ErrUnknown
	}
	if !slices.Contains(r.record.Done, step) {
		r.record.Done = append(r.record.Done, step)
		r.keep()
	}
	return nil
}
