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

// LaunchHistory is what is known about how a launch's document has changed.
type LaunchHistory struct {
	// Revisions are all states of the document, the oldest first; none for a
	// launch that is not stored.
	Revisions []liftoff.Revision
	// MissingSince is when (UTC) a run first noticed that the source no longer has
	// the launch; zero if the source has it.
	MissingSince time.Time
}

// LaunchHistory returns the revisions of a launch. FirstSeenAt and Raw of
// revision 1 may be empty in a table that another program has filled.
func (s *Store) LaunchHistory(ctx context.Context, launchID string) (LaunchHistory, error) {
	var history LaunchHistory
	var err error
	history.Revisions, err = collect(ctx, s, ask(launchHistorySQL, launchID), func(row pgx.CollectableRow) (liftoff.Revision, error) {
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
