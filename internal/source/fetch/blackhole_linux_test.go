package fetch_test

import (
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/source/fetch"
	"liftoff/internal/testkit/apitest"
	"liftoff/internal/testkit/faultproxy"
)

func TestA3_ConnectionsThatNobodyAnswers(t *testing.T) {
	options, pauses := testOptions("http://" + faultproxy.FullListener(t))
	options.MaxAttempts = 2
	began := time.Now()
	_, err := latest(t.Context(), newClient(t, fetch.WithDeadlines(options, fetch.Deadlines{Connect: 200 * time.Millisecond})))
	apitest.WantError(t, err, liftoff.Source, "i/o timeout after 2 attempts")
	if took := time.Since(began); took < 400*time.Millisecond || took > 2*time.Second || len(pauses.Recorded()) != 1 {
		t.Errorf("it took %v with %d pauses", took, len(pauses.Recorded()))
	}
}
