package ingest_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/ingest"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/apitest"
)

// openParts opens a backfill with parts of so many launches, fewer than a user can have,
// and returns the request of a worker.
func (s setup) openParts(t *testing.T, size int, since time.Time) ingest.Request {
	t.Helper()
	source, ok := s.Source.(ingest.RangedSource)
	if !ok {
		t.Fatal("the source has no ranges")
	}
	ranges, total, err := source.Ranges(t.Context(), liftoff.Division{Since: since, Parts: 1, MinSize: size, MaxSize: size})
	if err != nil {
		t.Fatal(err)
	}
	request := selecting(liftoff.SelectBackfill)
	request.BackfillID, _, _, err = s.Store.OpenBackfill(t.Context(), postgres.NewBackfill{
		Source: s.SourceKey, Since: since, Ranges: ranges, Announced: int64(total),
	})
	if err != nil {
		t.Fatal(err)
	}
	return request
}

// open opens a backfill as a user does.
func (s setup) open(t *testing.T, request ingest.BackfillRequest) (liftoff.Backfill, bool) {
	t.Helper()
	opened, isNew, err := ingest.New(s.Options).OpenBackfill(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	return opened, isNew
}

// There are at least 16 parts for each worker, but none with less than 100 launches.
func TestOpenBackfill_MakesPartsForTheWorkers(t *testing.T) {
	t.Parallel()
	api := newAPI(t, synthetic(t, 2000, 3))
	for _, test := range []struct{ workers, want int }{{1, 16}, {2, 20}, {1000, 20}} {
		t.Run(fmt.Sprintf("%d workers", test.workers), func(t *testing.T) {
			t.Parallel()
			s := newSetup(t, api.url)
			opened, isNew := s.open(t, ingest.BackfillRequest{Workers: test.workers})
			// 16 parts of 125 launches would need two pages of 10 more than full ones do.
			if want := test.want; !isNew || opened.State != liftoff.BackfillOpen || opened.Announced != 2000 || opened.Parts < want || opened.Parts > want+2 {
				t.Errorf("%+v, new: %t, want about %d parts", opened, isNew, want)
			}
		})
	}
}

func TestOpenBackfill_WhileOneIsOpen(t *testing.T) {
	t.Parallel()
	api := newAPI(t, synthetic(t, 60, 3))
	date := time.Date(2015, 1, 31, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		first, second time.Time
		// says is what the error says; empty for none.
		says string
	}{
		"both of all":        {},
		"the same date":      {first: date, second: date},
		"30d, an hour later": {first: date, second: date.Add(time.Hour)},
		"a day later":        {first: date, second: date.AddDate(0, 0, 1), says: "one of launches since 2015-02-01 cannot be opened beside it"},
		"earlier":            {first: date, second: date.Add(-time.Minute), says: "backfill 1 of launches since 2015-01-31 is open and has 1 part left; one of launches since 2015-01-30 23:59:00 UTC"},
		"all after a date":   {first: date, says: "one of all launches"},
		"a date after all":   {second: date, says: "backfill 1 of all launches is open"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSetup(t, api.url)
			first, _ := s.open(t, ingest.BackfillRequest{Workers: 1, Since: test.first})
			second, isNew, err := ingest.New(s.Options).OpenBackfill(t.Context(), ingest.BackfillRequest{Workers: 1, Since: test.second})
			if test.says != "" {
				wantError(t, err, liftoff.Usage, test.says)
			} else if err != nil || isNew || second.ID != first.ID {
				t.Errorf("OpenBackfill() = %+v, %t, %v", second, isNew, err)
			}
			if n := scan[int](t, s.db, "SELECT count(*) FROM ingestion_backfills"); n != 1 {
				t.Errorf("%d backfills, want 1", n)
			}
		})
	}
}

func TestOpenBackfill_WhatMakesNoSense(t *testing.T) {
	t.Parallel()
	s := newSetup(t, newAPI(t, synthetic(t, 5, 3)).url)
	for says, request := range map[string]ingest.BackfillRequest{
		"needs 1 worker or more, not 0":  {},
		"needs 1 worker or more, not -1": {Workers: -1},
		"are not compared with":          {Workers: 1, AcceptsShrink: true, Since: time.Date(2015, 1, 31, 0, 0, 0, 0, time.UTC)},
	} {
		_, _, err := ingest.New(s.Options).OpenBackfill(t.Context(), request)
		wantError(t, err, liftoff.Usage, says)
	}
}

