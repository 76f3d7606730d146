package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"liftoff/internal/embedded"
	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// nobody is the unprivileged user that tests run the program as when they
// run as root themselves.
const nobody = 65534

func TestDemo_WithoutTheAPIUsesTheReplayAndSaysSo(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).With("SPACEX_API_URL=" + clitest.ClosedPort)
	r := u.Succeed(t, "demo")
	if n := strings.Count(r.Stderr, " - WARNING - "); n != 1 || !strings.Contains(r.Stderr, "whose data is synthetic.") {
		t.Errorf("want one WARNING line that says the data is synthetic, got %d:\n%s", n, r.Stderr)
	}
	if !strings.Contains(r.Stderr, "fetched=205 inserted=205 unchanged=0") {
		t.Errorf("the demo did not store all 205 launches:\n%s", r.Stderr)
	}
	if !strings.Contains(r.Stdout, "█") || !strings.Contains(r.Stdout, "synthetic launches, made up by the replay") {
		t.Errorf("the summary on stdout has no chart, or does not say that the launches are synthetic:\n%s", r.Stdout)
	}
	again := u.Succeed(t, "demo")
	if !strings.Contains(again.Stderr, "fetched=205 inserted=0 unchanged=205") {
		t.Errorf("a second demo does not keep the first one's launches:\n%s", again.Stderr)
	}
	// Other launches have a database of their own.
	for _, other := range []struct{ args, database string }{
		{"--count 50", "spacex_synthetic_50_seed_1"},
		{"--seed 7", "spacex_synthetic_205_seed_7"},
		{"--count 50 --revision 1", "spacex_synthetic_50_seed_1"},
	} {
		r := u.Succeed(t, append([]string{"demo"}, strings.Fields(other.args)...)...)
		if !strings.Contains(r.Stdout, "--postgres-db "+other.database+"\n") {
			t.Errorf("demo %s does not name the database %s:\n%s", other.args, other.database, r.Stdout)
		}
	}
	for _, args := range [][]string{{"runs"}, {"quarantine", "list"}, {"analyze"}} {
		clitest.WantFailure(t, u.Run(t, args...), 2, "add --postgres-db spacex_synthetic")
	}
}

func TestDemo_StoresEveryRealLaunchWhole(t *testing.T) {
	t.Parallel()
	tests := []struct {
		folder, capture string
		count           int
	}{
		{"spacex-v4-2021-04-22-exchanges", "bodies/launches.json", 142},
		{"spacex-v5-final-state", "launches_v5.json", 205},
	}
	for _, test := range tests {
		t.Run(test.folder, func(t *testing.T) {
			t.Parallel()
			folder := clitest.Captures(t, test.folder)
			// The captures of the final state have no payloads.
			u := clitest.NewUser(t).With("SPACEX_API_URL="+clitest.StartReplay(t, "--data", folder), "REFERENCES=false")
			u.Succeed(t, "demo")
			want := readLaunches(t, filepath.Join(folder, test.capture))
			stored := rows(t, embeddedDatabase(t, u, "spacex"))
			if len(stored) != test.count || len(want) != test.count {
				t.Errorf("%d rows stored of %d captured, want %d", len(stored), len(want), test.count)
			}
			for id, launch := range want {
				if diff := cmp.Diff(launch, any(stored[id].Raw)); diff != "" {
					t.Errorf("launch %s differs from the capture (-capture +stored):\n%s", id, diff)
				}
			}
		})
	}
}

// embeddedDatabase starts the user's embedded server for the test.
func embeddedDatabase(t *testing.T, u *clitest.User, name string) pgtest.Database {
	t.Helper()
	server, err := embedded.Start(t.Context(), embedded.Options{
		DataDir: filepath.Join(u.Folder, "data", "liftoff"), CacheDir: u.Setting("EMBEDDED_CACHE_DIR"), Database: name,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return pgtest.Database{DSN: server.Connection().DSN()}
}

func TestDemo_WorksAsANormalUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("the other tests run as a normal user already")
	}
	u := clitest.NewUser(t).With("SPACEX_API_URL="+clitest.ClosedPort, "TMPDIR=/tmp")
	u.UID = nobody
	if err := os.Chown(u.Folder, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	r := u.Succeed(t, "demo")
	if !strings.Contains(r.Stderr, "205 inserted") {
		t.Errorf("the demo did not store the launches:\n%s", r.Stderr)
	}
}

func TestI6_TwoDemosAtOnceShareOneServer(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).With("SPACEX_API_URL=" + clitest.ClosedPort)
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			if r := u.Run(t, "demo"); r.Code != 0 {
				t.Errorf("one of two demos ended with %d:\n%s", r.Code, r.Stderr)
			}
		})
	}
	group.Wait()
	if n := len(rows(t, embeddedDatabase(t, u, "spacex_synthetic"))); n != 205 {
		t.Errorf("two demos at once stored %d launches, want 205", n)
	}
}

