package browser_test

import (
	_ "embed"
	"encoding/json"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/faultproxy"
	"liftoff/internal/testkit/pgtest"
)

//go:embed testdata/hostile.json
var hostileJSON string

const (
	// hostileID is the launch of testdata/hostile.json.
	hostileID = "hostile00000000000000001"
	// longID is a launch whose name has 10 KB without a blank.
	longID = "hostile00000000000000002"
	// movedID is SXM-8, whose date moved by five days between the captures.
	movedID = "5fe3af6db3467846b3242160"
)

// dashboard is a running `liftoff serve`.
type dashboard struct {
	url  string
	user *clitest.User
}

// serve starts a dashboard over a database, which ends with the test.
func serve(t testing.TB, u *clitest.User) dashboard {
	t.Helper()
	running := u.Start(t, "serve", "--listen", "127.0.0.1:0")
	running.WaitFor("is serving", patience)
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(running.Stderr())
	if address == "" {
		t.Fatalf("the dashboard does not name its address:\n%s", running.Stderr())
	}
	return dashboard{address, u}
}

// fill stores what a dashboard may have to show: the real launches of two dates, so that
// some have moved; more launches; schedules; and, if one of the others cannot be stored,
// a record in quarantine and a failed run. The source is reached as by a proxy, so that it
// has its real name.
func fill(t testing.TB, db pgtest.Database, more ...json.RawMessage) *clitest.User {
	t.Helper()
	u := clitest.NewUser(t).On(db).With("SIMULATION_SEED=7", "LOG_FILE=-")
	early := clitest.Captures(t, "spacex-v4-2021-04-22-exchanges")
	from := func(folder string) *clitest.User {
		return u.With("SPACEX_API_URL=http://api.spacexdata.com", "HTTP_PROXY="+clitest.StartReplay(t, "--data", folder))
	}
	from(early).Succeed(t, "ingest", "--all", "--skip-analytics")
	late := from(lateCaptures(t, more)).With("REFERENCES=false") // nobody has captured the later payloads
	if r := late.Run(t, "ingest", "--all", "--skip-analytics"); r.Code != 3 && r.Code != 0 {
		t.Fatalf("ingest ended with %d:\n%s", r.Code, r.Stderr)
	}
	if more != nil {
		away := late.With("HTTP_PROXY="+clitest.ClosedPort, "SPACEX_MAX_ATTEMPTS=1")
		if r := away.Run(t, "ingest", "--new", "--skip-analytics"); r.Code == 0 {
			t.Fatalf("the API is away, and ingest ended with 0:\n%s", r.Stderr)
		}
	}
	late.Succeed(t, "schedules", "add", "hourly", "--cron", "5 * * * *")
	late.Succeed(t, "schedules", "add", "nightly", "--cron", "30 3 * * *", "--time-zone", "Europe/Berlin", "--selection", "all")
	late.Succeed(t, "schedules", "pause", "nightly")
	return u
}

// lateCaptures makes a folder with the API's last state and more launches.
func lateCaptures(t testing.TB, more []json.RawMessage) string {
	t.Helper()
	folder := t.TempDir()
	final := clitest.Captures(t, "spacex-v5-final-state")
	content, err := os.ReadFile(filepath.Join(final, "launches_v5.json"))
	if err != nil {
		t.Fatal(err)
	}
	var launches []json.RawMessage
	if err := json.Unmarshal(content, &launches); err != nil {
		t.Fatal(err)
	}
	content, err = json.Marshal(append(launches, more...))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "launches_v5.json"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// hostileLaunches returns one that is full of scripts, one with a long name, and one that
// cannot be stored.
func hostileLaunches(t testing.TB) []json.RawMessage {
	t.Helper()
	long := strings.NewReplacer(hostileID, longID, "<script>alert(1)</script><img src=x onerror=alert(2)>", strings.Repeat("A-long-name.", 900)).Replace(hostileJSON)
	return []json.RawMessage{json.RawMessage(hostileJSON), json.RawMessage(long), json.RawMessage(`{"name": "<script>alert(12)</script>", "id": null, "flight_number": 903}`)}
}

// through returns the address of a database behind a proxy, which a test can cut off.
func through(t testing.TB, db pgtest.Database) (*faultproxy.Proxy, pgtest.Database) {
	t.Helper()
	proxy := faultproxy.New(t, net.JoinHostPort(db.Host, strconv.Itoa(db.Port)))
	dsn, err := url.Parse(db.DSN)
	if err != nil {
		t.Fatal(err)
	}
	dsn.Host = proxy.Addr()
	db.DSN = dsn.String()
	return proxy, db
}
