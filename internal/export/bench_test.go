package export_test

import (
	"fmt"
	"io"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"liftoff/internal/export"
)

// launchesOf returns the statement that makes launches of 3 kB, a tenth of them
// with revisions.
func launchesOf(count int) string {
	return fmt.Sprintf(`
		INSERT INTO raw_launches
		SELECT to_char(g, 'FM000000000000000000000000'), '2024-04-27', g, g %% 120, jsonb_build_object(
			'id', to_char(g, 'FM000000000000000000000000'), 'name', 'Synthetic ' || g, 'flight_number', g,
			'date_utc', '2006-03-24T22:30:00.000Z', 'date_precision', 'hour', 'upcoming', false, 'success', g %% 3 > 0,
			'rocket', '5e9d0d95eda69955f709d1eb', 'launchpad', '5e9e4502f5090995de566f86', 'payloads', jsonb_build_array('p1'),
			'details', (SELECT string_agg(md5((g * 80 + n)::TEXT), ' ') FROM generate_series(1, 80) AS n))
		FROM generate_series(1, %[1]d) AS g;
		INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data)
		SELECT id, 2, '', '2024-05-01', raw_data || '{"date_utc": "2006-03-24T23:30:00.000Z"}' FROM raw_launches WHERE id LIKE '%%0';
		ANALYZE raw_launches; ANALYZE launch_revisions`, count)
}

// BenchmarkWrite reports, beside the time, how large the heap gets: that must
// not depend on how many launches there are.
func BenchmarkWrite(b *testing.B) {
	for _, count := range []int{1_000, 100_000} {
		store := open(b, newDatabase(b, launchesOf(count)))
		for _, format := range []export.Format{export.JSONL, export.CSV, export.Parquet} {
			for _, raw := range []bool{false, true} {
				b.Run(fmt.Sprintf("launches=%d/format=%s/raw=%t", count, format, raw), func(b *testing.B) {
					peak := watchHeap()
					for b.Loop() {
						if _, err := export.Write(b.Context(), store, io.Discard, options(format, raw)); err != nil {
							b.Fatal(err)
						}
					}
					b.ReportMetric(float64(peak())/(1<<20), "heap-MiB")
					b.ReportMetric(float64(count)*float64(b.N)/b.Elapsed().Seconds(), "launches/s")
				})
			}
		}
	}
}

// watchHeap returns a function that ends the watch and returns the most bytes
// that the heap has had since.
func watchHeap() (peak func() uint64) {
	runtime.GC()
	var most atomic.Uint64
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(5 * time.Millisecond)
		defer ticker.Stop()
		for {
			var stats runtime.MemStats
			runtime.ReadMemStats(&stats)
			most.Store(max(most.Load(), stats.HeapInuse))
			select {
			case <-ticker.C:
			case <-done:
				return
			}
		}
	}()
	return func() uint64 {
		close(done)
		<-ended
		return most.Load()
	}
}
