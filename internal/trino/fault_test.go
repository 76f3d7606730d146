package trino_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/testkit/programtest"
	"liftoff/internal/trino"
)

// one is a query that any engine can answer.
var one = []analytics.Query{query("culprit", "SELECT 1 AS one")}

func TestNewTrino_RefusesOptionsThatMakeNoSense(t *testing.T) {
	tests := []struct {
		name    string
		options trino.Options
		want    string
	}{
		{"no address", trino.Options{}, "address of Trino is not valid"},
		{"no scheme", trino.Options{URL: "localhost:8080"}, "is not valid"},
		{"a scheme of another tool", trino.Options{URL: "jdbc:trino://localhost:8080"}, "is not valid"},
		{"a path", trino.Options{URL: "http://localhost:8080/ui"}, "more than a host and a port"},
		{"a query", trino.Options{URL: "http://localhost:8080/?SSL=true"}, "more than a host and a port"},
		{"a password in the address", trino.Options{URL: "https://me:s3cret@localhost"}, "contains a user or password"},
		{"a broken address with a password", trino.Options{URL: "https://me:s3cret@local host"}, "is not valid"},
		{"a password over http", trino.Options{URL: "http://localhost:8080", Password: "s3cret"}, "unencrypted"},
		{"no user", trino.Options{URL: "http://localhost:8080"}, "no user"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.name != "no user" {
				test.options.User = "liftoff"
			}
			_, err := trino.New(test.options)
			if liftoff.CategoryOf(err) != liftoff.Usage || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v of category %v, want usage with %q", err, liftoff.CategoryOf(err), test.want)
			}
			if line := err.Error() + liftoff.HintOf(err); strings.Contains(line, "s3cret") || !strings.Contains(line, "TRINO_") {
				t.Errorf("error %q shows the password or names no setting", line)
			}
		})
	}
}

