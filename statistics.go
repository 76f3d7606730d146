package liftoff

import (
	"maps"
	"time"
)

// Statistics is what a run took. The times of stages that overlap add up to more than
// the run's duration, because several pages are fetched and several batches stored at
// once.
type Statistics struct {
	SourceStatistics

	// Store is the time in which batches were stored.
	Store time.Duration
	// References is the time for what the launches refer to: payloads, rockets and
	// launchpads.
	References time.Duration
	// View is the time in which the aggregate view was made.
	View time.Duration
	// Analytics is the time of the queries after the run; zero without them.
	Analytics time.Duration
	// PeakMemory is the most memory that the process has had, in bytes; 0 if the
	// system does not say.
	PeakMemory int64
}

// SourceStatistics is what requests to a source took.
type SourceStatistics struct {
	// Requests counts those that were sent, and Retries those of them that repeat an
	// earlier one.
	Requests, Retries int64
	// Statuses counts the answers by their HTTP status.
	Statuses map[int]int64
	// Fetch is the time from sending requests to the end of their answers, and Decode
	// that in which the answers were read.
	Fetch, Decode time.Duration
}

// Since returns what was added since an earlier state of the same counts.
func (s SourceStatistics) Since(earlier SourceStatistics) SourceStatistics {
	since := SourceStatistics{
		Requests: s.Requests - earlier.Requests, Retries: s.Retries - earlier.Retries,
		Fetch: s.Fetch - earlier.Fetch, Decode: s.Decode - earlier.Decode, Statuses: maps.Clone(s.Statuses),
	}
	for status, count := range earlier.Statuses {
		if since.Statuses[status] -= count; since.Statuses[status] == 0 {
			delete(since.Statuses, status)
		}
	}
	return since
}

// Stopwatch returns a function that returns how long ago Stopwatch was called. Clocks
// that are set do not disturb it.
func Stopwatch() (elapsed func() time.Duration) {
	began := time.Now()                                      //nolint:forbidigo // only to measure
	return func() time.Duration { return time.Since(began) } //nolint:forbidigo // only to measure
}
