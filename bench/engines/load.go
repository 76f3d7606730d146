package main

import (
	"context"
	"iter"
	"log/slog"
	"time"

	"liftoff"
	"liftoff/internal/enrich"
	"liftoff/internal/pipeline"
	"liftoff/internal/postgres"
	"liftoff/internal/replay"
	"liftoff/internal/source/spacex"
)

// prepare makes a database with the program's own schema and synthetic
// launches that went the whole way, and opens it.
func (m measurement) prepare(ctx context.Context, count int) (*postgres.Store, error) {
	if err := m.createDatabase(ctx); err != nil {
		return nil, err
	}
	store, err := postgres.Open(ctx, postgres.Options{URL: m.connection.DSN(), StatementTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	if err := load(ctx, store, count); err != nil {
		store.Close()
		return nil, err
	}
	return store, nil
}

// load runs the pipeline over the replay.
func load(ctx context.Context, store *postgres.Store, count int) error {
	if _, err := store.Migrate(ctx); err != nil {
		return err
	}
	server, err := replay.New(replay.Options{Count: count, Seed: 1})
	if err != nil {
		return err
	}
	api, err := replay.Listen(ctx, "127.0.0.1:0", server)
	if err != nil {
		return err
	}
	defer func() { _ = api.Close(ctx) }() // all is read
	client, err := spacex.New(spacex.Options{BaseURL: api.URL(), UserAgent: "bench", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer client.CloseIdle()
	run, err := store.BeginRun(ctx, postgres.RunOptions{
		Source: api.URL(), Selection: liftoff.SelectAll, Command: "bench", ProgramVersion: "bench", StartedAt: time.Now(),
	})
	if err != nil {
		return err
	}
	defer run.Abandon(ctx)
	_, err = pipeline.Execute(ctx, pipeline.Options{
		Parts: pipeline.OnePart(pipeline.Part{Fetch: func(ctx context.Context) iter.Seq2[liftoff.Page, error] {
			return client.Launches(ctx, spacex.Everything())
		}}),
		SourceName: "launches",
		Selection:  liftoff.SelectAll,
		Enrich:     enrich.NewSimulator("bench").Enrich,
		Run:        run,
		Writers:    2,
		AfterStore: func(ctx context.Context, _ liftoff.RunSummary) error { return store.Tidy(ctx) },
		CreateView: store.CreateAggregateView,
		Now:        time.Now,
		Logger:     slog.New(slog.DiscardHandler),
	})
	return err
}
