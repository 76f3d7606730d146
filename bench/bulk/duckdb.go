package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	"liftoff/internal/analytics"
)

// duckdb is a running bench/duckdb/analyze.py that times the queries.
type duckdb struct {
	cmd     *exec.Cmd
	asks    io.WriteCloser
	answers *bufio.Reader
}

// duckdbArguments run the analytics over an export.
func (b *bench) duckdbArguments(export string) []string {
	return []string{b.duckdbPython, "bench/duckdb/analyze.py", export, "sql/analytics"}
}

func (b *bench) startDuckDB(ctx context.Context, export string) (*duckdb, error) {
	arguments := append(b.duckdbArguments(export), "--time")
	cmd := exec.CommandContext(ctx, arguments[0], arguments[1:]...)
	cmd.Stderr = os.Stderr
	asks, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	answers, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &duckdb{cmd: cmd, asks: asks, answers: bufio.NewReader(answers)}, cmd.Start()
}

// stop ends it: it reads to the end of its stdin.
func (d *duckdb) stop() error { return errors.Join(d.asks.Close(), d.cmd.Wait()) }

func (d *duckdb) time(context.Context) (timing, error) {
	queries, err := analytics.Load()
	if err != nil {
		return timing{}, err
	}
	if _, err := io.WriteString(d.asks, "\n"); err != nil {
		return timing{}, fmt.Errorf("ask DuckDB: %w", err)
	}
	line, err := d.answers.ReadBytes('\n')
	if err != nil {
		return timing{}, fmt.Errorf("read what DuckDB measured: %w", err)
	}
	var seconds map[string]float64
	if err := json.Unmarshal(line, &seconds); err != nil {
		return timing{}, fmt.Errorf("read what DuckDB measured: %w", err)
	}
	var t timing
	for _, q := range queries {
		one, ok := seconds[q.Name]
		if !ok {
			return timing{}, fmt.Errorf("DuckDB did not measure %s", q.Name)
		}
		t.each = append(t.each, one)
		t.all += one
	}
	return t, nil
}

// export writes what DuckDB reads: the launches as `liftoff export` writes
// them, and the few names that the queries join.
func (b *bench) export(ctx context.Context, j job) (folder string, err error) {
	folder = filepath.Join(b.folder, fmt.Sprintf("export-%d", j.n))
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return "", err
	}
	if _, err := b.output(ctx, b.ownCommand(j, b.liftoff, "export --output-file "+filepath.Join(folder, "launches.parquet"))); err != nil {
		return "", err
	}
	for _, table := range []string{"rockets", "launchpads"} {
		if err := b.exportNames(ctx, j, table, filepath.Join(folder, table+".csv")); err != nil {
			return "", fmt.Errorf("export %s: %w", table, err)
		}
	}
	return folder, nil
}

func (b *bench) exportNames(ctx context.Context, j job, table, path string) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return b.server.with(ctx, j.database, func(conn *pgx.Conn) error {
		_, err := conn.PgConn().CopyTo(ctx, file, "COPY (SELECT id, name FROM "+quote(table)+") TO STDOUT (FORMAT csv, HEADER)")
		return err
	})
}

// output runs a command that is not measured and returns what it prints.
func (b *bench) output(ctx context.Context, c command) ([]byte, error) {
	cmd := exec.CommandContext(ctx, c.arguments[0], c.arguments[1:]...)
	cmd.Env = append(os.Environ(), c.environment...)
	output, err := cmd.Output()
	if exit, isExit := errors.AsType[*exec.ExitError](err); isExit {
		return nil, fmt.Errorf("%q: %w: %s", c.arguments, err, exit.Stderr)
	}
	return output, err
}
