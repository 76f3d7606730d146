package app

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"liftoff"
	"liftoff/internal/postgres"
)

// MigrateUp brings the schema up to date, creates the aggregate view and
// prints what was applied.
func (a *App) MigrateUp(ctx context.Context) error {
	store, err := a.openConfiguredStore(ctx)
	if err != nil {
		return err
	}
	applied, err := store.Migrate(ctx)
	if err != nil {
		return err
	}
	if err := store.CheckReady(ctx); err != nil {
		return err
	}
	if err := store.CreateAggregateView(ctx); err != nil {
		return err
	}
	for _, m := range applied {
		if _, err := fmt.Fprintln(a.Stdout, "applied "+m.Name); err != nil {
			return err
		}
	}
	if len(applied) == 0 {
		_, err = fmt.Fprintln(a.Stdout, "nothing to apply: the schema is up to date")
	}
	return err
}

// MigrateRebuild computes what the view launches shows anew from what is stored, and
// prints how many launches were not shown right. Runs and readers may go on.
func (a *App) MigrateRebuild(ctx context.Context) error {
	store, err := a.openExistingStore(ctx)
	if err != nil {
		return err
	}
	if err := a.explainNoTables(ctx, store, store.RequireCurrentSchema(ctx)); err != nil {
		return err
	}
	seen := int64(0)
	changed, err := store.RefreshTypedLaunches(ctx, postgres.RefreshOptions{All: true, Progress: func(_ context.Context, launches int64) { seen = launches }})
	if err != nil {
		return err
	}
	if err := store.IndexLaunches(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.Stdout, "%s looked at, %d put right\n", liftoff.Count(seen, "launch", "launches"), changed)
	return err
}

// MigrateStatus prints each version of the schema and since when it is there.
func (a *App) MigrateStatus(ctx context.Context) error {
	store, err := a.openExistingStore(ctx)
	if err != nil {
		return err
	}
	migrations, err := store.MigrationStatus(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	for _, m := range migrations {
		state := "pending"
		if m.Applied {
			state = "applied " + m.AppliedAt.Format(time.DateTime) + " UTC"
		}
		if _, err := fmt.Fprintf(table, "%s\t%s\n", m.Name, state); err != nil {
			return err
		}
	}
	return table.Flush()
}
