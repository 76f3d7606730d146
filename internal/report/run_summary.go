package report

import (
	"io"
	"time"

	"liftoff"
)

// RunSummary is how a run ended, for programs.
type RunSummary struct {
	liftoff.RunSummary

	Selection liftoff.Selection
	// Source is what the ledger knows the source by.
	Source string
	// ExitCode is the one that the command ends with, and Error the line that the user
	// sees; empty for none.
	ExitCode int
	Error    string
	// Now is when this is written. NewestLaunchAt is when the newest launch flew, and
	// LastChangeAt when a run last found something new or changed; zero if that is not
	// known. All are in UTC.
	Now, NewestLaunchAt, LastChangeAt time.Time
}

// runSummary is the printed form of a RunSummary.
type runSummary struct {
	RunID           *int64            `json:"run_id"`
	Status          string            `json:"status"`
	ExitCode        int               `json:"exit_code"`
	Error           *string           `json:"error"`
	Selection       liftoff.Selection `json:"selection"`
	Source          string            `json:"source"`
	StartedAt       *time.Time        `json:"started_at"`
	FinishedAt      *time.Time        `json:"finished_at"`
	DurationMS      *int64            `json:"duration_ms"`
	Stages          stages            `json:"stages"`
	Pages           int64             `json:"pages"`
	Bytes           int64             `json:"bytes"`
	Fetched         int64             `json:"fetched"`
	Inserted        int64             `json:"inserted"`
	Unchanged       int64             `json:"unchanged"`
	Revised         int64             `json:"revised"`
	Quarantined     int64             `json:"quarantined"`
	Missing         int64             `json:"missing"`
	Requests        int64             `json:"requests"`
	Retries         int64             `json:"retries"`
	Statuses        map[int]int64     `json:"statuses"`
	PeakMemoryBytes *int64            `json:"peak_memory_bytes"`
	// The ages are in whole seconds; nil if they are not known.
	NewestLaunchAt  *time.Time `json:"newest_launch_at"`
	NewestLaunchAge *int64     `json:"newest_launch_age_seconds"`
	LastChangeAt    *time.Time `json:"last_change_at"`
	LastChangeAge   *int64     `json:"last_change_age_seconds"`
}

// stages are the times of a run's stages. They overlap, and several pages and batches
// are under way at once.
type stages struct {
	FetchMS      int64 `json:"fetch_ms"`
	DecodeMS     int64 `json:"decode_ms"`
	StoreMS      int64 `json:"store_ms"`
	ReferencesMS int64 `json:"references_ms"`
	ViewMS       int64 `json:"view_ms"`
	AnalyticsMS  int64 `json:"analytics_ms"`
}

// WriteRunSummary writes a summary as one JSON object.
func WriteRunSummary(w io.Writer, s RunSummary) error {
	took := s.Statistics
	printed := runSummary{
		RunID: orNil(s.RunID), Status: string(s.Outcome()), ExitCode: s.ExitCode, Error: orNil(s.Error), Selection: s.Selection, Source: s.Source,
		StartedAt: orNil(s.StartedAt), FinishedAt: orNil(s.FinishedAt),
		Stages: stages{
			FetchMS: took.Fetch.Milliseconds(), DecodeMS: took.Decode.Milliseconds(), StoreMS: took.Store.Milliseconds(),
			ReferencesMS: took.References.Milliseconds(), ViewMS: took.View.Milliseconds(), AnalyticsMS: took.Analytics.Milliseconds(),
		},
		Pages: s.Pages, Bytes: s.Bytes, Fetched: s.Fetched, Inserted: s.Inserted, Unchanged: s.Unchanged, Revised: s.Revised,
		Quarantined: s.Quarantined, Missing: s.Missing,
		Requests: took.Requests, Retries: took.Retries, Statuses: took.Statuses, PeakMemoryBytes: orNil(took.PeakMemory),
		NewestLaunchAt: orNil(s.NewestLaunchAt), NewestLaunchAge: ageOf(s.NewestLaunchAt, s.Now),
		LastChangeAt: orNil(s.LastChangeAt), LastChangeAge: ageOf(s.LastChangeAt, s.Now),
	}
	if printed.Statuses == nil {
		printed.Statuses = map[int]int64{}
	}
	if printed.StartedAt != nil && printed.FinishedAt != nil {
		printed.DurationMS = new(s.FinishedAt.Sub(s.StartedAt).Milliseconds())
	}
	return WriteValue(w, printed)
}

// ageOf returns how many seconds ago a moment was; nil for the zero one.
func ageOf(moment, now time.Time) *int64 {
	if moment.IsZero() {
		return nil
	}
	return new(int64(now.Sub(moment) / time.Second))
}
