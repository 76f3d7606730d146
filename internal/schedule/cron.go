package schedule

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/netresearch/go-cron"

	"liftoff"
)

const (
	// longestExpression holds each value of each field by name, with room to spare.
	longestExpression = 600
	// example is an expression that serves most users.
	example = "7 * * * *"
	// rarest is the number of years in which each expression is due that ever is: a
	// 29 February on a certain day of the week may be 40 years away.
	rarest = 50
)

// parseCron checks the spec of a cron expression.
func parseCron(spec Spec, zone *time.Location, now time.Time) (Schedule, error) {
	nearest, wrong := checkExpression(spec.Cron)
	if wrong == nil {
		// The fields are right, so that nearest is what was given, with single blanks.
		s, err := scheduleOf(Spec{Cron: nearest, TimeZone: spec.TimeZone}, zone)
		if err == nil && !s.next(now.UTC()).IsZero() {
			return s, nil
		}
		wrong = err
		if err == nil {
			nearest, wrong = neverDue(nearest)
		}
	}
	hint := fmt.Sprintf("give five fields, such as %q for seven minutes past each hour", example)
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

// checkExpression returns the right expression that comes nearest to a text, and what is
// wrong with the text. If nothing is, that is the text with single blanks.
func checkExpression(text string) (nearest string, wrong error) {
	if len(text) > longestExpression {
		return "", fmt.Errorf("it has %d characters, more than %d", len(text), longestExpression)
	}
	if odd := strings.IndexFunc(text, isOdd); odd >= 0 {
		r := []rune(text[odd:])[0]
		nearest, _ := checkExpression(strings.Map(plain, text))
		return nearest, fmt.Errorf("it has the character %#U, which is in no expression", r)
	}
	texts := strings.Fields(text)
	switch {
	case len(texts) > 0 && texts[0][0] == '@':
		return macro(texts[0]), fmt.Errorf("%s is not supported; five fields say when, or --every says how often", texts[0])
	case len(texts) > 0 && strings.Contains(texts[0], "TZ="):
		nearest, _ := checkExpression(strings.Join(texts[1:], " "))
		return nearest, errors.New("it names a time zone, which --time-zone does")
	}
	texts, wrong = fiveFields(texts)
	for i, field := range cronFields() {
		fault, better := field.check(texts[i])
		if fault != "" && wrong == nil {
			wrong = fmt.Errorf("the %s %s", field.name, fault)
		}
		texts[i] = better
	}
	return strings.Join(texts, " "), wrong
}

// fiveFields refuses any number of fields but five, and returns the five that are most
// likely meant.
func fiveFields(texts []string) (five []string, wrong error) {
	const names = "minute, hour, day of month, month, day of week"
	switch count := len(texts); {
	case count == 0:
		return strings.Fields(example), errors.New("it is empty; it needs five fields: " + names)
	case count < 5:
		wrong = fmt.Errorf("it has %s and needs five: %s", liftoff.Count(int64(count), "field", "fields"), names)
		return append(slices.Clone(texts), slices.Repeat([]string{"*"}, 5-count)...), wrong
	case count == 5:
		return texts, nil
	case count <= 7 && isDayOfWeek(texts[5]): // seconds first, and perhaps a year last
		return texts[1:6], fmt.Errorf("it has %d fields and needs five: seconds and years are not supported", count)
	default: // such as a line of a crontab
		return texts[:5], fmt.Errorf("it has %d fields and needs five: %s", count, names)
	}
}

// isDayOfWeek reports whether a text may be meant as a day of the week.
func isDayOfWeek(text string) bool {
	wrong, _ := cronFields()[4].check(text)
	return wrong == "" || text == "?"
}

// isOdd reports whether r is in no cron expression, though it may look as if it were.
func isOdd(r rune) bool {
	return r > '~' || strings.ContainsRune("'\"`", r) || r < ' ' && !strings.ContainsRune("\t\n\r", r)
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

// neverDue returns the nearest expression that comes due, and says of the given one that
// it never does, because its months do not have its days.
func neverDue(expression string) (nearest string, wrong error) {
	texts := strings.Fields(expression)
	wrong = fmt.Errorf("it never comes due: there is no day %s in month %s", texts[2], texts[3])
	// Months lack the days 29 to 31 only: 28 February is in each year.
	for _, day := range []string{"30", "28"} {
		texts[2] = day
		nearest = strings.Join(texts, " ")
		if s, err := scheduleOf(Spec{Cron: nearest}, time.UTC); err == nil && !s.next(time.Unix(0, 0)).IsZero() {
			break
		}
	}
	return nearest, wrong
}
