package postgres

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/list_launches.sql
var listLaunchesSQL string

//go:embed queries/named_launches.sql
var namedLaunchesSQL string

//go:embed queries/launch_names.sql
var launchNamesSQL string

//go:embed queries/launch_details.sql
var launchDetailsSQL string

//go:embed queries/launch_payloads.sql
var launchPayloadsSQL string

// LaunchFilter says which launches to list.
type LaunchFilter struct {
	// Search is a part of the name, in any case; empty for any name.
	Search string
	// Year is that of the date, in UTC; 0 for any.
	Year int
	// Upcoming leaves out launches that have flown, and those that the source no
	// longer has.
	Upcoming bool
	// IDPrefix is what the id begins with; empty for any id.
	IDPrefix string
	// Limit is how many at most.
	Limit int
}

// Launches returns launches, the newest first.
func (s *Store) Launches(ctx context.Context, filter LaunchFilter) ([]liftoff.StoredLaunch, error) {
	from, until := yearBounds(filter.Year)
	launches, err := collect(ctx, s, ask(listLaunchesSQL, pattern(filter.Search), from, until, filter.Upcoming, int64(filter.Limit), filter.IDPrefix),
		scanStored)
	if err != nil {
		return nil, s.readFailure("look for launches", err)
	}
	return launches, nil
}

func yearBegin(year int) time.Time { return time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC) }

// literal returns a pattern that matches the text itself.
func literal(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}

// storedTargets are the targets of the columns that queries for launches begin with.
func storedTargets(l *liftoff.StoredLaunch) []any {
	return []any{
		&l.ID, &l.Name, &l.LaunchedAt, &l.DatePrecision, &l.Rocket, &l.RocketID,
		&l.Launchpad, &l.LaunchpadID, &l.Upcoming, &l.Success, &l.MissingSince,
		&l.PayloadMassKg, &l.SimulatedPayloadMassKg, &l.SimulatedDelayMinutes,
	}
}

func scanStored(row pgx.CollectableRow) (launch liftoff.StoredLaunch, err error) {
	err = row.Scan(storedTargets(&launch)...)
	return launch, err
}

// LaunchesNamed returns the launch with that id, or else those with that name in any
// case, the newest first and at most limit. Only ids, names and dates are filled.
func (s *Store) LaunchesNamed(ctx context.Context, idOrName string, limit int) ([]liftoff.StoredLaunch, error) {
	launches, err := collect(ctx, s, ask(namedLaunchesSQL, idOrName, literal(idOrName), int64(limit)),
		func(row pgx.CollectableRow) (launch liftoff.StoredLaunch, err error) {
			err = row.Scan(&launch.ID, &launch.Name, &launch.LaunchedAt, &launch.DatePrecision)
			return launch, err
		})
	if err != nil {
		return nil, s.readFailure(fmt.Sprintf("look for launch %q", idOrName), err)
	}
	return launches, nil
}

// LaunchNames returns the names of all launches, each once.
func (s *Store) LaunchNames(ctx context.Context) ([]string, error) {
	names, err := collect(ctx, s, ask(launchNamesSQL), pgx.RowTo[string])
	if err != nil {
		return nil, s.readFailure("read the names of launches", err)
	}
	return names, nil
}

// LaunchDetails returns everything about the launch with that id. A launch that is not
// stored, or whose document is longer than 64 MiB, is a liftoff.Usage error; the former
// has liftoff.ErrNotFound in its chain.
func (s *Store) LaunchDetails(ctx context.Context, id string) (liftoff.LaunchDetails, error) {
	action := fmt.Sprintf("read launch %q", id)
	found, err := collect(ctx, s, ask(launchDetailsSQL, id, maxHistoryBytes), scanDetails)
	if liftoff.CategoryOf(err) == liftoff.Usage {
		return liftoff.LaunchDetails{}, err
	}
	if err != nil {
		return liftoff.LaunchDetails{}, s.readFailure(action, err)
	}
	if len(found) == 0 {
		return liftoff.LaunchDetails{}, s.noLaunch(id)
	}
	found[0].Payloads, err = collect(ctx, s, ask(launchPayloadsSQL, id), func(row pgx.CollectableRow) (p liftoff.StoredPayload, err error) {
		err = row.Scan(&p.ID, &p.Name, &p.Type, &p.Orbit, &p.MassKg)
		return p, err
	})
	if err != nil {
		return liftoff.LaunchDetails{}, s.readFailure(action, err)
	}
	return found[0], nil
}

// noLaunch is the error for a launch that is not stored.
func (s *Store) noLaunch(id string) error {
	return liftoff.NewError(liftoff.Usage,
		notFound{fmt.Errorf("no launch %q is stored in PostgreSQL at %s", id, s.target)}, "`liftoff launches` lists the newest")
}

// scanDetails reads one row of launch_details.sql.
func scanDetails(row pgx.CollectableRow) (l liftoff.LaunchDetails, err error) {
	var isTooLong bool
	err = row.Scan(append(storedTargets(&l.StoredLaunch),
		&l.FlightNumber, &l.LaunchpadName, &l.PayloadCount,
		&l.SlipMinutes, &l.FetchedAt, &l.RevisedAt, &l.Revisions, &l.Raw, &isTooLong)...)
	if err == nil && isTooLong {
		err = tooLongHistory(l.ID, int(l.Revisions))
	}
	return l, err
}
