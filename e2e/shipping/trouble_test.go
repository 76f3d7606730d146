package shipping_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// canary is a key in a header, which must be nowhere but there.
const canary = "k3y-0f-the-canary"

// canaryHeaders are the header as a user sets it: the space is an escape.
const canaryHeaders = "OTEL_EXPORTER_OTLP_HEADERS=Authorization=Bearer%20" + canary

// faulty is a receiver in trouble. No real one can be made to do all of this.
type faulty struct {
	url      string
	requests atomic.Int64
}

// startFaulty starts one that reads each request, as a proxy does, and lets answer answer.
func startFaulty(t *testing.T, answer http.HandlerFunc) *faulty {
	t.Helper()
	f := &faulty{}
	over := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.requests.Add(1)
		if r.Header.Get("Authorization") != "Bearer "+canary {
			t.Errorf("the header Authorization is %q", r.Header.Get("Authorization"))
		}
		_, _ = io.Copy(io.Discard, r.Body) // the sender may have gone
		r = r.WithContext(r.Context())
		select {
		case <-over:
		default:
			answer(w, r)
		}
	}))
	t.Cleanup(func() {
		close(over)
		server.CloseClientConnections()
		server.Close()
	})
	f.url = server.URL
	return f
}

// answering answers with a status; what it says repeats the key, as some proxies do.
func answering(status int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "no, "+r.Header.Get("Authorization"))
	}
}

// after answers well, but late.
func after(pause time.Duration) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		}
	}
}

// stored is what must be the same with a receiver and without one, as JSON.
const stored = `SELECT json_build_object(
	'launches', (SELECT count(*) FROM raw_launches), 'payloads', (SELECT count(*) FROM raw_payloads),
	'rockets', (SELECT count(*) FROM raw_rockets), 'launchpads', (SELECT count(*) FROM raw_launchpads),
	'masses', (SELECT sum(simulated_total_payload_mass_kg) FROM raw_launches), 'revisions', (SELECT count(*) FROM launch_revisions),
	'runs', (SELECT json_agg(json_build_object('status', status, 'pages', pages, 'fetched', fetched, 'inserted', inserted,
		'quarantined', quarantined, 'bytes', bytes, 'error', error)) FROM ingestion_runs))::text`

// attempt is one run of all launches into a database of its own.
type attempt struct {
	stored   string
	result   clitest.Result
	log      string
	duration time.Duration
}

// ingestAll runs it. It is alone on the machine, so that times can be compared.
func ingestAll(t *testing.T, api string, settings ...string) attempt {
	t.Helper()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL="+api, "LOG_FILE=run.log", "SIMULATION_SEED=1").With(settings...)
	began := time.Now()
	r := u.Run(t, "ingest", "--all")
	a := attempt{result: r, log: u.ReadFile(t, "run.log"), duration: time.Since(began)}
	a.stored = clitest.Scan[string](t, db, stored)
	ledger := clitest.Scan[string](t, db, "SELECT string_agg(run::text, ' ') FROM ingestion_runs AS run")
	for where, text := range map[string]string{"stdout": r.Stdout, "stderr": r.Stderr, "the log file": a.log, "the ledger": ledger} {
		if strings.Contains(text, canary) {
			t.Errorf("the key is in %s:\n%s", where, text)
		}
	}
	return a
}

var (
	lossWarning = regexp.MustCompile(`(?m)^.* - WARNING - Not all telemetry was shipped; runs are not affected\. .*$`)
	loss        = regexp.MustCompile(`(logs|metrics|traces)="(\d+) of (\d+)"`)
)

