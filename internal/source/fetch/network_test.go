package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"liftoff"
	"liftoff/internal/source/fetch"
	"liftoff/internal/testkit/apitest"
)

func TestA2_NothingListens(t *testing.T) {
	options, pauses := testOptions("http://127.0.0.1:1")
	_, err := latest(t.Context(), newClient(t, options))
	apitest.WantError(t, err, liftoff.Source, "fetch latest launch from http://127.0.0.1:1/v4/launches/latest: connection refused after 6 attempts")
	if hint := liftoff.HintOf(err); !strings.Contains(hint, "SPACEX_API_URL") || !strings.Contains(hint, "liftoff demo") {
		t.Errorf("hint = %q", hint)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Error("the cause is lost")
	}
	if got := len(pauses.Recorded()); got != 5 {
		t.Errorf("%d pauses, want 5", got)
	}
}

func TestLatest_DialFaults(t *testing.T) {
	cases := []struct {
		rule    string
		dial    func(ctx context.Context, network, address string) (net.Conn, error)
		text    string
		timeout time.Duration
	}{
		{"no such host", func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "api.example.org", IsNotFound: true}}
		}, "the host api.example.org is not found: no such host after 6 attempts", time.Minute},
		{"no answer to the connection", func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, "no complete answer within 50ms after 6 attempts", 50 * time.Millisecond},
		{"no route", func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH}
		}, "no route to the host after 6 attempts", time.Minute},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			options, _ := testOptions("http://api.example.org")
			options.Timeout = c.timeout
			_, err := latest(t.Context(), newClient(t, fetch.WithDial(options, c.dial)))
			apitest.WantError(t, err, liftoff.Source, c.text)
		})
	}
}

func TestLatest_AnswersThatBreakOff(t *testing.T) {
	cases := []struct {
		rule, answer, text string
	}{
		{"no byte", "", "connection closed before an answer arrived"},
		{"half a status line", "HTTP/1.", "malformed HTTP response"},
		{"half the headers", "HTTP/1.1 200 OK\r\nContent-Type: appl", "connection closed before the whole answer arrived"},
		{"another protocol", "SSH-2.0-OpenSSH_9.9\r\n", "malformed HTTP"},
		{"a flood of headers", "HTTP/1.1 200 OK\r\nX-Flood: " + strings.Repeat("x", 1<<20) + "\r\n\r\n", "headers exceeded 65536 bytes"},
		{"an empty body", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n", "the answer is cut short"},
		{"a clean end in the middle", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + document[:30], "the answer is cut short"},
		{"a bad chunk", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "chunk"},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			options, _ := testOptions(apitest.ServeBytes(t, c.answer))
			_, err := latest(t.Context(), newClient(t, options))
			apitest.WantError(t, err, liftoff.Source, c.text)
			apitest.WantError(t, err, liftoff.Source, "after 6 attempts")
		})
	}
}

func TestA14_A15_CutAtEveryByteIsTriedAgain(t *testing.T) {
	packed := string(gzipped(t, []byte(document)))
	head := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
	answers := map[string]string{
		"A14 length":  head + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(document)) + document,
		"A15 chunked": head + fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(document), document),
		"A14 gzip":    head + fmt.Sprintf("Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n", len(packed)) + packed,
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			var requests, end atomic.Int32
			url := serveRaw(t, &requests, func() string {
				if requests.Load() == 1 {
					return answer[:end.Load()]
				}
				return answer
			})
			options, _ := testOptions(url)
			client := newClient(t, options)
			for cut := range len(answer) {
				requests.Store(0)
				end.Store(int32(cut))
				launch, err := latest(t.Context(), client)
				if err != nil || string(launch) != document {
					t.Fatalf("cut after %d bytes: launch %q, error %v", cut, launch, err)
				}
				if got := requests.Load(); got != 2 {
					t.Fatalf("cut after %d bytes: %d attempts, want 2", cut, got)
				}
			}
		})
	}
}

func TestLatest_ResetInTheMiddleIsTriedAgain(t *testing.T) {
	var requests atomic.Int32
	url := apitest.ServeConns(t, func(conn net.Conn) {
		head := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n", len(document))
		if requests.Add(1) > 1 {
			_, _ = io.WriteString(conn, head+document) // The client may have left.
			return
		}
		_, _ = io.WriteString(conn, head+document[:10])
		// Closing with a linger of zero sends RST instead of FIN.
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
	})
	options, _ := testOptions(url)
	if _, err := latest(t.Context(), newClient(t, options)); err != nil {
		t.Fatal(err)
	}
	if got := requests.Load(); got != 2 {
		t.Errorf("%d attempts, want 2", got)
	}
}

