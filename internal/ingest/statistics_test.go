package ingest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"liftoff"
	"liftoff/internal/replay"
)

// What a run took is in its result, in the log and in the ledger.
func TestRun_MeasuresItsStages(t *testing.T) {
	api, err := replay.New(replay.Options{Count: 205})
	if err != nil {
		t.Fatal(err)
	}
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) == 2 {
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return
		}
		api.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	s := newSetup(t, server.URL)
	s.fetch(t, 3, 2)
	s.PeakMemory = func() int64 { return 12 << 20 }
	result := s.succeed(t, selecting(liftoff.SelectAll))
	took := result.Summary.Statistics
	if took.Requests != requests.Load() || took.Retries != 1 || took.Statuses[http.StatusServiceUnavailable] != 1 || took.Statuses[http.StatusOK] != took.Requests-1 {
		t.Errorf("%d requests, %d of them repeated, answers %v; the API had %d", took.Requests, took.Retries, took.Statuses, requests.Load())
	}
	if took.Fetch <= 0 || took.Decode <= 0 || took.Store <= 0 || took.References <= 0 || took.View <= 0 || took.PeakMemory != 12<<20 {
		t.Errorf("it took %+v", took)
	}
	result.Log(t.Context(), s.Logger)
	if line := s.log.String(); !strings.Contains(line, "retries=1 statuses=200:") || !strings.Contains(line, ",503:1 fetch=") || !strings.Contains(line, "peak_memory_mib=12") {
		t.Errorf("the log says\n%s", line)
	}
	row := scan[string](t, s.db, "SELECT concat_ws(' ', requests, retries, fetch_ms IS NOT NULL, peak_memory_bytes) FROM ingestion_runs")
	if want := strings.Join([]string{decimal(took.Requests), "1", "t", decimal(12 << 20)}, " "); row != want {
		t.Errorf("the ledger says %s, want %s", row, want)
	}
	// The next run counts anew.
	again := s.succeed(t, selecting(liftoff.SelectNew))
	if n := again.Summary.Statistics.Requests; n == 0 || n > took.Requests {
		t.Errorf("the next run counts %d requests", n)
	}
}
