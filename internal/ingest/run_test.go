package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"liftoff"
	"liftoff/internal/ingest"
	"liftoff/internal/pipeline"
	"liftoff/internal/testkit/pgtest"
)

func TestRun_EachSelection(t *testing.T) {
	t.Parallel()
	api := newAPI(t, synthetic(t, 60, 3))
	all := newSetup(t, api.url)
	all.succeed(t, selecting(liftoff.SelectAll))
	since := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		query liftoff.Query
		// wantSQL finds, among all launches, those that are asked for.
		wantSQL string
	}{
		{liftoff.Query{Selection: liftoff.SelectLatest}, "SELECT id FROM launches WHERE NOT upcoming ORDER BY flight_number DESC LIMIT 1"},
		{liftoff.Query{Selection: liftoff.SelectAll}, "SELECT id FROM launches"},
		{liftoff.Query{Selection: liftoff.SelectNew}, "SELECT id FROM launches"},
		{liftoff.Query{Selection: liftoff.SelectBackfill}, "SELECT id FROM launches"},
		{liftoff.Query{Selection: liftoff.SelectSince, Since: since}, "SELECT id FROM launches WHERE launched_at >= '2020-01-01'"},
		{liftoff.Query{Selection: liftoff.SelectUpcoming}, "SELECT id FROM launches WHERE upcoming"},
		{
			liftoff.Query{Selection: liftoff.SelectIDs, IDs: list(t, all.db, "SELECT min(id) FROM launches UNION SELECT max(id) FROM launches")},
			"SELECT min(id) FROM launches UNION SELECT max(id) FROM launches",
		},
	}
	for _, test := range tests {
		t.Run(string(test.query.Selection), func(t *testing.T) {
			t.Parallel()
			s := newSetup(t, api.url)
			request := selecting(test.query.Selection)
			request.Query = test.query
			got := s.succeed(t, request)

			want := list(t, all.db, test.wantSQL)
			if len(want) == 0 {
				t.Fatal("the test asks for nothing")
			}
			if diff := cmp.Diff(want, list(t, s.db, "SELECT id FROM raw_launches"), cmpopts.SortSlices(strings.Compare)); diff != "" {
				t.Errorf("stored (-want +got):\n%s", diff)
			}
			n := int64(len(want))
			wantResult := ingest.Result{Summary: liftoff.RunSummary{
				RunCounts: liftoff.RunCounts{Fetched: n, Inserted: n}, RunID: 1, Status: liftoff.RunSucceeded, Announced: n,
			}}
			ignored := cmp.Options{
				cmpopts.IgnoreFields(liftoff.RunCounts{}, "Pages", "Bytes"), cmpopts.IgnoreFields(liftoff.RunSummary{}, "StartedAt", "FinishedAt", "Statistics"),
			}
			if diff := cmp.Diff(wantResult, got, ignored); diff != "" {
				t.Errorf("Run() (-want +got):\n%s", diff)
			}
			if took := got.Summary.FinishedAt.Sub(got.Summary.StartedAt); took <= 0 || got.Summary.Pages == 0 || got.Summary.Bytes == 0 {
				t.Errorf("the run took %s, for %d bytes on %d pages", took, got.Summary.Bytes, got.Summary.Pages)
			}
			if row := scan[string](t, s.db, ledgerSQL); row != fmt.Sprintf("1 %s succeeded", test.query.Selection) {
				t.Errorf("the ledger has %q", row)
			}
			if !scan[bool](t, s.db, hasViewSQL) || strings.Contains(s.log.String(), "nalytics") {
				t.Errorf("no view, or analytics were run:\n%s", s.log)
			}
		})
	}
}

func TestRun_AgainStoresNothingTwiceAndMakesTheViewAgain(t *testing.T) {
	t.Parallel()
	s := newSetup(t, newAPI(t, synthetic(t, 25, 3)).url)
	ingester := ingest.New(s.Options)
	for n, selection := range []liftoff.Selection{
		liftoff.SelectAll, liftoff.SelectAll, liftoff.SelectNew, liftoff.SelectLatest, liftoff.SelectBackfill, liftoff.SelectQuarantine,
	} {
		result, err := ingester.Run(t.Context(), s.opened(t, selecting(selection)))
		if err != nil || result.Shortcoming != nil {
			t.Fatalf("run %d for %s: %v, %v", n, selection, err, result.Shortcoming)
		}
		if got := result.Summary; n > 0 && (got.Inserted != 0 || got.Unchanged != got.Fetched) {
			t.Errorf("run %d for %s: %+v, want nothing new", n, selection, got.RunCounts)
		}
		// Without a record in quarantine a retry does no run.
		if selection != liftoff.SelectQuarantine && !scan[bool](t, s.db, hasViewSQL) {
			t.Errorf("run %d for %s did not make the view", n, selection)
		}
		execute(t, s.db, "DROP VIEW IF EXISTS launch_aggregates_view")
	}
}