// Each fault has one clear line with the query's name, its id and its page, a
// category and a next step, and is asked again only if that can help.
func TestD2_D3_D4_D5_D6_D7_D8_D12_D15_TrinoFaults(t *testing.T) {
	external := func(message string) *fault { return &fault{message, 67108864, "JDBC_ERROR", "EXTERNAL"} }
	user := func(code int, name string) *fault { return &fault{"the text", code, name, "USER_ERROR"} }
	tests := []struct {
		name     string
		step     step
		category liftoff.Category
		want     string
		hint     string
		tries    int
	}{
		{"D5 missing catalog", step{fault: user(44, "CATALOG_NOT_FOUND")}, liftoff.QueryEngine, "the text [CATALOG_NOT_FOUND]", "etc/catalog/postgres.properties", 1},
		{"D5 missing schema", step{fault: user(45, "SCHEMA_NOT_FOUND")}, liftoff.QueryEngine, "[SCHEMA_NOT_FOUND]", "TRINO_SCHEMA", 1},
		{"D5 missing table", step{fault: user(46, "TABLE_NOT_FOUND")}, liftoff.QueryEngine, "[TABLE_NOT_FOUND]", "liftoff migrate up", 1},
		{"D12 a column that is hidden or missing", step{fault: user(47, "COLUMN_NOT_FOUND")}, liftoff.QueryEngine, "[COLUMN_NOT_FOUND]", "hides it", 1},
		{"D6 killed by an operator", step{fault: user(38, "ADMINISTRATIVELY_KILLED")}, liftoff.QueryEngine, "[ADMINISTRATIVELY_KILLED]", "ended on Trino", 1},
		{"D6 cancelled in the web page", step{fault: user(3, "USER_CANCELED")}, liftoff.QueryEngine, "[USER_CANCELED]", "ended on Trino", 1},
		{"no right", step{fault: user(4, "PERMISSION_DENIED")}, liftoff.Privilege, "[PERMISSION_DENIED]", `user "liftoff"`, 1},
		{"broken statement", step{fault: user(1, "SYNTAX_ERROR")}, liftoff.QueryEngine, "[SYNTAX_ERROR]", "page", 1},
		{"D7 too much time", step{fault: &fault{"the text", 131075, "EXCEEDED_TIME_LIMIT", "INSUFFICIENT_RESOURCES"}}, liftoff.QueryEngine, "[EXCEEDED_TIME_LIMIT]", "query_max_run_time", 1},
		{"D7 too much memory", step{fault: &fault{"Query exceeded distributed user memory limit of 20GB", 131073, "EXCEEDED_GLOBAL_MEMORY_LIMIT", "INSUFFICIENT_RESOURCES"}}, liftoff.QueryEngine, "memory limit of 20GB", "limits", 1},
		{"D3 no worker to the end", step{fault: &fault{"No nodes available to run query", 65541, "NO_NODES_AVAILABLE", "INTERNAL_ERROR"}}, liftoff.QueryEngine, "No nodes available", "start a worker", 1},
		{"D2 starting up to the end", step{fault: &fault{"Trino server is still initializing", 65548, "SERVER_STARTING_UP", "INTERNAL_ERROR"}}, liftoff.QueryEngine, "still initializing", "TRINO_WAIT", 1},
		{"D7 full queue to the end", step{fault: &fault{"Too many queued queries", 131074, "QUERY_QUEUE_FULL", "INSUFFICIENT_RESOURCES"}}, liftoff.QueryEngine, "Too many queued", "less busy", 1},
		{"D8 PostgreSQL is down", step{fault: external("The connection attempt failed.")}, liftoff.QueryEngine, `PostgreSQL behind Trino's catalog "postgres": The connection attempt failed.`, "connection-url", 3},
		{"PostgreSQL refuses the password", step{fault: external(`FATAL: password authentication failed for user "x"`)}, liftoff.Privilege, "password authentication", "connection-password", 1},
		{"PostgreSQL refuses the view", step{fault: external("ERROR: permission denied\n  for view launches")}, liftoff.Privilege, "permission denied for view launches", "GRANT SELECT", 1},
		{"D15 login refused", step{status: 401, body: "<html>no</html>"}, liftoff.Privilege, `401 Unauthorized to user "liftoff"`, "TRINO_PASSWORD", 1},
		{"D15 access forbidden", step{status: 403}, liftoff.Privilege, "403 Forbidden", "TRINO_USER", 1},
		{"no Trino at all", step{status: 404, body: "<html>"}, liftoff.QueryEngine, "answers 404 Not Found", "TRINO_URL", 3},
		{"a redirection", step{status: 302}, liftoff.QueryEngine, "answers 302 Found", "TRINO_URL", 1},
		{"a page instead of an answer", step{body: "<html>welcome</html>"}, liftoff.QueryEngine, "invalid character", "TRINO_URL", 1},
		{"D4 a bad gateway to the end", step{status: 502, body: "<html>"}, liftoff.QueryEngine, "502 Bad Gateway", "TRINO_WAIT", 3},
		{"D12 a type that no result has", step{rows: func(w http.ResponseWriter, r *http.Request) {
			replyRows(w, r, column("when", "date"), []any{[]any{"2026-01-01"}})
		}}, liftoff.Internal, `column "when" has Trino type DATE`, "", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCoordinator(t, test.step)
			results, err := engineWith(t, trino.Options{URL: c.URL, Catalog: "postgres"}).Answer(t.Context(), one)
			if results != nil || err == nil {
				t.Fatalf("got results %v and error %v, want only an error", results, err)
			}
			line := err.Error()
			if !strings.HasPrefix(line, `run analytics query "culprit" on Trino: `) || !strings.Contains(line, test.want) || strings.Contains(line, "\n") {
				t.Errorf("error %q is not one line with the query and %q", line, test.want)
			}
			if page := c.URL + "/ui/query.html?" + queryID(test.tries); test.step.fault != nil && !strings.Contains(line, page) {
				t.Errorf("error %q does not show %s", line, page)
			}
			if got := liftoff.CategoryOf(err); got != test.category {
				t.Errorf("category %v, want %v", got, test.category)
			}
			if hint := liftoff.HintOf(err); !strings.Contains(hint, test.hint) {
				t.Errorf("hint %q does not say %q", hint, test.hint)
			}
			if got := len(c.requests()); got != test.tries {
				t.Errorf("asked %d times, want %d", got, test.tries)
			}
		})
	}
}

func TestD1_NothingListens(t *testing.T) {
	started := time.Now()
	engine := engineWith(t, trino.Options{URL: "http://127.0.0.1:1"})
	_, err := engine.Answer(t.Context(), []analytics.Query{one[0], one[0], one[0], one[0], one[0], one[0]})
	if liftoff.CategoryOf(err) != liftoff.QueryEngine || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("error %v of category %v, want the true cause", err, liftoff.CategoryOf(err))
	}
	if took := time.Since(started); took > 3*time.Second {
		t.Errorf("took %s", took)
	}
}

