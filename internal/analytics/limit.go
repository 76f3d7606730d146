package analytics

import (
	"fmt"

	"liftoff"
)

// MaxRows limits one answer, which is held in memory whole. Some queries have a
// row for each launch, so this is room for a million launches.
const MaxRows = 1_000_000

// CheckRows returns an error of category QueryEngine for an answer with more
// rows than the limit.
func CheckRows(rows [][]any, limit int) error {
	if len(rows) <= limit {
		return nil
	}
	return liftoff.NewError(liftoff.QueryEngine,
		fmt.Errorf("too many rows: the answer has more than %d", limit),
		`add a LIMIT to the query, or use "liftoff export", whose memory does not grow with the rows`)
}

// Unreadable returns an error of category Internal for an answer that no table
// can hold: that is a mistake in the query, not in the database.
func Unreadable(cause error) error {
	return liftoff.NewError(liftoff.Internal, fmt.Errorf("cannot show the answer: %w", cause), "")
}
