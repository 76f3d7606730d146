package app

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"liftoff"
	"liftoff/internal/ingest"
	"liftoff/internal/plain"
	"liftoff/internal/report"
)

// minPreviewed is how much of a changed value is shown at least.
const minPreviewed = 16

// printPreview prints what a dry run would have changed, and last how much that is.
// Lines are cut to fit a terminal of that width; 0 is for any other output.
func printPreview(out io.Writer, result ingest.Result, options report.Options) error {
	s, preview := result.Summary, result.Preview
	lines := appendIDs(nil, "insert", preview.InsertedIDs, s.Inserted)
	for _, launch := range preview.Revised {
		lines = append(lines, "revise      "+launch.ID)
		for _, change := range launch.Changes {
			before, after := report.Difference(change.Before, change.After)
			start, arrow := "            "+plain.Visible(change.Path)+": ", " -> "
			room := max((options.Width-len(start)-len(arrow))/2, minPreviewed) // for each of the two
			lines = append(lines, start+report.Cut(cmp.Or(before, "absent"), room, options)+arrow+report.Cut(cmp.Or(after, "absent"), room, options))
		}
	}
	lines = appendIDs(lines, "revise", nil, s.Revised-int64(len(preview.Revised)))
	if s.Missing > 0 {
		lines = appendIDs(lines, "missing", preview.MissingIDs, s.Missing)
	}
	for _, record := range preview.Rejected {
		lines = append(lines, fmt.Sprintf("quarantine  %s: %s", record.Reason, record.Detail))
	}
	for i, line := range lines {
		lines[i] = report.Cut(line, options.Width, options)
	}
	lines = append(lines, fmt.Sprintf("Nothing was written. A run would insert %s, revise %d, leave %d unchanged, quarantine %s and mark %d as missing.",
		liftoff.Count(s.Inserted, "launch", "launches"), s.Revised, s.Unchanged, liftoff.Count(s.Quarantined, "record", "records"), s.Missing))
	_, err := fmt.Fprintln(out, strings.Join(lines, "\n"))
	return err
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