// What is over soon is waited for, with one line in the log.
func TestD2_D3_D4_D7_WaitedFor(t *testing.T) {
	starting := step{fault: &fault{"Trino server is still initializing", 65548, "SERVER_STARTING_UP", "INTERNAL_ERROR"}}
	noNodes := step{fault: &fault{"No nodes available to run query", 65541, "NO_NODES_AVAILABLE", "INTERNAL_ERROR"}}
	full := step{fault: &fault{"Too many queued queries", 131074, "QUERY_QUEUE_FULL", "INSUFFICIENT_RESOURCES"}}
	gateway := func(status int) step { return step{status: status, body: "<html>try again</html>"} }
	for name, steps := range map[string][]step{
		"D2 a server that starts":   {starting, starting, {}},
		"D3 no worker yet":          {noNodes, noNodes, {}},
		"D4 502 503 504 by a proxy": {gateway(502), gateway(503), gateway(504), gateway(503), {}},
		"D7 a full queue":           {full, {}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCoordinator(t, steps...)
			var log programtest.Output
			engine := engineWith(t, trino.Options{
				URL: c.URL, Wait: time.Minute, Logger: slog.New(slog.NewTextHandler(&log, nil)),
			})
			if got := mustAnswer(t, engine, one)[0].Rows; !cmp.Equal(got, [][]any{{int64(1)}}) {
				t.Errorf("rows %v", got)
			}
			if got := len(c.requests()); got != len(steps) {
				t.Errorf("asked %d times, want %d", got, len(steps))
			}
			if got := strings.Count(log.String(), "\n"); got != 1 ||
				!strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "limit=1m0s") {
				t.Errorf("the log has %d lines, want one warning:\n%s", got, log.String())
			}
		})
	}
}

func TestD2_AServerThatIsNotThereYetIsWaitedFor(t *testing.T) {
	address := unusedAddress(t)
	warned := make(signal, 1)
	engine := engineWith(t, trino.Options{
		URL: "http://" + address, Wait: time.Minute, Logger: slog.New(slog.NewTextHandler(warned, nil)),
	})
	ended := make(chan error, 1)
	go func() {
		_, err := engine.Answer(t.Context(), one)
		ended <- err
	}()
	<-warned
	c := newCoordinator(t)
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	late := &httptest.Server{Listener: listener, Config: &http.Server{Handler: c.Config.Handler}}
	c.URL = "http://" + address
	late.Start()
	defer late.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// signal is a log whose first line is told.
type signal chan struct{}

func (s signal) Write(p []byte) (int, error) {
	select {
	case s <- struct{}{}:
	default:
	}
	return len(p), nil
}

// unusedAddress returns an address that nobody listens on.
func unusedAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// A coordinator that was restarted does not know the query any more.
func TestD9_ARestartInMidQueryIsAskedAgain(t *testing.T) {
	c := newCoordinator(t, step{rows: http.NotFound}, step{})
	if got := mustAnswer(t, engineWith(t, trino.Options{URL: c.URL}), one)[0].Rows; !cmp.Equal(got, [][]any{{int64(1)}}) {
		t.Errorf("rows %v", got)
	}
	if got := len(c.requests()); got != 2 {
		t.Errorf("asked %d times, want 2", got)
	}
}

// The name and the password of the user go nowhere but to the configured host.
func TestD10_AnAddressElsewhereIsRefused(t *testing.T) {
	var visits atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits.Add(1) }))
	defer elsewhere.Close()
	c := newCoordinator(t, step{next: elsewhere.URL})
	_, err := engineWith(t, trino.Options{URL: c.URL}).Answer(t.Context(), one)
	if liftoff.CategoryOf(err) != liftoff.QueryEngine || !strings.Contains(err.Error(), "refers to another address: "+elsewhere.URL) ||
		!strings.Contains(liftoff.HintOf(err), "process-forwarded") {
		t.Errorf("error %v of category %v with hint %q", err, liftoff.CategoryOf(err), liftoff.HintOf(err))
	}
	if visits.Load() != 0 {
		t.Errorf("the other host was asked %d times", visits.Load())
	}
	if got := len(c.requests()); got != 1 {
		t.Errorf("asked %d times, want 1", got)
	}
}

func TestD11_CancelReachesTrino(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := newCoordinator(t, step{rows: func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}})
	_, err := engineWith(t, trino.Options{URL: c.URL}).Answer(ctx, one)
	if !errors.Is(err, context.Canceled) || liftoff.CategoryOf(err) != liftoff.Interrupted {
		t.Errorf("error %v of category %v, want interrupted", err, liftoff.CategoryOf(err))
	}
	if !slices.Contains(c.cancelled(), queryID(1)) {
		t.Errorf("cancelled on Trino: %v, want %s", c.cancelled(), queryID(1))
	}
}

