package solve

import (
	"testing"

	"pgregory.net/rapid"
)

func TestDecide(t *testing.T) {
	for _, test := range []struct {
		name  string
		facts facts
		want  action
	}{
		{"told to terminate", facts{terminated: true}, fail},
		{"out of time", facts{timedOut: true, failure: damaged}, fail},
		{"told to terminate while it found out", facts{terminated: true, probed: true, follows: true}, fail},
		{"nothing known yet", facts{failure: damaged}, probe},
		{"a step that exited, before it is known whether it was killed with its daemon", facts{failure: stepExited}, probe},

		{"no answer, another follows", facts{probed: true, follows: true}, await},
		{"no answer, a newer one is there", facts{probed: true, replaced: true}, await},
		{"no answer, none follows", facts{probed: true}, gone},
		{"a newer one is there, although one answers", facts{probed: true, answers: true, replaced: true, failure: stepExited}, await},
		{"a newer one is there, and more may follow", facts{probed: true, answers: true, replaced: true, follows: true}, await},

		{"the daemon is there", facts{probed: true, answers: true}, measure},
		{"the daemon is there, a step exited", facts{probed: true, answers: true, failure: stepExited, follows: true}, measure},

		{"full, a step exited", facts{probed: true, answers: true, measured: true, full: true, failure: stepExited, follows: true}, askRoom},
		{"full, the last daemon", facts{probed: true, answers: true, measured: true, full: true, failure: stepExited}, noRoom},
		{"full, damaged with imports", facts{probed: true, answers: true, measured: true, full: true, failure: damaged, imports: true, follows: true}, askRoom},

		{"not full, a step exited", facts{probed: true, answers: true, measured: true, failure: stepExited, follows: true}, fail},
		{"not full any more, no space for BuildKit", facts{probed: true, answers: true, measured: true, failure: noSpace, follows: true}, askRoom},
		{"no space for BuildKit, the last daemon", facts{probed: true, answers: true, measured: true, failure: noSpace}, noRoom},
		{"damaged with imports", facts{probed: true, answers: true, measured: true, failure: damaged, imports: true, follows: true}, withoutImports},
		{"damaged with imports, the last daemon", facts{probed: true, answers: true, measured: true, failure: damaged, imports: true}, withoutImports},
		{"damaged without imports", facts{probed: true, answers: true, measured: true, failure: damaged, follows: true}, askAnew},
		{"damaged, the last daemon", facts{probed: true, answers: true, measured: true, failure: damaged}, fail},
		{"another error", facts{probed: true, answers: true, measured: true, failure: other, imports: true, follows: true}, fail},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := decide(test.facts); got != test.want {
				t.Errorf("the action is %d, want %d", got, test.want)
			}
		})
	}
}

// TestDecideEnds checks what must hold whatever the facts are.
func TestDecideEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		flag := rapid.Bool()
		f := facts{
			terminated: flag.Draw(t, "terminated"), timedOut: flag.Draw(t, "timedOut"),
			failure: kind(rapid.IntRange(int(other), int(damaged)).Draw(t, "failure")), imports: flag.Draw(t, "imports"),
			probed: flag.Draw(t, "probed"), answers: flag.Draw(t, "answers"), replaced: flag.Draw(t, "replaced"),
			follows: flag.Draw(t, "follows"), measured: flag.Draw(t, "measured"), full: flag.Draw(t, "full"),
		}
		got := decide(f)
		switch {
		case (f.terminated || f.timedOut) && got != fail:
			t.Errorf("a solve that is over is followed by %d", got)
		case f.probed && got == probe, f.measured && got == measure:
			t.Errorf("what is known is found out again")
		case (got == askRoom || got == askAnew) && !f.follows:
			t.Errorf("a daemon is asked for that does not follow")
		case got == withoutImports && !f.imports:
			t.Errorf("imports are left out that were not there")
		case f.probed && f.answers && !f.replaced && f.measured && !f.full && f.failure == stepExited && got != fail:
			t.Errorf("a step that exited is tried again")
		}
	})
}
