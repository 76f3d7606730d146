package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	viewQuery = "SELECT total_launches, total_successful_launches, average_payload_mass, average_launch_delay_minutes FROM launch_aggregates_view"
	// naiveQuery is what one writes without the view.
	naiveQuery = `SELECT count(*), count(*) FILTER (WHERE (raw_data ->> 'success')::BOOLEAN),
		avg(simulated_total_payload_mass_kg)::DOUBLE PRECISION, avg(simulated_delay_minutes)::DOUBLE PRECISION FROM raw_launches`
	viewRuns    = 5
	viewWarmUps = 2
)

// viewFigures are medians of seconds; those of Trino are 0 without one.
type viewFigures struct {
	launches                  int
	naiveFresh, viewFresh     float64
	naiveVacuumed             float64
	viewVacuumed, viewOnTrino float64
}

// aggregates are the row of the view.
type aggregates struct {
	launches, successful int64
	mass, delay          float64
}

// measureView compares the view with the naive query, as an ingestion leaves
// the table and once it is vacuumed, which autovacuum does a little later.
func (b *bench) measureView(ctx context.Context) error {
	if b.kept[filling{bulk, b.large}] == "" {
		if err := b.ownAt(ctx, b.large, 1); err != nil {
			return err
		}
	}
	database := b.kept[filling{bulk, b.large}]
	if database == "" {
		return fmt.Errorf("no database with %d launches", b.large)
	}
	v := viewFigures{launches: b.large}
	err := b.server.with(ctx, database, func(conn *pgx.Conn) error {
		var err error
		if v.viewFresh, v.naiveFresh, err = b.compareView(ctx, conn); err != nil {
			return err
		}
		if err := b.server.autovacuum(ctx, true); err != nil {
			return err
		}
		if _, err = conn.Exec(ctx, "VACUUM (ANALYZE)"); err != nil {
			return err
		}
		v.viewVacuumed, v.naiveVacuumed, err = b.compareView(ctx, conn)
		return err
	})
	if err == nil && b.trino {
		v.viewOnTrino, err = b.viewThroughTrino(ctx, database)
	}
	b.view = &v
	return err
}

// compareView lets the two take turns.
func (b *bench) compareView(ctx context.Context, conn *pgx.Conn) (view, naive float64, err error) {
	var views, naives []float64
	for i := range viewWarmUps + viewRuns {
		var rows [2]aggregates
		var seconds [2]float64
		for k, query := range []string{viewQuery, naiveQuery} {
			started := time.Now()
			row := conn.QueryRow(ctx, query, pgx.QueryExecModeSimpleProtocol)
			if err := row.Scan(&rows[k].launches, &rows[k].successful, &rows[k].mass, &rows[k].delay); err != nil {
				return 0, 0, err
			}
			seconds[k] = time.Since(started).Seconds()
		}
		if rows[0] != rows[1] {
			b.fail("the view says %+v, the naive query %+v", rows[0], rows[1])
		}
		if i < viewWarmUps {
			continue
		}
		views, naives = append(views, seconds[0]), append(naives, seconds[1])
		fmt.Fprintf(os.Stderr, "view: %.3f s, naive query %.3f s\n", seconds[0], seconds[1])
	}
	return median(views), median(naives), nil
}
