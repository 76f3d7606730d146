package app

import (
	"context"
	"fmt"
	"io"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/report"
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
	switch {
	case len(applied) > 0:
		return nil // a new schema has a new view
	case store.TakeCreatedView():
		_, err = fmt.Fprintln(a.Stdout, "re-created the view launch_aggregates_view: it was missing, or not as this liftoff makes it")
	default:
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
	_, err = fmt.Fprintf(a.Stdout, "%s looked at, %d put right\n", liftoff.Count(seen, "launch", "launches"), changed.Foreign+changed.Left)
	return err
}

// MigrateStatus prints each version of the schema and since when it is there.
func (a *App) MigrateStatus(ctx context.Context) error {
	format, err := report.ParseFormat(a.Config.Output)
	if err != nil {
		return err
	}
	store, err := a.openExistingStore(ctx)
	if err != nil {
		return err
	}
	migrations, err := store.MigrationStatus(ctx)
	if err != nil {
		return err
	}
	rows := make([]report.Migration, len(migrations))
	for i, m := range migrations {
		rows[i] = report.Migration{Version: m.Version, Name: m.Name, Status: "pending"}
		if m.Applied {
			rows[i].Status, rows[i].AppliedAt = "applied", &m.AppliedAt
		}
	}
	return a.show(ctx, format, func(out io.Writer) error { return report.Migrations(rows).Write(out, format, a.reportOptions()) })
}