// A receiver in trouble changes no result, costs no more than a second, and is one warning
// that says how much was lost.
func TestJ1_AReceiverInTroubleChangesNothing(t *testing.T) {
	api := clitest.StartReplay(t)
	usual := ingestAll(t, api)
	if usual.result.Code != 0 || !strings.Contains(usual.stored, `"launches" : 205,`) {
		t.Fatalf("the run without a receiver ended with %d and stored %s", usual.result.Code, usual.stored)
	}
	for range 2 { // the shortest of three, so that the comparison is strict
		usual.duration = min(usual.duration, ingestAll(t, api).duration)
	}
	silent, overGRPC := startSilent(t), []string{"OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}
	for _, test := range []struct {
		name, url string
		says      string
		more      []string
	}{
		{"refuses", clitest.ClosedPort, "refused", nil},
		{"takes connections and says nothing", silent, "", nil},
		{"hangs", startFaulty(t, after(time.Hour)).url, "", nil},
		{"is 2 s slow", startFaulty(t, after(2*time.Second)).url, "", nil},
		{"has no time, 429", startFaulty(t, answering(429, "Retry-After", "60")).url, "429", nil},
		{"is broken, 500", startFaulty(t, answering(500)).url, "500", nil},
		{"is away, 503", startFaulty(t, answering(503)).url, "503", nil},
		{"takes no large requests, 413", startFaulty(t, answering(413)).url, "413", nil},
		{"does not know the key, 401", startFaulty(t, answering(401)).url, "401", nil},
		{"is elsewhere, 302", startFaulty(t, answering(302, "Location", "http://127.0.0.1:1/")).url, "302", nil},
		{"is no receiver, 404", startFaulty(t, answering(404)).url, "404", nil},
		{"cannot be found", "http://receiver.invalid:4318", "", nil},
		{"refuses, gRPC", clitest.ClosedPort, "", overGRPC},
		{"takes connections and says nothing, gRPC", silent, "", overGRPC},
		{"speaks HTTP, not gRPC", clitest.StartAnswering(t, 404, "text/plain", ""), "", overGRPC},
		{"cannot be found, gRPC", "http://receiver.invalid:4317", "", overGRPC},
	} {
		t.Run(test.name, func(t *testing.T) {
			settings := append([]string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + test.url, canaryHeaders}, test.more...)
			got := ingestAll(t, api, settings...)
			shortest := got.duration
			const allowed = 3 * time.Second // one, and two for a busy machine; an unbounded end takes ten
			for range 2 {
				if shortest-usual.duration > allowed {
					shortest = min(shortest, ingestAll(t, api, settings...).duration)
				}
			}
			if more := shortest - usual.duration; more > allowed {
				t.Errorf("it took %v longer than without a receiver", more)
			}
			if diff := gocmp.Diff(usual.stored, got.stored); diff != "" || got.result.Code != 0 {
				t.Errorf("exit code %d; what is stored differs from that without a receiver (-):\n%s", got.result.Code, diff)
			}
			t.Logf("%v longer", (shortest - usual.duration).Round(time.Millisecond))
			for where, text := range map[string]string{"stderr": got.result.Stderr, "the log file": got.log} {
				warnings := lossWarning.FindAllString(text, -1)
				if len(warnings) != 1 || strings.Count(text, " - WARNING - ") != 1 || !strings.Contains(warnings[0], test.says) {
					t.Errorf("%s has the warnings %q, want one that says %q:\n%s", where, warnings, test.says, text)
					continue
				}
				wantAllLost(t, warnings[0])
			}
			if diff := gocmp.Diff(withoutTimes(usual.result.Stdout), withoutTimes(got.result.Stdout)); diff != "" {
				t.Errorf("stdout differs from that without a receiver (-):\n%s", diff)
			}
		})
	}
}

// What schedulers show of a failure is its last line, also if the receiver is in trouble.
func TestJ1_AFailureEndsWithItsOwnLine(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL="+clitest.ClosedPort, "OTEL_EXPORTER_OTLP_ENDPOINT="+clitest.ClosedPort)
	r := u.Run(t, "ingest")
	clitest.WantFailure(t, r, 4, " - ERROR - ")
	if n := len(lossWarning.FindAllString(r.Stderr, -1)); n != 1 {
		t.Errorf("%d warnings of what was lost, want one:\n%s", n, r.Stderr)
	}
}

// withoutTimes returns what is printed without the times of storing, which differ.
func withoutTimes(text string) string {
	return regexp.MustCompile(time.Now().UTC().Format("2006-01")+`-\d\d \d\d:\d\d:\d\d`).ReplaceAllString(text, "now")
}

// wantAllLost wants that a warning counts each signal, and all of it as lost.
func wantAllLost(t *testing.T, warning string) {
	t.Helper()
	t.Log(warning)
	found := loss.FindAllStringSubmatch(warning, -1)
	if len(found) != 3 {
		t.Errorf("the warning does not count three signals: %s", warning)
	}
	for _, f := range found {
		if f[2] != f[3] || f[2] == "0" {
			t.Errorf("%s: %s of %s lost, want all", f[1], f[2], f[3])
		}
	}
}

// startSilent takes connections and neither reads nor answers, as a host behind a
// firewall may.
func startSilent(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // the test is over
			}
			t.Cleanup(func() { _ = conn.Close() })
		}
	}()
	return "http://" + listener.Addr().String()
}

