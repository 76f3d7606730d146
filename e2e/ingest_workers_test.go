package e2e_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// Eight processes that bring the same launches to one database at once.
func TestIngestAll_EightWorkersLoseAndDuplicateNothing(t *testing.T) {
	t.Parallel()
	const workers, launches = 8, 2000
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL="+clitest.StartReplay(t, "--count", fmt.Sprint(launches)), "PAGE_SIZE=250", "LOG_FILE=-", "REFERENCES=false")
	u.Succeed(t, "migrate", "up")
	results := make([]clitest.Result, workers)
	var all sync.WaitGroup
	for n := range workers {
		all.Go(func() { results[n] = u.Run(t, "ingest", "--all", "--worker", "--skip-analytics") })
	}
	all.Wait()
	for n, r := range results {
		if r.Code != 0 || strings.Contains(r.Stderr, " - WARNING - ") {
			t.Errorf("worker %d ended with %d:\n%s", n, r.Code, r.Stderr)
		}
	}
	for _, relation := range []string{"raw_launches", "known_launches"} {
		if n := number(t, db, "SELECT count(DISTINCT id) FROM "+relation); n != launches {
			t.Errorf("%s has %d launches, want %d", relation, n, launches)
		}
	}
	if n := number(t, db, "SELECT count(*) FROM launch_revisions"); n != 0 {
		t.Errorf("%d revisions of launches that never changed", n)
	}
	inserted, fetched := 0, 0
	for _, run := range ledger(t, db) {
		if run.Status != "succeeded" || run.Fetched != run.Inserted+run.Unchanged {
			t.Errorf("the ledger has %+v", run)
		}
		inserted, fetched = inserted+run.Inserted, fetched+run.Fetched
	}
	if n := len(ledger(t, db)); n != workers || inserted != launches || fetched < launches {
		t.Errorf("%d runs inserted %d of %d fetched launches, want %d runs and %d inserted", n, inserted, fetched, workers, launches)
	}
	if n := number(t, db, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"); n != 0 {
		t.Errorf("%d advisory locks are left", n)
	}

	_, err := pgtest.Connect(t, db.DSN).Exec(t.Context(), "UPDATE ingestion_runs SET fetched = fetched + 1")
	if err == nil || !strings.Contains(err.Error(), "every_record_is_accounted_for") {
		t.Errorf("the ledger takes a record that came from nowhere: %v", err)
	}
}

// Workers that bring a change at once make one revision of it.
func TestIngestAll_WorkersReviseOnce(t *testing.T) {
	t.Parallel()
	const workers, launches = 4, 300
	api := startChanging(t, docs(launches)...)
	u, db := bulkUser(t, api.url)
	u = u.With("PAGE_SIZE=50", "LOG_FILE=-")
	u.Succeed(t, "ingest", "--all", "--skip-analytics")
	changed := docs(launches)
	for n := range changed {
		changed[n] = doc(n, `"name":"Launch`, `"name":"Renamed`)
	}
	api.serve(t, changed...)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() { u.Run(t, "ingest", "--all", "--worker", "--skip-analytics") })
	}
	all.Wait()
	if n := number(t, db, "SELECT count(*) FROM launch_revisions"); n != launches {
		t.Errorf("%d revisions, want one for each of %d launches", n, launches)
	}
	revised := 0
	for _, run := range ledger(t, db) {
		if run.Status != "succeeded" {
			t.Errorf("the ledger has %+v", run)
		}
		revised += run.Revised
	}
	if revised != launches {
		t.Errorf("the ledger counts %d revisions, want %d", revised, launches)
	}
}
