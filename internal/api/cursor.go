package api

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"liftoff"
)

// The first letter of a cursor says what it goes on with.
const (
	olderLaunches = "o"
	newerLaunches = "n"
	olderRuns     = "r"
)

// launchCursor returns the cursor for the launches beside a place; nil without one.
func launchCursor(direction string, place *liftoff.LaunchPosition) *string {
	if place == nil {
		return nil
	}
	moment := ""
	if !place.LaunchedAt.IsZero() {
		moment = strconv.FormatInt(place.LaunchedAt.UnixMicro(), 10)
	}
	return cursorOf(direction + moment + "." + place.ID)
}

func cursorOf(text string) *string { return new(base64.RawURLEncoding.EncodeToString([]byte(text))) }

// textOf returns what a cursor says after its first letter, which must be one of kinds.
func textOf(cursor, kinds string) (kind, text string, ok bool) {
	plain, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(plain) == 0 || !isText(string(plain)) {
		return "", "", false
	}
	kind, text = string(plain[:1]), string(plain[1:])
	return kind, text, strings.Contains(kinds, kind)
}

// goOn makes a request go on at a cursor; "" is the first page.
func goOn(request *liftoff.LaunchPageRequest, cursor string) error {
	if cursor == "" {
		return nil
	}
	direction, text, ok := textOf(cursor, olderLaunches+newerLaunches)
	moment, id, hasID := strings.Cut(text, ".")
	if !ok || !hasID || id == "" {
		return wrongCursor()
	}
	place := liftoff.LaunchPosition{ID: id}
	if moment != "" {
		micros, err := strconv.ParseInt(moment, 10, 64)
		place.LaunchedAt = time.UnixMicro(micros).UTC()
		// PostgreSQL has no moments far from now.
		if err != nil || place.LaunchedAt.Year() < 1 || place.LaunchedAt.Year() > 9999 {
			return wrongCursor()
		}
	}
	request.OlderThan = &place
	if direction == newerLaunches {
		request.OlderThan, request.NewerThan = nil, &place
	}
	return nil
}

// runOf returns the run that a cursor stands at; 0 for "".
func runOf(cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	_, text, ok := textOf(cursor, olderRuns)
	id, err := strconv.ParseInt(text, 10, 64)
	if !ok || err != nil || id < 1 {
		return 0, wrongCursor()
	}
	return id, nil
}

func wrongCursor() error {
	return refuse("query.cursor", "is not a cursor of this list: take next or previous of an answer, or leave it out for the first page")
}
