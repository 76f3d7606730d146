package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"liftoff"
	"liftoff/internal/postgres"
)

func TestReading_NamesATableThatWasDropped(t *testing.T) {
	t.Parallel()
	list := func(ctx context.Context, s *postgres.Store) (any, error) {
		return s.Launches(ctx, postgres.LaunchFilter{})
	}
	isEmpty := func(ctx context.Context, s *postgres.Store) (any, error) { return s.IsEmpty(ctx) }
	for _, test := range []struct {
		drop, missing string
		read          func(context.Context, *postgres.Store) (any, error)
	}{
		{"DROP VIEW launches CASCADE", "launches is missing", list},
		{"DROP TABLE raw_launches CASCADE", "raw_launches is missing", isEmpty},
	} {
		store, db := openMigrated(t)
		execute(t, db, test.drop)
		_, err := test.read(t.Context(), store)
		wantError(t, err, liftoff.Guard, test.missing)
		if errors.Is(err, postgres.ErrNoTables) {
			t.Errorf("it says that there are no tables at all: %v", err)
		}
		if err := store.RequireReadableSchema(t.Context()); err != nil {
			t.Errorf("what is still there cannot be read: %v", err)
		}
	}
}

func TestCheckHasAggregateView(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	if err := store.CreateAggregateView(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := store.CheckHasAggregateView(t.Context()); err != nil {
		t.Error(err)
	}
	execute(t, db, "DROP VIEW launch_aggregates_view")
	err := store.CheckHasAggregateView(t.Context())
	wantError(t, err, liftoff.Usage, "the view launch_aggregates_view of PostgreSQL")
	if hint := liftoff.HintOf(err); !strings.Contains(hint, "`liftoff migrate up`") {
		t.Errorf("hint %q", hint)
	}
}
