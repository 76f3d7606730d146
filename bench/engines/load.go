package main

import (
	"context"
	"log/slog"
	"time"

	"liftoff/internal/enrich"
	"liftoff/internal/pipeline"
	"liftoff/internal/postgres"
	"liftoff/internal/replay"
	"liftoff/internal/spacex"
)

// prepare makes a database with the program's own schema and synthetic
// launches that went the whole way, and opens it.
func (m measurement) prepare(ctx context.Context, count int) (*postgres.Store, error) {
	if err := m.createDatabase(ctx); err != nil {
		return nil, err
	}
	store, err := postgres.Open(ctx, postgres.Options{URL: m.connection.DSN(), Logger: slog.New(slog.DiscardHandler)})
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
	_, err = pipeline.Run(ctx, pipeline.Options{
		Fetch:      client.All,
		SourceName: "launches",
		Enrich:     enrich.NewSimulator("bench").Enrich,
		Store:      store,
		Analyze: func(ctx context.Context) error {
			_, err := store.Pool().Exec(ctx, "VACUUM ANALYZE raw_launches")
			return err
		},
		Now:    time.Now,
		Logger: slog.New(slog.DiscardHandler),
	})
	return err
}
