// Command server gives a benchmark a PostgreSQL of its own: the embedded one
// in a temporary folder, with databases that have the schema already. It
// prints the URL without a database name and ends when its stdin does.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff/internal/embedded"
	"liftoff/internal/postgres"
)

const template = "bench_template"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench/server:", err)
		os.Exit(1)
	}
}

func run() (err error) {
	runs := flag.Int("runs", 15, "databases for each name")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	folder, err := os.MkdirTemp("", "liftoff-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	// As root the server runs as another user, who must reach its data.
	if err := os.Chmod(folder, 0o755); err != nil { //nolint:gosec // holds nothing secret itself
		return err
	}
	server, err := embedded.Start(ctx, embedded.Options{DataDir: folder, Database: template, User: "postgres", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop(context.WithoutCancel(ctx))) }()
	if err := makeDatabases(ctx, server.Connection(), flag.Args(), *runs); err != nil {
		return err
	}
	url, _, _ := strings.Cut(server.Connection().DSN(), "/"+template)
	if _, err := fmt.Println(url); err != nil {
		return err
	}
	waitForEnd(ctx)
	return nil
}

// waitForEnd returns when stdin ends or a signal comes.
func waitForEnd(ctx context.Context) {
	ended := make(chan struct{})
	go func() { // ends with the process at the latest: a read cannot be cancelled
		defer close(ended)
		_, _ = io.Copy(io.Discard, os.Stdin)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
	}
}

// makeDatabases makes name_1 … name_n for each name, all with the schema.
func makeDatabases(ctx context.Context, c embedded.Connection, names []string, runs int) error {
	store, err := postgres.Open(ctx, postgres.Options{URL: c.DSN(), StatementTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	_, err = store.Migrate(ctx)
	store.Close()
	if err != nil {
		return err
	}
	c.Database = "postgres"
	conn, err := pgx.Connect(ctx, c.DSN())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, name := range names {
		for i := range runs {
			database := pgx.Identifier{fmt.Sprintf("%s_%d", name, i+1)}.Sanitize()
			if _, err := conn.Exec(ctx, "CREATE DATABASE "+database+" TEMPLATE "+template); err != nil {
				return err
			}
			c.Database = fmt.Sprintf("%s_%d", name, i+1)
			if err := visit(ctx, c); err != nil {
				return err
			}
		}
	}
	// What was just written shall not be flushed while the contenders run.
	_, err = conn.Exec(ctx, "CHECKPOINT")
	return err
}

// visit connects once: the first connection to a new database makes files that
// every later one uses, and a database that is in use has them.
func visit(ctx context.Context, c embedded.Connection) error {
	conn, err := pgx.Connect(ctx, c.DSN())
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}
