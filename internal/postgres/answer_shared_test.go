package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/faultproxy"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

// momentSQL says who answers and what it sees. It takes long enough for a second
// connection to come.
const momentSQL = `SELECT pg_backend_pid() AS session, CAST(pg_current_snapshot() AS text) AS snapshot, count(*) AS launches,
	CAST(pg_sleep(0.15) AS text) AS slept FROM launches`

// moments are some queries of that kind.
func moments() []analytics.Query {
	var queries []analytics.Query
	for i := range 8 {
		queries = append(queries, query("moment"+strconv.Itoa(i), momentSQL))
	}
	return queries
}

// wantMoments checks that the queries were answered, in their order and of one
// moment, and by how many sessions.
func wantMoments(t *testing.T, store *postgres.Store, sessions int) {
	t.Helper()
	answers, err := store.AnswerShared(t.Context(), moments())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[any]bool{}
	for i, answer := range answers {
		row := answer.Rows[0]
		seen[row[0]] = true
		if answer.Name != "moment"+strconv.Itoa(i) || !cmp.Equal(row[1:3], answers[0].Rows[0][1:3]) {
			t.Errorf("answer %d: %s with %v, the first with %v", i, answer.Name, row, answers[0].Rows[0])
		}
	}
	if len(answers) != len(moments()) || len(seen) != sessions {
		t.Errorf("%d answers by %d sessions, want %d by %d", len(answers), len(seen), len(moments()), sessions)
	}
}

func TestAnswer_SharedAnswersAreTheSame(t *testing.T) {
	store := storeOn(t, launchtest.NewTwelve(t).DSN)
	want, err := store.Answer(t.Context(), load(t))
	if err != nil {
		t.Fatal(err)
	}
	got, err := store.AnswerShared(t.Context(), load(t))
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v, answers of two connections (-one +two):\n%s", err, diff)
	}
}

// What is stored meanwhile is seen by no query, on neither connection.
func TestAnswer_SharedIsOneMoment(t *testing.T) {
	db := launchtest.NewTwelve(t)
	ctx, stop := context.WithCancel(t.Context())
	var group sync.WaitGroup
	defer group.Wait()
	defer stop()
	writer := pgtest.Connect(t, db.DSN)
	group.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			_, _ = writer.Exec(ctx, "INSERT INTO launches (id) VALUES ($1)", fmt.Sprint("later", i)) // it is stopped in between
		}
	})
	wantMoments(t, storeOn(t, db.DSN), 2)
}

// From how many launches on the queries are shared.
func TestAnswer_SharedFromManyLaunches(t *testing.T) {
	for launches, sessions := range map[int]int{9_000: 1, 11_000: 2} {
		db := launchtest.NewTables(t)
		execute(t, db, fmt.Sprintf("INSERT INTO launches (id) SELECT n FROM generate_series(1, %d) AS n; ANALYZE launches", launches))
		store := storeOn(t, db.DSN)
		answers, err := store.Answer(t.Context(), moments())
		if err != nil {
			t.Fatal(err)
		}
		seen := map[any]bool{}
		for _, answer := range answers {
			seen[answer.Rows[0][0]] = true
		}
		if len(seen) != sessions {
			t.Errorf("%d launches were read by %d sessions, want %d", launches, len(seen), sessions)
		}
	}
}

// An error on one connection ends the query of the other.
func TestAnswer_SharedErrorsNameTheQuery(t *testing.T) {
	store := storeOn(t, launchtest.NewTwelve(t).DSN)
	slow := query("slow", "SELECT CAST(pg_sleep(30) AS text)")
	culprit := query("culprit", "SELECT 1 / (2 - g) FROM generate_series(1, 2) AS g")
	tests := map[string][]analytics.Query{
		"on the first connection":  {query("quick", momentSQL), culprit, slow, slow},
		"on the second connection": {slow, slow, culprit, slow},
	}
	for name, queries := range tests {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			answers, err := store.AnswerShared(t.Context(), queries)
			if answers != nil || liftoff.CategoryOf(err) != liftoff.Database ||
				!strings.HasPrefix(err.Error(), `run analytics query "culprit": `) || !strings.Contains(err.Error(), "22012") {
				t.Errorf("%d answers and error %v", len(answers), err)
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("it took %s: the other connection was waited for", took)
			}
			wantMoments(t, store, 2)
		})
	}
}

