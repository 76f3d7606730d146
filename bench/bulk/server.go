package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff/internal/embedded"
	"liftoff/internal/postgres"
)

// migrated is the database with the program's schema that others are made from.
const migrated = "bench_template"

// baseMigrated is the same for the other build of the program.
const baseMigrated = "bench_base"

// server is the PostgreSQL of a run. All of its databases are on the disk of
// the temporary folder.
type server struct {
	embedded *embedded.Server
	admin    *pgx.Conn
}

func startServer(ctx context.Context, folder string) (*server, error) {
	data := filepath.Join(folder, "postgresql")
	// As root the server runs as another user, who must reach its data.
	for _, path := range []string{folder, data} {
		if err := os.MkdirAll(path, 0o755); err != nil { //nolint:gosec // holds nothing secret itself
			return nil, err
		}
		if err := os.Chmod(path, 0o755); err != nil { //nolint:gosec // MkdirTemp closed it
			return nil, err
		}
	}
	e, err := embedded.Start(ctx, embedded.Options{DataDir: data, Database: migrated, User: "postgres", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	s := &server{embedded: e}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(err, s.stop(context.WithoutCancel(ctx)))
	}
	return s, nil
}

func (s *server) prepare(ctx context.Context) error {
	store, err := postgres.Open(ctx, postgres.Options{URL: s.dsn(migrated), StatementTimeout: time.Minute, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	_, err = store.Migrate(ctx)
	store.Close()
	if err != nil {
		return err
	}
	s.admin, err = pgx.Connect(ctx, s.dsn("postgres"))
	return err
}

func (s *server) stop(ctx context.Context) error {
	var err error
	if s.admin != nil {
		err = s.admin.Close(ctx)
	}
	return errors.Join(err, s.embedded.Stop(ctx))
}

func (s *server) dsn(database string) string {
	c := s.embedded.Connection()
	c.Database = database
	return c.DSN()
}

// create makes a database from another one.
func (s *server) create(ctx context.Context, database, from string) error {
	if err := s.drop(ctx, database); err != nil {
		return err
	}
	if _, err := s.admin.Exec(ctx, "CREATE DATABASE "+quote(database)+" TEMPLATE "+quote(from)); err != nil {
		return err
	}
	// The first connection to a new database makes files that every later one
	// uses, and a database that is in use has them.
	return s.exec(ctx, database, "SELECT 1")
}

func (s *server) drop(ctx context.Context, database string) error {
	_, err := s.admin.Exec(ctx, "DROP DATABASE IF EXISTS "+quote(database)+" WITH (FORCE)")
	return err
}

// checkpoint writes what others have left, so that nobody pays for them.
func (s *server) checkpoint(ctx context.Context) error {
	_, err := s.admin.Exec(ctx, "CHECKPOINT")
	return err
}

// autovacuum switches it on or off for all databases.
func (s *server) autovacuum(ctx context.Context, on bool) error {
	if _, err := s.admin.Exec(ctx, fmt.Sprintf("ALTER SYSTEM SET autovacuum = %t", on)); err != nil {
		return err
	}
	_, err := s.admin.Exec(ctx, "SELECT pg_reload_conf()")
	return err
}

func (s *server) exec(ctx context.Context, database, sql string) error {
	return s.with(ctx, database, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, sql)
		return err
	})
}

// number is the one value that a query gives.
func (s *server) number(ctx context.Context, database, sql string) (int64, error) {
	var n int64
	err := s.with(ctx, database, func(conn *pgx.Conn) error { return conn.QueryRow(ctx, sql).Scan(&n) })
	return n, err
}

// with lends a connection that is closed afterwards: a template must have none.
func (s *server) with(ctx context.Context, database string, use func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, s.dsn(database))
	if err != nil {
		return err
	}
	return errors.Join(use(conn), conn.Close(ctx))
}

// settings are those that decide how fast a write is, as the server has them.
func (s *server) settings(ctx context.Context) (string, error) {
	var text string
	err := s.admin.QueryRow(ctx, `SELECT string_agg(name || ' ' || current_setting(name), ', ' ORDER BY name) FROM pg_settings
		WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes', 'wal_level', 'shared_buffers', 'max_wal_size',
			'default_toast_compression', 'autovacuum', 'jit')`).Scan(&text)
	if err != nil {
		return "", fmt.Errorf("read the server's settings: %w", err)
	}
	return text, nil
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
