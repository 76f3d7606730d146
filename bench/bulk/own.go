package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// ownContender is this program, or another build of it. Its database has the
// program's schema already, as that of the others has their table.
type ownContender struct {
	bench     *bench
	label     string
	program   string
	arguments string
	// template is the database with the program's schema.
	template string
}

// own is the program with launches alone: the arguments depend on the job.
func (b *bench) own() ownContender {
	return ownContender{bench: b, label: own, program: b.liftoff, template: migrated}
}

// baseBuild is another build, with the schema that it makes itself.
func (b *bench) baseBuild() ownContender {
	return ownContender{bench: b, label: base, program: b.base, template: baseMigrated}
}

// ownAnswers is the program doing what the script does.
func (b *bench) ownAnswers() ownContender {
	c := b.own()
	c.label, c.arguments = ownAnswers, "ingest --references=false"
	return c
}

// ownWhole is the program with all its defaults.
func (b *bench) ownWhole() ownContender {
	c := b.own()
	c.label, c.arguments = ownWhole, "ingest --all"
	return c
}

// ownFetching is the program for the latency part.
func (b *bench) ownFetching(fetchers int) ownContender {
	c := b.own()
	c.label = fetchersName(fetchers)
	c.arguments = fmt.Sprintf("%s --page-size %d --concurrency %d", b.ownBulk, latencyPage, fetchers)
	return c
}

func (c ownContender) name() string { return c.label }

// ownFetchers begins the names of the contenders of the latency part.
const ownFetchers = "own-fetchers-"

func fetchersName(fetchers int) string { return ownFetchers + strconv.Itoa(fetchers) }

func (c ownContender) prepare(ctx context.Context, j job) error {
	if c.template == baseMigrated {
		if err := c.bench.prepareBase(ctx); err != nil {
			return err
		}
	}
	return c.bench.server.create(ctx, j.database, c.template)
}

// prepareBase makes the template of the other build, once.
func (b *bench) prepareBase(ctx context.Context) error {
	exists, err := b.server.number(ctx, "postgres", "SELECT count(*) FROM pg_database WHERE datname = '"+baseMigrated+"'")
	if err != nil || exists > 0 {
		return err
	}
	if err := b.server.create(ctx, baseMigrated, "template0"); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, b.base, "migrate", "up")
	cmd.Env = append(os.Environ(), "DATABASE_URL="+b.server.dsn(baseMigrated))
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s migrate up: %w: %s", b.base, err, output)
	}
	return nil
}

func (c ownContender) command(_ context.Context, j job) (command, error) {
	text := c.arguments
	switch {
	case text != "":
	case j.what() == latest:
		text = c.bench.ownLatest
	default:
		text = c.bench.ownBulk
	}
	return c.bench.ownCommand(j, c.program, text), nil
}

// ownCommand is a build of the program with arguments, for a job's database.
func (b *bench) ownCommand(j job, program, arguments string) command {
	return command{arguments: append([]string{program}, strings.Fields(arguments)...), environment: []string{
		"DATABASE_URL=" + b.server.dsn(j.database),
		"SPACEX_API_URL=" + j.api,
		"LOG_FILE=" + filepath.Join(b.folder, "ingestion.log"),
	}}
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
		tables, err := writtenTables(ctx, conn)
		if err != nil {
			return err
		}
		for _, table := range tables {
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

// writtenTables are the program's tables but for the ledger, and for what was looked at
// in typed_launches, which a run may write although nothing has changed.
func writtenTables(ctx context.Context, conn *pgx.Conn) ([]string, error) {
	rows, err := conn.Query(ctx, `SELECT relname FROM pg_stat_user_tables WHERE relname NOT LIKE 'ingestion\_%'
		AND relname NOT IN ('typed_checks', 'typed_transactions') ORDER BY relname`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
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