// A worker does not know how many launches it will store. The number of the part under way
// would be wrong: it would say at the end of each part that nothing is left.
func TestRun_AWorkerOfABackfillKnowsNoTotal(t *testing.T) {
	t.Parallel()
	s := newSetup(t, newAPI(t, synthetic(t, 60, 3)).url)
	request := s.openParts(t, 10, time.Time{})
	var told []string
	request.Progress = func(_ context.Context, stored, total int64) { told = append(told, fmt.Sprint(stored, " of ", total)) }
	s.succeed(t, request)
	if text := strings.Join(told, ", "); !strings.HasSuffix(text, "60 of -1") || strings.Count(text, "of -1") != len(told) {
		t.Errorf("it tells %s", text)
	}
}

// A worker that comes when all is done does nothing, and one that comes too late for an
// old backfill is told so. Neither has a row in the ledger, or asks the API.
func TestRun_AWorkerThatComesLate(t *testing.T) {
	t.Parallel()
	api := newAPI(t, synthetic(t, 60, 3))
	s := newSetup(t, api.url)
	request := s.openParts(t, 10, time.Time{})
	s.succeed(t, request)
	ledger, asked := scan[int](t, s.db, "SELECT count(*) FROM ingestion_runs"), api.requests.Load()
	for range 2 {
		if result, err := s.run(t, request); err != nil || result.Summary.RunID != 0 {
			t.Errorf("Run() = %+v, %v", result, err)
		}
	}
	if text := s.log.String(); strings.Count(text, `msg="Backfill 1 is finished." parts=6 launches=60`) != 2 {
		t.Errorf("the log says:\n%s", text)
	}
	old := s.openParts(t, 10, time.Time{})
	asked = asked + api.requests.Load() - asked
	execute(t, s.db, "UPDATE ingestion_backfills SET started_at = started_at - INTERVAL '30 years' WHERE id = 2")
	_, err := s.run(t, old)
	wantError(t, err, liftoff.Usage, "backfill 2 was open for more than 24 hours and is closed: 6 of 6 parts were not done")
	unknown := selecting(liftoff.SelectBackfill)
	unknown.BackfillID = 99
	_, err = s.run(t, unknown)
	wantError(t, err, liftoff.Usage, "there is no backfill 99")
	other := setupOn(t, s.db, newAPI(t, synthetic(t, 5, 3)).url)
	_, err = other.run(t, request)
	wantError(t, err, liftoff.Usage, "backfill 1 is of "+s.SourceKey+", not of "+other.SourceKey)
	if n := scan[int](t, s.db, "SELECT count(*) FROM ingestion_runs"); n != ledger || api.requests.Load() != asked {
		t.Errorf("%d runs and %d requests, want %d and %d", n, api.requests.Load(), ledger, asked)
	}
	// The next one closes the old one, and says so.
	if opened, isNew := s.open(t, ingest.BackfillRequest{Workers: 1}); !isNew || opened.ID != 3 {
		t.Errorf("OpenBackfill() = %+v, %t", opened, isNew)
	}
	if text := s.log.String(); !strings.Contains(text, "A backfill was open for more than 24 hours; it is closed, although parts of it are not done.\" backfill=2") {
		t.Errorf("the log says:\n%s", text)
	}
	closed, err := s.Store.Backfill(t.Context(), 2)
	if err != nil || closed.State != liftoff.BackfillClosed || closed.FinishedAt.IsZero() {
		t.Errorf("Backfill() = %+v, %v", closed, err)
	}
}

