package analytics

import (
	"errors"
	"fmt"
)

// defaultMaxRows bounds one result, which is held in memory whole: some queries
// have a row for each launch, so this is room for a million of them.
const defaultMaxRows = 1_000_000

// errTooManyRows marks an answer that is longer than a result may be.
var errTooManyRows = errors.New("too many rows")

// hintTooManyRows is the next step after it.
const hintTooManyRows = `give the query a LIMIT, or use "liftoff export", which needs no more memory for more rows`

// checkRows refuses a result that has grown beyond the limit.
func checkRows(rows [][]any, limit int) error {
	if len(rows) > limit {
		return fmt.Errorf("%w: the answer has more than %d", errTooManyRows, limit)
	}
	return nil
}
