package ping_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/ping"
	"liftoff/internal/testkit/programtest"
)

// token is in each URL, and may be in no log line.
const token = "t0ken-nobody-may-see"

// patience is long enough for every ping to end by itself.
const patience = 30 * time.Second

// monitorServer is a monitor that notes what it is told.
type monitorServer struct {
	*httptest.Server

	mu    sync.Mutex
	pings []string
}

func (s *monitorServer) told() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.pings...)
}

// serve starts a monitor that answers with what answer does; nil for 200.
func serve(t *testing.T, answer http.HandlerFunc) *monitorServer {
	t.Helper()
	s := &monitorServer{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		s.pings = append(s.pings, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+string(body)))
		s.mu.Unlock()
		if answer != nil {
			answer(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// log is what a monitor logs.
type log struct{ programtest.Output }

// lines returns the lines without their times.
func (l *log) lines() []string {
	var lines []string
	for line := range strings.Lines(l.String()) {
		_, line, _ = strings.Cut(line, " level=")
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

func monitorAt(t *testing.T, address string) (*ping.Monitor, *log) {
	t.Helper()
	lines := &log{}
	m, err := ping.New(ping.Options{URL: address, Setting: "PING_URL", UserAgent: "liftoff/test", Logger: slog.New(slog.NewTextHandler(lines, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return m, lines
}

// wantPings compares what a monitor was told.
func wantPings(t *testing.T, s *monitorServer, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, s.told()); diff != "" {
		t.Errorf("pings (-want +got):\n%s", diff)
	}
}

// wantOneWarning checks that a log has one line, which names the setting and not the URL.
func wantOneWarning(t *testing.T, lines *log, says string) {
	t.Helper()
	all := lines.lines()
	if len(all) != 1 || !strings.HasPrefix(all[0], "WARN ") || !strings.Contains(all[0], "setting=PING_URL") || !strings.Contains(all[0], says) {
		t.Errorf("the log is %q, want one warning that says %q", all, says)
	}
	if text := strings.Join(all, "\n"); strings.Contains(text, token) || strings.Contains(text, "http://") || strings.Contains(text, "127.0.0.1") {
		t.Errorf("the log shows the URL: %s", text)
	}
}

func TestMonitor_TellsEachRun(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	m, lines := monitorAt(t, s.URL+"/"+token+"/?create=1")
	for _, outcome := range []ping.Outcome{{Line: "Run 1 succeeded."}, {ExitCode: 4, Line: "the API is away"}} {
		told := len(s.told())
		m.Start(t.Context())
		for len(s.told()) == told { // else the end would replace it
			<-time.After(time.Millisecond)
		}
		m.End(t.Context(), outcome)
		m.Close(patience)
	}
	at := "/" + token + "/"
	wantPings(t, s, "GET "+at+"start?create=1", "POST "+at+"?create=1 Run 1 succeeded.", "GET "+at+"start?create=1", "POST "+at+"4?create=1 the API is away")
	if got := lines.lines(); got != nil {
		t.Errorf("the log is %q", got)
	}
}

// A run that ends at once, and whose context has ended: the end is told, and not before
// the start.
func TestMonitor_TellsTheEndOfAShortRun(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	m, lines := monitorAt(t, s.URL+"/"+token)
	ctx, cancel := context.WithCancel(t.Context())
	m.Start(ctx)
	cancel()
	m.End(ctx, ping.Outcome{ExitCode: 143})
	m.Close(patience)
	told := s.told()
	if last := told[len(told)-1]; last != "POST /"+token+"/143" || len(told) > 2 {
		t.Errorf("pings: %q", told)
	}
	if got := lines.lines(); got != nil {
		t.Errorf("the log is %q", got)
	}
}

func TestMonitor_OfUptimeKuma(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	m, _ := monitorAt(t, s.URL+"/kuma/api/push/"+token+"?status=up&msg=OK&ping=")
	m.Start(t.Context())
	m.End(t.Context(), ping.Outcome{Line: "all & well"})
	m.Close(patience)
	m.End(t.Context(), ping.Outcome{ExitCode: 8, Line: strings.Repeat("é", 1000)})
	m.Close(patience)
	told := s.told()
	if len(told) != 2 || told[0] != "GET /kuma/api/push/"+token+"?msg=all+%26+well&ping=&status=up" {
		t.Fatalf("pings: %q", told)
	}
	second, err := url.Parse(strings.TrimPrefix(told[1], "GET "))
	if err != nil {
		t.Fatal(err)
	}
	if msg := second.Query().Get("msg"); second.Query().Get("status") != "down" || len(msg) > 250 || !utf8.ValidString(msg) || !strings.HasSuffix(msg, "é…") {
		t.Errorf("status %q, msg %q", second.Query().Get("status"), msg)
	}
}

func TestMonitor_GetsALongLineShortened(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	m, _ := monitorAt(t, s.URL)
	m.End(t.Context(), ping.Outcome{ExitCode: 1, Line: strings.Repeat("ж", 20_000)})
	m.Close(patience)
	if told := s.told(); len(told) != 1 || len(told[0]) > 10_000+len("POST /1 ") || len(told[0]) < 9_900 || !utf8.ValidString(told[0]) {
		t.Errorf("%d pings, the first of %d bytes", len(told), len(told[0]))
	}
}

func TestMonitor_ThatFailsIsOneWarning(t *testing.T) {
	t.Parallel()
	answerWith := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://127.0.0.1/"+token)
			w.WriteHeader(status)
		}
	}
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		tries  int
		says   string
	}{
		"500":        {answerWith(http.StatusInternalServerError), 2, "it answers with status 500"},
		"429":        {answerWith(http.StatusTooManyRequests), 2, "it answers with status 429"},
		"not found":  {answerWith(http.StatusNotFound), 1, "it answers with status 404"},
		"a redirect": {answerWith(http.StatusMovedPermanently), 1, "it answers with status 301, a redirect, which is not followed"},
		"no HTTP": {func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_, _ = io.WriteString(conn, "SSH-2.0 "+token+"\r\n")
				_ = conn.Close()
			}
		}, 2, "no answer that is HTTP"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, test.answer)
			m, lines := monitorAt(t, s.URL+"/"+token)
			m.End(t.Context(), ping.Outcome{})
			m.Close(patience)
			if got := len(s.told()); got != test.tries {
				t.Errorf("%d tries, want %d", got, test.tries)
			}
			// The next one fails too, which is not said again.
			m.End(t.Context(), ping.Outcome{})
			m.Close(patience)
			wantOneWarning(t, lines, test.says)
		})
	}
}

func TestMonitor_IsTriedAgainAndSaysWhenItIsBack(t *testing.T) {
	t.Parallel()
	answers := make(chan int, 10)
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(<-answers) })
	m, lines := monitorAt(t, s.URL)
	for _, status := range []int{503, 200, 404, 200} {
		answers <- status
	}
	for range 3 {
		m.End(t.Context(), ping.Outcome{})
		m.Close(patience)
	}
	if got := lines.lines(); len(got) != 2 || !strings.Contains(got[0], "status 404") || !strings.HasPrefix(got[1], "INFO ") {
		t.Errorf("the log is %q", got)
	}
}

