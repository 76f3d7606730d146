package spacex_test

import (
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/source/spacex"
	"liftoff/internal/testkit/faultproxy"
)

func TestA3_ConnectionsThatNobodyAnswers(t *testing.T) {
	options, pauses := testOptions("http://" + faultproxy.FullListener(t))
	options.MaxAttempts = 2
	began := time.Now()
	_, err := latest(t.Context(), newClient(t, spacex.WithDeadlines(options, spacex.Deadlines{Connect: 200 * time.Millisecond})))
	wantError(t, err, liftoff.Source, "i/o timeout after 2 attempts")
	if took := time.Since(began); took < 400*time.Millisecond || took > 2*time.Second || len(pauses.recorded()) != 1 {
		t.Errorf("it took %v with %d pauses", took, len(pauses.recorded()))
	}
}
