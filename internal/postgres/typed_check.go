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
//
// Of pending launches a run has stored payloads and not added the masses yet: it does
// that when it ends, or if it was stopped or killed, the next one does.
func (s *Store) CheckTypedLaunches(ctx context.Context, deep bool) (pending int64, err error) {
	wrong, masses, err := s.wrongLaunches(ctx, deep)
	if err != nil {
		return 0, s.readFailure("compare typed_launches with the documents", err)
	}
	number := max(int64(len(wrong)), masses.foreign)
	if number == 0 {
		return masses.pending, nil
	}
	text := liftoff.Count(number, "launch", "launches")
	switch {
	case len(wrong) == maxCountedLost:
		text = "at least " + text + ": " + describeIDs(wrong)
	case len(wrong) > 0:
		text += ": " + describeSome(wrong, number)
	}
	return masses.pending, liftoff.NewError(liftoff.Guard,
		fmt.Errorf("the view launches does not show what is stored, because something else than a run has changed tables, of %s", text),
		"run `liftoff migrate rebuild`; the next run puts it right too")
}

// staleMasses are numbers of launches with another mass than their payloads have: because
// of something else than a run, and because a run has not added it yet.
type staleMasses struct{ foreign, pending int64 }

// wrongLaunches returns launches with a row that is not right. Without deep it leaves out
// launches with nothing wrong but the mass, and only counts them.
func (s *Store) wrongLaunches(ctx context.Context, deep bool) (wrong []string, masses staleMasses, err error) {
	stale := []string(nil) // all
	if !deep {
		stale, err = collect(ctx, s, ask(staleLaunchesSQL, "", maxCountedLost, false), pgx.RowTo[string])
	}
	if err == nil && (deep || len(stale) > 0) {
		wrong, err = collect(ctx, s, ask(wrongLaunchesSQL, stale, maxCountedLost), pgx.RowTo[string])
	}
	if err == nil {
		err = s.pool.QueryRow(ctx, staleMassesSQL).Scan(&masses.foreign, &masses.pending)
	}
	return wrong, masses, err
}
