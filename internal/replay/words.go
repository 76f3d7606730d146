package replay

import (
	"strconv"
	"strings"
)

// launchName returns the name of launch i, which no other launch has.
func (u *universe) launchName(i int) string {
	return "Synthetic " + strconv.Itoa(i+1) + " (" + u.missionName(i) + ")"
}

func (u *universe) missionName(i int) string {
	dice := newDice(u.seed, 'n', i)
	switch u.missionOf(i) {
	case crewed:
		return "Crew flight"
	case cargo, cargoUnweighed:
		return "Cargo run"
	case classified:
		return "Classified"
	case rideshare, sixteen:
		return "Rideshare"
	case batchSmall:
		return "Starlink v1.0"
	case batchLarge:
		return "Starlink v1.5"
	case falconOne:
		return "Small satellite"
	case shared:
		return "Shared ride"
	default:
		names := [...]string{"Comsat", "Weather watcher", "Ångström Observer", "Navigator", "Radar mapper", "Türkis"}
		return names[dice.below(len(names))]
	}
}

// The kinds of details of past launches.
const (
	detailsNone = iota
	detailsPlain
	detailsForeign
	detailsNewline
	detailsNoBreak
)

// details appends the value of details: null, or a text that begins with
// "Synthetic launch".
func (l *launchWriter) details() {
	kind := detailsNone
	if l.past {
		kind, _ = l.u.pastDetails.category(l.i)
	}
	corrected := l.u.editOf(l.i).details
	if kind == detailsNone && corrected == 0 {
		l.null()
		return
	}
	var text strings.Builder
	text.Grow(640)
	text.WriteString("Synthetic launch " + strconv.Itoa(l.i+1) + ", made up for tests.")
	if kind != detailsNone {
		l.story(&text, kind)
	}
	if corrected > 0 {
		text.WriteString(" Corrected in revision " + strconv.Itoa(corrected) + ".")
	}
	l.text(text.String())
}

// story writes some sentences.
func (l *launchWriter) story(text *strings.Builder, kind int) {
	sentences := stockSentences()
	// Five has no divisor in common with the number of sentences, so a text
	// repeats none before it has used all.
	at := l.dice.below(len(sentences))
	for range l.sentenceCount() {
		text.WriteByte(' ')
		text.WriteString(sentences[at])
		at = (at + 5) % len(sentences)
	}
	switch kind {
	case detailsForeign:
		text.WriteString(" The customer’s façade in Zürich was lit for “T‑0”.")
	case detailsNewline:
		text.WriteString("\nA second paragraph follows the first.")
	case detailsNoBreak:
		text.WriteString(" The coast lasted 35\u00a0minutes.")
	}
}

// sentenceCount is mostly 2 to 5; one text in twelve is nearly empty and one
// in fifty is very long.
func (l *launchWriter) sentenceCount() int {
	switch chance := l.dice.below(100); {
	case chance < 8:
		return 0
	case chance < 10:
		return 15
	default:
		return 2 + l.dice.below(5)
	}
}

func stockSentences() [12]string {
	return [...]string{
		"The vehicle lifts off from its pad and rolls to the azimuth of the planned orbit.",
		"The first stage is expected to land on the drone ship that waits down range.",
		"The second stage burns twice, with a long coast between, before it lets the payload go.",
		"The booster of this flight has flown before and may fly once more after it.",
		"Weather at the site is said to be good, with light winds aloft and few clouds.",
		"Both halves of the fairing come down under parachutes and are fished from the sea.",
		"The customer asked for an orbit that the generator of this text knows nothing about.",
		"The payload raises itself to its operational altitude over the following weeks.",
		"An earlier attempt was called off in the last minute because of a sensor reading.",
		"After deployment the second stage is lowered and burns up over an empty ocean.",
		"This is one more flight of a series that is neither the first nor the last.",
		"Ground crews finished the static fire without anything worth a note.",
	}
}

func failureReason(dice *dice) string {
	reasons := [...]string{
		"synthetic engine shutdown",
		"synthetic loss of pressure in a tank of the second stage",
		"synthetic contact between the stages after separation",
		"synthetic valve that stayed shut, followed by loss of the vehicle",
	}
	return reasons[dice.below(len(reasons))]
}
