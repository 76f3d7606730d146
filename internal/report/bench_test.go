package report_test

import (
	"io"
	"testing"

	"liftoff/internal/report"
	"liftoff/internal/table"
)

// BenchmarkWrite prints what one "liftoff ingest" prints: a dozen results of
// some twenty rows. It has to stay far below two milliseconds.
func BenchmarkWrite(b *testing.B) {
	var results []table.Table
	for range 3 {
		results = append(results, yearly(), oddText(), rolling(), wide())
	}
	for i := range results {
		rows := results[i].Rows
		for len(results[i].Rows) < 20 && len(rows) > 1 {
			results[i].Rows = append(results[i].Rows, rows...)
		}
	}
	for _, format := range report.Formats() {
		b.Run(string(format), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := report.Write(io.Discard, format, results, report.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
