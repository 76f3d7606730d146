package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/report"
)

// RunList is a page of runs.
type RunList struct {
	Runs []report.LedgerRow `json:"runs" doc:"The newest first"`
	PageCursors
}

// runsQuery is what an address asks for.
type runsQuery struct {
	Conditional
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many runs at most"`
	Cursor string `query:"cursor" pattern:"^[A-Za-z0-9_-]{8,200}$" format:"liftoff-runs-cursor" doc:"The next_cursor or previous_cursor of another page" example:"cnVuc35vbGRlcn4xMA"`
}

// runID is the number of a run in an address.
type runID struct {
	Conditional
	ID int64 `path:"id" minimum:"1" format:"liftoff-run-id" doc:"The number of a run" example:"1"`
}

func (a *API) registerRuns(api huma.API) {
	huma.Register(api, operation("listRuns", "/api/v1/runs", "Runs", "Ingestion runs, the newest first"),
		func(ctx context.Context, q *runsQuery) (*reply[RunList], error) {
			to, id := older, int64(0)
			if q.Cursor != "" {
				var err error
				if to, id, err = parseRunCursor(q.Cursor); err != nil {
					return nil, wrongField("query.cursor", err.Error())
				}
			}
			return replyWith(ctx, a, q.Conditional, func(c *call) (RunList, error) { return runList(c, q.Limit, to, id) })
		})
	huma.Register(api, operation("getRun", "/api/v1/runs/{id}", "Runs", "One ingestion run"),
		func(ctx context.Context, id *runID) (*reply[report.RunDetails], error) {
			return replyWith(ctx, a, id.Conditional, func(c *call) (report.RunDetails, error) {
				run, err := c.store.Run(ctx, id.ID)
				return report.NewRunDetails(report.Run{RunDetails: run, Next: a.AsCalled(run.NextStep())}), err
			})
		})
}

// runList reads a page of runs beside a run; id is 0 for the newest.
func runList(c *call, limit int, to direction, id int64) (RunList, error) {
	filter := postgres.RunFilter{BeforeID: id, Limit: limit + 1} // one more, to know whether there are
	if to == newer {
		filter.BeforeID, filter.AfterID = 0, id
	}
	found, err := c.store.Runs(c.ctx, filter)
	if err != nil {
		return RunList{}, err
	}
	hasMore := len(found) > limit
	switch {
	case hasMore && to == newer:
		found = found[1:]
	case hasMore:
		found = found[:limit]
	}
	list := RunList{Runs: rowsOf(found)}
	if len(found) == 0 {
		return list, nil
	}
	if to == newer || hasMore {
		list.NextCursor = runCursor(older, found[len(found)-1].ID)
	}
	if to == older && id != 0 || to == newer && hasMore {
		list.PreviousCursor = runCursor(newer, found[0].ID)
	}
	return list, nil
}

func rowsOf(runs []liftoff.LedgerRow) []report.LedgerRow {
	rows := make([]report.LedgerRow, 0, len(runs))
	for _, run := range runs {
		rows = append(rows, report.NewLedgerRow(run))
	}
	return rows
}
