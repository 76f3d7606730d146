package fault

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Fault is a kind of fault and the requests that it matches.
type Fault struct {
	value  string
	which  which
	strike func(exchange)
}

// Parse reads a fault in the form KIND[=VALUE][@WHICH]. Its errors quote the
// part that is wrong.
func Parse(text string) (Fault, error) {
	rest, which, err := parseWhich(text)
	if err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", text, err)
	}
	name, value, hasValue := strings.Cut(rest, "=")
	for _, kind := range kinds() {
		if kind.name != name {
			continue
		}
		if !hasValue {
			value = kind.value
		}
		if err := kind.check(value); err != nil {
			return Fault{}, fmt.Errorf("fault %q: %w", text, err)
		}
		return Fault{value: value, which: which, strike: kind.strike}, nil
	}
	return Fault{}, fmt.Errorf("fault %q: there is no kind %q", text, name)
}

// ParseAll reads faults as Parse does. It stops at the first error.
func ParseAll(texts ...string) ([]Fault, error) {
	faults := make([]Fault, 0, len(texts))
	for _, text := range texts {
		fault, err := Parse(text)
		if err != nil {
			return nil, err
		}
		faults = append(faults, fault)
	}
	return faults, nil
}

// Usage lists the kinds of faults, one a line, with their default values.
func Usage() string {
	var b strings.Builder
	for _, kind := range kinds() {
		form := kind.name
		if kind.value != "" {
			form += "=" + kind.value
		}
		fmt.Fprintf(&b, "  %-20s %s\n", form, kind.help)
	}
	return b.String()
}

// which says which requests a fault matches, counted from 1. The zero value
// matches all.
type which struct {
	// from and to are the first and the last; 0 means no limit.
	from, to int
	// every is n for every nth request, else 0.
	every int
}

func (w which) matches(number int) bool {
	if w.every > 0 {
		return number%w.every == 0
	}
	return number >= w.from && (w.to == 0 || number <= w.to)
}

// parseWhich splits "@WHICH" from the end of text: @3 is the third request,
// @-3 the first three, @3- the third and all later ones, @2-5 the second to
// the fifth, @/3 every third one.
func parseWhich(text string) (rest string, w which, err error) {
	at := strings.LastIndexByte(text, '@')
	if at < 0 {
		return text, which{}, nil
	}
	rest, numbers := text[:at], text[at+1:]
	if every, ok := strings.CutPrefix(numbers, "/"); ok {
		w.every, err = parseCount(every)
		return rest, w, err
	}
	from, to, isRange := strings.Cut(numbers, "-")
	switch {
	case numbers == "-" || numbers == "":
		return "", which{}, errors.New("no number after the @")
	case !isRange:
		w.from, err = parseCount(numbers)
		w.to = w.from
		return rest, w, err
	}
	if from != "" {
		w.from, err = parseCount(from)
	}
	if to != "" && err == nil {
		w.to, err = parseCount(to)
	}
	return rest, w, err
}

func parseCount(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%q is not a number of 1 or more", text)
	}
	return n, nil
}
