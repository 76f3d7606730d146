package postgres

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/missing_relations.sql
var missingRelationsSQL string

// explanationPatience bounds how long the reason of a failed query is looked for.
const explanationPatience = 3 * time.Second

// CheckHasAggregateView returns a liftoff.Usage error if launch_aggregates_view is not
// there.
func (s *Store) CheckHasAggregateView(ctx context.Context) error {
	missing, err := s.missingOf(ctx, aggregatesView)
	if err != nil || len(missing) == 0 {
		return err
	}
	return liftoff.NewError(liftoff.Usage, fmt.Errorf("the view %s of PostgreSQL at %s is missing", aggregatesView, s.target),
		"make it anew with `liftoff migrate up`")
}

// checkNoneMissing returns the liftoff.Guard error of checkTables if a table or view of
// the newest version is not there. Unlike checkTables it looks at nothing else.
func (s *Store) checkNoneMissing(ctx context.Context) error {
	missing, err := s.missingOf(ctx, shapedRelations()...)
	if err != nil || len(missing) == 0 {
		return err
	}
	return s.checkTables(ctx)
}

// missingOf returns which of the relations are not there.
func (s *Store) missingOf(ctx context.Context, names ...string) ([]string, error) {
	missing, err := pgx.CollectRows(s.query(ctx, missingRelationsSQL, names), pgx.RowTo[string])
	if err != nil {
		return nil, s.failure("look for missing tables and views", err)
	}
	return missing, nil
}

// explainMissing returns the error for a table or view of the program that a query did
// not find, or nil if that is not why the query failed, or cannot be found out.
func (s *Store) explainMissing(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, explanationPatience)
	defer cancel()
	if version, err := s.appliedVersion(ctx); err != nil || version != latestVersion() {
		return nil
	}
	for _, check := range []func(context.Context) error{s.checkNoneMissing, s.CheckHasAggregateView} {
		err := check(ctx)
		if category := liftoff.CategoryOf(err); err != nil && (category == liftoff.Guard || category == liftoff.Usage) {
			return err
		}
	}
	return nil
}
