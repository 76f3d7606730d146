// Command engines measures each analytics query on PostgreSQL directly and
// through Trino, over the same database, and prints a Markdown table. Trino
// runs already, on this machine, with dynamic catalogs; bench/engines.sh
// starts one.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	_ "github.com/trinodb/trino-go-client/trino" // the driver "trino"

	"liftoff/internal/analytics"
	"liftoff/internal/embedded"
	"liftoff/internal/table"
	"liftoff/internal/trino"
)

// engine is PostgreSQL or Trino.
type engine interface {
	Answer(ctx context.Context, queries []analytics.Query) ([]table.Table, error)
}

// figures are the medians of one query at one count.
type figures struct{ postgres, trino time.Duration }

// results are all times at one count.
type results struct {
	queries  []figures
	examples map[string]time.Duration
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench/engines:", err)
		os.Exit(1)
	}
}

func run() (err error) {
	runs := flag.Int("runs", 5, "runs of each query on each engine")
	warmUps := flag.Int("warm-ups", 2, "runs before, which are not counted")
	launches := flag.String("launches", "205,100000", "how many launches are stored for each measurement")
	address := flag.String("trino", "http://127.0.0.1:8080", "address of Trino")
	flag.Parse()
	counts, err := parseCounts(*launches)
	if err != nil {
		return err
	}
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
	server, err := embedded.Start(ctx, embedded.Options{DataDir: folder, User: "postgres", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop(context.WithoutCancel(ctx))) }()
	queries, err := analytics.Load()
	if err != nil {
		return err
	}
	measured := map[int]results{}
	for _, count := range counts {
		m := measurement{connection: server.Connection(), trino: *address, runs: *runs, warmUps: *warmUps}
		if measured[count], err = m.measure(ctx, count, queries); err != nil {
			return fmt.Errorf("measure at %d launches: %w", count, err)
		}
	}
	fmt.Printf("PostgreSQL %s, Trino 476 on one node, both on this machine; the median of %d runs of each query by itself.\n\n",
		server.Version(), *runs)
	report(queries, counts, measured)
	return reportExamples(counts, measured)
}

func parseCounts(text string) ([]int, error) {
	var counts []int
	for part := range strings.SplitSeq(text, ",") {
		count, err := strconv.Atoi(part)
		if err != nil || count < 1 {
			return nil, fmt.Errorf("-launches: %q is no number of launches", part)
		}
		counts = append(counts, count)
	}
	return counts, nil
}

// measurement is one pass over all queries.
type measurement struct {
	connection embedded.Connection
	trino      string
	runs       int
	warmUps    int
}

func (m measurement) measure(ctx context.Context, count int, queries []analytics.Query) (results, error) {
	m.connection.Database = fmt.Sprintf("launches_%d", count)
	store, err := m.prepare(ctx, count)
	if err != nil {
		return results{}, err
	}
	defer store.Close()
	if err := m.createCatalog(ctx); err != nil {
		return results{}, err
	}
	trinoEngine, err := trino.New(trino.Options{
		URL: m.trino, Catalog: m.connection.Database, Schema: "public", User: "bench", Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return results{}, err
	}
	// The first runs fill caches and let Java's compilers work.
	for range m.warmUps {
		if _, err := trinoEngine.Answer(ctx, queries); err != nil {
			return results{}, err
		}
	}
	all := append([][]analytics.Query{}, slices.Collect(slices.Chunk(queries, 1))...)
	measured := make([]figures, 0, len(all)+1)
	for _, part := range append(all, queries) {
		f, err := m.compare(ctx, store, trinoEngine, part)
		if err != nil {
			return results{}, err
		}
		measured = append(measured, f)
		fmt.Fprintf(os.Stderr, "%d launches, %d queries from %s: %s, on Trino %s\n", count, len(part), part[0].Name, f.postgres, f.trino)
	}
	examples, err := m.examplesOnTrino(ctx, trinoEngine)
	return results{measured, examples}, err
}

// compare runs the queries on both engines in turn.
func (m measurement) compare(ctx context.Context, postgres, trino engine, queries []analytics.Query) (figures, error) {
	var onPostgres, onTrino []time.Duration
	for range m.runs {
		for _, one := range []struct {
			engine engine
			times  *[]time.Duration
		}{{postgres, &onPostgres}, {trino, &onTrino}} {
			started := time.Now()
			if _, err := one.engine.Answer(ctx, queries); err != nil {
				return figures{}, err
			}
			*one.times = append(*one.times, time.Since(started))
		}
	}
	return figures{median(onPostgres), median(onTrino)}, nil
}

func (m measurement) createCatalog(ctx context.Context) error {
	db, err := sql.Open("trino", strings.Replace(m.trino, "http://", "http://bench@", 1))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // nothing is written
	c := m.connection
	_, err = db.ExecContext(ctx, fmt.Sprintf(`CREATE CATALOG IF NOT EXISTS "%s" USING postgresql WITH (
		"connection-url" = 'jdbc:postgresql://%s:%d/%s', "connection-user" = '%s', "connection-password" = '%s')`,
		c.Database, c.Host, c.Port, c.Database, c.User, c.Password))
	return err
}

// createDatabase makes the measurement's database on the server.
func (m measurement) createDatabase(ctx context.Context) error {
	admin := m.connection
	admin.Database = "postgres"
	conn, err := pgx.Connect(ctx, admin.DSN())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }() // nothing more is written
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{m.connection.Database}.Sanitize())
	return err
}

// report prints the table: queries down, counts across.
func report(queries []analytics.Query, counts []int, measured map[int]results) {
	fmt.Print("| query |")
	for _, count := range counts {
		fmt.Printf(" %d: PostgreSQL | Trino | more by |", count)
	}
	fmt.Print("\n| --- |" + strings.Repeat(" ---: | ---: | ---: |", len(counts)) + "\n")
	for i := range len(queries) + 1 {
		name := "all in one run"
		if i < len(queries) {
			name = "`" + queries[i].Name + "`"
		}
		fmt.Printf("| %s |", name)
		for _, count := range counts {
			f := measured[count].queries[i]
			fmt.Printf(" %s | %s | %s |", milliseconds(f.postgres), milliseconds(f.trino), milliseconds(f.trino-f.postgres))
		}
		fmt.Println()
	}
}

func milliseconds(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}

func median(values []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
