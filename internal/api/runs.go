package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"liftoff"
	"liftoff/internal/postgres"
)

// runsInput is what a list of runs is asked for with.
type runsInput struct {
	Conditional

	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many runs at most"`
	Cursor string `query:"cursor" maxLength:"30" pattern:"^older\\.[0-9]{1,18}$" doc:"Where to go on: next of an answer"`
}

// runPage is one page of runs.
type runPage struct {
	Runs []Run   `json:"runs" nullable:"false"`
	Next *string `json:"next" doc:"The cursor of the older runs; null on the last page"`
}

// Run is a run; its fields are those of liftoff runs -o json.
type Run struct {
	ID              int64      `json:"run_id"`
	Source          string     `json:"source"`
	Selection       string     `json:"selection"`
	Command         string     `json:"command"`
	Version         string     `json:"program_version"`
	Status          string     `json:"status" enum:"running,succeeded,partial,failed,interrupted,crashed"`
	StartedAt       *time.Time `json:"started_at"`
	FinishedAt      *time.Time `json:"finished_at"`
	DurationMS      *int64     `json:"duration_ms"`
	Announced       *int64     `json:"announced" doc:"How many launches the source said there are"`
	Pages           int64      `json:"pages"`
	Fetched         int64      `json:"fetched"`
	Inserted        int64      `json:"inserted"`
	Unchanged       int64      `json:"unchanged"`
	Revised         int64      `json:"revised"`
	Quarantined     int64      `json:"quarantined"`
	Missing         int64      `json:"missing"`
	Bytes           int64      `json:"bytes"`
	Error           *string    `json:"error"`
	Schedule        *string    `json:"schedule"`
	DueAt           *time.Time `json:"due_at"`
	Requests        *int64     `json:"requests"`
	Retries         *int64     `json:"retries"`
	FetchMS         *int64     `json:"fetch_ms"`
	DecodeMS        *int64     `json:"decode_ms"`
	StoreMS         *int64     `json:"store_ms"`
	ReferencesMS    *int64     `json:"references_ms"`
	ViewMS          *int64     `json:"view_ms"`
	PeakMemoryBytes *int64     `json:"peak_memory_bytes"`
	Gaps            []gap      `json:"missed_ranges" nullable:"false"`
}

// gap is a range that a run could not fetch; null means the beginning or the end.
type gap struct {
	AfterID  *string `json:"after_id"`
	BeforeID *string `json:"before_id"`
}

func runFrom(r liftoff.LedgerRow) Run {
	row := Run{
		ID: r.ID, Source: r.Source, Selection: string(r.Selection), Command: r.Command, Version: r.ProgramVersion,
		Status: string(r.Status), StartedAt: orNil(r.StartedAt), FinishedAt: orNil(r.FinishedAt),
		Pages: r.Pages, Fetched: r.Fetched, Inserted: r.Inserted, Unchanged: r.Unchanged, Revised: r.Revised,
		Quarantined: r.Quarantined, Missing: r.Missing, Bytes: r.Bytes, Error: orNil(r.Error),
		Schedule: orNil(r.Schedule), DueAt: orNil(r.DueAt), Gaps: []gap{},
	}
	if row.StartedAt != nil && row.FinishedAt != nil {
		row.DurationMS = new(r.FinishedAt.Sub(r.StartedAt).Milliseconds())
	}
	if r.Announced >= 0 {
		row.Announced = &r.Announced
	}
	if took := r.Statistics; took != nil {
		row.Requests, row.Retries, row.PeakMemoryBytes = &took.Requests, &took.Retries, orNil(took.PeakMemory)
		row.FetchMS, row.DecodeMS, row.StoreMS = new(took.Fetch.Milliseconds()), new(took.Decode.Milliseconds()), new(took.Store.Milliseconds())
		row.ReferencesMS, row.ViewMS = new(took.References.Milliseconds()), new(took.View.Milliseconds())
	}
	for _, g := range r.Gaps {
		row.Gaps = append(row.Gaps, gap{orNil(g.AfterID), orNil(g.BeforeID)})
	}
	return row
}

func (s *server) listRuns(ctx context.Context, in *runsInput) (*answer[runPage], error) {
	before, err := runOf(in.Cursor)
	if err != nil {
		return nil, err
	}
	tag, isKnown, err := s.tag(ctx, in.Conditional, fmt.Sprint("runs ", before, in.Limit))
	if err != nil || isKnown {
		return &answer[runPage]{Tagged: tag, Status: http.StatusNotModified}, err
	}
	rows, err := s.Store.Runs(ctx, postgres.RunFilter{BeforeID: before, Limit: in.Limit + 1})
	if err != nil {
		return nil, s.problem(ctx, err, "")
	}
	body := runPage{Runs: []Run{}}
	if len(rows) > in.Limit {
		rows = rows[:in.Limit]
		body.Next = runCursor(rows[in.Limit-1].ID)
	}
	for _, row := range rows {
		body.Runs = append(body.Runs, runFrom(row))
	}
	return &answer[runPage]{Tagged: tag, Status: http.StatusOK, Body: body}, nil
}

// runInput names a run.
type runInput struct {
	Conditional

	ID int64 `path:"id" minimum:"1" example:"1" doc:"The run's number"`
}

// runDetails is everything about one run; its fields are those of liftoff runs ID -o json,
// without the next command.
type runDetails struct {
	Run

	OpenRecords    int64      `json:"still_quarantined"`
	OwesReferences bool       `json:"owes_references"`
	Watermark      *time.Time `json:"source_watermark"`
}

func (s *server) getRun(ctx context.Context, in *runInput) (*answer[runDetails], error) {
	tag, isKnown, err := s.tag(ctx, in.Conditional, fmt.Sprint("run ", in.ID))
	if err != nil {
		return nil, err
	}
	details, err := s.Store.Run(ctx, in.ID)
	if err != nil {
		return nil, s.problem(ctx, err, fmt.Sprintf("there is no run %d", in.ID))
	}
	if isKnown {
		return &answer[runDetails]{Tagged: tag, Status: http.StatusNotModified}, nil
	}
	return &answer[runDetails]{Tagged: tag, Status: http.StatusOK, Body: runDetails{
		runFrom(details.LedgerRow), details.OpenRecords, details.OwesReferences, orNil(details.Watermark),
	}}, nil
}
