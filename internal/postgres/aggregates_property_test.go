package postgres_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"liftoff/internal/testkit/pgtest"
)

// generatedLaunch is a launch as anybody might have stored it. A nil value is
// NULL.
type generatedLaunch struct {
	mass, delay *int32
	first       *string
	revisions   []string
	// isMissing says that the source no longer has it.
	isMissing bool
}

// aPayload draws a payload whose success is of whatever kind.
func aPayload() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{
		`{"success": true}`, `{"success": true, "x": 1}`, `{"success": false}`, `{"success": null}`, `{}`,
		`{"success": "true"}`, `{"success": 1}`, `{"success": [true]}`, `{"success": {"success": true}}`, `{"x": {"success": true}}`,
		`[{"success": true}]`, `true`, `null`, `"success"`, `{"Success": true}`,
	})
}

func aGeneratedLaunch() *rapid.Generator[generatedLaunch] {
	return rapid.Custom(func(t *rapid.T) generatedLaunch {
		orNull := rapid.Ptr(rapid.Int32(), true)
		return generatedLaunch{
			mass:      orNull.Draw(t, "mass"),
			delay:     orNull.Draw(t, "delay"),
			first:     rapid.Ptr(aPayload(), true).Draw(t, "first"),
			revisions: rapid.SliceOfN(aPayload(), 0, 4).Draw(t, "revisions"),
			isMissing: rapid.Bool().Draw(t, "is missing"),
		}
	})
}

// naive computes the aggregates by looking at every launch.
func naive(launches []generatedLaunch) aggregates {
	var a aggregates
	var mass, delay mean
	for _, l := range launches {
		if l.isMissing {
			continue
		}
		a.Total++
		mass.add(l.mass)
		delay.add(l.delay)
		newest := ""
		if l.first != nil {
			newest = *l.first
		}
		if len(l.revisions) > 0 {
			newest = l.revisions[len(l.revisions)-1]
		}
		if strings.HasPrefix(newest, `{"success": true`) {
			a.Successful++
		}
	}
	a.Mass, a.Delay = mass.value(), delay.value()
	return a
}

// mean is an average of what is not NULL; nil of nothing.
type mean struct {
	sum   int64
	count int64
}

func (m *mean) add(value *int32) {
	if value != nil {
		m.sum += int64(*value)
		m.count++
	}
}

func (m *mean) value() *float64 {
	if m.count == 0 {
		return nil
	}
	average := float64(m.sum) / float64(m.count)
	return &average
}

func TestAggregatesView_EqualsTheNaiveComputation(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	if err := store.CreateAggregateView(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn := pgtest.Connect(t, db.DSN)
	rapid.Check(t, func(rt *rapid.T) {
		launches := rapid.SliceOfN(aGeneratedLaunch(), 0, 12).Draw(rt, "launches")
		if err := replaceLaunches(t, conn, launches); err != nil {
			rt.Fatal(err)
		}
		closeEnough := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(a)) })
		if diff := cmp.Diff(naive(launches), readAggregatesOn(t, conn), closeEnough); diff != "" {
			rt.Fatalf("aggregates (-naive +view):\n%s", diff)
		}
	})
}

// replaceLaunches makes the launches the only ones.
func replaceLaunches(t *testing.T, conn *pgx.Conn, launches []generatedLaunch) error {
	t.Helper()
	batch := &pgx.Batch{}
	batch.Queue("TRUNCATE raw_launches, launch_revisions, known_launches")
	for i, l := range launches {
		id := fmt.Sprint("launch", i)
		batch.Queue("INSERT INTO raw_launches VALUES ($1, '2024-01-01', $2, $3, $4)", id, l.mass, l.delay, l.first)
		batch.Queue("INSERT INTO known_launches VALUES ($1, 1, '', CASE WHEN $2 THEN TIMESTAMP '2024-01-02' END)", id, l.isMissing)
		for j, revision := range l.revisions {
			batch.Queue("INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data) VALUES ($1, $2, '', '2024-01-01', $3)",
				id, j+2, revision)
		}
	}
	return conn.SendBatch(t.Context(), batch).Close()
}

func readAggregatesOn(t *testing.T, conn *pgx.Conn) aggregates {
	t.Helper()
	var a aggregates
	err := conn.QueryRow(t.Context(), `SELECT total_launches, total_successful_launches,
		average_payload_mass, average_launch_delay_minutes FROM launch_aggregates_view`).Scan(&a.Total, &a.Successful, &a.Mass, &a.Delay)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// vacuumWhole vacuums until every page is known to be visible to all: a
// snapshot of autovacuum's may stand in the way for a moment.
func vacuumWhole(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	for range 500 {
		if _, err := conn.Exec(t.Context(), "VACUUM ANALYZE raw_launches, launch_revisions"); err != nil {
			t.Fatal(err)
		}
		var isWhole bool
		if err := conn.QueryRow(t.Context(), `SELECT bool_and(relallvisible = relpages) FROM pg_class
			WHERE relname IN ('raw_launches', 'launch_revisions')`).Scan(&isWhole); err != nil {
			t.Fatal(err)
		}
		if isWhole {
			return
		}
	}
	t.Fatal("VACUUM does not make all pages visible to all")
}

// At a million rows opening the documents would take minutes.
func TestAggregatesView_ReadsIndexesOnly(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	if err := store.CreateAggregateView(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn := pgtest.Connect(t, db.DSN)
	for _, sql := range []string{
		// VACUUM cannot tell that a page is visible to all before the commit is
		// on disk, and the test server is in no hurry to put it there.
		"SET synchronous_commit = on",
		`INSERT INTO raw_launches SELECT 'launch' || n, '2024-01-01', n, n,
			jsonb_build_object('success', n % 3 = 0, 'details', repeat('x', 2000)) FROM generate_series(1, 5000) AS n`,
		`INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data)
			SELECT 'launch' || n, 2, '', '2024-01-01', jsonb_build_object('success', n % 2 = 0, 'details', repeat('y', 2000)) FROM generate_series(1, 5000, 10) AS n`,
		// So few revisions may well be sorted faster than their index is read;
		// what is asked here is whether the index has all that is needed.
		"SET enable_seqscan = off",
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	vacuumWhole(t, conn)
	rows, err := conn.Query(t.Context(), "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT * FROM launch_aggregates_view")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	scans := 0
	for _, line := range lines {
		// The last page of a table may be left out by VACUUM while another
		// session of the server still looks at it.
		if fetches, found := strings.CutPrefix(strings.TrimSpace(line), "Heap Fetches: "); found && len(fetches) > 1 {
			t.Errorf("%s rows of a table were read: %s", fetches, line)
		}
		isOnTable := strings.Contains(line, " on raw_launches") || strings.Contains(line, " on launch_revisions")
		// The few launches that are missing are looked up one by one.
		isOneByOne := strings.Contains(line, "Index Scan using raw_launches_pkey on raw_launches launch ")
		if !isOnTable || isOneByOne {
			continue
		}
		scans++
		if !strings.Contains(line, "Index Only Scan") {
			t.Errorf("a table is read, not its index: %s", line)
		}
	}
	if scans < 4 {
		t.Errorf("%d scans, want one for each of the four parts", scans)
	}
	if t.Failed() {
		t.Log(strings.Join(lines, "\n"))
	}
}
