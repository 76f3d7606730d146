package app

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/report"
	"liftoff/internal/revision"
)

// previewIDs bounds how many launches of a kind a dry run names.
const previewIDs = 50

// preview gathers what a dry run would have changed.
type preview struct {
	store             *postgres.Store
	inserted, missing []string
	revised           []liftoff.EnrichedLaunch
	rejected          []liftoff.RejectedRecord
}

// note takes what would have become of a batch.
func (p *preview) note(batch liftoff.Batch, result liftoff.BatchResult) {
	p.inserted = atMost(previewIDs, append(p.inserted, result.InsertedIDs...))
	for _, launch := range batch.Launches {
		if len(p.revised) < previewIDs && slices.Contains(result.RevisedIDs, launch.ID) {
			p.revised = append(p.revised, launch)
		}
	}
	p.missing = atMost(previewIDs, append(p.missing, result.MissingIDs...))
	p.rejected = atMost(previewIDs, append(p.rejected, batch.Rejected...))
}

func atMost[T any](limit int, list []T) []T { return list[:min(limit, len(list))] }

// print says what would have changed; nothing for a run that ended early,
// which cannot tell.
func (p *preview) print(ctx context.Context, out io.Writer, s liftoff.RunSummary) error {
	if s.Status != liftoff.RunSucceeded && s.Status != liftoff.RunPartial {
		return nil
	}
	lines := []string{fmt.Sprintf("Nothing was written. A run would insert %d launches, revise %d, leave %d unchanged, put %d records into quarantine and mark %d as missing.",
		s.Inserted, s.Revised, s.Unchanged, s.Quarantined, s.Missing)}
	lines = appendIDs(lines, "insert", p.inserted, s.Inserted)
	for _, launch := range p.revised {
		changes, err := p.changes(ctx, launch)
		if err != nil {
			return err
		}
		lines = append(lines, changes...)
	}
	lines = appendIDs(lines, "revise", nil, s.Revised-int64(len(p.revised)))
	if s.Missing > 0 {
		lines = appendIDs(lines, "missing", p.missing, s.Missing)
	}
	for _, record := range p.rejected {
		lines = append(lines, fmt.Sprintf("quarantine  %s: %s", record.Reason, record.Detail))
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(out, line); err != nil {
			return err
		}
	}
	return nil
}

// changes says, field by field, how a launch differs from what is stored.
func (p *preview) changes(ctx context.Context, launch liftoff.EnrichedLaunch) ([]string, error) {
	stored, err := p.store.LaunchHistory(ctx, launch.ID)
	if err != nil || len(stored.Revisions) == 0 {
		return nil, err
	}
	changes, err := revision.Changes(stored.Revisions[len(stored.Revisions)-1].Raw, launch.Raw)
	if err != nil {
		return nil, fmt.Errorf("compare launch %q with what is stored: %w", launch.ID, err)
	}
	lines := []string{"revise      " + launch.ID}
	for _, change := range changes {
		lines = append(lines, fmt.Sprintf("            %s: %s -> %s", report.Visible(change.Path),
			report.Visible(cmp.Or(change.Before, "absent")), report.Visible(cmp.Or(change.After, "absent"))))
	}
	return lines, nil
}

// appendIDs names the launches of a kind, and how many more there are.
func appendIDs(lines []string, what string, ids []string, total int64) []string {
	for _, id := range ids {
		lines = append(lines, fmt.Sprintf("%-11s %s", what, id))
	}
	if more := total - int64(len(ids)); more > 0 {
		lines = append(lines, fmt.Sprintf("%-11s %d more", what, more))
	}
	return lines
}
