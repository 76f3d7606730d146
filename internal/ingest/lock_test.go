package ingest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/ingest"
	"liftoff/internal/postgres"
)

// hold takes the lock of the setup's source, as another run would.
func (s setup) hold(t *testing.T) *postgres.Run {
	t.Helper()
	run, err := s.Store.BeginRun(t.Context(), postgres.RunOptions{
		Source: s.SourceKey, Selection: liftoff.SelectAll, Command: "other", ProgramVersion: "test", StartedAt: s.Now(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func TestRun_WhileAnotherHasTheLock(t *testing.T) {
	t.Parallel()
	api := newAPI(t, documents(t, document(0, `"a"`), `{"id":"`+idOf(2)+`","payloads":"one"}`))
	for _, selection := range []liftoff.Selection{liftoff.SelectAll, liftoff.SelectBackfill, liftoff.SelectQuarantine} {
		t.Run(string(selection), func(t *testing.T) {
			t.Parallel()
			s := newSetup(t, api.url)
			if _, err := ingest.New(s.Options).Run(t.Context(), selecting(liftoff.SelectLatest)); err != nil {
				t.Fatal(err)
			}
			if result, err := ingest.New(s.Options).Run(t.Context(), selecting(liftoff.SelectAll)); err != nil || result.Summary.Quarantined != 1 {
				t.Fatalf("Run() = %+v, %v", result, err)
			}
			first := s.hold(t)
			request := s.opened(t, selecting(selection))
			request.LockedHint = "try again at night"
			result, err := ingest.New(s.Options).Run(t.Context(), request)
			wantError(t, err, liftoff.Locked, "another run is writing launches of "+api.url)
			if liftoff.HintOf(err) != request.LockedHint || result.Summary.RunID != 0 {
				t.Errorf("hint %q, result %+v", liftoff.HintOf(err), result)
			}

			request.IfLocked = ingest.LockedSkip
			result, err = ingest.New(s.Options).Run(t.Context(), request)
			if diff := cmp.Diff(ingest.Result{IsSkipped: true}, result); diff != "" || err != nil {
				t.Errorf("Run() = %v, %v", diff, err)
			}
			if n := strings.Count(s.log.String(), "Nothing was done: another run has the lock."); n != 1 {
				t.Errorf("%d lines say that nothing was done:\n%s", n, s.log)
			}

			request.IfLocked = ingest.LockedWait
			type outcome struct {
				result ingest.Result
				err    error
			}
			ended := make(chan outcome)
			go func() {
				result, err := ingest.New(s.Options).Run(t.Context(), request)
				ended <- outcome{result, err}
			}()
			s.log.await(t, "Waiting for another run of the same source to end.")
			first.Abandon(t.Context())
			if got := <-ended; got.err != nil || got.result.IsSkipped || got.result.Summary.Fetched == 0 {
				t.Errorf("Run() = %+v, %v after the wait", got.result, got.err)
			}
		})
	}
}

func TestRun_ADryRunNeedsNoLock(t *testing.T) {
	t.Parallel()
	s := newSetup(t, newAPI(t, synthetic(t, 5, 3)).url)
	defer s.hold(t).Abandon(t.Context())
	request := selecting(liftoff.SelectAll)
	request.IsDry = true
	if result := s.succeed(t, request); result.Summary.Inserted != 5 {
		t.Errorf("Run() = %+v", result)
	}
}
