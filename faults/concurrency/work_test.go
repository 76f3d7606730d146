package concurrency_test

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// startStoreIngester does whole runs on a store: two ingesters for each of six
// sources, of which three let both write at once. The launches are the same
// ones for all, so that they meet at every row, and change from round to round.
func (c *crowd) startStoreIngester(i int) {
	store, source := c.open(), i%6
	c.each(&c.runs, func(round int) error {
		ctx := c.t.Context()
		if err := store.CheckReady(ctx); err != nil {
			return err
		}
		run, err := store.BeginRun(ctx, postgres.RunOptions{
			Source: fmt.Sprintf("http://source%d.test", source), Selection: liftoff.SelectAll, Command: "test", ProgramVersion: "test",
			StartedAt: time.Now().UTC(), IsShared: source < 3, WaitsForLock: true,
		})
		if err != nil {
			return err
		}
		defer run.Abandon(ctx)
		for part := range 3 {
			if _, err := run.StoreBatch(ctx, batch(i, round, part)); err != nil {
				return err
			}
		}
		return errors.Join(
			store.CreateAggregateView(ctx),
			run.Finish(ctx, liftoff.Ending{Status: liftoff.RunSucceeded, FinishedAt: time.Now().UTC(), Announced: 150, IsCurrent: true}))
	})
}

// batch is the launches of one part, as one ingester sees them in one round,
// and two records for the quarantine in whatever order.
func batch(ingester, round, part int) liftoff.Batch {
	b := liftoff.Batch{Pages: 1, ReceivedAt: time.Now().UTC()}
	for n := range 50 {
		raw := fmt.Sprintf(`{"id": "x", "success": %t, "seen": [%d]}`, (n+round)%2 == 0, (ingester+round)%5)
		b.Launches = append(b.Launches, liftoff.EnrichedLaunch{
			Launch:    liftoff.Launch{ID: fmt.Sprintf("%04d-%d-%02d", round/2, part, n), Raw: []byte(raw)},
			FetchedAt: b.ReceivedAt, SimulatedPayloadMassKg: 3000, SimulatedDelayMinutes: 30,
		})
		b.Bytes += int64(len(raw))
	}
	for k := range 2 {
		body := fmt.Sprintf(`"bad %d %d"`, round, (k+ingester)%2)
		b.Rejected = append(b.Rejected, liftoff.RejectedRecord{Reason: liftoff.NotAnObject, Detail: "test", Body: []byte(body)})
	}
	return b
}

// viewTurn is the lock under which the program makes the view.
const viewTurn = "SELECT pg_advisory_xact_lock(x'6c6966746f6667'::bigint)"

// startViewer changes the view by hand, every other time with a column more,
// and has the program make it again: by replacing it, or by dropping it.
func (c *crowd) startViewer(i int) {
	store, conn := c.open(), pgtest.Connect(c.t, c.db.DSN)
	definition := strings.TrimSuffix(clitest.Scan[string](c.t, c.db, "SELECT pg_get_viewdef('launch_aggregates_view'::regclass)"), ";")
	c.each(&c.views, func(round int) error {
		more := ""
		if (i+round)%2 == 0 {
			more = ", 7 AS seven"
		}
		change := "CREATE OR REPLACE VIEW launch_aggregates_view AS SELECT v.*" + more + " FROM (" + definition + ") AS v"
		ctx := c.t.Context()
		err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			// Who waits behind a reader must not keep the turn from the program for
			// longer than the program itself would.
			for _, sql := range []string{"SET LOCAL lock_timeout = '1s'", viewTurn, change} {
				if _, err := tx.Exec(ctx, sql); err != nil {
					return err
				}
			}
			return nil
		})
		// Another viewer's column may still be there, and cannot be taken away
		// like this; and on a busy machine a reader may be in the way for long.
		if err != nil && !strings.Contains(err.Error(), "cannot drop columns from view") && !strings.Contains(err.Error(), "SQLSTATE 55P03") {
			return fmt.Errorf("change the view by hand: %w", err)
		}
		return store.CreateAggregateView(ctx)
	})
}

// startReader reads the view, and whether it agrees with the launches at the
// same moment; every third reader asks all analytics instead.
func (c *crowd) startReader(i int) {
	if i%3 == 0 {
		c.startAnalyst()
		return
	}
	conn, before := pgtest.Connect(c.t, c.db.DSN), int64(0)
	c.each(&c.readings, func(int) error {
		var total, successful, stored int64
		var mass, delay *float64
		err := conn.QueryRow(c.t.Context(), `SELECT total_launches, total_successful_launches, average_payload_mass,
			average_launch_delay_minutes, (SELECT count(*) FROM raw_launches) FROM launch_aggregates_view`).
			Scan(&total, &successful, &mass, &delay, &stored)
		switch {
		case err != nil:
			return fmt.Errorf("read the view: %w", err)
		case total != stored || total < before || successful > total:
			return fmt.Errorf("the view counts %d launches, %d of them successful; %d are stored, and there were %d", total, successful, stored, before)
		case total > 0 && (mass == nil || delay == nil):
			return fmt.Errorf("the averages of %d launches are NULL", total)
		}
		before = total
		return nil
	})
}

func (c *crowd) startAnalyst() {
	queries, err := analytics.Load()
	if err != nil {
		c.t.Fatal(err)
	}
	engine := c.open()
	c.each(&c.readings, func(int) error {
		results, err := engine.Answer(c.t.Context(), queries)
		if err == nil && len(results) != len(queries) {
			return fmt.Errorf("%d answers to %d queries", len(results), len(queries))
		}
		return err
	})
}
