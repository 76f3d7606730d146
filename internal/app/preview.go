package app

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"liftoff"
	"liftoff/internal/ingest"
	"liftoff/internal/report"
)

// printPreview prints what a dry run would have changed.
func printPreview(out io.Writer, result ingest.Result) error {
	s, preview := result.Summary, result.Preview
	lines := []string{fmt.Sprintf("Nothing was written. A run would insert %s, revise %d, leave %d unchanged, quarantine %s and mark %d as missing.",
		liftoff.Count(s.Inserted, "launch", "launches"), s.Revised, s.Unchanged, liftoff.Count(s.Quarantined, "record", "records"), s.Missing)}
	lines = appendIDs(lines, "insert", preview.InsertedIDs, s.Inserted)
	for _, launch := range preview.Revised {
		lines = append(lines, "revise      "+launch.ID)
		for _, change := range launch.Changes {
			before, after := report.Difference(change.Before, change.After)
			lines = append(lines, fmt.Sprintf("            %s: %s -> %s", report.Visible(change.Path), cmp.Or(before, "absent"), cmp.Or(after, "absent")))
		}
	}
	lines = appendIDs(lines, "revise", nil, s.Revised-int64(len(preview.Revised)))
	if s.Missing > 0 {
		lines = appendIDs(lines, "missing", preview.MissingIDs, s.Missing)
	}
	for _, record := range preview.Rejected {
		lines = append(lines, fmt.Sprintf("quarantine  %s: %s", record.Reason, record.Detail))
	}
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
