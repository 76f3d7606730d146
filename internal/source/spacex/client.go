// Package spacex is the client of the SpaceX REST API v4: it fetches launches
// over HTTP, outlasts the troubles such a service has, and hands out liftoff
// types with each document's bytes as they came. It does not enrich or store
// launches, and reads no more of them than their id and number of payloads, and
// whether a few fields are of the types that the API documents.
// The rule for a caller: an error ends a sequence, nothing follows it, and
// the pages before it are good.
package spacex

import (
	"bytes"
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"liftoff"
)

// Options says which API to talk to and how patiently. Zero values mean the
// defaults named at each field.
type Options struct {
	// BaseURL is the API's address, with or without a path and a trailing
	// slash; the routes (v4/launches/latest, ...) are added to it. It must be
	// http or https and must not hold a user, password, query or fragment.
	BaseURL string
	// UserAgent is sent with every request; default "liftoff".
	UserAgent string
	// Timeout bounds one attempt from dialling to the last byte of the body;
	// default 60 seconds, enough for a page over a slow line. Waiting for the
	// rate limit comes before and does not count.
	Timeout time.Duration
	// MaxAttempts is how often one request is tried in all; default 6, which
	// rides out some 15 s of an API that restarts: a run that comes once an
	// hour has nobody who would try it again soon.
	MaxAttempts int
	// MaxWait is how long requests wait in all for an API that is away, beyond
	// MaxAttempts; default 0, not at all.
	MaxWait time.Duration
	// MaxBodyBytes bounds an answer, before and after decompression; default
	// 32 MiB, some thirty times the largest page.
	MaxBodyBytes int64
	// PageSize is how many launches are asked for at once; default 1,000, so
	// that the 205 launches there are come in one answer.
	PageSize int
	// Concurrency is how many pages are fetched at once; default 3. So many
	// are in memory too, each of MaxBodyBytes at most.
	Concurrency int
	// MaxRequestsPerSecond bounds the requests to the API's host, repeated
	// ones included; default 100: all that the API has is a few requests. After
	// a rest, as many again may come at once.
	MaxRequestsPerSecond int
	// Logger gets a warning for the first retry and ever fewer for those that
	// follow; default is to log nothing.
	Logger *slog.Logger
	// RootCAs replaces the system's certificate authorities when not nil.
	RootCAs *x509.CertPool
	// Clock tells the time, for a Retry-After date and for MaxWait; default
	// time.Now.
	Clock func() time.Time
	// Wait pauses between two attempts and returns early with an error when
	// the context ends; default is a timer.
	Wait func(ctx context.Context, d time.Duration) error

	limits   limits
	maxPages int
	resolver *net.Resolver
	dial     func(ctx context.Context, network, address string) (net.Conn, error)
}

// baseURLHint is what to do about a BaseURL that cannot be used.
const baseURLHint = "set SPACEX_API_URL or --spacex-api-url to something like https://api.example.org"

// limits are the deadlines inside an attempt.
type limits struct {
	connect, tlsHandshake, firstByte, idle time.Duration
}

// Client fetches launches. It is safe for concurrent use.
type Client struct {
	base    *url.URL
	http    *http.Client
	limiter *rate.Limiter
	circuit *circuit
	options Options
}

// New returns a client for options.BaseURL. A BaseURL that cannot be used is
// a liftoff.Usage error, which never repeats the URL: it may hold a password.
func New(options Options) (*Client, error) {
	base, err := parseBaseURL(options.BaseURL)
	if err != nil {
		return nil, liftoff.NewError(liftoff.Usage, err,
			baseURLHint)
	}
	options = withDefaults(options)
	return &Client{
		base:    base,
		http:    newHTTPClient(base.Hostname(), options),
		limiter: rate.NewLimiter(rate.Limit(options.MaxRequestsPerSecond), options.MaxRequestsPerSecond),
		circuit: &circuit{clock: options.Clock, maxWait: options.MaxWait},
		options: options,
	}, nil
}

// CloseIdle closes the connections that are kept open for the next request.
func (c *Client) CloseIdle() {
	c.http.CloseIdleConnections()
}

// withDefaults fills the fields of o that are zero.
func withDefaults(o Options) Options {
	o.UserAgent = cmp.Or(o.UserAgent, "liftoff")
	o.Timeout = cmp.Or(o.Timeout, 60*time.Second)
	o.MaxAttempts = cmp.Or(max(o.MaxAttempts, 0), 6)
	o.MaxBodyBytes = cmp.Or(max(o.MaxBodyBytes, 0), 32<<20)
	o.PageSize = cmp.Or(max(o.PageSize, 0), 1000)
	o.Concurrency = cmp.Or(max(o.Concurrency, 0), 3)
	o.MaxRequestsPerSecond = cmp.Or(max(o.MaxRequestsPerSecond, 0), 100)
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	o.limits = limits{
		connect:      cmp.Or(o.limits.connect, 5*time.Second),
		tlsHandshake: cmp.Or(o.limits.tlsHandshake, 10*time.Second),
		firstByte:    cmp.Or(o.limits.firstByte, 15*time.Second),
		idle:         cmp.Or(o.limits.idle, 10*time.Second),
	}
	o.maxPages = cmp.Or(o.maxPages, maxPages)
	if o.Clock == nil {
		o.Clock = time.Now //nolint:forbidigo // the default; app gives its own clock
	}
	if o.Wait == nil {
		o.Wait = wait
	}
	return o
}

// parseBaseURL checks and splits an API address. Its errors name what is
// wrong, never the address itself.
func parseBaseURL(text string) (*url.URL, error) {
	base, err := url.Parse(text)
	switch {
	case err != nil:
		// The parser's error quotes the text, and with it any password.
		return nil, errors.New("the SpaceX API URL is not a valid URL")
	case base.Scheme != "http" && base.Scheme != "https":
		return nil, errors.New("the SpaceX API URL must begin with http:// or https://")
	case base.User != nil:
		return nil, errors.New("the SpaceX API URL must not hold a user or password")
	case base.Hostname() == "":
		return nil, errors.New("the SpaceX API URL names no host")
	case base.RawQuery != "" || base.Fragment != "" || base.ForceQuery:
		return nil, errors.New("the SpaceX API URL must not hold a query or fragment")
	case strings.Contains(base.Path, "@"):
		// A password with a slash in it ends the host early and leaves the
		// rest of the credentials in the path.
		return nil, errors.New("the SpaceX API URL must not hold a user or password")
	}
	return base, nil
}

// endpoint returns the URL of a route such as "v4/launches/latest".
func (c *Client) endpoint(route string) string {
	return c.base.JoinPath(route).String()
}

// newRequest returns the HTTP request for one attempt at a call.
func (c *Client) newRequest(ctx context.Context, call call) (*http.Request, error) {
	method, body := http.MethodGet, io.Reader(nil)
	switch {
	case call.body != nil:
		method, body = http.MethodPost, bytes.NewReader(call.body)
	case call.head != nil:
		method = http.MethodHead
	}
	request, err := http.NewRequestWithContext(ctx, method, call.url, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	// Asking for gzip by hand keeps net/http from unpacking it by itself, so
	// that the unpacked size stays under our limit.
	request.Header.Set("Accept-Encoding", "gzip")
	request.Header.Set("User-Agent", c.options.UserAgent)
	if call.body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if call.ifNoneMatch != "" {
		request.Header.Set("If-None-Match", call.ifNoneMatch)
	}
	return request, nil
}