// A server that outlives the program would hold the data folder for ever.
func TestDemo_KilledLeavesNoServerBehind(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).With("SPACEX_API_URL="+clitest.StartAnswering(t, 200, "application/json", "{"), "DEMO_API_WAIT=1s")
	u.Succeed(t, "migrate", "up")
	cmd := u.Command(t.Context(), "psql", "--", "-c", "SELECT pg_sleep(60)")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pidFile := filepath.Join(u.Folder, "data", "liftoff", "data", "postmaster.pid")
	await(t, "the server to start", func() bool { _, err := os.Stat(pidFile); return err == nil })
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	await(t, "the server to end", func() bool { _, err := os.Stat(pidFile); return os.IsNotExist(err) })
	u.Succeed(t, "migrate", "status")
}

// await polls until a condition of another process holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(30 * time.Second)
	for !holds() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func TestIngest_StopsCleanlyOnASignal(t *testing.T) {
	t.Parallel()
	for signal, code := range map[syscall.Signal]int{syscall.SIGTERM: 143, syscall.SIGINT: 130} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabase(t)
			hanging := startHanging(t)
			cmd := clitest.NewUser(t).On(db).With("SPACEX_API_URL="+hanging.url).Command(t.Context(), "ingest")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			<-hanging.asked
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			if got := cmd.ProcessState.ExitCode(); got != code {
				t.Errorf("exit code %d, want %d", got, code)
			}
			if n := len(rows(t, db)); n != 0 {
				t.Errorf("%d rows were stored", n)
			}
		})
	}
}

func TestPsql_OpensOnTheConfiguredDatabase(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("psql"); err != nil {
		t.Skip("psql is not installed")
	}
	db := pgtest.NewDatabase(t)
	r := clitest.NewUser(t).On(db).Succeed(t, "psql", "--", "-Atc", "SELECT current_database()")
	if got := strings.TrimSpace(r.Stdout); got != db.Name {
		t.Errorf("psql is on database %q, want %q", got, db.Name)
	}
}

func TestMigrate_EightAtOnceApplyEachVersionOnce(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if r := u.Run(t, "migrate", "up"); r.Code != 0 {
				t.Errorf("one of eight ended with %d:\n%s", r.Code, r.Stderr)
			}
		})
	}
	group.Wait()
	conn := pgtest.Connect(t, db.DSN)
	result, err := conn.Query(t.Context(), "SELECT version_id FROM liftoff_schema_version WHERE version_id > 0 ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	applied, err := pgx.CollectRows(result, pgx.RowTo[int])
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(schemaVersions(t), applied); diff != "" {
		t.Errorf("applied versions (-want +got):\n%s", diff)
	}
}

// schemaVersions returns the versions of the schema: 1, 2, 3 and so on.
func schemaVersions(t *testing.T) []int {
	t.Helper()
	files, err := filepath.Glob("../internal/postgres/migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no migrations (%v)", err)
	}
	var all []int
	for i := range files {
		all = append(all, i+1)
	}
	return all
}

// The demo asks by the route that the run uses: an API that answers others only is
// as good as none.
func TestDemo_AnAPIWithoutItsQueryEndsInTheReplay(t *testing.T) {
	t.Parallel()
	behind, err := url.Parse(clitest.StartReplay(t))
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(behind)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/query") {
			http.Error(w, "the query is down", http.StatusInternalServerError)
			return
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(api.Close)
	u := clitest.NewUser(t).With("SPACEX_API_URL=" + api.URL)
	r := u.Succeed(t, "demo")
	if !strings.Contains(r.Stderr, "the demo uses the built-in replay") || !strings.Contains(r.Stdout, "205 stored") {
		t.Errorf("the demo did not fall back to the replay:\n%s%s", r.Stderr, r.Stdout)
	}
}
