package postgres_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/faultproxy"
	"liftoff/internal/testkit/pgtest"
)

// workerRanges is how many ranges the workers of a walk share.
const workerRanges = 4

// migratedTemplate is a database that has the whole schema already.
var migratedTemplate = pgtest.NewTemplate(migrateSchema)

func migrateSchema(ctx context.Context, dsn string) error {
	store, err := postgres.Open(ctx, workerOptions(dsn))
	if err != nil {
		return err
	}
	defer store.Close()
	_, err = store.Migrate(ctx)
	return err
}

func workerOptions(dsn string) postgres.Options {
	return postgres.Options{URL: dsn, StatementTimeout: time.Minute, Wait: 30 * time.Second, Logger: slog.New(slog.DiscardHandler)}
}

// backfill works as one worker of a backfill until no range is left. In-process,
// because a range of the program is thousands of launches.
func backfill(ctx context.Context, dsn string, id int64) error {
	store, err := postgres.Open(ctx, workerOptions(dsn))
	if err != nil {
		return err
	}
	defer store.Close()
	run, err := store.BeginRun(ctx, postgres.RunOptions{
		Source: "http://source.test", Selection: liftoff.SelectBackfill, Command: "test", ProgramVersion: "test",
		StartedAt: time.Now(), IsShared: true, Lease: time.Minute,
	})
	if err != nil {
		return err
	}
	defer run.Abandon(ctx)
	if _, _, err := run.JoinBackfill(ctx, id); err != nil {
		return err
	}
	for {
		claimed, isFound, err := run.ClaimRange(ctx)
		if err != nil {
			return err
		}
		if !isFound {
			break
		}
		id := fmt.Sprintf("%da", claimed.Number)
		launch := liftoff.EnrichedLaunch{Launch: liftoff.Launch{ID: id, Raw: []byte(`{"id": "` + id + `"}`)}, FetchedAt: time.Now()}
		if _, err := run.StoreBatch(ctx, liftoff.Batch{Launches: []liftoff.EnrichedLaunch{launch}, Pages: 1, ReceivedAt: time.Now()}); err != nil {
			return err
		}
		if err := run.FinishRange(ctx, claimed.Number, time.Now()); err != nil {
			return err
		}
	}
	return run.Finish(ctx, liftoff.Ending{Status: liftoff.RunSucceeded, FinishedAt: time.Now()})
}

// openBackfill opens a backfill and returns its number.
func openBackfill(t *testing.T, dsn string) int64 {
	t.Helper()
	store, err := postgres.Open(t.Context(), workerOptions(dsn))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	wanted := postgres.NewBackfill{Source: "http://source.test", Announced: workerRanges}
	for i := range workerRanges {
		wanted.Ranges = append(wanted.Ranges, liftoff.IDRange{After: strconv.Itoa(i), UpTo: strconv.Itoa(i + 1)})
	}
	id, _, _, err := store.OpenBackfill(t.Context(), wanted)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// backfillTogether lets two workers do a backfill, the first one through the
// proxy, and calls meanwhile, if not nil, while they work.
func backfillTogether(t *testing.T, db pgtest.Database, proxy *faultproxy.Proxy, meanwhile func(ended <-chan struct{})) {
	t.Helper()
	id := openBackfill(t, db.DSN)
	var group sync.WaitGroup
	for _, dsn := range []string{through(db, proxy.Addr(), "sslmode=disable"), db.DSN} {
		group.Go(func() {
			if err := backfill(t.Context(), dsn, id); err != nil {
				t.Errorf("a worker ended with: %v", err)
			}
		})
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		group.Wait()
	}()
	if meanwhile != nil {
		meanwhile(ended)
	}
	<-ended
	const sql = `SELECT concat_ws(' ', (SELECT count(*) FROM raw_launches), (SELECT count(*) FROM ingestion_backfill_ranges WHERE finished_at IS NULL),
		(SELECT count(*) FROM ingestion_backfills WHERE finished_at IS NULL), (SELECT count(*) FROM ingestion_sources WHERE watermark IS NOT NULL),
		string_agg(status, ',')) FROM ingestion_runs`
	if got, want := clitest.Scan[string](t, db, sql), strconv.Itoa(workerRanges)+" 0 0 1 succeeded,succeeded"; got != want {
		t.Errorf("launches, open ranges and backfills, watermarks and the ledger are %s, want %s", got, want)
	}
	wantNoLock(t, db)
}

// A worker survives the loss of its connection at each of its statements, and the
// other one takes nothing away from it.
func TestQ8_AWorkerLosesItsConnectionAtEachStatement(t *testing.T) {
	t.Parallel()
	loseAtEach(t, "Q8", 8, func(t *testing.T, number int, action faultproxy.Action) (statement string) {
		db := pgtest.NewDatabaseFrom(t, migratedTemplate)
		proxy := faultproxy.New(t, net.JoinHostPort(db.Host, port(db)))
		proxy.OnStatement(number, action, func(sql string) { statement = sql })
		backfillTogether(t, db, proxy, nil)
		return statement
	})
}

// The same with a restart of the server, which both workers lose.
func TestQ8_TheServerIsRestartedAtEachStatementOfAWorker(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t)
	db := server.Database()
	walk(t, 1, 1, 8, func(t *testing.T, number int) (statement string) {
		clitest.Execute(t, db, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
		if err := migrateSchema(t.Context(), db.DSN); err != nil {
			t.Fatal(err)
		}
		proxy := faultproxy.New(t, net.JoinHostPort(db.Host, port(db)))
		outage := newOutage()
		proxy.OnStatement(number, 0, func(sql string) {
			statement = sql
			outage.begin(func() { server.Stop(t) })
		})
		backfillTogether(t, db, proxy, func(ended <-chan struct{}) {
			outage.end(ended, func() { server.Start(t) })
		})
		return statement
	})
}
