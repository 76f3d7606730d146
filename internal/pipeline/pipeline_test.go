package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"liftoff"
)

func TestExecute_StoresEveryPageAndCountsWhatItDid(t *testing.T) {
	t.Parallel()
	p := newParts(t, synthetic(t, 25))
	var told []int64
	p.options.Progress = func(_ context.Context, stored, total int64) { told = append(told, stored, total) }
	summary := p.succeed(t)
	if summary.Bytes < 25*929 {
		t.Errorf("%d bytes in 25 launches, want at least the smallest launch's size for each", summary.Bytes)
	}
	if summary.Statistics.Store <= 0 {
		t.Error("it is not measured how long storing took")
	}
	want := liftoff.RunSummary{
		RunCounts: liftoff.RunCounts{Pages: 3, Fetched: 25, Inserted: 25, Bytes: summary.Bytes},
		StartedAt: time.Date(2024, 4, 27, 17, 2, 1, 0, time.UTC), FinishedAt: time.Date(2024, 4, 27, 17, 2, 5, 0, time.UTC), // three pages in between
		Status: liftoff.RunSucceeded, Announced: 25, Statistics: summary.Statistics,
	}
	if diff := cmp.Diff(want, summary); diff != "" {
		t.Errorf("first run (-want +got):\n%s", diff)
	}
	if n := p.count(t); n != 25 {
		t.Errorf("%d rows stored, want 25", n)
	}
	if diff := cmp.Diff([]int64{25, 25}, told); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
	rows := "SELECT string_agg(id || ' ' || xmin, ',' ORDER BY id) FROM raw_launches"
	before := p.scan(t, rows)
	again := p.succeed(t)
	if again.Inserted != 0 || again.Unchanged != 25 || again.Fetched != 25 {
		t.Errorf("second run = %+v, want all unchanged", again)
	}
	if after := p.scan(t, rows); after != before {
		t.Errorf("the second run wrote rows (-first +second):\n%s", cmp.Diff(before, after))
	}
}

func TestExecute_WritesTheLedger(t *testing.T) {
	t.Parallel()
	p := newParts(t, synthetic(t, 25))
	p.options.ListTag = `W/"tag"`
	p.succeed(t)
	got := p.scan(t, `SELECT concat_ws('|', status, started_at, finished_at, pages, announced, fetched, inserted, coalesce(error, 'no error')) FROM ingestion_runs`)
	if want := "succeeded|2024-04-27 17:02:01|2024-04-27 17:02:05|3|25|25|25|no error"; got != want {
		t.Errorf("the ledger has %q, want %q", got, want)
	}
	source := p.source(t)
	want := liftoff.SourceState{
		URL: p.api.url, Watermark: time.Date(2024, 4, 27, 17, 2, 1, 0, time.UTC), ListTag: `W/"tag"`, MostLaunches: 25,
		MissingCheckedAt: time.Date(2024, 4, 27, 17, 2, 1, 0, time.UTC),
		NewestID:         p.scan(t, `SELECT max(id COLLATE "C") FROM raw_launches`),
	}
	if diff := cmp.Diff(want, source, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("what is known of the source (-want +got):\n%s", diff)
	}
}

func TestExecute_StepsComeInOrder(t *testing.T) {
	t.Parallel()
	p := newParts(t, synthetic(t, 25))
	p.options.What, p.options.Selection = "latest launch data from SpaceX API", liftoff.SelectLatest
	setFetch(&p.options, p.matching(liftoff.Query{Selection: liftoff.SelectLatest}))
	p.options.Complete = func(_ context.Context, summary liftoff.RunSummary) error {
		if n := p.count(t); n != 1 || summary.Inserted != 1 || p.scan(t, "SELECT status FROM ingestion_runs") != "running" {
			t.Errorf("after the store %d rows, %d inserted", n, summary.Inserted)
		}
		return nil
	}
	p.succeed(t)
	rest := p.log.String()
	for _, sentence := range []string{
		"Successfully fetched latest launch data from SpaceX API.", " inserted into database.",
	} {
		_, after, found := strings.Cut(rest, sentence)
		if !found {
			t.Fatalf("%q is missing or out of order in:\n%s", sentence, p.log)
		}
		rest = after
	}
	if n := strings.Count(p.log.String(), "level=INFO"); n != 2 {
		t.Errorf("%d lines for one launch, want 2:\n%s", n, p.log)
	}
}

