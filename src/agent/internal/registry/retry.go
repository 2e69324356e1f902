package registry

import (
	"context"
	"time"
)

// Schedule says when transient failures are tried again.
type Schedule struct {
	// First is the pause before the second attempt. Each further one is twice as long, up to Longest.
	First, Longest time.Duration
	// Patience is how long after the first attempt others begin; 0 for as long as there is time. A transfer may take much longer.
	Patience time.Duration
	// Log gets the reason of each further attempt, as a sentence.
	Log func(sentence string)
}

// Do makes attempts until one succeeds, or fails with what is not transient, or there is no time for another. It returns the error
// of the last one.
func (s Schedule) Do(ctx context.Context, attempt func(ctx context.Context) error) error {
	began := time.Now()
	for pause := s.First; ; pause = min(2*pause, s.Longest) {
		err := attempt(ctx)
		if err == nil || !IsTransient(err) || ctx.Err() != nil {
			return err
		}
		if end, ok := ctx.Deadline(); ok && time.Until(end) < pause {
			return err
		}
		if s.Patience > 0 && time.Since(began)+pause > s.Patience {
			return err
		}
		s.Log("trying again: " + err.Error())
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}
