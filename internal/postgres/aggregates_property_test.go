package postgres_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"liftoff/internal/postgres"
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
		if _, err := store.RefreshTypedLaunches(t.Context(), postgres.RefreshOptions{}); err != nil {
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
