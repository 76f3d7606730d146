package app

import (
	"fmt"
	"io"

	"liftoff"
)

// previewIDs bounds how many launches of a kind a dry run names.
const previewIDs = 50

// preview gathers what a dry run would have changed.
type preview struct {
	inserted, revised, missing []string
	rejected                   []liftoff.RejectedRecord
}

// note takes what would have become of a batch.
func (p *preview) note(batch liftoff.Batch, result liftoff.BatchResult) {
	p.inserted = atMost(previewIDs, append(p.inserted, result.InsertedIDs...))
	p.revised = atMost(previewIDs, append(p.revised, result.RevisedIDs...))
	p.missing = atMost(previewIDs, append(p.missing, result.MissingIDs...))
	p.rejected = atMost(previewIDs, append(p.rejected, batch.Rejected...))
}

func atMost[T any](limit int, list []T) []T { return list[:min(limit, len(list))] }

// print says what would have changed; nothing for a run that ended early,
// which cannot tell.
func (p *preview) print(out io.Writer, s liftoff.RunSummary) error {
	if s.Status != liftoff.RunSucceeded && s.Status != liftoff.RunPartial {
		return nil
	}
	lines := []string{fmt.Sprintf("Nothing was written. A run would insert %d launches, revise %d, leave %d unchanged, put %d records into quarantine and mark %d as missing.",
		s.Inserted, s.Revised, s.Unchanged, s.Quarantined, s.Missing)}
	lines = appendIDs(lines, "insert", p.inserted, s.Inserted)
	lines = appendIDs(lines, "revise", p.revised, s.Revised)
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
