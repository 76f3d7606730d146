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

// LaunchHistory is all that is known of how a launch's payload has changed.
type LaunchHistory struct {
	// Revisions are all states of the payload, the first one first; none for a
	// launch that is not stored.
	Revisions []liftoff.Revision
	// MissingSince is the moment (UTC) from which the source has the launch no
	// longer; zero while it has.
	MissingSince time.Time
}

// LaunchHistory returns the revisions of a launch. FirstSeenAt and Raw of
// revision 1 may be empty in a table that somebody else has filled.
func (s *Store) LaunchHistory(ctx context.Context, launchID string) (LaunchHistory, error) {
	rows, err := s.pool.Query(ctx, launchHistorySQL, launchID)
	if err != nil {
		return LaunchHistory{}, s.readFailure(fmt.Sprintf("read the history of launch %q", launchID), err)
	}
	var history LaunchHistory
	history.Revisions, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (liftoff.Revision, error) {
		var (
			revision           liftoff.Revision
			firstSeen, missing *time.Time
			runID              *int64
		)
		err := row.Scan(&revision.Number, &firstSeen, &runID, &revision.Raw, &missing)
		revision.FirstSeenAt, revision.RunID = orZero(firstSeen), orZero(runID)
		if missing != nil {
			history.MissingSince = *missing
		}
		return revision, err
	})
	if err != nil {
		return LaunchHistory{}, s.readFailure(fmt.Sprintf("read the history of launch %q", launchID), err)
	}
	return history, nil
}

// orZero returns the zero value for NULL.
func orZero[T any](value *T) T {
	if value == nil {
		var zero T
		return zero
	}
	return *value
}
