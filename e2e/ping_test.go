package e2e_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// pingToken is in the URL of each monitor, and in no output.
const pingToken = "0b8c-token-of-the-check"

// monitor is a server like that of healthchecks.io.
type monitor struct {
	url string

	mu    sync.Mutex
	pings []string
}

// startMonitor starts one. The status of its answers is 200 for 0.
func startMonitor(t *testing.T, status int) *monitor {
	t.Helper()
	m := &monitor{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the program has ended
		}
		m.mu.Lock()
		m.pings = append(m.pings, strings.TrimSpace(r.Method+" "+strings.TrimPrefix(r.URL.Path, "/"+pingToken)+" "+string(body)))
		m.mu.Unlock()
		if status != 0 {
			w.WriteHeader(status)
		}
	}))
	t.Cleanup(server.Close)
	m.url = server.URL + "/" + pingToken
	return m
}

func (m *monitor) told() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.pings)
}

// wantTold compares the beginnings of the pings. The start may have
// been given up for the end.
func (m *monitor) wantTold(t *testing.T, want ...string) {
	t.Helper()
	all := m.told()
	if len(all) == len(want)-1 && len(all) > 0 && !strings.HasPrefix(all[0], "GET /start") {
		want = want[1:]
	}
	var got []string
	for i, ping := range all {
		if i < len(want) && strings.HasPrefix(ping, want[i]) {
			ping = want[i]
		}
		got = append(got, ping)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the monitor was told (-want +got):\n%s", diff)
	}
}

func TestPing_TellsHowAnIngestGoes(t *testing.T) {
	t.Parallel()
	api := startChanging(t, append(docs(4), `{"name":"without an id"}`)...)
	good := clitest.StartReplay(t, "--count", "20")
	file := filepath.Join(t.TempDir(), "url")
	for _, test := range []struct {
		name string
		env  []string
		args []string
		code int
		told []string
	}{
		{"a good run", nil, nil, 0, []string{"GET /start", "POST  Run 1 succeeded: fetched 20, inserted 20, revised 0, unchanged 0."}},
		{"the URL is in a file", []string{"PING_URL=", "PING_URL_FILE=" + file}, nil, 0, []string{"GET /start", "POST  Run 1 succeeded"}},
		{"a record in quarantine", []string{"SPACEX_API_URL=" + api.url}, nil, 3, []string{"GET /start", "POST /3 1 of 5 records went into quarantine"}},
		{"the API is away", []string{"SPACEX_API_URL=" + clitest.ClosedPort, "SPACEX_MAX_ATTEMPTS=1"}, nil, 4, []string{"GET /start", "POST /4 fetch"}},
		{"the database is away", []string{"DATABASE_URL=postgres://u@127.0.0.1:1/d", "POSTGRES_WAIT=0s"}, nil, 5, []string{"POST /5 connect to PostgreSQL"}},
		{"wrong flags", nil, []string{"--since", "soon"}, 2, []string{"POST /2 --since \"soon\" is not a date"}},
		{"a dry run", nil, []string{"--dry-run"}, 2, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := startMonitor(t, 0)
			if strings.Contains(test.name, "file") {
				if err := os.WriteFile(file, []byte(m.url+"\n"), 0o600); err != nil {
					t.Error(err)
				}
			}
			u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL="+good, "REFERENCES=false", "PING_URL="+m.url).With(test.env...)
			r := u.Run(t, append([]string{"ingest", "--all", "--quiet"}, test.args...)...)
			if r.Code != test.code || strings.Contains(r.Stderr, "monitor") {
				t.Errorf("exit code %d, want %d:\n%s", r.Code, test.code, r.Stderr)
			}
			if strings.Contains(r.Stdout+r.Stderr+u.ReadFile(t, "ingestion.log"), pingToken) {
				t.Errorf("the token is shown:\n%s", r.Stderr)
			}
			m.wantTold(t, test.told...)
		})
	}
}

// Another run is at work: it is the one to tell.
func TestPing_SaysNothingOfARunThatAnotherKeepsOut(t *testing.T) {
	t.Parallel()
	api := startChanging(t, docs(40)...)
	u, _ := bulkUser(t, api.url)
	asked := api.hangAt(20, t.Context().Done())
	busy := u.Start(t, "ingest", "--all")
	<-asked
	m := startMonitor(t, 0)
	for policy, code := range map[string]int{"fail": 75, "skip": 0} {
		if r := u.With("PING_URL="+m.url).Run(t, "ingest", "--if-locked", policy); r.Code != code {
			t.Errorf("%s: exit code %d:\n%s", policy, r.Code, r.Stderr)
		}
	}
	m.wantTold(t)
	busy.Signal(os.Kill)
	busy.Wait()
}

