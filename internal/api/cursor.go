package api

import (
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
	"time"

	"liftoff"
)

// A cursor says on which side of which place a list goes on. Each text that matches its
// pattern is one, so that the description of the API tells the whole truth.
const (
	older = "older"
	newer = "newer"
	// undated stands for the moment of a launch without a date.
	undated = "undated"
	// launchCursorPattern has a moment in microseconds since 1970 and an id in hexadecimal.
	launchCursorPattern = "^(older|newer)\\.(undated|-?[0-9]{1,18})\\.([0-9a-f]{2}){1,128}$"
	runCursorPattern    = "^older\\.[0-9]{1,18}$"
)

//nolint:gochecknoglobals // never change
var (
	isLaunchCursor = regexp.MustCompile(launchCursorPattern).MatchString
	isRunCursor    = regexp.MustCompile(runCursorPattern).MatchString
)

// launchCursor returns the cursor for the launches beside a place; nil without one.
func launchCursor(direction string, place *liftoff.LaunchPosition) *string {
	if place == nil {
		return nil
	}
	moment := undated
	if !place.LaunchedAt.IsZero() {
		moment = strconv.FormatInt(place.LaunchedAt.UnixMicro(), 10)
	}
	return new(direction + "." + moment + "." + hex.EncodeToString([]byte(place.ID)))
}

// goOn makes a request go on at a cursor; "" is the first page.
func goOn(request *liftoff.LaunchPageRequest, cursor string) error {
	if cursor == "" {
		return nil
	}
	parts := strings.Split(cursor, ".")
	if !isLaunchCursor(cursor) {
		return wrongCursor()
	}
	id, err := hex.DecodeString(parts[2])
	if err != nil {
		return wrongCursor()
	}
	place := liftoff.LaunchPosition{LaunchedAt: momentOf(parts[1]), ID: strings.ReplaceAll(strings.ToValidUTF8(string(id), ""), "\x00", "")}
	request.OlderThan = &place
	if parts[0] == newer {
		request.OlderThan, request.NewerThan = nil, &place
	}
	return nil
}

// momentOf returns the moment of a cursor. PostgreSQL has none that are far from now: those
// are brought nearer, to before or after all launches.
func momentOf(text string) time.Time {
	micros, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{} // undated
	}
	first, last := time.Date(1, time.January, 2, 0, 0, 0, 0, time.UTC), time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)
	return time.UnixMicro(min(max(micros, first.UnixMicro()), last.UnixMicro())).UTC()
}

// runCursor returns the cursor for the runs before one.
func runCursor(id int64) *string { return new(older + "." + strconv.FormatInt(id, 10)) }

// runOf returns the run that a cursor stands at; 0 for "".
func runOf(cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	if !isRunCursor(cursor) {
		return 0, wrongCursor()
	}
	id, err := strconv.ParseInt(strings.TrimPrefix(cursor, older+"."), 10, 64)
	if err != nil {
		return 0, wrongCursor()
	}
	return max(id, 1), nil // 0 would be all runs
}

func wrongCursor() error {
	return refuse("query.cursor", "is not a cursor of this list: take next or previous of an answer, or leave it out for the first page")
}
