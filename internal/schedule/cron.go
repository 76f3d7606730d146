package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/netresearch/go-cron"

	"liftoff"
)

const (
	// longestExpression holds each value of each field by name, with room to spare.
	longestExpression = 600
	// rarest is the number of years in which each expression is due that ever is: a
	// 29 February on a certain day of the week may be 40 years away.
	rarest = 50
)

// parseCron checks the spec of a cron expression.
func parseCron(spec Spec, zone *time.Location, now time.Time) (Schedule, error) {
	wrong, nearest := checkExpression(spec.Cron)
	if wrong == nil {
		// The fields are right, so that nearest is what was given, with single blanks.
		s, err := scheduleOf(Spec{Cron: nearest, TimeZone: spec.TimeZone}, zone)
		if err == nil && !s.next(now.UTC()).IsZero() {
			return s, nil
		}
		wrong = err
		if err == nil {
			wrong, nearest = neverDue(nearest)
		}
	}
	hint := "give five fields, such as \"7 * * * *\" for seven minutes past each hour"
	if better, err := scheduleOf(Spec{Cron: nearest, TimeZone: spec.TimeZone}, zone); err == nil {
		var times []string
		for _, slot := range better.Upcoming(better.First(now), 3) {
			times = append(times, onClock(slot.In(zone)))
		}
		hint = fmt.Sprintf("write %q, which is next due %s", nearest, strings.Join(times, ", "))
	}
	return Schedule{}, liftoff.NewError(liftoff.Usage, fmt.Errorf("cron expression %q: %w", shortened(spec.Cron), wrong), hint)
}

// shortened returns a text without what makes a message too long.
func shortened(text string) string {
	if len(text) <= 100 {
		return text
	}
	return text[:100] + "…"
}

// scheduleOf returns the schedule of an expression whose fields were checked.
func scheduleOf(spec Spec, zone *time.Location) (Schedule, error) {
	parsed, err := cron.MustNewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).
		WithMaxSearchYears(rarest).Parse(spec.Cron)
	if err != nil {
		return Schedule{}, err
	}
	fields, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return Schedule{}, fmt.Errorf("the parser returns a %T", parsed)
	}
	fields.Location = time.UTC
	// As in vixie cron: either is enough, unless one begins with *.
	texts := strings.Fields(spec.Cron)
	fields.DowOrDom = texts[2][0] != '*' && texts[4][0] != '*'
	return Schedule{spec: spec, zone: zone, fields: fields}, nil
}

// checkExpression says what is wrong with an expression, or nil, and returns the
// nearest right one: the same with single blanks if nothing is wrong.
func checkExpression(text string) (wrong error, nearest string) {
	if len(text) > longestExpression {
		return fmt.Errorf("it has %d characters, more than %d", len(text), longestExpression), ""
	}
	if odd := strings.IndexFunc(text, isOdd); odd >= 0 {
		r := []rune(text[odd:])[0]
		_, nearest := checkExpression(strings.Map(plain, text))
		return fmt.Errorf("it has the character %U, which is no plain blank, letter or digit", r), nearest
	}
	texts := strings.Fields(text)
	if len(texts) > 0 && texts[0][0] == '@' {
		return fmt.Errorf("%s is not supported; five fields say when, or --every says how often", texts[0]), macro(texts[0])
	}
	wrong = checkCount(len(texts))
	switch {
	case len(texts) == 0:
		texts = []string{"7"}
	case len(texts) == 6 || len(texts) == 7: // seconds first, and then perhaps a year
		texts = texts[1:6]
	}
	for len(texts) < 5 {
		texts = append(texts, "*")
	}
	texts = texts[:5]
	for i, field := range cronFields() {
		fault, better := field.check(texts[i])
		if fault != "" && wrong == nil {
			wrong = fmt.Errorf("the %s %s", field.name, fault)
		}
		texts[i] = better
	}
	return wrong, strings.Join(texts, " ")
}

// checkCount refuses any number of fields but five.
func checkCount(count int) error {
	const names = "minute, hour, day of month, month, day of week"
	switch {
	case count == 0:
		return errors.New("it is empty; it needs five fields: " + names)
	case count == 6:
		return errors.New("it has six fields; leave out the first, seconds are not supported")
	case count != 5:
		return fmt.Errorf("it has %s and needs five: %s", liftoff.Count(int64(count), "field", "fields"), names)
	}
	return nil
}

// isOdd reports whether r is in no cron expression, though it may look as if it were.
func isOdd(r rune) bool {
	return r > '~' || r < ' ' && !strings.ContainsRune("\t\n\r", r)
}

// plain returns the character that r looks like; nothing if it looks like none.
func plain(r rune) rune {
	switch {
	case !isOdd(r):
		return r
	case unicode.IsSpace(r):
		return ' '
	case unicode.Is(unicode.Dash, r):
		return '-'
	case r == '∗' || r == '＊':
		return '*'
	default:
		return -1
	}
}

// macro returns the five fields of an abbreviation of other crons, or "".
func macro(name string) string {
	switch strings.ToLower(name) {
	case "@hourly":
		return "0 * * * *"
	case "@daily", "@midnight":
		return "0 0 * * *"
	case "@weekly":
		return "0 0 * * 0"
	case "@monthly":
		return "0 0 1 * *"
	case "@yearly", "@annually":
		return "0 0 1 1 *"
	default:
		return ""
	}
}

// neverDue says that an expression never comes due, because its months do not have its
// days, and returns the nearest one that does.
func neverDue(expression string) (wrong error, nearest string) {
	texts := strings.Fields(expression)
	wrong = fmt.Errorf("it never comes due: no month of %q has a day of %q", texts[3], texts[2])
	// Months lack the days 29 to 31 only: 28 February is in each year.
	for _, day := range []string{"30", "28"} {
		texts[2] = day
		nearest = strings.Join(texts, " ")
		if s, err := scheduleOf(Spec{Cron: nearest}, time.UTC); err == nil && !s.next(time.Unix(0, 0)).IsZero() {
			break
		}
	}
	return wrong, nearest
}
