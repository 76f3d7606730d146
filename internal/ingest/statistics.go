package ingest

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"liftoff"
)

// stageTimes are how long the stages of a run took that the pipeline does not measure.
type stageTimes struct {
	mutex            sync.Mutex
	references, view time.Duration
}

// measure adds the time that work takes to a stage.
func (s *stageTimes) measure(stage *time.Duration, work func()) {
	elapsed := liftoff.Stopwatch()
	defer func() {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		*stage += elapsed()
	}()
	work()
}

// statistics returns what a run took so far; before is what the source had counted when
// it began.
func (i *Ingester) statistics(before liftoff.SourceStatistics, times *stageTimes) liftoff.Statistics {
	times.mutex.Lock()
	defer times.mutex.Unlock()
	statistics := liftoff.Statistics{
		SourceStatistics: i.Source.Statistics().Since(before),
		References:       times.references, View: times.view,
	}
	if i.PeakMemory != nil {
		statistics.PeakMemory = i.PeakMemory()
	}
	return statistics
}

// Log logs in one line what the run did, if it did anything, also when it ended
// early: the batches before the error are stored. Run leaves it to its caller, so
// that it comes after what the caller does next.
func (r Result) Log(ctx context.Context, logger *slog.Logger) {
	s := r.Summary
	message, isEarly := "Run finished.", s.Status == liftoff.RunFailed || s.Status == liftoff.RunInterrupted
	switch {
	case s.RunID == 0, isEarly && s.Pages == 0:
		return
	case isEarly:
		message = "Run ended early."
	}
	attributes := []any{
		"duration", s.FinishedAt.Sub(s.StartedAt), "status", string(s.Status),
		"fetched", s.Fetched, "inserted", s.Inserted, "unchanged", s.Unchanged,
	}
	for _, more := range []struct {
		name  string
		count int64
	}{{"revised", s.Revised}, {"quarantined", s.Quarantined}, {"missing", s.Missing}} {
		if more.count > 0 {
			attributes = append(attributes, more.name, more.count)
		}
	}
	attributes = append(attributes, "pages", s.Pages, "bytes", s.Bytes)
	logger.InfoContext(ctx, message, append(attributes, describeStatistics(s.Statistics)...)...) //nolint:sloglint // one of two constants
}

// describeStatistics returns what a run took as attributes of a log line.
func describeStatistics(took liftoff.Statistics) []any {
	attributes := []any{"requests", took.Requests}
	if took.Retries > 0 {
		attributes = append(attributes, "retries", took.Retries)
	}
	if statuses := describeStatuses(took.Statuses); statuses != "" {
		attributes = append(attributes, "statuses", statuses)
	}
	for _, stage := range []struct {
		name string
		took time.Duration
	}{
		{"fetch", took.Fetch},
		{"decode", took.Decode},
		{"store", took.Store},
		{"references", took.References},
		{"view", took.View},
		{"analytics", took.Analytics},
	} {
		if stage.took > 0 {
			attributes = append(attributes, stage.name, stage.took.Truncate(time.Millisecond))
		}
	}
	if took.PeakMemory > 0 {
		attributes = append(attributes, "peak_memory_mib", took.PeakMemory>>20)
	}
	return attributes
}

// describeStatuses counts the answers by status, such as "200:4,503:1"; empty if there is
// nothing odd among them.
func describeStatuses(statuses map[int]int64) string {
	var counts []string
	isOdd := false
	for _, status := range slices.Sorted(maps.Keys(statuses)) {
		isOdd = isOdd || status != http.StatusOK && status != http.StatusNotModified
		counts = append(counts, fmt.Sprintf("%d:%d", status, statuses[status]))
	}
	if !isOdd {
		return ""
	}
	return strings.Join(counts, ",")
}