func TestExecute_SaysOfOneLaunchThatItIsThereOrHasChanged(t *testing.T) {
	t.Parallel()
	p := newParts(t, documents(t, good(1)...))
	p.succeed(t)
	p.succeed(t)
	p.api.serve(documents(t, strings.Replace(good(1)[0], "Launch 0", "Renamed", 1)))
	p.succeed(t)
	for _, sentence := range []string{
		"Launch " + idOf(0) + " inserted into database.",
		`"The launch is in the database already; nothing was inserted." launch_id=` + idOf(0),
		`"The launch has changed; the change is stored as a revision." launch_id=` + idOf(0),
	} {
		if n := strings.Count(p.log.String(), sentence); n != 1 {
			t.Errorf("%q stands %d times in:\n%s", sentence, n, p.log)
		}
	}
}

func TestExecute_KeepsWhatCameBeforeAFaultAndTakesUpTheRestLater(t *testing.T) {
	t.Parallel()
	p := newParts(t, documents(t, good(60)...))
	p.api.breakAt(func(offset int) bool { return offset >= 19 }) // all pages from the third on
	summary := p.fail(t, liftoff.Source, liftoff.RunPartial, "502")
	if summary.Inserted != 20 || p.count(t) != 20 {
		t.Errorf("%d inserted and %d rows, want the 20 of two pages", summary.Inserted, p.count(t))
	}
	if p.hasView(t) {
		t.Error("the view was created although the run had ended early")
	}
	if source := p.source(t); !source.Watermark.IsZero() {
		t.Errorf("the watermark moved to %s", source.Watermark)
	}
	p.api.breakAt(func(int) bool { return false })
	if again := p.succeed(t); again.Inserted != 40 || again.Unchanged != 20 {
		t.Errorf("the next run = %+v, want the other 40 launches", again)
	}
}

func TestExecute_AFaultAtTheStartStoresNothing(t *testing.T) {
	t.Parallel()
	p := newParts(t, documents(t, good(60)...))
	p.api.breakAt(func(int) bool { return true })
	if summary := p.fail(t, liftoff.Source, liftoff.RunFailed, "502"); summary.Fetched != 0 || p.count(t) != 0 {
		t.Errorf("%+v with %d rows", summary, p.count(t))
	}
}

func TestExecute_TellsAFaultOfEachLaterStep(t *testing.T) {
	t.Parallel()
	fault := errors.New("no such column")
	t.Run("the view cannot be created", func(t *testing.T) {
		t.Parallel()
		p := newParts(t, documents(t, good(3)...))
		p.options.Complete = func(context.Context, liftoff.RunSummary) error { return fault }
		p.fail(t, liftoff.Internal, liftoff.RunFailed, "no such column")
		if p.count(t) != 3 || !p.source(t).Watermark.IsZero() {
			t.Errorf("%d rows, watermark %s, want the launches stored and no watermark", p.count(t), p.source(t).Watermark)
		}
	})
	t.Run("what launches refer to cannot be fetched", func(t *testing.T) {
		t.Parallel()
		p := newParts(t, documents(t, good(3)...))
		p.options.Complete = func(context.Context, liftoff.RunSummary) error {
			return liftoff.NewError(liftoff.Source, errors.New("fetch payloads: 502"), "try again")
		}
		p.fail(t, liftoff.Source, liftoff.RunPartial, "fetch payloads: 502")
		if !p.source(t).Watermark.IsZero() {
			t.Errorf("watermark %s, want none", p.source(t).Watermark)
		}
	})
	t.Run("the database fails after the launches are stored", func(t *testing.T) {
		t.Parallel()
		p := newParts(t, documents(t, good(3)...))
		p.options.Complete = func(context.Context, liftoff.RunSummary) error {
			return liftoff.NewError(liftoff.Database, errors.New("vacuum: disk full"), "make room")
		}
		p.fail(t, liftoff.Database, liftoff.RunFailed, "disk full")
	})
}

// A run whose connections are ended goes on over new ones.
func TestExecute_TheDatabaseGoesAway(t *testing.T) {
	t.Parallel()
	p := newParts(t, documents(t, good(60)...))
	p.batches(10)
	p.api.breakWith(func(_ http.ResponseWriter, _ *http.Request, offset int) bool {
		if offset == 29 {
			scan[int](t, p.db, `SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
				WHERE datname = current_database() AND application_name = 'liftoff'`)
		}
		return false
	})
	p.succeed(t)
	if total := scan[int](t, p.db, "SELECT fetched FROM ingestion_runs"); total != 60 || total != p.count(t) {
		t.Errorf("the ledger counts %d launches and there are %d, want 60", total, p.count(t))
	}
}