func TestMonitor_ThatIsNotThere(t *testing.T) {
	t.Parallel()
	for address, says := range map[string]string{
		"http://127.0.0.1:1/" + token:   "connection refused", // another test may get a port that was free
		"http://" + token + ".invalid/": "its host has no address",
	} {
		m, lines := monitorAt(t, address)
		m.Start(t.Context())
		m.End(t.Context(), ping.Outcome{})
		m.Close(patience)
		wantOneWarning(t, lines, says)
	}
}

// hang returns a monitor that takes connections and never answers.
func hang(t *testing.T) *monitorServer {
	t.Helper()
	end := make(chan struct{})
	s := serve(t, func(http.ResponseWriter, *http.Request) { <-end })
	t.Cleanup(func() { close(end) }) // before the server is closed
	return s
}

func TestMonitor_ThatHangsCostsAMomentAtTheEnd(t *testing.T) {
	t.Parallel()
	m, lines := monitorAt(t, hang(t).URL+"/"+token)
	began := time.Now()
	m.Start(t.Context())
	m.End(t.Context(), ping.Outcome{})
	if took := time.Since(began); took > 100*time.Millisecond {
		t.Errorf("the run waited %s for its pings", took)
	}
	m.Close(200 * time.Millisecond)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("the end waited %s", took)
	}
	wantOneWarning(t, lines, "no answer before the program's end")
}

func TestMonitor_ThatHangsIsGivenUpAfterFiveSeconds(t *testing.T) {
	t.Parallel()
	s := hang(t)
	m, lines := monitorAt(t, s.URL+"/"+token)
	began := time.Now()
	m.End(t.Context(), ping.Outcome{})
	m.Start(t.Context()) // not while the end is on its way
	m.Close(patience)
	if took := time.Since(began); took < 4*time.Second || took > 9*time.Second {
		t.Errorf("it took %s", took)
	}
	wantPings(t, s, "POST /"+token, "POST /"+token)
	wantOneWarning(t, lines, "no answer in time")
}

func TestNew_RefusesAURLThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for address, says := range map[string]string{
		token:                        "it must begin with http:// or https://",
		"ftp://host/" + token:        "it must begin with http:// or https://",
		"http://h/%zz" + token:       "it is not a valid URL",
		"https:///" + token:          "it has no host",
		"https://u:" + token + "@h/": "it must not contain a user or password",
		"http://h:" + token:          "it is not a valid URL",
		"http://h/\x00" + token:      "it is not a valid URL",
	} {
		if _, err := ping.New(ping.Options{URL: address}); err == nil || err.Error() != says {
			t.Errorf("New(%q) = %v, want %q", address, err, says)
		}
	}
}

func TestMonitor_OfNobodyDoesNothing(t *testing.T) {
	t.Parallel()
	var m *ping.Monitor
	m.Start(t.Context())
	m.End(t.Context(), ping.Outcome{})
	m.Close(patience)
}

// A proxy would be asked for the name that does not exist.
func TestMain(m *testing.M) {
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
		_ = os.Unsetenv(name)
	}
	os.Exit(m.Run())
}
