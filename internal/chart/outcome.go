package chart

import (
	"html/template"

	"liftoff"
)

// OutcomeHTML returns how a launch went as an icon and a word.
func OutcomeHTML(outcome liftoff.Outcome) (template.HTML, error) {
	word := string(outcome)
	if outcome == liftoff.OutcomeUnknown {
		word = "not known"
	}
	return render("outcome", struct{ Outcome, Word string }{string(outcome), word})
}