// keySettings have a key in the right place and in wrong ones.
func keySettings() map[string][]string {
	return map[string][]string{
		"all is well":            {canaryHeaders},
		"no pair":                {"OTEL_EXPORTER_OTLP_HEADERS=Bearer " + canary},
		"no escape":              {"OTEL_EXPORTER_OTLP_HEADERS=Authorization=%zz" + canary},
		"no header":              {"OTEL_EXPORTER_OTLP_HEADERS=Auth%0aorization=a%0a" + canary},
		"for one signal":         {"OTEL_EXPORTER_OTLP_LOGS_HEADERS=" + canary + ",=" + canary},
		"in the URL":             {"OTEL_EXPORTER_OTLP_ENDPOINT=http://user:" + canary + "@127.0.0.1:1"},
		"in a malformed URL":     {"OTEL_EXPORTER_OTLP_ENDPOINT=::" + canary},
		"in the query":           {"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1/?key=" + canary},
		"in another variable":    {"OTEL_EXPORTER_OTLP_TIMEOUT=" + canary, "OTEL_EXPORTER_OTLP_COMPRESSION=" + canary, "OTEL_TRACES_EXPORTER=" + canary, "OTEL_EXPORTER_OTLP_PROTOCOL=" + canary},
		"instead of a file name": {"OTEL_EXPORTER_OTLP_HEADERS_FILE=/" + canary},
	}
}

// A receiver that repeats the key in its answer, or settings that are malformed, put it
// into no output. TestJ1 looks for it too, with receivers in trouble of other kinds.
func TestG7_TheKeyOfAReceiverIsInNoOutput(t *testing.T) {
	t.Parallel()
	api := clitest.StartReplay(t)
	receiver := clitest.StartAnswering(t, http.StatusUnauthorized, "text/plain", "no, "+canary)
	for name, settings := range keySettings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantKeyInNoOutput(t, name, ingestAllOrNot(t, api, append([]string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + receiver, "LOG_LEVEL=debug"}, settings...)...))
		})
	}
}

// What a receiver sends unasked is no log line: Go's own library would print it.
func TestG7_AnAnswerThatNobodyAskedForIsNotShown(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	var answered atomic.Int64
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // the test is over
			}
			go func() {
				defer func() { _ = conn.Close() }()
				request, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, request.Body) // the sender may have gone
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
				<-time.After(50 * time.Millisecond)
				_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad\r\nx: "+request.Header.Get("Authorization")+"\r\n\r\n")
				answered.Add(1)
				<-time.After(time.Second) // for the client to read it
			}()
		}
	}()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL="+clitest.StartReplay(t, "--latency", "400ms"), "LOG_FORMAT=json",
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://"+listener.Addr().String(), canaryHeaders)
	r := u.Succeed(t, "ingest", "--all")
	if answered.Load() == 0 || strings.Contains(r.Stderr, canary) || strings.Contains(r.Stderr, "Unsolicited") {
		t.Errorf("%d answers; stderr:\n%s", answered.Load(), r.Stderr)
	}
}

func wantKeyInNoOutput(t *testing.T, name string, r clitest.Result) {
	t.Helper()
	if name != "instead of a file name" && r.Code != 0 {
		t.Errorf("exit code %d, want 0; it says %s", r.Code, r.LastLine())
	}
}

// The key is in nothing that arrives but the header.
func TestShipping_TheKeyIsInNoRecord(t *testing.T) {
	t.Parallel()
	api := clitest.StartReplay(t)
	for name, settings := range keySettings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := startCollector(t)
			wantKeyInNoOutput(t, name, ingestAllOrNot(t, api, append([]string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + c.url, "LOG_LEVEL=debug"}, settings...)...))
			c.Stop()
			if name == "all is well" && len(c.records(t)) == 0 {
				t.Error("nothing has arrived")
			}
			for _, signal := range []string{"logs", "metrics", "traces"} {
				if strings.Contains(c.received(t, signal), canary) {
					t.Errorf("the key is in the %s", signal)
				}
			}
		})
	}
}

// ingestAllOrNot runs one that may be refused for its settings, and looks for the key.
func ingestAllOrNot(t *testing.T, api string, settings ...string) clitest.Result {
	t.Helper()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL="+api, "LOG_FILE=run.log").With(settings...)
	r := u.Run(t, "ingest", "--all")
	isName := strings.Contains(u.Setting("OTEL_EXPORTER_OTLP_HEADERS_FILE"), canary) // a file's name may be told
	if strings.Contains(r.Stdout+r.Stderr, canary) && !isName || r.Code == 0 && strings.Contains(u.ReadFile(t, "run.log"), canary) {
		t.Errorf("the key is in what it says:\n%s", r.Stderr)
	}
	return r
}