func TestPing_TellsThatASignalHasEndedTheRun(t *testing.T) {
	t.Parallel()
	api := startChanging(t, docs(40)...)
	u, _ := bulkUser(t, api.url)
	m := startMonitor(t, 0)
	asked := api.hangAt(20, t.Context().Done())
	run := u.With("PING_URL="+m.url).Start(t, "ingest", "--all")
	<-asked
	run.Signal(syscall.SIGTERM)
	if r := run.Wait(); r.Code != 143 {
		t.Errorf("exit code %d:\n%s", r.Code, r.Stderr)
	}
	m.wantTold(t, "GET /start", "POST /143 stopped by SIGTERM")
}

// Whatever is wrong with the monitor, the run ends as without it, with one warning.
func TestPing_NeverGetsInTheWay(t *testing.T) {
	t.Parallel()
	api := clitest.StartReplay(t, "--count", "20")
	end := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-end }))
	t.Cleanup(hanging.Close)
	t.Cleanup(func() { close(end) }) // before the server is closed
	for name, test := range map[string]struct{ url, says string }{
		"refused":      {clitest.ClosedPort + "/" + pingToken, `error="connection refused"`},
		"hanging":      {hanging.URL + "/" + pingToken, "no answer before the program's end"},
		"500":          {startMonitor(t, 500).url, `error="it answers with status 500"`},
		"a redirect":   {startMonitor(t, 302).url, "a redirect, which is not followed"},
		"malformed":    {"http//" + pingToken, "The URL to ping cannot be used"},
		"no host":      {"https:///" + pingToken, `error="it has no host"`},
		"a password":   {"https://u:" + pingToken + "@host/", `error="it must not contain a user or password"`},
		"of no server": {"http://" + pingToken + ".invalid/", `error="its host has no address"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL="+api, "REFERENCES=false", "PING_URL="+test.url)
			began := time.Now()
			r := u.Run(t, "ingest", "--all", "--quiet")
			if took := time.Since(began); r.Code != 0 || r.Stdout != "" || took > 20*time.Second {
				t.Errorf("exit code %d after %s:\n%s", r.Code, took, r.Stderr)
			}
			if strings.Count(r.Stderr, "\n") != 1 || !strings.Contains(r.Stderr, " - WARNING - ") || !strings.Contains(r.Stderr, "PING_URL in the environment") || !strings.Contains(r.Stderr, test.says) {
				t.Errorf("it does not say once %q:\n%s", test.says, r.Stderr)
			}
			if strings.Contains(r.Stderr+u.ReadFile(t, "ingestion.log"), pingToken) {
				t.Errorf("the token is shown:\n%s", r.Stderr)
			}
		})
	}
}

func TestPing_GoesThroughTheProxy(t *testing.T) {
	t.Parallel()
	m := startMonitor(t, 0)
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL="+clitest.StartReplay(t, "--count", "20"), "REFERENCES=false",
		"HTTP_PROXY="+strings.TrimSuffix(m.url, "/"+pingToken))
	u.Succeed(t, "ingest", "--all", "--quiet", "--ping-url", "http://monitor.example.org/"+pingToken)
	m.wantTold(t, "GET /start", "POST  Run 1 succeeded")
}

func TestPing_TellsEachRunOfAWorkersSchedules(t *testing.T) {
	clitest.NeedsTime(t)
	t.Parallel()
	api := startChanging(t, docs(40)...)
	u, db := bulkUser(t, api.url)
	m := startMonitor(t, 0)
	u = u.With("LOG_FILE=-", "PING_URL="+m.url)
	api.breakAt(func(int) bool { return true })
	w := u.Start(t, "worker", "--every", "1h", "--selection", "all")
	w.WaitFor("The run of a schedule failed. schedule=default", 30*time.Second)
	api.mend()
	again := []string{"UPDATE ingestion_schedules SET retry_at = NULL, next_due_at = liftoff_now()"}
	clitest.Execute(t, db, again...)
	clitest.Await(t, db, 30*time.Second, "SELECT failures = 0 AND next_due_at > liftoff_now() FROM ingestion_schedules")
	w.WaitFor("Run finished.", 30*time.Second)
	// A run that a signal ends is done by another worker, which tells.
	api.serve(t, docs(41)...)
	asked := api.hangAt(20, t.Context().Done())
	clitest.Execute(t, db, again...)
	<-asked
	w.Signal(syscall.SIGTERM)
	if r := w.Wait(); r.Code != 0 || strings.Contains(r.Stderr, pingToken) {
		t.Errorf("it ended with %d:\n%s", r.Code, r.Stderr)
	}
	ends := slices.DeleteFunc(m.told(), func(ping string) bool { return ping == "GET /start" })
	if len(ends) != 2 || !strings.HasPrefix(ends[0], "POST /4 ") || !strings.HasPrefix(ends[1], "POST  Run 2 succeeded") {
		t.Errorf("the monitor was told %q", m.told())
	}
}
