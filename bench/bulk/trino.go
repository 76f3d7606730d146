package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	_ "github.com/trinodb/trino-go-client/trino" // the driver "trino"
)

const (
	// trinoTimeout bounds the start of Trino.
	trinoTimeout = 3 * time.Minute
	// trinoWarmUps are more than PostgreSQL's, because Java compiles meanwhile.
	trinoWarmUps = 10
)

// viewThroughTrino is the median time of the view's query on Trino, which runs
// only for this: an idle one takes memory and time from the others.
func (b *bench) viewThroughTrino(ctx context.Context) (seconds float64, err error) {
	port, err := freePort(ctx)
	if err != nil {
		return 0, err
	}
	folder := filepath.Join(b.folder, "trino")
	if err := os.Mkdir(folder, 0o750); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, "tools/trino.sh", "run", folder, port)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	if err := cmd.Start(); err != nil {
		cancel()
		return 0, err
	}
	defer func() {
		cancel()
		_ = cmd.Wait() // ended by the signal
	}()
	db, err := sql.Open("trino", "http://bench@127.0.0.1:"+port)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := waitForTrino(ctx, db); err != nil {
		return 0, err
	}
	return b.timeOnTrino(ctx, db)
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

func (b *bench) timeOnTrino(ctx context.Context, db *sql.DB) (float64, error) {
	c := b.server.embedded.Connection()
	_, err := db.ExecContext(ctx, fmt.Sprintf(`CREATE CATALOG IF NOT EXISTS "%s" USING postgresql WITH (
		"connection-url" = 'jdbc:postgresql://%s:%d/%s', "connection-user" = '%s', "connection-password" = '%s')`,
		b.filled, c.Host, c.Port, b.filled, c.User, c.Password))
	if err != nil {
		return 0, err
	}
	query := strings.Replace(viewQuery, "launch_aggregates_view", `"`+b.filled+`".public.launch_aggregates_view`, 1)
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