// Not only Ctrl-C: a deadline that passes while Trino works ends the query too.
func TestD11_ADeadlineReachesTrino(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	c := newCoordinator(t, step{rows: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }})
	if _, err := engineWith(t, trino.Options{URL: c.URL}).Answer(ctx, one); err == nil || !strings.Contains(err.Error(), "deadline") {
		t.Errorf("error %v, want the deadline", err)
	}
	if !slices.Contains(c.cancelled(), queryID(1)) {
		t.Errorf("cancelled on Trino: %v, want %s", c.cancelled(), queryID(1))
	}
}

func TestD11_CancelEndsAWait(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := engineWith(t, trino.Options{URL: "http://127.0.0.1:1", Wait: time.Hour}).Answer(ctx, one)
	if err == nil || !strings.Contains(err.Error(), "deadline") {
		t.Errorf("error %v, want the deadline", err)
	}
}

func TestTrino_NoQueriesNeedNoTrino(t *testing.T) {
	results, err := engineWith(t, trino.Options{URL: "http://127.0.0.1:1"}).Answer(t.Context(), nil)
	if results != nil || err != nil {
		t.Errorf("got %v, %v", results, err)
	}
}

// Results come in the order of the queries, however many run at once.
func TestTrino_ManyAtOnceKeepTheirOrder(t *testing.T) {
	var mu sync.Mutex
	running, most := 0, 0
	c := newCoordinator(t, step{rows: func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		running++
		most = max(most, running)
		mu.Unlock()
		<-time.After(20 * time.Millisecond)
		mu.Lock()
		running--
		mu.Unlock()
		replyRows(w, r, column("one", "bigint"), []any{[]any{9007199254740993}})
	}})
	var queries []analytics.Query
	for i := range 20 {
		queries = append(queries, query(fmt.Sprint(i), "SELECT 1"))
	}
	for i, result := range mustAnswer(t, engineWith(t, trino.Options{URL: c.URL}), queries) {
		if result.Name != fmt.Sprint(i) || result.Rows[0][0] != int64(9007199254740993) {
			t.Errorf("result %d is %+v", i, result)
		}
	}
	if most < 2 || most > 4 {
		t.Errorf("%d queries at once, want 2 to 4", most)
	}
}

// What Trino is told about the session.
func TestTrino_SessionHeaders(t *testing.T) {
	c := newCoordinator(t)
	mustAnswer(t, engineWith(t, trino.Options{URL: c.URL + "/", Catalog: "pg", Schema: "s", User: "me"}), one)
	got := map[string]string{}
	for _, name := range []string{"User", "Catalog", "Schema", "Time-Zone", "Source", "Query-Data-Encoding"} {
		got[name] = c.requests()[0].Header.Get("X-Trino-" + name)
	}
	want := map[string]string{
		"User": "me", "Catalog": "pg", "Schema": "s", "Time-Zone": "UTC", "Source": "liftoff", "Query-Data-Encoding": "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

func TestD15_TLS(t *testing.T) {
	c := newCoordinator(t)
	secure := httptest.NewTLSServer(c.Config.Handler)
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(secure.Close)
	plain := c.URL
	c.URL = secure.URL
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	t.Run("a known authority, with the password", func(t *testing.T) {
		mustAnswer(t, engineWith(t, trino.Options{URL: secure.URL, User: "me", Password: "s3cret", RootCAs: roots}), one)
		last := c.requests()[len(c.requests())-1]
		if user, password, _ := last.BasicAuth(); user != "me" || password != "s3cret" {
			t.Errorf("logged in as %q with %q", user, password)
		}
	})
	for name, test := range map[string]struct {
		address, hint string
		category      liftoff.Category
	}{
		"an unknown authority":      {secure.URL, "TRINO_CA_FILE", liftoff.Privilege},
		"https where http is meant": {strings.Replace(plain, "http:", "https:", 1), "TRINO_URL", liftoff.QueryEngine},
		"http where https is meant": {strings.Replace(secure.URL, "https:", "http:", 1), "TRINO_URL", liftoff.QueryEngine},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := engineWith(t, trino.Options{URL: test.address, Wait: time.Minute}).Answer(t.Context(), one)
			if liftoff.CategoryOf(err) != test.category || !strings.Contains(liftoff.HintOf(err), test.hint) {
				t.Errorf("error %v of category %v with hint %q", err, liftoff.CategoryOf(err), liftoff.HintOf(err))
			}
		})
	}
}
