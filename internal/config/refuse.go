package config

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"liftoff"
)

// refuseUnparsed turns the first error of the parser into one that names the
// setting and its source.
func (g given) refuseUnparsed(err error) error {
	if parse, ok := errors.AsType[env.ParseError](err); ok {
		for _, s := range Settings() {
			if s.field == parse.Name {
				wanted := Needs(s.Kind, parse.Err)
				switch near := nearestDuration(g.values[s.Env], s.Env == "SCHEDULE_EVERY"); {
				case s.Kind == "duration" && isTooLong(g.values[s.Env]):
					wanted = "needs a shorter duration"
				case s.Kind == "duration" && near != "":
					wanted = "needs a duration such as " + near
				}
				return g.refuse(s.Env, wanted)
			}
		}
	}
	return fmt.Errorf("read the settings: %w", err)
}

// durationShape is a duration as people and other programs write it.
var durationShape = regexp.MustCompile(`(?i)^\s*([0-9]{1,4})\s*(w|weeks?|d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?|)\s*$`)

// nearestDuration returns the right form of a duration that was refused; empty if it is not
// clear what is meant. A number without a unit may be meant in minutes.
func nearestDuration(text string, mayBeMinutes bool) string {
	found := durationShape.FindStringSubmatch(text)
	if found == nil || found[2] == "" && !mayBeMinutes {
		return ""
	}
	number, err := strconv.Atoi(found[1])
	if err != nil {
		return ""
	}
	unit := "m"
	if found[2] != "" {
		unit = strings.ToLower(found[2][:1])
	}
	switch unit {
	case "w":
		number, unit = number*7*24, "h"
	case "d":
		number, unit = number*24, "h"
	}
	return strconv.Itoa(number) + unit
}

var digits = regexp.MustCompile(`[0-9]+`)

// isTooLong reports whether a duration that was refused has the right form: its
// numbers are too large then. The parser's error does not say so.
func isTooLong(duration string) bool {
	_, err := time.ParseDuration(digits.ReplaceAllString(duration, "1"))
	return err == nil
}

// refuse returns the error for a setting with a wrong value. wanted begins with
// a verb, as in "needs a whole number".
func (g given) refuse(name, wanted string) error {
	hint := "change it, or leave it out"
	for _, s := range Settings() {
		if s.Env == name && s.Default != "" {
			hint += "; the default is " + s.Default
		}
	}
	if strings.ContainsAny(g.values[name], "/@:=") && settingsByName()[name].Kind != kindList {
		// A URL in the wrong setting may contain a password.
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("%s %s, not what it is now", g.origins[name], wanted), hint)
	}
	return liftoff.NewError(liftoff.Usage, fmt.Errorf("%s %s, not %q", g.origins[name], wanted, g.values[name]), hint)
}

// Needs says what a value of a kind has to look like, as in "needs a whole
// number". The kinds are those of Setting and of pflag; cause is the error of
// the parser that refused the value.
func Needs(kind string, cause error) string {
	if errors.Is(cause, strconv.ErrRange) {
		if number, ok := errors.AsType[*strconv.NumError](cause); ok && strings.HasPrefix(number.Num, "-") {
			return "needs a larger number"
		}
		return "needs a smaller number"
	}
	switch kind {
	case "duration":
		return "needs a duration such as 30s or 2m"
	case "bool":
		return "needs true or false"
	case "int", "int64":
		return "needs a whole number"
	case "uint":
		return "needs a whole number of 0 or more"
	default:
		return "needs another value"
	}
}