func TestLatest_Deadlines(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
	const short = 50 * time.Millisecond
	cases := []struct {
		rule, answer, text string
		deadlines          fetch.Deadlines
		timeout            time.Duration
	}{
		{"no headers", "", "timeout awaiting response headers", fetch.Deadlines{FirstByte: short}, time.Minute},
		{"a body that stalls at once", head, "the body stalled for 50ms", fetch.Deadlines{Idle: short}, time.Minute},
		{"a body that stalls later", head + document[:20], "the body stalled for 50ms", fetch.Deadlines{Idle: short}, time.Minute},
		{"a stalled error page", "HTTP/1.1 503 Busy\r\nContent-Length: 9\r\n\r\n", "the body stalled for 50ms", fetch.Deadlines{Idle: short}, time.Minute},
		{"the whole attempt", head + document[:20], "no complete answer within 50ms", fetch.Deadlines{}, short},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			url := apitest.ServeConns(t, func(conn net.Conn) {
				_, _ = io.WriteString(conn, c.answer)
				_, _ = io.Copy(io.Discard, conn) // until the client hangs up
			})
			options, _ := testOptions(url)
			options.MaxAttempts, options.Timeout = 2, c.timeout
			_, err := latest(t.Context(), newClient(t, fetch.WithDeadlines(options, c.deadlines)))
			apitest.WantError(t, err, liftoff.Source, c.text+" after 2 attempts")
		})
	}
}

func TestLatest_ConnectDeadline(t *testing.T) {
	server := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { apitest.WriteJSON(w, document) })
	options, _ := testOptions(server.URL)
	_, err := latest(t.Context(), newClient(t, fetch.WithDeadlines(options, fetch.Deadlines{Connect: 1})))
	apitest.WantError(t, err, liftoff.Source, "i/o timeout after 6 attempts")
}

func TestLatest_TLSHandshakeDeadline(t *testing.T) {
	silent := apitest.ServeConns(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	options, _ := testOptions(strings.Replace(silent, "http:", "https:", 1))
	options.MaxAttempts = 2
	_, err := latest(t.Context(), newClient(t, fetch.WithDeadlines(options, fetch.Deadlines{TLSHandshake: 50 * time.Millisecond})))
	apitest.WantError(t, err, liftoff.Source, "TLS handshake timeout after 2 attempts")
}

// slowReader takes a while for each byte.
type slowReader struct{ pause time.Duration }

// Read waits and returns one byte.
func (r slowReader) Read(p []byte) (int, error) {
	<-time.After(r.pause)
	p[0] = ' '
	return 1, nil
}

func TestStallReader_TimesEachReadOnItsOwn(t *testing.T) {
	for pause, stalls := range map[time.Duration]bool{9 * time.Second: false, 11 * time.Second: true} {
		t.Run(fmt.Sprint(pause), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, abort := context.WithCancelCause(t.Context())
				defer abort(nil)
				reader := fetch.NewStallReader(io.NopCloser(slowReader{pause}), 10*time.Second, abort)
				if _, err := io.ReadFull(reader, make([]byte, 100)); err != nil {
					t.Fatal(err)
				}
				if got := ctx.Err() != nil; got != stalls {
					t.Errorf("given up: %v, want %v", got, stalls)
				}
			})
		})
	}
}

func TestA6_DripIsEndedByTheTimeout(t *testing.T) {
	url := apitest.ServeConns(t, func(conn net.Conn) {
		_, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{")
		for err == nil {
			<-time.After(5 * time.Millisecond)
			_, err = io.WriteString(conn, " ")
		}
	})
	options, _ := testOptions(url)
	options.MaxAttempts, options.Timeout = 1, 200*time.Millisecond
	_, err := latest(t.Context(), newClient(t, options))
	apitest.WantError(t, err, liftoff.Source, "no complete answer within 200ms")
}

func TestLatest_CancelledContextEndsEveryWait(t *testing.T) {
	cases := map[string]func(cancel context.CancelFunc) (http.HandlerFunc, func(context.Context, time.Duration) error){
		"while the answer is awaited": func(cancel context.CancelFunc) (http.HandlerFunc, func(context.Context, time.Duration) error) {
			return func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() }, nil
		},
		"while the body is read": func(cancel context.CancelFunc) (http.HandlerFunc, func(context.Context, time.Duration) error) {
			return func(w http.ResponseWriter, r *http.Request) {
				apitest.WriteJSON(w, "{")
				_ = http.NewResponseController(w).Flush()
				cancel()
				<-r.Context().Done()
			}, nil
		},
		"between two attempts": func(cancel context.CancelFunc) (http.HandlerFunc, func(context.Context, time.Duration) error) {
			busy := func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "60")
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			return busy, func(ctx context.Context, d time.Duration) error { cancel(); return liftoff.Sleep(ctx, d) }
		},
	}
	for name, prepare := range cases {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := contextWithCancel(t)
			handler, wait := prepare(cancel)
			options, _ := testOptions(apitest.Serve(t, handler).URL)
			options.Wait = wait
			_, err := latest(ctx, newClient(t, options))
			if !errors.Is(err, context.Canceled) || liftoff.CategoryOf(err) != liftoff.Interrupted {
				t.Errorf("error = %v, category %v", err, liftoff.CategoryOf(err))
			}
		})
	}
}

func TestLatest_CallersDeadlineIsTheSourcesFault(t *testing.T) {
	server := apitest.Serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	options, _ := testOptions(server.URL)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err := latest(ctx, newClient(t, options))
	apitest.WantError(t, err, liftoff.Source, "context deadline exceeded")
}

func TestLatest_CauseOfCancellationIsKept(t *testing.T) {
	cause := errors.New("the operator said so")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	options, _ := testOptions("http://127.0.0.1:1")
	_, err := latest(ctx, newClient(t, options))
	if !errors.Is(err, cause) || !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
}