func TestExecute_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	t.Run("before it begins", func(t *testing.T) {
		t.Parallel()
		p := newParts(t, documents(t, good(60)...))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		summary, err := p.execute(ctx, t)
		if liftoff.CategoryOf(err) != liftoff.Interrupted || summary.Status != liftoff.RunInterrupted || p.count(t) != 0 {
			t.Errorf("Execute() = %s, %v with %d rows, want an interruption and nothing stored", summary.Status, err, p.count(t))
		}
		if status := p.scan(t, "SELECT status FROM ingestion_runs"); status != "interrupted" {
			t.Errorf("the ledger says %s", status)
		}
	})
	t.Run("while it waits for a page", func(t *testing.T) {
		t.Parallel()
		p := newParts(t, documents(t, good(60)...))
		p.batches(5)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		p.api.breakWith(func(_ http.ResponseWriter, r *http.Request, offset int) bool {
			if offset < 39 {
				return false
			}
			<-r.Context().Done()
			return true
		})
		var stored atomic.Int64
		p.options.OnBatch = func(batch liftoff.Batch, _ liftoff.BatchResult) {
			if stored.Add(int64(len(batch.Launches))) == 30 {
				cancel()
			}
		}
		summary, err := p.execute(ctx, t)
		if liftoff.CategoryOf(err) != liftoff.Interrupted || summary.Status != liftoff.RunInterrupted {
			t.Errorf("Execute() = %s, %v, want an interruption", summary.Status, err)
		}
		if n := p.count(t); n < 30 || int64(n) != summary.Inserted || n%5 != 0 {
			t.Errorf("%d rows and %d inserted, want whole batches, and what was stored before", n, summary.Inserted)
		}
		if got := p.scan(t, "SELECT status || ' ' || fetched FROM ingestion_runs"); got != fmt.Sprint("interrupted ", p.count(t)) {
			t.Errorf("the ledger says %s, with %d rows", got, p.count(t))
		}
	})
}

func TestExecute_ADryRunWritesAndClaimsNothing(t *testing.T) {
	t.Parallel()
	for _, count := range []int{1, 25} {
		p := newParts(t, documents(t, good(count)...))
		p.options.IsDry, p.options.Complete = true, nil
		if summary := p.succeed(t); summary.Inserted != int64(count) {
			t.Errorf("a dry run tells %+v, want %d inserted", summary, count)
		}
		if n := p.count(t) + scan[int](t, p.db, "SELECT (SELECT count(*) FROM ingestion_runs) + (SELECT count(*) FROM ingestion_sources)"); n != 0 {
			t.Errorf("%d rows were written", n)
		}
		if strings.Contains(p.log.String(), "inserted") || !strings.Contains(p.log.String(), "Successfully fetched launches from SpaceX API") {
			t.Errorf("the log of a dry run says:\n%s", p.log)
		}
	}
}

func TestExecute_NothingToFetchIsSuccess(t *testing.T) {
	t.Parallel()
	p := newParts(t, documents(t, good(3)...))
	p.options.Selection = liftoff.SelectSince
	setFetch(&p.options, p.matching(liftoff.Query{Selection: liftoff.SelectSince, Since: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)}))
	if summary := p.succeed(t); summary.Announced != 0 || summary.Fetched != 0 || !p.hasView(t) {
		t.Errorf("Execute() = %+v, a view: %v", summary, p.hasView(t))
	}
}

// A clock that is set back by hours in mid-run makes no negative duration.
func TestB10_TheClockIsSetBackInMidRun(t *testing.T) {
	t.Parallel()
	p := newParts(t, synthetic(t, 30))
	clock := newClock()
	began := clock()
	p.options.Now = func() time.Time {
		if now := clock(); now.Sub(began) < 4*time.Second {
			return now
		}
		return began.Add(-5 * time.Hour)
	}
	s := p.succeed(t)
	if s.FinishedAt.Before(s.StartedAt) {
		t.Errorf("the run took %s", s.FinishedAt.Sub(s.StartedAt))
	}
	if got := p.scan(t, "SELECT (finished_at >= started_at)::TEXT FROM ingestion_runs"); got != "true" {
		t.Error("the ledger has a run that ended before it began")
	}
}
