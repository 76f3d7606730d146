package postgres

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/launch_history.sql
var launchHistorySQL string

// maxHistoryBytes is how long all documents of a launch may be together, as text,
// for its history. Real ones have 4 KB.
const maxHistoryBytes = 64 << 20

// LaunchHistory is what is known about how a launch's document has changed.
type LaunchHistory struct {
	// Revisions are all states of the document, the oldest first.
	Revisions []liftoff.Revision
	// MissingSince is when (UTC) a run first noticed that the source no longer has
	// the launch; zero if the source has it.
	MissingSince time.Time
}

// LaunchHistory returns the revisions of a launch. FirstSeenAt and Raw of
// revision 1 may be empty in a table that another program has filled. Documents
// that are too long to be read, one by one or together, are a liftoff.Usage error, and so
// is a launch that is not stored, with liftoff.ErrNotFound in its chain.
func (s *Store) LaunchHistory(ctx context.Context, launchID string) (LaunchHistory, error) {
	var history LaunchHistory
	var err error
	history.Revisions, err = collect(ctx, s, ask(launchHistorySQL, launchID, maxHistoryBytes), func(row pgx.CollectableRow) (liftoff.Revision, error) {
		var (
			revision           liftoff.Revision
			firstSeen, missing *time.Time
			runID              *int64
			isTooLong          bool
		)
		err := row.Scan(&revision.Number, &firstSeen, &runID, &revision.Raw, &isTooLong, &missing)
		revision.FirstSeenAt, revision.RunID = orZero(firstSeen), orZero(runID)
		if missing != nil {
			history.MissingSince = *missing
		}
		if err == nil && isTooLong {
			err = tooLongHistory(launchID, revision.Number)
		}
		return revision, err
	})
	if liftoff.CategoryOf(err) == liftoff.Usage {
		return LaunchHistory{}, err
	}
	if err != nil {
		return LaunchHistory{}, s.readFailure(fmt.Sprintf("read the history of launch %q", launchID), err)
	}
	if len(history.Revisions) == 0 {
		return LaunchHistory{}, s.noLaunch(launchID)
	}
	return history, nil
}

// tooLongHistory is the error for documents that are too long up to a revision.
func tooLongHistory(launchID string, revision int) error {
	return liftoff.NewError(liftoff.Usage,
		fmt.Errorf("the history of launch %q cannot be shown: up to revision %d its documents are longer than %d MiB", launchID, revision, maxHistoryBytes>>20),
		"look at single fields with `liftoff psql`, in raw_launches and launch_revisions, such as raw_data -> 'name'")
}