// A backfill of launches since a date reads only those, moves no watermark, is no
// reading for the shrink guard and marks no launch as missing.
func TestRun_ABackfillSinceADate(t *testing.T) {
	t.Parallel()
	api := newAPI(t, synthetic(t, 200, 3))
	s := newSetup(t, api.url)
	s.succeed(t, selecting(liftoff.SelectAll))
	before, err := s.Store.Source(t.Context(), s.SourceKey)
	if err != nil {
		t.Fatal(err)
	}
	const younger = "SELECT count(*) FROM launches WHERE launched_at >= '2019-01-01'"
	want := scan[int64](t, s.db, younger)
	execute(t, s.db, "DELETE FROM raw_launches WHERE id IN (SELECT id FROM launches WHERE launched_at >= '2019-01-01')")
	request := s.openParts(t, 10, time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC))
	api.serve(synthetic(t, 199, 3)) // one is missing
	result := s.succeed(t, request)
	if got := result.Summary; got.Fetched < want-1 || got.Fetched > want || got.Missing != 0 || want < 30 || want == 200 {
		t.Errorf("Run() = %+v, want %d launches", got, want)
	}
	after, err := s.Store.Source(t.Context(), s.SourceKey)
	if err != nil || !after.Watermark.Equal(before.Watermark) || !after.MissingCheckedAt.Equal(before.MissingCheckedAt) || after.MostLaunches != before.MostLaunches {
		t.Errorf("source %+v, %v, want %+v", after, err, before)
	}
	if n := scan[int](t, s.db, "SELECT count(*) FROM known_launches WHERE missing_since IS NOT NULL"); n != 0 {
		t.Errorf("%d launches are marked as missing", n)
	}
	done, err := s.Store.Backfill(t.Context(), request.BackfillID)
	if err != nil || done.State != liftoff.BackfillFinished || done.Fetched != result.Summary.Fetched || done.Workers != 0 {
		t.Errorf("Backfill() = %+v, %v", done, err)
	}
}

// A worker fetches several parts at the same time, as many as pages of any run.
func TestRun_AWorkerFetchesSeveralPartsAtOnce(t *testing.T) {
	t.Parallel()
	const together = 3
	api := newAPI(t, synthetic(t, 60, 3))
	s := newSetup(t, api.url)
	s.WithReferences = false
	s.fetchAtOnce(t, together)
	request := s.openParts(t, 10, time.Time{})
	var waiting atomic.Int64
	all := make(chan struct{})
	api.breakWith(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost {
			return false
		}
		if waiting.Add(1) == together {
			close(all)
		}
		select {
		case <-all:
		case <-r.Context().Done():
		}
		return false
	})
	if got := s.succeed(t, request).Summary; got.Inserted != 60 || got.Pages != 6 {
		t.Errorf("Run() = %+v", got)
	}
	if n := scan[int](t, s.db, "SELECT count(*) FROM ingestion_backfill_ranges WHERE fetched = 10"); n != 6 {
		t.Errorf("%d parts with 10 launches, want 6", n)
	}
}

// The errors of parts that were fetched ahead end the run like any other, and the parts
// are left to others.
func TestRun_APartThatFailsIsLeftToOthers(t *testing.T) {
	t.Parallel()
	api := newAPI(t, synthetic(t, 60, 3))
	s := newSetup(t, api.url)
	s.WithReferences = false
	request := s.openParts(t, 10, time.Time{})
	var asked atomic.Int64
	api.breakWith(func(w http.ResponseWriter, r *http.Request) bool {
		isBroken := r.Method == http.MethodPost && asked.Add(1) > 3
		if isBroken {
			http.Error(w, "broken", http.StatusBadGateway)
		}
		return isBroken
	})
	result, err := s.run(t, request)
	if apitest.WantError(t, err, liftoff.Source, "502"); result.Summary.Status != liftoff.RunPartial {
		t.Errorf("Run() = %+v", result)
	}
	api.breakPath("no such path")
	id, hasFree, err := s.Store.OpenBackfillID(t.Context(), s.SourceKey)
	if err != nil || id != request.BackfillID || !hasFree {
		t.Errorf("OpenBackfillID() = %d, %t, %v", id, hasFree, err)
	}
	s.succeed(t, request)
	if id, hasFree, err := s.Store.OpenBackfillID(t.Context(), s.SourceKey); err != nil || id != 0 || hasFree {
		t.Errorf("OpenBackfillID() = %d, %t, %v", id, hasFree, err)
	}
	if n := scan[int](t, s.db, "SELECT count(*) FROM raw_launches"); n != 60 {
		t.Errorf("%d launches, want 60", n)
	}
}
