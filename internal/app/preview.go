package app

import (
	"context"
	"fmt"

	"liftoff"
)

// previewIDs bounds how many launches of a kind a dry run names.
const previewIDs = 50

// preview gathers what a dry run would have changed.
type preview struct {
	app               *App
	inserted, revised []string
	missing           []string
	rejected          []liftoff.RejectedRecord
	counts            liftoff.RunCounts
}

// note takes what would have become of a batch.
func (p *preview) note(batch liftoff.Batch, result liftoff.BatchResult) {
	p.counts.Add(result.RunCounts)
	p.inserted = atMost(previewIDs, append(p.inserted, result.InsertedIDs...))
	p.revised = atMost(previewIDs, append(p.revised, result.RevisedIDs...))
	p.missing = append(p.missing, result.MissingIDs...)
	p.rejected = atMost(previewIDs, append(p.rejected, batch.Rejected...))
}

func atMost[T any](limit int, list []T) []T { return list[:min(limit, len(list))] }

// print says what would have changed.
func (p *preview) print(context.Context) error {
	lines := []string{fmt.Sprintf("Nothing was written. A run would insert %d launches, revise %d, leave %d unchanged, put %d records into quarantine and mark %d as missing.",
		p.counts.Inserted, p.counts.Revised, p.counts.Unchanged, p.counts.Quarantined, len(p.missing))}
	lines = appendIDs(lines, "insert", p.inserted)
	lines = appendIDs(lines, "revise", p.revised)
	lines = appendIDs(lines, "missing", atMost(previewIDs, p.missing))
	for _, record := range p.rejected {
		lines = append(lines, fmt.Sprintf("quarantine  %s: %s", record.Reason, record.Detail))
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(p.app.Stdout, line); err != nil {
			return err
		}
	}
	return nil
}

func appendIDs(lines []string, what string, ids []string) []string {
	for _, id := range ids {
		lines = append(lines, fmt.Sprintf("%-11s %s", what, id))
	}
	return lines
}
