package reportfile

import (
	"cmp"
	"fmt"
	"strings"

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
		asOf = describeRun(good) + ", " + length(page.Length(r.MadeAt.Sub(good.FinishedAt))) + " before this report"
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
	return cmp.Or(text, "less than a second")
}

// describeRun names a run and its end.
func describeRun(run liftoff.LedgerRow) string {
	return fmt.Sprintf("run %d (%s), which ended %s", run.ID, plain.Visible(string(run.Selection)), page.Moment(run.FinishedAt))
}

// stored says what a run that did not go well has put into the figures all the same.
func stored(run liftoff.LedgerRow) string {
	if run.Inserted+run.Revised+run.Missing == 0 {
		return "It has changed nothing. "
	}
	return fmt.Sprintf("The figures include what it has stored: %s new, %s revised and %s missing launches. ",
		page.Count(run.Inserted), page.Count(run.Revised), page.Count(run.Missing))
}

// sentence ends a text with a full stop; an empty one stays empty.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.TrimSuffix(text, ".") + "."
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
	if last := r.Health.LastEnded; last.ID != 0 && last.Status != liftoff.RunSucceeded {
		notes = append(notes, note{
			IsBad:  true,
			Strong: fmt.Sprintf("The last run did not go well: run %d, which ended %s, has the status %s.", last.ID, page.Moment(last.FinishedAt), last.Status),
			Text:   stored(last) + sentence(plain.Visible(last.Error)),
		})
	}
	for _, run := range r.Health.Running {
		notes = append(notes, note{Strong: fmt.Sprintf("Run %d is under way since %s.", run.ID, page.Moment(run.StartedAt)), Text: "What it has stored so far is part of the figures."})
	}
	if r.isEmpty() {
		notes = append(notes, note{Strong: "There are no launches yet.", Text: "Next: " + r.Next + "."})
	}
	return notes
}
