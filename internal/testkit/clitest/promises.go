package clitest

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"liftoff/internal/testkit/pgtest"
)

//go:embed queries/inconsistent.sql
var inconsistentSQL string

//go:embed queries/differences.sql
var differencesSQL string

//go:embed queries/lacking_references.sql
var lackingReferencesSQL string

//go:embed queries/leftovers.sql
var leftoversSQL string

// leftoverPatience is how long the server may take to notice that a client was
// killed: it finishes the statement that it is at.
const leftoverPatience = 10 * time.Second

// WantPromises wants that the database has exactly what the API at url serves:
// nothing lost, nothing twice, the newest state of each launch byte for byte,
// every record accounted for, and nothing left behind by runs that died.
func WantPromises(t testing.TB, db pgtest.Database, url string) {
	t.Helper()
	WantConsistent(t, db)
	conn := pgtest.Connect(t, db.DSN)
	launches := fetchAll(t, url)
	const table = "CREATE TEMP TABLE source (id TEXT PRIMARY KEY, raw_data JSONB, sha256 BYTEA)"
	if _, err := conn.Exec(t.Context(), table); err != nil {
		t.Fatal(err)
	}
	_, err := conn.CopyFrom(t.Context(), pgx.Identifier{"source"}, []string{"id", "raw_data", "sha256"},
		pgx.CopyFromSlice(len(launches), func(n int) ([]any, error) {
			var launch struct{ ID string }
			err := json.Unmarshal(launches[n], &launch)
			sum := sha256.Sum256(launches[n])
			return []any{launch.ID, []byte(launches[n]), sum[:]}, err
		}))
	if err != nil {
		t.Fatalf("copy the source beside the database: %v", err)
	}
	wantNone(t, conn, differencesSQL)
	_ = conn.Close(t.Context()) // and with it the table
	WantNothingLeft(t, db)
}

// LackingReferences returns how many payloads, rockets and launchpads launches refer
// to that are not stored: "0 0 0" for none.
func LackingReferences(t testing.TB, db pgtest.Database) string {
	t.Helper()
	return Scan[string](t, db, lackingReferencesSQL)
}

// WantConsistent wants what must hold at any moment, also while runs die.
func WantConsistent(t testing.TB, db pgtest.Database) {
	t.Helper()
	WantConsistentSince(t, db, 0)
}

// WantConsistentSince is WantConsistent after a check that covered the runs up to a
// number: of the many documents it compares those that were stored since.
func WantConsistentSince(t testing.TB, db pgtest.Database, runID int64) {
	t.Helper()
	conn := pgtest.Connect(t, db.DSN)
	wantNone(t, conn, inconsistentSQL, runID)
	_ = conn.Close(t.Context()) // a loop asks often
}

// WantNothingLeft wants that no run has left a lock, a session or a row in the
// ledger that says that it is running.
func WantNothingLeft(t testing.TB, db pgtest.Database) {
	t.Helper()
	conn := pgtest.Connect(t, db.DSN)
	deadline := time.NewTimer(leftoverPatience)
	defer deadline.Stop()
	pause := time.NewTicker(50 * time.Millisecond)
	defer pause.Stop()
	for {
		left := findings(t, conn, leftoversSQL)
		if len(left) == 0 {
			return
		}
		select {
		case <-deadline.C:
			t.Errorf("left behind: %q", left)
			return
		case <-pause.C:
		}
	}
}

func wantNone(t testing.TB, conn *pgx.Conn, sql string, arguments ...any) {
	t.Helper()
	for _, finding := range findings(t, conn, sql, arguments...) {
		t.Error(finding)
	}
}

// findings returns the lines of a query that are not 0.
func findings(t testing.TB, conn *pgx.Conn, sql string, arguments ...any) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql, arguments...)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	var what string
	var number int64
	if _, err := pgx.ForEachRow(rows, []any{&what, &number}, func() error {
		if number != 0 {
			found = append(found, fmt.Sprintf("%d %s", number, what))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return found
}

// fetchAll returns all launches of an API, each with its own bytes.
func fetchAll(t testing.TB, url string) []json.RawMessage {
	t.Helper()
	request, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodGet, url+"/v4/launches", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var launches []json.RawMessage
	if err := json.NewDecoder(response.Body).Decode(&launches); err != nil {
		t.Fatalf("read all launches of %s: %v", url, err)
	}
	return launches
}
