package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"liftoff"
	"liftoff/internal/ingest"
	"liftoff/internal/replay"
	"liftoff/internal/report"
)

// syntheticDatabase keeps the replay's launches apart from real ones, which
// a later run may fetch into the same server. It is for the default count and seed;
// the launches of another count or seed have a database of their own, whose name
// begins the same.
const syntheticDatabase = "spacex_synthetic"

// syntheticSource is what the ledger knows the replay by, whose URL is another
// one each time.
const syntheticSource = "built-in replay"

// demoSource is where the demo gets its launches, and the database they go to.
type demoSource struct {
	url      string
	database string
	// synthetic launches come from the built-in replay.
	synthetic bool
}

// Demo runs the whole pipeline with nothing to install: the embedded
// PostgreSQL, all launches of the live API or, when that does not answer, of
// the built-in replay, the view and the analytics.
func (a *App) Demo(ctx context.Context) error {
	format, err := report.ParseFormat(a.Config.Output)
	if err != nil {
		return err
	}
	if err := a.checkQueries(); err != nil {
		return err
	}
	src, err := a.chooseSource(ctx)
	if err != nil {
		return err
	}
	client, err := a.newClient(src.url, a.patience())
	if err != nil {
		return err
	}
	defer client.CloseIdle()
	db, err := a.startEmbedded(ctx, src.database)
	if err != nil {
		return err
	}
	store, err := a.openStore(ctx, db)
	if err != nil {
		return err
	}
	key := client.Address()
	if src.synthetic {
		key = syntheticSource
	}
	_, err = a.ingestAndAnalyze(ctx, a.newIngester(client, key, store), ingest.Request{
		Query: liftoff.Query{Selection: liftoff.SelectAll}, Command: "demo", IfLocked: ingest.LockedWait, IsQueriedNext: true,
		// The replay's launches are in the state that the user asked for this time.
		AcceptsRewind: src.synthetic,
	}, a.analytics(store, format, format == report.FormatTable))
	return err
}

// databaseOf returns the database for the synthetic launches of a count and a seed.
func databaseOf(count int, seed uint64) string {
	const defaultSeed = 1 // that of REPLAY_SEED
	if count == replay.DefaultCount && seed == defaultSeed {
		return syntheticDatabase
	}
	return fmt.Sprintf("%s_%d_seed_%d", syntheticDatabase, count, seed)
}

// chooseSource asks the live API in the way that the run will, and falls back to the
// built-in replay when no answer comes within the configured wait.
func (a *App) chooseSource(ctx context.Context) (demoSource, error) {
	live := demoSource{url: a.Config.SpaceXAPIURL, database: a.Config.PostgresDB}
	reason := a.probe(ctx, live.url, a.Config.DemoAPIWait)
	if reason == nil || ctx.Err() != nil || liftoff.CategoryOf(reason) == liftoff.Usage {
		return live, errors.Join(reason, ctx.Err())
	}
	server, err := replay.New(replay.Options{
		Count: a.Config.ReplayCount, Seed: a.Config.ReplaySeed, Revision: a.Config.ReplayRevision,
		Logger: a.loggerOf("replay"),
	})
	if err != nil {
		return demoSource{}, err
	}
	listener, err := replay.Listen(ctx, "127.0.0.1:0", server)
	if err != nil {
		return demoSource{}, err
	}
	a.onStop("the built-in replay", listener.Close)
	a.Logger.WarnContext(ctx, "The live API did not answer; the demo uses the built-in replay, whose data is synthetic.",
		"error", reason.Error(), "replay", server.Description())
	return demoSource{url: listener.URL(), database: databaseOf(a.Config.ReplayCount, a.Config.ReplaySeed), synthetic: true}, nil
}

// probe asks for the upcoming launches: few, but by the route that gives all.
func (a *App) probe(ctx context.Context, url string, wait time.Duration) error {
	client, err := a.newClient(url, patience{timeout: wait, attempts: 1})
	if err != nil {
		return err
	}
	defer client.CloseIdle()
	for _, err := range client.Launches(ctx, liftoff.Query{Selection: liftoff.SelectUpcoming}) {
		return err
	}
	return nil
}
