package schedule

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// field is one of the five fields of a cron expression.
type field struct {
	name      string
	low, high int
	// names are other names of the values from low on.
	names []string
	// mayBe says which values there are.
	mayBe string
}

// cronFields returns the five fields in their order.
func cronFields() []field {
	return []field{
		{name: "minute", low: 0, high: 59, mayBe: "0 to 59"},
		{name: "hour", low: 0, high: 23, mayBe: "0 to 23"},
		{name: "day of month", low: 1, high: 31, mayBe: "1 to 31"},
		{
			name: "month", low: 1, high: 12, mayBe: "1 to 12 or jan to dec",
			names: []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"},
		},
		{
			name: "day of week", low: 0, high: 7, mayBe: "0 to 7 or sun to sat, with 0 and 7 for Sunday",
			names: []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"},
		},
	}
}

// partShape is a part of a field's list: * or a value or a range, and a step.
var partShape = regexp.MustCompile(`^(?:\*|([0-9]+|[A-Za-z]+)(?:-([0-9]+|[A-Za-z]+))?)(?:/([0-9]+))?$`)

// check says what is wrong with a field's text, or "", and returns the nearest right
// text: the same one if nothing is wrong.
func (f field) check(text string) (wrong, nearest string) {
	var parts []string
	for part := range strings.SplitSeq(text, ",") {
		saysOfPart, better := f.checkPart(part)
		if wrong == "" {
			wrong = saysOfPart
		}
		if better != "" {
			parts = append(parts, better)
		}
	}
	if len(parts) == 0 {
		parts = []string{strconv.Itoa(f.low)}
	}
	return wrong, strings.Join(parts, ",")
}

// checkPart is check for a part of the list. The nearest text is empty if the part is
// best left out.
func (f field) checkPart(part string) (wrong, nearest string) {
	if part == "" {
		return "has a comma too many", ""
	}
	if part == "?" { // what other crons have for a * in a day
		return f.cannotBe(part), "*"
	}
	found := partShape.FindStringSubmatch(part)
	if found == nil {
		return f.cannotBe(part), f.nearestOfOthers(part)
	}
	first, last, step := found[1], found[2], found[3]
	switch {
	case first == "":
		return f.checkStep("*", f.high-f.low, step)
	case last == "" && step == "":
		return f.checkValue(first)
	case last == "":
		return fmt.Sprintf("has a step after a single value in %q", part), f.nearestRange(first, strconv.Itoa(f.high), step)
	}
	low, high := f.nearestValue(first), f.nearestValue(last)
	switch {
	case low.text != first || high.text != last:
		return f.cannotBe(part), f.nearestRange(low.text, high.text, step)
	case low.number > high.number:
		return fmt.Sprintf("has the range %q, which runs backwards", part), f.wrapped(low.number, high.number)
	}
	return f.checkStep(first+"-"+last, high.number-low.number, step)
}

// otherShape is a part as other crons have it: 15W is the weekday next to the 15th, 5L the
// last Friday and 5#2 the second one.
var otherShape = regexp.MustCompile(`^([0-9]+|[A-Za-z]{3})(?:[LWlw]|#[0-9])$`)

// nearestOfOthers returns the nearest right text of a part that may be one of other crons.
func (f field) nearestOfOthers(part string) string {
	if found := otherShape.FindStringSubmatch(part); found != nil {
		return f.nearestValue(found[1]).text
	}
	return strconv.Itoa(f.low)
}

// nearestRange returns the nearest right text of a range with a step, or with "".
func (f field) nearestRange(first, last, step string) string {
	text := first + "-" + last
	if step != "" {
		text += "/" + step
	}
	_, nearest := f.checkPart(text)
	return nearest
}

// checkValue is checkPart for a single value.
func (f field) checkValue(text string) (wrong, nearest string) {
	near := f.nearestValue(text)
	if near.text == text {
		return "", text
	}
	if f.name == "day of month" && (strings.EqualFold(text, "L") || strings.EqualFold(text, "LW")) {
		return f.cannotBe(text), "28" // the last day that each month has
	}
	if f.low == 0 && text == strconv.Itoa(f.high+1) && f.names == nil {
		return f.cannotBe(text), "0" // the hour 24 is meant for midnight
	}
	return f.cannotBe(text), near.text
}

// cannotBe says that a part is none of the field's values.
func (f field) cannotBe(part string) string {
	return fmt.Sprintf("may be %s, but not %q", f.mayBe, part)
}

// value is one of a field's values, as a number and as it is written.
type value struct {
	number int
	text   string
}

// nearestValue returns the value that the text names or comes nearest to. It keeps the
// text if that is right.
func (f field) nearestValue(text string) value {
	number, err := strconv.Atoi(text)
	at := slices.IndexFunc(f.names, func(name string) bool { return strings.HasPrefix(strings.ToLower(text), name) })
	switch {
	case err == nil && number >= f.low && number <= f.high:
		return value{number, text}
	case at >= 0 && len(text) == len(f.names[at]):
		return value{f.low + at, text}
	case at >= 0: // such as monday
		return value{f.low + at, f.names[at]}
	case number > f.high:
		return value{f.high, strconv.Itoa(f.high)}
	default:
		return value{f.low, strconv.Itoa(f.low)}
	}
}

// checkStep is checkPart for the step of a range whose last value is size after its first.
func (f field) checkStep(of string, size int, step string) (wrong, nearest string) {
	if step == "" {
		return "", of
	}
	text := of + "/" + step
	number, err := strconv.Atoi(step)
	switch {
	case err == nil && number == 0:
		return fmt.Sprintf("has the step 0 in %q", text), of
	case err != nil || number > max(size, 1):
		first, _, _ := strings.Cut(strings.Replace(of, "*", strconv.Itoa(f.low), 1), "-")
		wrong = fmt.Sprintf("has a step in %q that is longer than the range", text)
		if unit := map[string]string{"minute": "m", "hour": "h"}[f.name]; of == "*" && unit != "" && err == nil && number > size+1 && number < 100_000 {
			wrong += fmt.Sprintf("; --every %s%s does that", step, unit)
		}
		return wrong, first
	}
	return "", text
}

// wrapped returns the ranges that are meant by one which runs backwards: 22-5 in the
// hour is 22-23,0-5.
func (f field) wrapped(low, high int) string {
	start := f.low
	if f.name == "day of week" {
		start++ // Sunday is 7 already
	}
	text := span(low, f.high)
	if high >= start {
		text += "," + span(start, high)
	}
	return text
}

// span returns a range, or the one value that it has.
func span(low, high int) string {
	if low == high {
		return strconv.Itoa(low)
	}
	return fmt.Sprintf("%d-%d", low, high)
}
