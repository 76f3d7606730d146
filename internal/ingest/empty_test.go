package ingest_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/ingest"
	"liftoff/internal/testkit/apitest"
)

// sendNothing lets an API announce and send no launch.
func (a *api) sendNothing() {
	a.breakWith(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			apitest.WriteJSON(w, `{"docs":[],"totalDocs":0}`)
		}
		return r.Method == http.MethodPost
	})
}

func TestO13_AnAPIThatHasNothingAnyMore(t *testing.T) {
	t.Parallel()
	const says = "the API sends no launch, not even one of the newest that are stored"
	for _, request := range eachSelection() {
		if request.Selection == liftoff.SelectAll || request.Selection == liftoff.SelectLatest || request.Selection == liftoff.SelectBackfill {
			continue // they know already
		}
		t.Run("O13 "+string(request.Selection), func(t *testing.T) {
			t.Parallel()
			api := newAPI(t, synthetic(t, 25, 3))
			s := newSetup(t, api.url)
			s.succeed(t, selecting(liftoff.SelectAll))
			execute(t, s.db, "UPDATE ingestion_sources SET list_tag = NULL")
			before, err := s.Store.Source(t.Context(), s.SourceKey)
			if err != nil {
				t.Fatal(err)
			}
			api.sendNothing()
			for _, isDry := range []bool{true, false} {
				request.IsDry = isDry
				result, err := s.run(t, request)
				wantError(t, err, liftoff.Guard, says)
				if result.Summary.Status != liftoff.RunFailed {
					t.Errorf("Run() = %+v", result)
				}
			}
			if after, err := s.Store.Source(t.Context(), s.SourceKey); err != nil || !after.Watermark.Equal(before.Watermark) {
				t.Errorf("the watermark moved to %s, %v", after.Watermark, err)
			}
		})
	}
	t.Run("O13 a worker's range", func(t *testing.T) {
		t.Parallel()
		api := newAPI(t, synthetic(t, 25, 3))
		s := newSetup(t, api.url)
		s.succeed(t, selecting(liftoff.SelectAll))
		// The API loses all after it was asked for the ranges.
		var asked atomic.Int64
		api.breakWith(func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPost || asked.Add(1) == 1 {
				return false
			}
			apitest.WriteJSON(w, `{"docs":[],"totalDocs":0}`)
			return true
		})
		_, err := s.run(t, selecting(liftoff.SelectBackfill))
		wantError(t, err, liftoff.Guard, says)
		if n := scan[int](t, s.db, "SELECT count(*) FROM known_launches WHERE missing_since IS NOT NULL"); n != 0 {
			t.Errorf("%d launches are marked as missing", n)
		}
	})
	t.Run("O13 many rows were deleted", func(t *testing.T) {
		t.Parallel()
		api := newAPI(t, synthetic(t, 1100, 3))
		s := newSetup(t, api.url)
		s.WithReferences = false
		s.succeed(t, selecting(liftoff.SelectAll))
		execute(t, s.db, "DELETE FROM raw_launches WHERE id <> (SELECT max(id) FROM raw_launches)")
		api.serve(synthetic(t, 600, 3))
		_, err := s.run(t, selecting(liftoff.SelectNew))
		wantError(t, err, liftoff.Guard, "the API announces 600 launches, fewer than 90 % of the 1100")
	})
}

// An answer without launches is right if the API still has those that are stored.
func TestO13_NothingThatIsNew(t *testing.T) {
	t.Parallel()
	api := newAPI(t, documents(t, document(0, `"a"`), document(1, `"b"`)))
	s := newSetup(t, api.url)
	s.WithReferences = false
	since := selecting(liftoff.SelectSince)
	since.Since = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	for range 2 { // nothing is stored, then both
		for _, request := range []ingest.Request{since, selecting(liftoff.SelectUpcoming)} {
			if got := s.succeed(t, request).Summary; got.Fetched != 0 {
				t.Errorf("%s: %+v", request.Selection, got.RunCounts)
			}
		}
		s.succeed(t, selecting(liftoff.SelectAll))
	}
	execute(t, s.db, "UPDATE ingestion_sources SET list_tag = NULL")
	if got := s.succeed(t, selecting(liftoff.SelectNew)).Summary; got.Fetched != 0 {
		t.Errorf("new: %+v", got.RunCounts)
	}
}
