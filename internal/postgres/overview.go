package postgres

import (
	"context"
	_ "embed"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/data_version.sql
var dataVersionSQL string

//go:embed queries/aggregates.sql
var aggregatesSQL string

//go:embed queries/launch_choices.sql
var launchChoicesSQL string

// DataVersion returns what tells whether the data may have changed. It is cheap to ask.
func (s *Store) DataVersion(ctx context.Context) (liftoff.DataVersion, error) {
	found, err := collect(ctx, s, ask(dataVersionSQL), func(row pgx.CollectableRow) (v liftoff.DataVersion, err error) {
		err = row.Scan(&v.RunID, &v.Running, &v.QuarantinedID, &v.Quarantined, &v.Schedules)
		return v, err
	})
	if err != nil {
		return liftoff.DataVersion{}, s.readFailure("ask whether the data has changed", err)
	}
	return found[0], nil // there is always one row
}

// Aggregates returns what launch_aggregates_view says.
func (s *Store) Aggregates(ctx context.Context) (liftoff.Aggregates, error) {
	found, err := collect(ctx, s, ask(aggregatesSQL), func(row pgx.CollectableRow) (a liftoff.Aggregates, err error) {
		err = row.Scan(&a.TotalLaunches, &a.TotalSuccessfulLaunches, &a.AveragePayloadMassKg, &a.AverageDelayMinutes)
		return a, err
	})
	if err != nil {
		return liftoff.Aggregates{}, s.readFailure("read launch_aggregates_view", err)
	}
	return found[0], nil // there is always one row
}

// The kinds of rows of launch_choices.sql.
const (
	rocketChoice = iota + 1
	launchpadChoice
	yearChoice
)

// LaunchChoices returns the rockets, launchpads and years that stored launches have, a few
// hundred of each at most.
func (s *Store) LaunchChoices(ctx context.Context) (liftoff.LaunchChoices, error) {
	type choice struct {
		Kind     int
		ID, Name string
		Year     int
	}
	found, err := collect(ctx, s, ask(launchChoicesSQL).after(walkInOrderSQL), pgx.RowToStructByPos[choice])
	if err != nil {
		return liftoff.LaunchChoices{}, s.readFailure("read what launches can be filtered by", err)
	}
	var choices liftoff.LaunchChoices
	for _, each := range found {
		named := liftoff.Named{ID: each.ID, Name: each.Name}
		switch each.Kind {
		case rocketChoice:
			choices.Rockets = append(choices.Rockets, named)
		case launchpadChoice:
			choices.Launchpads = append(choices.Launchpads, named)
		case yearChoice:
			choices.Years = append(choices.Years, each.Year)
		}
	}
	return choices, nil
}
