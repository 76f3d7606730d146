package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"liftoff/internal/replay"
	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// Eight processes that bring the same launches to one database at once.
func TestBackfill_EightWorkersLoseAndDuplicateNothing(t *testing.T) {
	t.Parallel()
	const count, launches = 8, 2000
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL="+clitest.StartReplay(t, "--count", fmt.Sprint(launches)), "PAGE_SIZE=250", "LOG_FILE=-", "REFERENCES=false")
	u.Succeed(t, "migrate", "up")
	u.Succeed(t, "backfill", "--workers", fmt.Sprint(count))
	for n, r := range workers(t, u, count, "1") {
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
	if n := len(ledger(t, db)); n < 2 || n > count || inserted != launches || fetched != launches {
		t.Errorf("%d runs inserted %d of %d fetched launches, want at most %d runs and %d inserted", n, inserted, fetched, count, launches)
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
func TestBackfill_WorkersReviseOnce(t *testing.T) {
	t.Parallel()
	const launches = 300
	api := startChanging(t, docs(launches)...)
	u, db := bulkUser(t, api.url)
	u = u.With("PAGE_SIZE=50", "LOG_FILE=-")
	u.Succeed(t, "ingest", "--all", "--skip-analytics")
	changed := docs(launches)
	for n := range changed {
		changed[n] = doc(n, `"name":"Launch`, `"name":"Renamed`)
	}
	api.serve(t, changed...)
	u.Succeed(t, "backfill")
	workers(t, u, 4, "1")
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

// Four processes are killed one after the other, and each time another takes its place: in
// the end the database is equal to the source.
func TestBackfill_FourWorkersAndKills(t *testing.T) {
	clitest.NeedsTime(t)
	t.Parallel()
	const launches = 3000
	db := pgtest.NewDatabase(t)
	url := clitest.StartReplay(t, "--count", fmt.Sprint(launches), "--latency", "100ms")
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL="+url, "LOG_FILE=-", "PAGE_SIZE=40", "IF_LOCKED=wait")
	u.Succeed(t, "backfill")
	begin := func() *exec.Cmd {
		cmd := u.Command(context.WithoutCancel(t.Context()), "worker", "--backfill", "1")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	var processes []*exec.Cmd
	for range 4 {
		processes = append(processes, begin())
	}
	kills := 0
	const left = "SELECT count(*) FROM ingestion_backfill_ranges WHERE finished_at IS NULL"
	for number(t, db, left) > 0 {
		<-time.After(time.Duration(100+rand.IntN(400)) * time.Millisecond)
		n := rand.IntN(len(processes))
		if kills < 12 {
			_ = processes[n].Process.Kill() // it may have ended, as if nothing were left
			kills++
		} else if processes[n].ProcessState == nil && number(t, db, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'liftoff'") > 0 {
			continue
		}
		_ = processes[n].Wait()
		processes[n] = begin()
	}
	for _, process := range processes {
		_ = process.Wait()
	}
	if got := number(t, db, "SELECT count(*) FROM raw_launches"); got != launches {
		t.Errorf("%d launches are stored after %d kills, want %d", got, kills, launches)
	}
	u.Succeed(t, "ingest", "--new", "--skip-analytics")
	if runs := ledger(t, db); runs[len(runs)-1].Inserted != 0 {
		t.Errorf("the run after the backfill has %+v", runs[len(runs)-1])
	}
	clitest.WantPromises(t, db, url)
	if lacking := clitest.LackingReferences(t, db); lacking != "0 0 0" {
		t.Errorf("payloads, rockets and launchpads that are lacking: %s", lacking)
	}
	if status := backfillOf(t, u.Succeed(t, "backfill", "status", "-o", "json").Stdout); status.State != "finished" || status.Fetched != launches {
		t.Errorf("the status is %+v", status)
	}
}

// All processes together keep to SPACEX_RATE_LIMIT, whichever of them come and go.
func TestBackfill_WorkersKeepToOneRate(t *testing.T) {
	clitest.NeedsTime(t)
	t.Parallel()
	const perSecond, launches = 50, 6000
	server, err := replay.New(replay.Options{Count: launches, Seed: 1, Uncompressed: true})
	if err != nil {
		t.Fatal(err)
	}
	var mutex sync.Mutex
	var times []time.Time
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now := time.Now()
		mutex.Lock()
		times = append(times, now)
		mutex.Unlock()
		server.ServeHTTP(w, r)
	}))
	t.Cleanup(api.Close)
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL="+api.URL, fmt.Sprintf("SPACEX_RATE_LIMIT=%d", perSecond),
		"LOG_FILE=-", "REFERENCES=false", "PAGE_SIZE=10")
	u.Succeed(t, "backfill")
	mutex.Lock()
	times = nil
	mutex.Unlock()
	var all sync.WaitGroup
	killed := u.Command(t.Context(), "worker", "--backfill", "1")
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	for n := range 4 {
		all.Go(func() {
			<-time.After(time.Duration(n) * 700 * time.Millisecond)
			u.Run(t, "worker", "--backfill", "1")
		})
	}
	<-time.After(3 * time.Second)
	_ = killed.Process.Kill()
	_ = killed.Wait()
	all.Wait()
	u.Run(t, "worker", "--backfill", "1") // if the others had ended before the kill was noticed
	slices.SortFunc(times, time.Time.Compare)
	took := times[len(times)-1].Sub(times[0])
	worst := 0
	const window = 2 * time.Second
	for first := range times {
		last := first
		for last < len(times) && times[last].Sub(times[first]) < window {
			last++
		}
		worst = max(worst, last-first)
	}
	t.Logf("%d requests in %v: %.1f a second, at most %d in %v", len(times), took, float64(len(times))/took.Seconds(), worst, window)
	if most := int(window.Seconds() * perSecond * 1.05); worst > most {
		t.Errorf("%d requests in %v, want at most %d", worst, window, most)
	}
	if len(times) < launches/10 || took > 3*time.Duration(len(times)/perSecond)*time.Second {
		t.Errorf("%d requests took %v, which is far below the rate", len(times), took)
	}
}