func TestAnswer_SharedIsCancelled(t *testing.T) {
	store := storeOn(t, launchtest.NewTwelve(t).DSN)
	ctx, cancel := context.WithCancel(t.Context())
	defer time.AfterFunc(300*time.Millisecond, cancel).Stop()
	slow := query("slow", "SELECT CAST(pg_sleep(30) AS text)")
	_, err := store.AnswerShared(ctx, []analytics.Query{slow, slow, slow, slow})
	if !errors.Is(err, context.Canceled) || liftoff.CategoryOf(err) != liftoff.Interrupted {
		t.Errorf("error %v of category %v", err, liftoff.CategoryOf(err))
	}
	wantMoments(t, store, 2)
}

// Where there is no second connection, or no snapshot, one connection answers all.
func TestAnswer_NoSecondConnection(t *testing.T) {
	t.Run("all others of the pool are in use", func(t *testing.T) {
		config, err := pgxpool.ParseConfig(launchtest.NewTwelve(t).DSN)
		if err != nil {
			t.Fatal(err)
		}
		config.MaxConns = 2
		pool, err := pgxpool.NewWithConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		other, err := pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer other.Release()
		wantMoments(t, postgres.StoreOver(pool), 1)
	})
	t.Run("the role's limit", func(t *testing.T) {
		db := launchtest.NewTwelve(t)
		reader := pgtest.NewRole(t, db, "SELECT ON launches")
		execute(t, db, "ALTER ROLE "+reader.User+" CONNECTION LIMIT 1")
		wantMoments(t, storeOn(t, reader.DSN), 1)
	})
	t.Run("a pooler with one session", func(t *testing.T) {
		db := launchtest.NewTwelve(t)
		wantMoments(t, open(t, pgtest.Database{DSN: faultproxy.NewPooler(t, db.DSN, 1).DSN(db.DSN)}), 1)
	})
	t.Run("no right to share a snapshot", func(t *testing.T) {
		db := launchtest.NewTwelve(t)
		execute(t, db, "REVOKE EXECUTE ON FUNCTION pg_export_snapshot() FROM PUBLIC")
		wantMoments(t, storeOn(t, pgtest.NewRole(t, db, "SELECT ON launches").DSN), 1)
	})
	t.Run("the snapshot cannot be taken over", func(t *testing.T) {
		db := launchtest.NewTwelve(t)
		proxy := faultproxy.New(t, net.JoinHostPort(db.Host, strconv.Itoa(db.Port)))
		proxy.On("set transaction snapshot", faultproxy.CutBefore, 1, nil)
		wantMoments(t, open(t, through(db, proxy)), 1)
	})
}

func TestAnswer_SharedBehindAPooler(t *testing.T) {
	db := launchtest.NewTwelve(t)
	wantMoments(t, open(t, pgtest.Database{DSN: faultproxy.NewPooler(t, db.DSN, 2).DSN(db.DSN)}), 2)
}

// The loss of either connection is survived.
func TestAnswer_SharedConnectionIsLost(t *testing.T) {
	for name, lost := range map[string]string{"at the first query": "-- moment0", "at a later one": "-- moment4", "at the end": "commit\x00"} {
		t.Run(name, func(t *testing.T) {
			db := launchtest.NewTwelve(t)
			proxy := faultproxy.New(t, net.JoinHostPort(db.Host, strconv.Itoa(db.Port)))
			cuts := 0
			proxy.On(lost, faultproxy.CutBefore, 1, func() { cuts++ })
			queries := moments()
			for i := range queries {
				queries[i].SQL += " -- " + queries[i].Name
			}
			answers, err := open(t, through(db, proxy)).AnswerShared(t.Context(), queries)
			if err != nil || len(answers) != len(queries) || cuts != 1 {
				t.Errorf("%d answers and error %v after %d cuts", len(answers), err, cuts)
			}
			for i, answer := range answers {
				if answer.Name != queries[i].Name || !cmp.Equal(answer.Rows[0][1:3], answers[0].Rows[0][1:3]) {
					t.Errorf("answer %d: %s with %v, the first with %v", i, answer.Name, answer.Rows[0], answers[0].Rows[0])
				}
			}
		})
	}
}

// through returns a database as one behind a proxy.
func through(db pgtest.Database, proxy *faultproxy.Proxy) pgtest.Database {
	return pgtest.Database{DSN: strings.Replace(db.DSN, net.JoinHostPort(db.Host, strconv.Itoa(db.Port)), proxy.Addr(), 1)}
}
