package analytics

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// pauses are the times between tries: short at first, then up to 2 s, each
// with some chance in it.
type pauses struct{ delays *backoff.ExponentialBackOff }

func newPauses() pauses {
	delays := backoff.NewExponentialBackOff()
	delays.InitialInterval = 200 * time.Millisecond
	delays.MaxInterval = 2 * time.Second
	return pauses{delays}
}

// next waits for the next pause to pass, or returns ctx's error.
func (p pauses) next(ctx context.Context) error {
	timer := time.NewTimer(p.delays.NextBackOff())
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