func TestRun_AtOnceForDifferentSources(t *testing.T) {
	t.Parallel()
	first := newSetup(t, newAPI(t, synthetic(t, 40, 3)).url)
	other := setupOn(t, first.db, newAPI(t, synthetic(t, 30, 4)).url)
	var group sync.WaitGroup
	for s, want := range map[*setup]int64{&first: 40, &other: 30} {
		group.Go(func() {
			result, err := ingest.New(s.Options).Run(t.Context(), selecting(liftoff.SelectAll))
			if err != nil || result.Shortcoming != nil || result.Summary.Inserted != want {
				t.Errorf("Run() = %+v, %v, want %d inserted", result, err, want)
			}
		})
	}
	group.Wait()
	if n := scan[int](t, first.db, "SELECT count(*) FROM raw_launches"); n != 70 {
		t.Errorf("%d launches, want 70", n)
	}
}

func TestRun_RefusesWhatMakesNoSenseBeforeAnythingHappens(t *testing.T) {
	t.Parallel()
	api := newAPI(t, synthetic(t, 5, 3))
	s := newSetup(t, api.url)
	dry := func(request ingest.Request) ingest.Request {
		request.IsDry = true
		return request
	}
	ids := selecting(liftoff.SelectIDs)
	ids.IDs = []string{"no-id"}
	for says, request := range map[string]ingest.Request{
		`there is no selection ""`:             {},
		`there is no selection "some"`:         selecting("some"),
		"no launch is named":                   selecting(liftoff.SelectIDs),
		`"no-id" is not a valid launch id`:     ids,
		"a backfill cannot be a dry run":       dry(selecting(liftoff.SelectBackfill)),
		"no backfill is named":                 selecting(liftoff.SelectBackfill),
		"in quarantine cannot be a dry run":    dry(selecting(liftoff.SelectQuarantine)),
		"only 0 of the 1 records named are in": {Query: liftoff.Query{Selection: liftoff.SelectQuarantine}, RecordIDs: []int64{7}},
	} {
		result, err := ingest.New(s.Options).Run(t.Context(), request)
		wantError(t, err, liftoff.Usage, says)
		if diff := cmp.Diff(ingest.Result{}, result); diff != "" {
			t.Errorf("%s: the result is not empty: %s", says, diff)
		}
	}
	if written := scan[string](t, s.db, writtenSQL); written != "0 0 0 0 0 0 0" || api.requests.Load() != 0 || s.log.String() != "" {
		t.Errorf("written %s after %d requests; the log says %q", written, api.requests.Load(), s.log)
	}
}

func TestRun_TheSchema(t *testing.T) {
	t.Parallel()
	api := newAPI(t, synthetic(t, 5, 3))
	says := map[string]string{"none": "has no liftoff tables yet", "an older one": "but this program needs version"}
	for name, prepare := range map[string]func(*testing.T) pgtest.Database{
		"none": func(t *testing.T) pgtest.Database { return pgtest.NewDatabase(t) },
		"an older one": func(t *testing.T) pgtest.Database {
			db := pgtest.NewDatabaseFrom(t, migrated)
			execute(t, db, "DELETE FROM liftoff_schema_version WHERE version_id = (SELECT max(version_id) FROM liftoff_schema_version)")
			return db
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setupOn(t, prepare(t), api.url)
			result, err := ingest.New(s.Options).Run(t.Context(), selecting(liftoff.SelectAll))
			wantError(t, err, liftoff.Usage, says[name])
			if diff := cmp.Diff(ingest.Result{}, result); diff != "" {
				t.Errorf("the result is not empty: %s", diff)
			}
			// A dry run writes nothing, not even the schema.
			s.AutoMigrate = true
			request := selecting(liftoff.SelectAll)
			request.IsDry = true
			_, err = ingest.New(s.Options).Run(t.Context(), request)
			wantError(t, err, liftoff.Usage, says[name])
		})
	}
	t.Run("it is made", func(t *testing.T) {
		t.Parallel()
		s := setupOn(t, pgtest.NewDatabase(t), api.url)
		s.AutoMigrate = true
		s.succeed(t, selecting(liftoff.SelectAll))
	})
}

func TestRun_ReferencesThatCannotBeFetchedMakeItPartial(t *testing.T) {
	t.Parallel()
	api := newAPI(t, synthetic(t, 25, 3))
	api.breakPath("rockets")
	s := newSetup(t, api.url)
	result, err := ingest.New(s.Options).Run(t.Context(), selecting(liftoff.SelectAll))
	if err != nil || result.Summary.Status != liftoff.RunPartial || result.Summary.Inserted != 25 {
		t.Fatalf("Run() = %+v, %v", result, err)
	}
	wantError(t, result.Shortcoming, liftoff.Source, "502")
	if !scan[bool](t, s.db, hasViewSQL) || scan[string](t, s.db, ledgerSQL) != "1 all partial" {
		t.Errorf("no view, or the ledger has %q", scan[string](t, s.db, ledgerSQL))
	}
	// Nothing vouches for the references, so the next run fetches everything.
	api.breakPath("no such path")
	if result := s.succeed(t, selecting(liftoff.SelectNew)); result.Summary.Unchanged != 25 {
		t.Errorf("the next run: %+v", result.Summary.RunCounts)
	}
}

