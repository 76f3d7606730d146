package serve_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"liftoff/internal/serve"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait.
const patience = 20 * time.Second

// clock is a clock that a test sets.
type clock struct {
	mutex sync.Mutex
	now   time.Time
}

func (c *clock) Now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.now = c.now.Add(d)
}

// log is what a server has logged.
type log struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (l *log) Write(text []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.Write(text)
}

func (l *log) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.String()
}

// running is a server that serves on a port of this machine.
type running struct {
	*serve.Server

	address string
	log     *log
	client  *http.Client
	// stop ends the server and returns what Run returns.
	stop func() error
	// signal only ends Run's context, with a cause.
	signal context.CancelCauseFunc
}

// start starts a server with a handler that shows paths, or the one of the options.
func start(t *testing.T, opts serve.Options) *running {
	t.Helper()
	listener, err := serve.Listen(t.Context(), "127.0.0.1:0", "--listen")
	if err != nil {
		t.Fatal(err)
	}
	r := &running{address: listener.Addr().String(), log: &log{}}
	opts.Logger = slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Handler == nil {
		opts.Handler = http.HandlerFunc(showPath)
	}
	r.Server = serve.New(opts)
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx, listener) }()
	r.signal = cancel
	r.stop = sync.OnceValue(func() error {
		cancel(context.Canceled)
		select {
		case err := <-ended:
			return err
		case <-time.After(patience):
			t.Error("the server does not end")
			return nil
		}
	})
	transport := &http.Transport{}
	r.client = &http.Client{
		Transport: transport, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Errorf("Run() = %v", err)
		}
		transport.CloseIdleConnections()
	})
	return r
}

// showPath answers with the path that it sees and the base of its links.
func showPath(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(w, r.URL.Path+" "+serve.Base(r.Context()))
}

// reply is an answer with its body.
type reply struct {
	*http.Response

	body string
}

// get asks for a path with headers, as "Name: value".
func (r *running) get(t *testing.T, path string, headers ...string) reply {
	t.Helper()
	return r.ask(t, http.MethodGet, path, headers...)
}

func (r *running) ask(t *testing.T, method, path string, headers ...string) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://"+r.address+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Add(name, value)
		if name == "Host" {
			request.Host = value
		}
	}
	response, err := r.client.Do(request)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return reply{response, string(body)}
}

// send sends a text unchanged and returns the answer.
func (r *running) send(t *testing.T, text string) reply {
	t.Helper()
	conn, err := net.Dial("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%.80q: %v", text, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%.80q: %v", text, err)
	}
	return reply{response, string(body)}
}

// wantStatus wants an answer to have a status, and words in its body.
func wantStatus(t *testing.T, what string, got reply, status int, words ...string) {
	t.Helper()
	if got.StatusCode != status {
		t.Errorf("%s: status %d, want %d: %s", what, got.StatusCode, status, got.body)
	}
	for _, word := range words {
		if !strings.Contains(got.body, word) {
			t.Errorf("%s: the body lacks %q: %s", what, word, got.body)
		}
	}
}
