package report_test

import (
	"strings"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/report"
)

func TestWriteRunEnd_SaysWhatCameAndWhatItTook(t *testing.T) {
	began := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	run := liftoff.RunSummary{
		RunID: 7, Status: liftoff.RunSucceeded, StartedAt: began, FinishedAt: began.Add(62*time.Second + 400*time.Millisecond),
		RunCounts: liftoff.RunCounts{Pages: 2, Bytes: 1_234_567, Fetched: 1_205, Inserted: 1_000, Revised: 5, Unchanged: 198, Quarantined: 2, Missing: 1},
		Statistics: liftoff.Statistics{
			SourceStatistics: liftoff.SourceStatistics{Fetch: 40 * time.Millisecond, Requests: 5, Retries: 1, Statuses: map[int]int64{503: 1, 200: 4}},
			Store:            61 * time.Second, References: 1500 * time.Millisecond, PeakMemory: 31 << 20,
		},
	}
	var out strings.Builder
	if err := report.WriteRunEnd(&out, run, report.Options{Width: 200}); err != nil {
		t.Fatal(err)
	}
	want := `Run         7 succeeded in 1m2s
Records     1,205 fetched: 1,000 inserted, 5 revised, 198 unchanged, 2 in quarantine; 1 no longer at the source
Took        fetch 40 ms, decode 0 ms, store 1m1s, references 1.5 s, view 0 ms, analytics 0 ms
API         2 pages, 1,235 kB; 5 requests, 1 retry; answers 4 x 200, 1 x 503; peak memory 31 MiB

`
	if out.String() != want {
		t.Errorf("it prints\n%s\nwant\n%s", out.String(), want)
	}
}
