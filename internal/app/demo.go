package app

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"liftoff"
	"liftoff/internal/ingest"
	"liftoff/internal/replay"
	"liftoff/internal/report"
)

// syntheticDatabase keeps the replay's launches apart from real ones, which
// a later run may fetch into the same server.
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
	err = a.ingestAndAnalyze(ctx, a.newIngester(client, key, store), ingest.Request{
		Query: liftoff.Query{Selection: liftoff.SelectAll}, Command: "demo", IfLocked: ingest.LockedWait, IsQueriedNext: true,
		// The replay has as many launches as the user asked for this time, in the
		// state asked for.
		AcceptsShrink: src.synthetic, AcceptsRewind: src.synthetic,
	}, func(ctx context.Context) error { return a.analyze(ctx, store, nil, format) })
	if err != nil {
		return err
	}
	return a.printNextSteps(db, src)
}

// chooseSource asks the live API for its latest launch and falls back to the
// built-in replay when no launch comes within the configured wait.
func (a *App) chooseSource(ctx context.Context) (demoSource, error) {
	live := demoSource{url: a.Config.SpaceXAPIURL, database: a.Config.PostgresDB}
	reason := a.probe(ctx, live.url, a.Config.DemoAPIWait)
	if reason == nil || ctx.Err() != nil || liftoff.CategoryOf(reason) == liftoff.Usage {
		return live, errors.Join(reason, ctx.Err())
	}
	server, err := replay.New(replay.Options{
		Count: a.Config.ReplayCount, Seed: a.Config.ReplaySeed, Revision: a.Config.ReplayRevision,
		Logger: a.Logger,
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
		"reason", reason.Error(), "replay", server.Description())
	return demoSource{url: listener.URL(), database: syntheticDatabase, synthetic: true}, nil
}

// probe makes one request for the latest launch.
func (a *App) probe(ctx context.Context, url string, wait time.Duration) error {
	client, err := a.newClient(url, patience{timeout: wait, attempts: 1})
	if err != nil {
		return err
	}
	defer client.CloseIdle()
	for _, err := range client.Launches(ctx, liftoff.Query{Selection: liftoff.SelectLatest}) {
		return err
	}
	return nil
}

// printNextSteps ends the demo with three lines: where the data is, how to
// open psql on it, and what to try next. The commands work as printed.
func (a *App) printNextSteps(db database, src demoSource) error {
	option := a.demoOptions(src)
	kind := "launches of " + src.url
	if src.synthetic {
		kind = "synthetic launches of the built-in replay"
	}
	_, err := fmt.Fprintf(a.Stderr, `
Data:  %s, in database %s of the embedded PostgreSQL %s at %s
psql:  %s psql%s -- -c 'SELECT * FROM launch_aggregates_view'
Next:  %s analyze%s heaviest_launches, or %s analyze --list
`, kind, src.database, db.version, db.folder, a.Program, option, a.Program, option, a.Program)
	return err
}

// demoOptions are the flags that lead other commands to the demo's data.
func (a *App) demoOptions(src demoSource) string {
	options := ""
	if a.Config.NamesDatabase() {
		options += " --embedded"
	}
	if a.Config.EmbeddedDataDir != "" {
		options += " --embedded-data-dir " + strconv.Quote(a.Config.EmbeddedDataDir)
	}
	if src.database != a.Config.PostgresDB {
		options += " --postgres-db " + src.database
	}
	return options
}
