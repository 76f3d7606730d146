package reportfile

import (
	"fmt"

	"liftoff"
	"liftoff/internal/page"
	"liftoff/internal/plain"
)

// title is the heading of the report.
func (r Report) title() string {
	return "Launch report of " + r.MadeAt.UTC().Format("2 January 2006")
}

// fact is one thing that people want to know of the report itself.
type fact struct{ Name, Text string }

// facts say when the report was made, and from what. They are not escaped for HTML.
func (r Report) facts() []fact {
	good := r.Health.LastGood
	asOf, source := "no good run yet", page.Null
	if good.ID != 0 {
		source = plain.Visible(good.Source)
		asOf = fmt.Sprintf("run %d (%s), which ended %s, %s before this report", good.ID, plain.Visible(string(good.Selection)), page.Moment(good.FinishedAt),
			length(page.Length(r.MadeAt.Sub(good.FinishedAt))))
	}
	facts := []fact{
		{"Made", page.Moment(r.MadeAt) + " by " + r.Program},
		{"Data as of", asOf},
		{"Source", source},
		{"Answered by", r.Engine},
		{"Database", plain.Visible(r.Database)},
	}
	if r.Changes != nil {
		facts = append(facts, fact{"Compared with", describeRun(r.Changes.Since)})
	}
	return facts
}

// length names a length of time that may be too short to have a name.
func length(text string) string {
	if text == "" {
		return "less than a second"
	}
	return text
}

// describeRun names a run and its end.
func describeRun(run liftoff.LedgerRow) string {
	return fmt.Sprintf("run %d (%s), which ended %s", run.ID, plain.Visible(string(run.Selection)), page.Moment(run.FinishedAt))
}

// note is a message that stands above the sections.
type note struct {
	IsBad bool
	// Strong is its first sentence, Text the rest.
	Strong, Text string
}

// notes say what the reader has to know before the figures. They are not escaped for HTML.
func (r Report) notes() []note {
	var notes []note
	good, last := r.Health.LastGood, r.Health.LastEnded
	if last.ID != good.ID && last.FinishedAt.After(good.FinishedAt) && last.Status != liftoff.RunSucceeded && last.ID != 0 {
		text := ""
		if last.Error != "" {
			text = plain.Visible(last.Error) + "."
		}
		notes = append(notes, note{IsBad: true, Strong: fmt.Sprintf("The last run did not go well: run %d has the status %s since %s.", last.ID, last.Status, page.Moment(last.FinishedAt)), Text: text})
	}
	for _, run := range r.Health.Running {
		notes = append(notes, note{Strong: fmt.Sprintf("Run %d is under way since %s.", run.ID, page.Moment(run.StartedAt)), Text: "What it has stored so far is part of the figures."})
	}
	if r.isEmpty() {
		notes = append(notes, note{Strong: "There are no launches yet.", Text: "Next: " + r.Next + "."})
	}
	return notes
}
