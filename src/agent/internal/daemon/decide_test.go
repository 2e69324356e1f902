package daemon

import (
	"testing"

	"pgregory.net/rapid"

	"hearth.dev/agent/internal/control"
)

func TestWhatFollowsADaemon(t *testing.T) {
	for _, c := range []struct {
		name string
		end  end
		want action
	}{
		{"died, and it is not known why", end{code: 1}, try},
		{"died where another one starts", end{code: 1, trial: works}, renew},
		{"died where no other one starts", end{code: 1, trial: fails}, stop},
		{"died after the solves had it", end{code: 2, answered: true}, renew},
		{"ended well by itself", end{code: 0}, try},
		{"was killed", end{code: 137}, resume},
		{"was killed after the solves had it", end{code: 137, answered: true}, resume},
		{"was terminated", end{code: 143}, resume},
		{"was killed on a full volume", end{code: 137, full: true}, vacate},
		{"died on a full volume", end{code: 1, full: true}, vacate},
		{"died on a volume that others fill", end{code: 1, full: true, spared: true}, spare},
		{"was killed on a volume that others fill", end{code: 137, full: true, spared: true}, spare},
		{"a solve wants room", end{wish: control.Room, code: 1, answered: true}, prune},
		{"a solve wants room that others fill", end{wish: control.Room, spared: true}, spare},
		{"a solve wants room on a full volume", end{wish: control.Room, full: true}, prune},
		{"a solve wants room after it was pruned", end{wish: control.Room, pruned: true}, vacate},
		{"a solve wants room after it was pruned, which others fill", end{wish: control.Room, pruned: true, spared: true}, spare},
		{"a solve wants another state", end{wish: control.Anew, code: 1, answered: true}, renew},
		{"a solve wants another state on a full volume", end{wish: control.Anew, full: true}, vacate},
		{"a solve wants another state of a daemon that was killed", end{wish: control.Anew, code: 137}, renew},
		{"spared means nothing where there is room", end{spared: true, code: 137}, resume},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.end.round, c.end.rounds = 1, 3
			if got := c.end.next(); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
			for _, round := range []int{3, 4} {
				c.end.round = round
				if got := c.end.next(); got != stop {
					t.Errorf("round %d: got %d", round, got)
				}
			}
		})
	}
}

// Whatever is known, a trial is made once at most, and nothing is removed where it must not be.
func TestEveryEndIsDecided(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := end{
			round: rapid.IntRange(1, 5).Draw(t, "round"), rounds: 3,
			wish:     rapid.SampledFrom([]control.Want{"", control.Room, control.Anew}).Draw(t, "wish"),
			code:     rapid.SampledFrom([]int{0, 1, 2, 70, 137, 143}).Draw(t, "code"),
			answered: rapid.Bool().Draw(t, "answered"), full: rapid.Bool().Draw(t, "full"),
			spared: rapid.Bool().Draw(t, "spared"), pruned: rapid.Bool().Draw(t, "pruned"),
		}
		decided := e.next()
		if decided == try {
			e.trial = rapid.SampledFrom([]trial{works, fails}).Draw(t, "trial")
			if again := e.next(); again == try || (again == renew) != (e.trial == works) {
				t.Errorf("after trial %d: %d", e.trial, again)
			}
		}
		if e.full && e.spared && (decided == vacate || decided == renew || decided == prune) {
			t.Errorf("removes from a volume that others start from and others fill: %d", decided)
		}
		if decided == prune && e.pruned {
			t.Error("prunes twice")
		}
	})
}

func TestReasons(t *testing.T) {
	for want, e := range map[string]end{
		"no space left":                         {wish: control.Room, why: "no space left", code: 1, words: "panic: x"},
		"BuildKit ended with code 2 (panic: x)": {code: 2, words: "panic: x"},
		"BuildKit ended with code 70":           {code: 70},
	} {
		if got := e.reason(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
