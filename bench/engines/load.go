package main

import (
	"context"
	"log/slog"
	"time"

	"liftoff"
	"liftoff/internal/enrich"
	"liftoff/internal/ingest"
	"liftoff/internal/pipeline"
	"liftoff/internal/postgres"
	"liftoff/internal/replay"
	"liftoff/internal/source/fetch"
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

// load ingests the launches of the replay.
func load(ctx context.Context, store *postgres.Store, count int) error {
	server, err := replay.New(replay.Options{Count: count, Seed: 1})
	if err != nil {
		return err
	}
	api, err := replay.Listen(ctx, "127.0.0.1:0", server)
	if err != nil {
		return err
	}
	defer func() { _ = api.Close(ctx) }() // all is read
	logger := slog.New(slog.DiscardHandler)
	client, err := spacex.New(spacex.Options{PageSize: 1000, Concurrency: 3, Options: fetch.Options{
		BaseURL: api.URL(), UserAgent: "bench", Timeout: time.Minute, MaxAttempts: 6, MaxBodyBytes: 32 << 20, MaxRequestsPerSecond: 100,
		Clock: time.Now, Logger: logger,
	}})
	if err != nil {
		return err
	}
	defer client.CloseIdle()
	ingester := ingest.New(ingest.Options{
		Source: client, SourceKey: api.URL(), Store: store, Simulator: enrich.NewSimulator("bench"),
		Contract: pipeline.ContractStore, Writers: 2, AutoMigrate: true, ProgramVersion: "bench", Now: time.Now, Logger: logger,
	})
	_, err = ingester.Run(ctx, ingest.Request{Query: liftoff.Query{Selection: liftoff.SelectAll}, Command: "bench", IsQueriedNext: true})
	return err
}
