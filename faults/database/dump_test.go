//go:build linux

package database_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// A dump that was restored goes on as if nothing had been: no launch twice, no
// number twice, and again after a dump of that.
func TestC29_DumpRestoreAndRunAgain(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"pg_dump", "psql"} {
		if _, err := exec.LookPath(program); err != nil {
			cannot(t, "%s is not installed", program)
		}
	}
	// The oldest version: pg_dump of any later one reads it.
	server := postgres15.start(t)
	db := createDatabase(t, server, "first", "")
	newUser(t, 0).On(db).Succeed(t, "ingest", "--all")
	for round := 1; round <= 3; round++ {
		restored := createDatabase(t, server, fmt.Sprintf("round%d", round), "")
		restore(t, dump(t, db), restored)
		const view = "SELECT xmin::text FROM pg_class WHERE relname = 'launch_aggregates_view'"
		before := clitest.Scan[string](t, restored, view)
		newest := clitest.Scan[int64](t, restored, "SELECT max(id) FROM ingestion_runs")
		stored := clitest.Scan[int64](t, restored, "SELECT count(*) FROM raw_launches")
		u := newUser(t, 0).On(restored).With("AUTO_MIGRATE=false")
		u.Succeed(t, "ingest", "--all")
		counts := clitest.Scan[string](t, restored, "SELECT concat_ws(' ', id, status, inserted) FROM ingestion_runs ORDER BY id DESC LIMIT 1")
		if want := fmt.Sprintf("%d succeeded 0", newest+1); counts != want {
			t.Errorf("round %d: run, status, inserted = %s, want %s", round, counts, want)
		}
		wantStored(t, restored, stored)
		if after := clitest.Scan[string](t, restored, view); after != before {
			t.Errorf("round %d: the view was made anew", round)
		}
		// What is new gets numbers of its own: a run, a source, a record in quarantine.
		newUser(t, round).On(restored).Succeed(t, "ingest", "--all")
		bad := clitest.StartAnswering(t, 200, "application/json", fmt.Sprintf(`{"name": "round %d"}`, round))
		if r := u.With("SPACEX_API_URL="+bad).Run(t, "ingest"); r.Code != 3 {
			t.Errorf("round %d: exit code %d, want 3: %s", round, r.Code, r.LastLine())
		}
		if n := clitest.Scan[int](t, restored, "SELECT count(DISTINCT id) FROM quarantined_records"); n != round {
			t.Errorf("round %d: %d records are in quarantine", round, n)
		}
		db = restored
	}
}

// The one table that nobody can make again may be dumped alone, with its indexes.
func TestK11_RawLaunchesRestoredAlone(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"pg_dump", "psql"} {
		if _, err := exec.LookPath(program); err != nil {
			cannot(t, "%s is not installed", program)
		}
	}
	server := postgres15.start(t)
	db := createDatabase(t, server, "original", "")
	newUser(t, 0).On(db).Succeed(t, "ingest", "--all")
	restored := createDatabase(t, server, "restored", "")
	restore(t, dump(t, db, "--table", "raw_launches"), restored)
	u := newUser(t, 0).On(restored)
	u.Succeed(t, "doctor")
	u.Succeed(t, "ingest", "--all")
	const counts = "SELECT concat_ws(' ', inserted, unchanged, revised) FROM ingestion_runs"
	if got, want := clitest.Scan[string](t, restored, counts), fmt.Sprintf("0 %d 0", launches); got != want {
		t.Errorf("inserted, unchanged, revised: %s, want %s", got, want)
	}
	wantStored(t, restored, launches)
	const indexes = "SELECT string_agg(indexdef, E'\\n' ORDER BY indexname) FROM pg_indexes WHERE tablename = 'raw_launches'"
	if got, want := clitest.Scan[string](t, restored, indexes), clitest.Scan[string](t, db, indexes); got != want {
		t.Errorf("indexes:\n%s\nwant:\n%s", got, want)
	}
}

func dump(t *testing.T, db pgtest.Database, options ...string) []byte {
	t.Helper()
	var problem bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "pg_dump", append(options, "--no-owner", "--dbname", db.DSN)...)
	cmd.Stderr = &problem
	text, err := cmd.Output()
	if strings.Contains(problem.String(), "version mismatch") {
		cannot(t, "pg_dump is older than the server: %s", &problem)
	}
	if err != nil {
		t.Fatalf("pg_dump: %v\n%s", err, &problem)
	}
	return text
}

func restore(t *testing.T, text []byte, db pgtest.Database) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "psql", "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", db.DSN)
	cmd.Stdin = bytes.NewReader(text)
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("restore: %v\n%s", err, output)
	}
}
