package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	_ "github.com/trinodb/trino-go-client/trino" // the driver "trino"

	"liftoff/internal/trino"
)

const (
	// trinoTimeout bounds the start of Trino.
	trinoTimeout = 5 * time.Minute
	// trinoWarmUps are more than PostgreSQL's, because Java compiles meanwhile.
	trinoWarmUps = 10
	// trinoQueryWarmUps are passes over all queries.
	trinoQueryWarmUps = 5
	trinoUser         = "bench"
)

// trinoServer is a running Trino and a connection to it.
type trinoServer struct {
	url string
	db  *sql.DB
}

// measureTrino compares each query through Trino with PostgreSQL alone.
func (b *bench) measureTrino(ctx context.Context) error {
	database, err := b.wholeDatabase(ctx, b.whole)
	if err != nil {
		return err
	}
	store, err := b.openStore(ctx, database)
	if err != nil {
		return err
	}
	defer store.Close()
	return b.withTrino(ctx, func(ctx context.Context, t trinoServer) error {
		if err := b.createCatalog(ctx, t, database); err != nil {
			return err
		}
		engine, err := trino.New(trino.Options{
			URL: t.url, Catalog: database, Schema: "public", User: trinoUser, Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			return err
		}
		b.onTrino, err = b.compare(ctx, fmt.Sprintf("PostgreSQL and Trino, %d launches", b.whole), trinoQueryWarmUps,
			ownEngine{store}, ownEngine{engine})
		return err
	})
}

// viewThroughTrino is the median time of the view's query on Trino.
func (b *bench) viewThroughTrino(ctx context.Context, database string) (seconds float64, err error) {
	err = b.withTrino(ctx, func(ctx context.Context, t trinoServer) error {
		if err := b.createCatalog(ctx, t, database); err != nil {
			return err
		}
		seconds, err = timeViewOnTrino(ctx, t.db, database)
		return err
	})
	return seconds, err
}

// withTrino runs a Trino only for this: an idle one takes memory and time from
// the others.
func (b *bench) withTrino(ctx context.Context, use func(context.Context, trinoServer) error) (err error) {
	port, err := freePort(ctx)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp(b.folder, "trino-")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, "tools/trino.sh", "run", folder, port)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	if err := cmd.Start(); err != nil {
		cancel()
		return err
	}
	defer func() {
		cancel()
		_ = cmd.Wait() // ended by the signal
	}()
	db, err := sql.Open("trino", "http://"+trinoUser+"@127.0.0.1:"+port)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := waitForTrino(ctx, db); err != nil {
		return err
	}
	return use(ctx, trinoServer{url: "http://127.0.0.1:" + port, db: db})
}

func freePort(ctx context.Context) (string, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, errors.Join(err, listener.Close())
}

// waitForTrino returns when Trino answers a query.
func waitForTrino(ctx context.Context, db *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, trinoTimeout)
	defer cancel()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		var one int
		err := db.QueryRowContext(ctx, "SELECT 1").Scan(&one)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("start Trino: %w", err)
		case <-ticker.C:
		}
	}
}

func (b *bench) createCatalog(ctx context.Context, t trinoServer, database string) error {
	c := b.server.embedded.Connection()
	_, err := t.db.ExecContext(ctx, fmt.Sprintf(`CREATE CATALOG IF NOT EXISTS "%s" USING postgresql WITH (
		"connection-url" = 'jdbc:postgresql://%s:%d/%s', "connection-user" = '%s', "connection-password" = '%s')`,
		database, c.Host, c.Port, database, c.User, c.Password))
	return err
}

func timeViewOnTrino(ctx context.Context, db *sql.DB, database string) (float64, error) {
	query := strings.Replace(viewQuery, "launch_aggregates_view", `"`+database+`".public.launch_aggregates_view`, 1)
	var seconds []float64
	for i := range trinoWarmUps + viewRuns {
		var row aggregates
		started := time.Now()
		if err := db.QueryRowContext(ctx, query).Scan(&row.launches, &row.successful, &row.mass, &row.delay); err != nil {
			return 0, err
		}
		if elapsed := time.Since(started).Seconds(); i >= trinoWarmUps {
			seconds = append(seconds, elapsed)
			fmt.Fprintf(os.Stderr, "view on Trino: %.3f s\n", elapsed)
		}
	}
	return median(seconds), nil
}
