package postgres_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/faultproxy"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

// walkLaunches is how many launches a run of a walk stores.
const walkLaunches = 20

// walker is who does the runs of a walk: one page, one writer, so that the
// statements of each come in one order.
func walker(t *testing.T, databaseURL string) *clitest.User {
	t.Helper()
	api := clitest.StartReplay(t, "--count", strconv.Itoa(walkLaunches))
	return clitest.NewUser(t).With("SPACEX_API_URL="+api, "DATABASE_URL="+databaseURL,
		"CONCURRENCY=1", "WRITERS=1", "POSTGRES_WAIT=30s", "LOG_FILE=-")
}

// wantWalked wants what a run leaves behind that nothing has happened to.
func wantWalked(t *testing.T, db pgtest.Database, r clitest.Result) {
	t.Helper()
	wantSuccess(t, r)
	if !strings.Contains(r.Stdout, "Launches") {
		t.Errorf("there are no analytics:\n%s", r.Stdout)
	}
	const sql = `SELECT concat_ws(' ', (SELECT count(*) FROM raw_launches), (SELECT count(*) FROM launch_revisions), (SELECT total_launches FROM launch_aggregates_view),
		(SELECT count(*) FROM raw_payloads) > 0, (SELECT count(*) FROM ingestion_sources WHERE watermark IS NOT NULL),
		string_agg(status || fetched || ' ' || inserted || ' ' || coalesce(error, ''), ',')) FROM ingestion_runs`
	want := fmt.Sprintf("%d 0 %d t 1 succeeded%d %d ", walkLaunches, walkLaunches, walkLaunches, walkLaunches)
	if got := clitest.Scan[string](t, db, sql); got != want {
		t.Errorf("launches, revisions, the view's count, payloads, watermarks and the ledger are\n%s, want\n%s\n%s", got, want, r.Stderr)
	}
	launchtest.WantTyped(t, db.DSN)
	wantNoLock(t, db)
}

// walk does something at the first statement of a run, at the second, and so on
// to the last: at is called with the number of each, as a test of its own, and
// returns the statement's text, or "" when the run has fewer.
func walk(t *testing.T, first, step, fewest int, at func(t *testing.T, number int) string) {
	t.Helper()
	for number := first; ; number += step {
		statement, isOver := "", false
		t.Run(strconv.Itoa(number), func(t *testing.T) {
			statement = at(t, number)
			isOver = statement == ""
			if t.Failed() {
				t.Logf("the statement was: %s", statement)
			}
		})
		if isOver || statement == "" {
			if number <= fewest {
				t.Errorf("only %d statements were walked over, want %d or more", number-1, fewest)
			}
			return
		}
	}
}

// loseAtEach walks over the statements of a run with each way to lose a connection. In
// CI, where time is short, the ways take turns: each has every second statement.
func loseAtEach(t *testing.T, row string, fewest int, at func(t *testing.T, number int, action faultproxy.Action) string) {
	t.Helper()
	ways := []struct {
		name   string
		action faultproxy.Action
	}{{"the request is lost", faultproxy.Reset}, {"the reply is lost", faultproxy.LoseReply}}
	for i, way := range ways {
		first, step := 1, 1
		if os.Getenv("CI") != "" {
			first, step = 1+i, len(ways)
		}
		t.Run(row+" "+way.name, func(t *testing.T) {
			t.Parallel()
			walk(t, first, step, fewest, func(t *testing.T, number int) string { return at(t, number, way.action) })
		})
	}
}

// outage is a time without a server, in the middle of what a test watches.
type outage struct{ began, isDown chan struct{} }

func newOutage() outage { return outage{began: make(chan struct{}), isDown: make(chan struct{})} }

// begin stops the server.
func (o outage) begin(stop func()) {
	close(o.began)
	stop()
	close(o.isDown)
}

// end starts the server once it is down, or does nothing when what was watched
// has ended without an outage. What was watched may end while the server is
// still stopping.
func (o outage) end(ended <-chan struct{}, start func()) {
	select {
	case <-o.began:
	case <-ended:
		select {
		case <-o.began:
		default:
			return
		}
	}
	<-o.isDown
	start()
}

// A run survives the loss of its connection at each of its statements: from the
// first question about the schema to the analytics. A statement that is added
// to a run is walked over by itself.
func TestQ2_TheConnectionIsLostAtEachStatement(t *testing.T) {
	t.Parallel()
	loseAtEach(t, "Q2", 60, func(t *testing.T, number int, action faultproxy.Action) (statement string) {
		db := pgtest.NewDatabase(t)
		proxy, url := behind(t, db)
		proxy.OnStatement(number, action, func(sql string) { statement = sql })
		r := walker(t, url).Run(t, "ingest", "--all")
		wantWalked(t, db, r)
		return statement
	})
}

// The same with a server that is shut down and started again, or that crashes:
// then a run may find that the server has lost launches that it had confirmed,
// and the next run stores them.
func TestQ3_TheServerGoesAwayAtEachStatement(t *testing.T) {
	t.Parallel()
	const ways = 3
	for way := range ways {
		t.Run(fmt.Sprintf("Q3 way %d", way+1), func(t *testing.T) {
			t.Parallel()
			server := pgtest.NewServer(t)
			db := server.Database()
			walk(t, 1+way, ways, 20, func(t *testing.T, number int) (statement string) {
				clitest.Execute(t, db, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
				proxy, url := behind(t, db)
				u := walker(t, url)
				u.Succeed(t, "migrate", "up")
				isCrash := (number/ways)%2 == 1
				outage := newOutage()
				proxy.OnStatement(number, 0, func(sql string) {
					statement = sql
					outage.begin(func() {
						if isCrash {
							server.Crash(t)
						} else {
							server.Stop(t)
						}
					})
				})
				wait := start(t, u, "ingest", "--all")
				ended := make(chan struct{})
				var r clitest.Result
				go func() {
					defer close(ended)
					r = wait()
				}()
				outage.end(ended, func() { server.Start(t) })
				<-ended
				if isCrash && r.Code == 5 && strings.Contains(r.LastLine(), "the server has lost launches that it had confirmed") {
					u.Succeed(t, "ingest", "--all")
					return statement
				}
				wantWalked(t, db, r)
				return statement
			})
		})
	}
}
