package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// ownContender is this program. Its database has the schema already, as that
// of the others has their table.
type ownContender struct {
	bench *bench
	// fetchers is set for the latency part.
	fetchers int
}

func (c ownContender) name() string {
	if c.fetchers > 0 {
		return fetchersName(c.fetchers)
	}
	return own
}

// ownFetchers begins the names of the contenders of the latency part.
const ownFetchers = "own-fetchers-"

func fetchersName(fetchers int) string { return ownFetchers + strconv.Itoa(fetchers) }

func (c ownContender) prepare(ctx context.Context, j job) error {
	return c.bench.server.create(ctx, j.database, migrated)
}

func (c ownContender) command(_ context.Context, j job) (command, error) {
	text := c.bench.ownBulk
	if j.what() == latest {
		text = c.bench.ownLatest
	}
	arguments := append([]string{c.bench.liftoff}, strings.Fields(text)...)
	if c.fetchers > 0 {
		arguments = append(arguments, "--page-size", strconv.Itoa(latencyPage), "--concurrency", strconv.Itoa(c.fetchers))
	}
	return command{arguments: arguments, environment: []string{
		"DATABASE_URL=" + c.bench.server.dsn(j.database),
		"SPACEX_API_URL=" + j.api,
		"LOG_FILE=" + filepath.Join(c.bench.folder, "ingestion.log"),
	}}, nil
}

func (c ownContender) table(context.Context, job) (string, error) { return "raw_launches", nil }

// writes is what has been written to the program's tables so far: rows
// inserted, updated and deleted, and the sum of the transactions that wrote
// the rows there are. It is empty for the other contenders.
func (b *bench) writes(ctx context.Context, c contender, j job) (string, error) {
	if _, isOwn := c.(ownContender); !isOwn {
		return "", nil
	}
	var parts []string
	err := b.server.with(ctx, j.database, func(conn *pgx.Conn) error {
		// Backends report what they did at their end, shortly after the
		// program's.
		if err := waitAlone(ctx, conn); err != nil {
			return err
		}
		for _, table := range []string{"raw_launches", "launch_revisions", "known_launches"} {
			var inserted, updated, deleted, xmin int64
			err := conn.QueryRow(ctx, `SELECT n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables WHERE relname = $1`, table).
				Scan(&inserted, &updated, &deleted)
			if err != nil {
				return fmt.Errorf("statistics of %s: %w", table, err)
			}
			if err := conn.QueryRow(ctx, "SELECT coalesce(sum(xmin::TEXT::BIGINT), 0)::BIGINT FROM "+quote(table)).Scan(&xmin); err != nil {
				return err
			}
			parts = append(parts, fmt.Sprintf("%s %d inserted, %d updated, %d deleted, xmin %d", table, inserted, updated, deleted, xmin))
		}
		return nil
	})
	return strings.Join(parts, "; "), err
}

// waitAlone returns when nobody else is connected to the database.
func waitAlone(ctx context.Context, conn *pgx.Conn) error {
	const tries = 500
	for range tries {
		var others int
		err := conn.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`).Scan(&others)
		if err != nil || others == 0 {
			return err
		}
		if _, err := conn.Exec(ctx, "SELECT pg_sleep(0.01)"); err != nil {
			return err
		}
	}
	return fmt.Errorf("somebody stays connected to %s", conn.Config().Database)
}
