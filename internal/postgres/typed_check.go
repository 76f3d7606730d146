package postgres

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/stale_masses.sql
var staleMassesSQL string

//go:embed queries/wrong_launches.sql
var wrongLaunchesSQL string

// CheckTypedLaunches returns a liftoff.Guard error that names launches that the view
// launches does not show as they are stored, because something else than a run has
// written to a table. Without deep only those are compared that were written to
// since the last refresh; with it, every document is read. It changes nothing.
func (s *Store) CheckTypedLaunches(ctx context.Context, deep bool) error {
	wrong, masses, err := s.wrongLaunches(ctx, deep)
	if err != nil {
		return s.readFailure("compare typed_launches with the documents", err)
	}
	number := max(int64(len(wrong)), masses)
	if number == 0 {
		return nil
	}
	text := liftoff.Count(number, "launch", "launches")
	switch {
	case len(wrong) == maxCountedLost:
		text = "at least " + text + ": " + describeIDs(wrong)
	case len(wrong) > 0:
		text += ": " + describeSome(wrong, number)
	}
	return liftoff.NewError(liftoff.Guard,
		fmt.Errorf("the view launches does not show what is stored, because something else than a run has changed tables, of %s", text),
		"run `liftoff migrate rebuild`; the next run puts it right too")
}

// wrongLaunches returns launches with a row that is not right, and without deep how
// many have another mass than their payloads.
func (s *Store) wrongLaunches(ctx context.Context, deep bool) (wrong []string, masses int64, err error) {
	if deep {
		wrong, err = collect(ctx, s, ask(wrongLaunchesSQL, nil, maxCountedLost), pgx.RowTo[string])
		return wrong, 0, err
	}
	stale, err := collect(ctx, s, ask(staleLaunchesSQL, "", maxCountedLost, false), pgx.RowTo[string])
	if err == nil && len(stale) > 0 {
		wrong, err = collect(ctx, s, ask(wrongLaunchesSQL, stale, maxCountedLost), pgx.RowTo[string])
	}
	if err == nil {
		err = s.pool.QueryRow(ctx, staleMassesSQL).Scan(&masses)
	}
	return wrong, masses, err
}
