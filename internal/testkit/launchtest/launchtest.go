// Package launchtest fills databases of tests with launches: twelve that a
// person can count, in plain tables, and many odd ones in the program's own
// schema.
package launchtest

import (
	"context"
	_ "embed"
	"errors"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
	"liftoff/internal/enrich"
	"liftoff/internal/ingest"
	"liftoff/internal/pipeline"
	"liftoff/internal/postgres"
	"liftoff/internal/replay"
	"liftoff/internal/testkit/apitest"
	"liftoff/internal/testkit/pgtest"
)

//go:embed relations.sql
var relations string

//go:embed twelve.sql
var twelve string

//go:embed odd.sql
var odd string

// NewTables returns a database with the relations that the analytics queries
// read as empty plain tables, so that a test can put in any row.
func NewTables(t testing.TB) pgtest.Database {
	t.Helper()
	return newDatabase(t, relations)
}

// NewTwelve returns a database like that of NewTables with twelve launches.
func NewTwelve(t testing.TB) pgtest.Database {
	t.Helper()
	return newDatabase(t, relations+twelve)
}

func newDatabase(t testing.TB, script string) pgtest.Database {
	t.Helper()
	db := pgtest.NewDatabase(t)
	if _, err := pgtest.Connect(t, db.DSN).Exec(t.Context(), script); err != nil {
		t.Fatalf("fill the database: %v", err)
	}
	return db
}

// Schema makes the program's own schema and the aggregate view in an empty
// database; see pgtest.NewTemplate.
func Schema(ctx context.Context, dsn string) error {
	store, err := open(ctx, dsn)
	if err != nil {
		return err
	}
	defer store.Close()
	return store.CreateAggregateView(ctx)
}

// Odd makes the program's own schema and stores launches: 300 synthetic ones
// that went the whole way from an API, and then odd ones, odd references and
// revisions, all of which the view launches shows. See pgtest.NewTemplate.
func Odd(ctx context.Context, dsn string) error {
	store, err := open(ctx, dsn)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := ingestSynthetic(ctx, store); err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, odd)
	if err := errors.Join(err, conn.Close(ctx)); err != nil {
		return err
	}
	_, err = store.RefreshTypedLaunches(ctx, postgres.RefreshOptions{})
	return err
}

// open opens a store on a database and migrates it.
func open(ctx context.Context, dsn string) (*postgres.Store, error) {
	store, err := postgres.Open(ctx, postgres.Options{URL: dsn, StatementTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	if _, err := store.Migrate(ctx); err != nil {
		store.Close()
		return nil, err
	}
	return store, nil
}

// ingestSynthetic runs the real pipeline over the replay's synthetic launches.
func ingestSynthetic(ctx context.Context, store *postgres.Store) error {
	server, err := replay.New(replay.Options{Count: 300, Seed: 5})
	if err != nil {
		return err
	}
	api := httptest.NewServer(server)
	defer api.Close()
	client, err := apitest.NewClient(api.URL)
	if err != nil {
		return err
	}
	defer client.CloseIdle()
	ingester := ingest.New(ingest.Options{
		Source: client, SourceKey: "replay", Store: store, Simulator: enrich.NewSimulator("conformance"), Contract: pipeline.ContractStore,
		Writers: 1, ProgramVersion: "test", Logger: slog.New(slog.DiscardHandler),
		// Not a round second, as no real moment is.
		Now: func() time.Time { return time.Date(2026, 11, 2, 11, 30, 0, 123456000, time.UTC) },
	})
	_, err = ingester.Run(ctx, ingest.Request{Query: liftoff.Query{Selection: liftoff.SelectAll}, Command: "test"})
	return err
}