func TestRun_GapsAreAShortcoming(t *testing.T) {
	t.Parallel()
	api := newAPI(t, synthetic(t, 60, 3))
	var pages atomic.Int32 // they are fetched side by side
	api.breakWith(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "launches/query") || pages.Add(1) != 3 {
			return false
		}
		http.Error(w, "broken", http.StatusBadGateway)
		return true
	})
	s := newSetup(t, api.url)
	s.WithReferences = false
	settings := ingest.New(s.Options)
	result, err := settings.Run(t.Context(), selecting(liftoff.SelectAll))
	if err != nil || result.Summary.Status != liftoff.RunPartial || len(result.Summary.Gaps) != 1 {
		t.Fatalf("Run() = %+v, %v", result, err)
	}
	wantError(t, result.Shortcoming, liftoff.Source, "the run is partial")
	next := s.succeed(t, selecting(liftoff.SelectNew))
	if total := result.Summary.Inserted + next.Summary.Inserted; total != 60 {
		t.Errorf("%d launches after both runs", total)
	}
}

func TestRun_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	for name, route := range map[string]string{"before the launches": "/v4/launches", "amid the launches": "/v4/launches/query"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			api := newAPI(t, synthetic(t, 25, 3))
			api.breakWith(func(_ http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != route {
					return false
				}
				cancel()
				<-r.Context().Done()
				return true
			})
			s := newSetup(t, api.url)
			result, err := ingest.New(s.Options).Run(ctx, selecting(liftoff.SelectAll))
			wantError(t, err, liftoff.Interrupted, "canceled")
			if result.Summary.Status != liftoff.RunInterrupted || result.Summary.RunID != 1 {
				t.Errorf("Run() = %+v", result)
			}
			if row := scan[string](t, s.db, ledgerSQL); row != "1 all interrupted" {
				t.Errorf("the ledger has %q", row)
			}
			s.succeed(t, selecting(liftoff.SelectLatest)) // the lock is free
		})
	}
}

func TestRun_AGuardEndsItBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	api := newAPI(t, synthetic(t, 60, 3))
	s := newSetup(t, api.url)
	s.succeed(t, selecting(liftoff.SelectAll))
	api.serve(synthetic(t, 20, 3))
	result, err := s.run(t, selecting(liftoff.SelectAll))
	wantError(t, err, liftoff.Guard, "the API announces 20 launches")
	if result.Summary.Status != liftoff.RunFailed || result.Summary.RunID == 0 || result.Summary.Fetched != 0 {
		t.Errorf("Run() = %+v", result)
	}
	_, _, openErr := ingest.New(s.Options).OpenBackfill(t.Context(), ingest.BackfillRequest{Workers: 1})
	wantError(t, openErr, liftoff.Guard, "the API announces 20 launches")
	for _, err := range []error{err, openErr} {
		if !errors.Is(err, pipeline.ErrShrunk) || strings.Contains(liftoff.HintOf(err), "--") {
			t.Errorf("error %v with the hint %q", err, liftoff.HintOf(err))
		}
	}
	if _, err := s.Store.Backfill(t.Context(), 0); liftoff.CategoryOf(err) != liftoff.Usage {
		t.Errorf("a backfill was opened, or %v", err)
	}
	request := selecting(liftoff.SelectBackfill)
	request.AcceptsShrink = true
	if missing := s.succeed(t, request).Summary.Missing; missing != 40 {
		t.Errorf("%d launches are missing, want 40", missing)
	}
	// What a backfill may have is what later runs are compared with.
	s.succeed(t, selecting(liftoff.SelectAll))
}

func TestRun_TellsDriftAndQuarantineApartFromAnError(t *testing.T) {
	t.Parallel()
	api := newAPI(t, documents(t, document(0, `"a"`), document(1, "17"), `{"id":"`+idOf(2)+`","payloads":"one"}`))
	s := newSetup(t, api.url)
	s.WithReferences = false
	result, err := ingest.New(s.Options).Run(t.Context(), selecting(liftoff.SelectAll))
	if err != nil || result.Summary.Status != liftoff.RunSucceeded || result.Summary.Inserted != 2 || result.Summary.Quarantined != 1 || result.Summary.Drifted != 1 {
		t.Fatalf("Run() = %+v, %v", result, err)
	}
	wantError(t, result.Shortcoming, liftoff.Quarantined, "1 of 3 records went into quarantine")

	s.Contract = pipeline.ContractFreeze
	_, err = ingest.New(s.Options).Run(t.Context(), selecting(liftoff.SelectAll))
	wantError(t, err, liftoff.Guard, "name is a number")
}

func TestRun_TellsItsProgress(t *testing.T) {
	t.Parallel()
	s := newSetup(t, newAPI(t, synthetic(t, 25, 3)).url)
	request := selecting(liftoff.SelectAll)
	var steps []string
	request.Progress = func(ctx context.Context, stored, total int64) {
		steps = append(steps, fmt.Sprint(liftoff.RunIDOf(ctx), " ", stored, " ", total))
	}
	s.succeed(t, request)
	if diff := cmp.Diff([]string{"1 25 25"}, steps); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
}
