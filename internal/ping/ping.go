// Package ping tells a monitor over HTTP when a run begins and how it ends, in the way
// of healthchecks.io or of Uptime Kuma. It is never in the way of the run: it sends in
// the background and for a few seconds at most, and a monitor that does not answer is a
// warning. The monitor's URL is a secret, and in no message.
package ping

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"liftoff"
	"liftoff/internal/endpoint"
)

const (
	// timeout bounds one ping, with all its tries.
	timeout = 5 * time.Second
	// tries is how often a ping is sent, and tryTimeout bounds each.
	tries      = 2
	tryTimeout = 2400 * time.Millisecond
	// pause is the time between two tries.
	pause = 200 * time.Millisecond
	// maxBody is how many bytes of a run's last line a monitor gets, and maxMessage how
	// many if they stand in its URL.
	maxBody    = 10_000
	maxMessage = 250
	// maxAnswer is how many bytes of an answer are read, so that the connection can be
	// used again. They mean nothing.
	maxAnswer = 4 << 10
)

// kumaPath is in the URLs of Uptime Kuma's push monitors, and in no others.
const kumaPath = "/api/push/"

// Options say which monitor to tell. All are needed.
type Options struct {
	// URL is the monitor's, which holds a token.
	URL string
	// Setting is what the user calls the setting of the URL, for messages.
	Setting string
	// UserAgent is sent with every ping.
	UserAgent string
	Logger    *slog.Logger
}

// Outcome is how a run has ended.
type Outcome struct {
	// ExitCode is 0 for a good run.
	ExitCode int
	// Line says it in words.
	Line string
}

// Monitor is told of runs, one after the other. Start, End and Close are for one
// goroutine; a nil Monitor does nothing.
type Monitor struct {
	options Options
	url     *url.URL
	http    *http.Client

	// done is closed when the newest ping is over, and cancel ends it; nil before the
	// first.
	done   chan struct{}
	cancel context.CancelCauseFunc
	// isFailing says that the last ping failed, which was warned of. Only the newest
	// ping, which has waited for the one before it, reads and writes it.
	isFailing bool
}

// New returns a Monitor. It sends nothing yet. The error for a URL that cannot be used
// does not show it. Close must be called.
func New(options Options) (*Monitor, error) {
	address, err := endpoint.Parse(options.URL)
	if err != nil {
		return nil, err
	}
	return &Monitor{options: options, url: address, http: &http.Client{
		// The other place would learn the token, and a POST would become a GET.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:             http.ProxyFromEnvironment,
			TLSClientConfig:   &tls.Config{MinVersion: tls.VersionTLS12},
			ForceAttemptHTTP2: true,
		},
	}}, nil
}

// Start tells that a run has begun, unless an earlier ping is still on its way: how a run
// has ended is worth more.
func (m *Monitor) Start(ctx context.Context) {
	if m == nil || m.isKuma() || m.isBusy() {
		return
	}
	m.send(ctx, func(ctx context.Context) (*http.Request, error) {
		return http.NewRequestWithContext(ctx, http.MethodGet, m.url.JoinPath("start").String(), http.NoBody)
	})
}

// End tells how a run has ended. A ping that is still on its way is given up: it must not
// arrive after this one.
func (m *Monitor) End(ctx context.Context, outcome Outcome) {
	if m == nil {
		return
	}
	if m.isBusy() {
		m.cancel(errReplaced)
	}
	m.send(ctx, func(ctx context.Context) (*http.Request, error) {
		if m.isKuma() {
			return http.NewRequestWithContext(ctx, http.MethodGet, m.kumaURL(outcome), http.NoBody)
		}
		address := m.url
		if outcome.ExitCode != 0 {
			address = m.url.JoinPath(strconv.Itoa(outcome.ExitCode))
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, address.String(), strings.NewReader(shortened(outcome.Line, maxBody)))
		if err == nil {
			request.Header.Set("Content-Type", "text/plain; charset=utf-8")
		}
		return request, err
	})
}

// Close waits until the newest ping is over, or gives it up when patience is. The Monitor
// sends nothing after it.
func (m *Monitor) Close(patience time.Duration) {
	if m == nil {
		return
	}
	if m.done != nil {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		select {
		case <-m.done:
		case <-timer.C:
			m.cancel(errTooSlow)
			<-m.done
		}
	}
	m.http.CloseIdleConnections()
}

// isKuma reports whether the monitor is one of Uptime Kuma, which knows no start, and
// takes all else in the query.
func (m *Monitor) isKuma() bool { return strings.Contains(m.url.Path, kumaPath) }

func (m *Monitor) kumaURL(outcome Outcome) string {
	query := m.url.Query()
	query.Set("status", "up")
	if outcome.ExitCode != 0 {
		query.Set("status", "down")
	}
	query.Set("msg", shortened(outcome.Line, maxMessage))
	address := *m.url
	address.RawQuery = query.Encode()
	return address.String()
}

// isBusy reports whether a ping is on its way.
func (m *Monitor) isBusy() bool {
	if m.done == nil {
		return false
	}
	select {
	case <-m.done:
		return false
	default:
		return true
	}
}

// newRequest makes the request of a ping for one try.
type newRequest func(ctx context.Context) (*http.Request, error)

// send sends a ping in the background, after the one before it.
func (m *Monitor) send(ctx context.Context, request newRequest) {
	previous, done := m.done, make(chan struct{})
	// How a run has ended is told also when its context has.
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	m.done, m.cancel = done, cancel
	go func() {
		defer close(done)
		defer cancel(nil)
		if previous != nil {
			<-previous
		}
		m.report(ctx, liftoff.Safely(func() error { return m.deliver(ctx, request) }))
	}()
}

// deliver sends a ping until the monitor takes it, or there is no point in trying.
func (m *Monitor) deliver(ctx context.Context, request newRequest) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for try := 1; ; try++ {
		err := m.try(ctx, request)
		if final := errors.Is(err, errFinal); err == nil || final || try == tries || ctx.Err() != nil {
			return err
		}
		if err := liftoff.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

func (m *Monitor) try(ctx context.Context, newRequest newRequest) error {
	ctx, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	request, err := newRequest(ctx)
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", m.options.UserAgent)
	answer, err := m.http.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()                         // nothing was written
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer)) // the status says it all
	return checkStatus(answer.StatusCode)
}

// report warns of a ping that failed, unless the one before it did: a monitor that is
// away needs one warning.
func (m *Monitor) report(ctx context.Context, err error) {
	if errors.Is(context.Cause(ctx), errReplaced) {
		return // it was slow, which the ping in its place will find out
	}
	wasFailing := m.isFailing
	m.isFailing = err != nil
	switch {
	case err == nil && wasFailing:
		m.options.Logger.InfoContext(ctx, "The monitor answers again.", "setting", m.options.Setting)
	case err != nil && !wasFailing:
		m.options.Logger.WarnContext(ctx, "The monitor could not be told about a run; the run is not affected.",
			"setting", m.options.Setting, "error", reason(ctx, err))
	}
}

// shortened returns at most so many bytes of a text, and no half a character.
func shortened(text string, most int) string {
	if len(text) <= most {
		return text
	}
	end := most - len("…")
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

// checkStatus returns an error unless a status says that the ping has arrived.
func checkStatus(status int) error {
	text := fmt.Sprintf("it answers with status %d", status)
	switch {
	case status >= 200 && status <= 299:
		return nil
	case status >= 300 && status <= 399:
		return failure{text + ", a redirect, which is not followed; set the URL to where it leads", true}
	case status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status >= 500:
		return failure{text, false}
	default:
		return failure{text, true}
	}
}
