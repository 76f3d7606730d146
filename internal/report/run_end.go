package report

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"liftoff"
)

// WriteRunEnd prints how a run ended in a few lines for people: what became of the
// records, what each stage took, and what the API answered.
func WriteRunEnd(w io.Writer, run liftoff.RunSummary, options Options) error {
	if options.Width <= 0 {
		options.Width = defaultWidth
	}
	s := newStyle(options)
	out := &printer{bufio.NewWriter(w)}
	out.field(s, "Run", fmt.Sprintf("%d %s in %s", run.RunID, run.Status, inUnits(run.FinishedAt.Sub(run.StartedAt))))
	out.field(s, "Records", recordsOf(run.RunCounts))
	took := run.Statistics
	out.field(s, "Took", fmt.Sprintf("fetch %s, decode %s, store %s, references %s, view %s, analytics %s", inUnits(took.Fetch), inUnits(took.Decode),
		inUnits(took.Store), inUnits(took.References), inUnits(took.View), inUnits(took.Analytics)))
	out.field(s, "API", answersOf(run))
	out.lines("")
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write how the run ended: %w", err)
	}
	return nil
}

// recordsOf says what became of the records. What is always there comes first.
func recordsOf(counts liftoff.RunCounts) string {
	text := fmt.Sprintf("%s fetched: %s inserted, %s revised, %s unchanged",
		thousands(counts.Fetched), thousands(counts.Inserted), thousands(counts.Revised), thousands(counts.Unchanged))
	if counts.Quarantined > 0 {
		text += fmt.Sprintf(", %s in quarantine", thousands(counts.Quarantined))
	}
	if counts.Missing > 0 {
		text += fmt.Sprintf("; %s no longer at the source", thousands(counts.Missing))
	}
	return text
}

// answersOf says what was asked and answered.
func answersOf(run liftoff.RunSummary) string {
	took := run.Statistics
	var statuses []string
	for _, status := range slices.Sorted(maps.Keys(took.Statuses)) {
		statuses = append(statuses, fmt.Sprintf("%s x %d", thousands(took.Statuses[status]), status))
	}
	text := fmt.Sprintf("%s, %s kB", liftoff.Count(run.Pages, "page", "pages"), thousands((run.Bytes+500)/1000)) //nolint:mnd // bytes of a kB, rounded
	text += fmt.Sprintf("; %s, %s", liftoff.Count(took.Requests, "request", "requests"), liftoff.Count(took.Retries, "retry", "retries"))
	if len(statuses) > 0 {
		text += "; answers " + strings.Join(statuses, ", ")
	}
	if took.PeakMemory > 0 {
		text += fmt.Sprintf("; peak memory %d MiB", took.PeakMemory>>20) //nolint:mnd // bytes of a MiB
	}
	return text
}

// inUnits returns a duration as people say it: 12 ms, 3.4 s, 2m10s.
func inUnits(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	default:
		return d.Round(time.Second).String()
	}
}
