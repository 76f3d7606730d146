package api

import (
	"encoding/base64"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"liftoff"
)

// direction says to which side of a place in a list a page lies.
type direction string

// The directions.
const (
	older direction = "older"
	newer direction = "newer"
)

var errCursor = errors.New("is no cursor of this list; take next_cursor or previous_cursor of an answer as it is")

// cursor is a place in a list and a direction. For clients it is an opaque text.
type cursor struct {
	list      string
	direction direction
	place     string
}

// text returns the cursor as clients see it: unpadded base64 for addresses.
func (c cursor) text() string {
	return base64.RawURLEncoding.EncodeToString([]byte(c.list + "~" + string(c.direction) + "~" + c.place))
}

// parseCursor is the inverse of cursor.text, for one list.
func parseCursor(list, text string) (cursor, error) {
	plain, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return cursor{}, errCursor
	}
	parts := strings.SplitN(string(plain), "~", 3) //nolint:mnd // list, direction, place
	if len(parts) != 3 || parts[0] != list || !isText(parts[2]) {
		return cursor{}, errCursor
	}
	c := cursor{list: list, direction: direction(parts[1]), place: parts[2]}
	if c.direction != older && c.direction != newer {
		return cursor{}, errCursor
	}
	return c, nil
}

// launchCursor returns the cursor of a page of launches beside a place; nil for no place.
func launchCursor(d direction, place *liftoff.LaunchPosition) *string {
	if place == nil {
		return nil
	}
	at := ""
	if !place.LaunchedAt.IsZero() {
		at = place.LaunchedAt.UTC().Format(time.RFC3339Nano)
	}
	text := cursor{list: "launches", direction: d, place: at + "~" + place.ID}.text()
	return &text
}

// parseLaunchCursor is the inverse of launchCursor.
func parseLaunchCursor(text string) (direction, *liftoff.LaunchPosition, error) {
	c, err := parseCursor("launches", text)
	if err != nil {
		return "", nil, err
	}
	at, id, hasID := strings.Cut(c.place, "~")
	if !hasID || id == "" {
		return "", nil, errCursor
	}
	place := &liftoff.LaunchPosition{ID: id}
	if at != "" {
		place.LaunchedAt, err = time.Parse(time.RFC3339Nano, at)
		if err != nil || place.LaunchedAt.IsZero() || place.LaunchedAt.Year() < firstYear || place.LaunchedAt.Location() != time.UTC {
			return "", nil, errCursor
		}
	}
	return c.direction, place, nil
}

// runCursor returns the cursor of a page of runs beside a run.
func runCursor(d direction, id int64) *string {
	text := cursor{list: "runs", direction: d, place: strconv.FormatInt(id, 10)}.text()
	return &text
}

// parseRunCursor is the inverse of runCursor.
func parseRunCursor(text string) (direction, int64, error) {
	c, err := parseCursor("runs", text)
	if err != nil {
		return "", 0, err
	}
	id, err := strconv.ParseInt(c.place, 10, 64)
	if err != nil || id < 1 || id == math.MaxInt64 {
		return "", 0, errCursor
	}
	return c.direction, id, nil
}
