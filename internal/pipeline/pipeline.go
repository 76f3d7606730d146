// Package pipeline runs one ingestion: fetch, enrich, store, view, analytics,
// in this order. Every way to start a run (a command, a container, a test)
// calls the same function. It knows neither HTTP nor SQL; the caller hands it
// the parts, and it hands back what was done.
package pipeline

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"liftoff"
)

// Store keeps launches. The PostgreSQL store is the one of production.
type Store interface {
	// InsertLaunches stores a batch, all or none of it, and returns the ids
	// of those that were new. Launches that are there already stay as they
	// are, so a batch may be stored again.
	InsertLaunches(ctx context.Context, launches []liftoff.EnrichedLaunch) ([]string, error)
	// CreateAggregateView creates launch_aggregates_view or replaces it.
	CreateAggregateView(ctx context.Context) error
}

// Options are the parts of one run. All are needed.
type Options struct {
	// Fetch yields the source's launches page by page and stops after the
	// first error.
	Fetch func(ctx context.Context) iter.Seq2[liftoff.Page, error]
	// SourceName says in log lines what is fetched, such as "latest launch data".
	SourceName string
	// Enrich adds the simulated values to a launch.
	Enrich func(launch liftoff.Launch, fetchedAt time.Time) liftoff.EnrichedLaunch
	Store  Store
	// Analyze runs the analytics queries and prints them.
	Analyze func(ctx context.Context) error
	// Now is the clock.
	Now    func() time.Time
	Logger *slog.Logger
}

// Run does one ingestion and returns what it did, also when it ends in an
// error: the pages that were stored before stay stored, and running again
// picks up the rest.
func Run(ctx context.Context, opts Options) (liftoff.RunSummary, error) {
	summary := liftoff.RunSummary{StartedAt: opts.Now().UTC()}
	err := run(ctx, opts, &summary)
	summary.FinishedAt = opts.Now().UTC()
	return summary, err
}

func run(ctx context.Context, opts Options, summary *liftoff.RunSummary) error {
	for page, err := range opts.Fetch(ctx) {
		if err != nil {
			return err
		}
		logFetched(ctx, opts, page)
		if err := storePage(ctx, opts, page, summary); err != nil {
			return err
		}
	}
	if err := opts.Store.CreateAggregateView(ctx); err != nil {
		return err
	}
	opts.Logger.InfoContext(ctx, "Aggregation view launch_aggregates_view created successfully.")
	opts.Logger.InfoContext(ctx, "Running analytics queries...")
	return opts.Analyze(ctx)
}

func logFetched(ctx context.Context, opts Options, page liftoff.Page) {
	message := "Successfully fetched " + opts.SourceName + " from SpaceX API."
	if page.TotalLaunches > 1 {
		message = fmt.Sprintf("Successfully fetched %s from SpaceX API: page %d, %d of %d launches.",
			opts.SourceName, page.Number, len(page.Launches), page.TotalLaunches)
	}
	opts.Logger.InfoContext(ctx, message)
}

func storePage(ctx context.Context, opts Options, page liftoff.Page, summary *liftoff.RunSummary) error {
	fetchedAt := opts.Now().UTC()
	enriched := make([]liftoff.EnrichedLaunch, 0, len(page.Launches))
	for _, launch := range page.Launches {
		enriched = append(enriched, opts.Enrich(launch, fetchedAt))
		summary.Bytes += int64(len(launch.Raw))
	}
	inserted, err := opts.Store.InsertLaunches(ctx, enriched)
	if err != nil {
		return err
	}
	summary.Pages++
	summary.Fetched += int64(len(enriched))
	summary.Inserted += int64(len(inserted))
	summary.Unchanged += int64(len(enriched) - len(inserted))
	logStored(ctx, opts.Logger, enriched, inserted)
	return nil
}

// logStored writes a line for each launch of a small page, which is what
// people look for in the log, and one line for a larger one.
func logStored(ctx context.Context, logger *slog.Logger, enriched []liftoff.EnrichedLaunch, inserted []string) {
	if len(enriched) != 1 {
		logger.InfoContext(ctx, fmt.Sprintf("%d launches inserted into database, %d were there already.",
			len(inserted), len(enriched)-len(inserted)))
		return
	}
	if len(inserted) == 1 {
		logger.InfoContext(ctx, "Launch "+inserted[0]+" inserted into database.")
		return
	}
	logger.InfoContext(ctx, "Launch "+enriched[0].ID+" is in the database already; nothing inserted.")
}
