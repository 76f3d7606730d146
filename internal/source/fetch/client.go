// Package fetch makes HTTP requests that only read, for the clients of launch
// APIs: each is bounded in time and size, kept below a rate, and tried again
// while that may help. It knows no API: its caller names the API and says what
// an answer means. All requests of a Client share a circuit breaker, so that an
// API in trouble is asked by one of them at a time.
package fetch

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"liftoff"
)

// Options says which API to read and how patiently. All fields are needed
// unless said otherwise.
type Options struct {
	// Name is the API's, for messages: "SpaceX API".
	Name string
	// URLSetting and CAFileSetting are what users call the settings for BaseURL
	// and RootCAs, for hints: "SPACEX_API_URL".
	URLSetting, CAFileSetting string
	// BaseURL is the API's address, with or without a path and a trailing
	// slash. It must be http or https and must not hold a user, password, query
	// or fragment.
	BaseURL string
	// UserAgent is sent with every request.
	UserAgent string
	// Timeout bounds one attempt from dialling to the last byte of the body.
	// Waiting for the rate limit comes before and does not count.
	Timeout time.Duration
	// MaxAttempts is how often one request is tried in all.
	MaxAttempts int
	// MaxWait is how long requests wait in all for an API that is away, beyond
	// MaxAttempts; 0 for not at all.
	MaxWait time.Duration
	// MaxBodyBytes bounds an answer, before and after decompression.
	MaxBodyBytes int64
	// MaxConnections is how many connections are kept open for later requests.
	MaxConnections int
	// MaxRequestsPerSecond bounds the requests, repeated ones included. After a
	// rest, this many may be sent at once.
	MaxRequestsPerSecond int
	// Turn waits until the next request may be sent, repeated ones included, and
	// replaces MaxRequestsPerSecond: for clients in several processes that keep to
	// one rate together. An error of it ends the call and is returned unchanged,
	// unless ctx has ended. It may be nil.
	Turn func(ctx context.Context) error
	// IsTransient reports whether an error answer means trouble that may pass
	// although its status does not say so. The text is the answer's beginning.
	// It may be nil.
	IsTransient func(status int, text string) bool
	// RootCAs replaces the system's certificate authorities; may be nil.
	RootCAs *x509.CertPool
	Logger  *slog.Logger
	// Clock tells the time, for a Retry-After date and for MaxWait.
	Clock func() time.Time
	// Wait pauses between two attempts and returns early with an error when
	// the context ends; nil is a timer.
	Wait func(ctx context.Context, d time.Duration) error
	// Dial opens a connection; nil dials TCP and refuses addresses that the
	// API's host cannot rightly have.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	deadlines deadlines
	resolver  *net.Resolver
}

// deadlines are those inside an attempt.
type deadlines struct {
	connect, tlsHandshake, firstByte, idle time.Duration
}

// Client makes requests to one API. It is safe for concurrent use.
type Client struct {
	base    *url.URL
	http    *http.Client
	limiter *rate.Limiter
	circuit *circuit
	options Options
	counts  counts
}

// New returns a client for options.BaseURL. A BaseURL that cannot be used is
// a liftoff.Usage error, which never repeats the URL: it may hold a password.
func New(options Options) (*Client, error) {
	base, err := parseBaseURL(options.BaseURL)
	if err != nil {
		return nil, liftoff.NewError(liftoff.Usage, fmt.Errorf("the %s URL %w", options.Name, err),
			options.hint("set $url to something like https://api.example.org"))
	}
	if options.deadlines == (deadlines{}) {
		options.deadlines = deadlines{connect: 5 * time.Second, tlsHandshake: 10 * time.Second, firstByte: 15 * time.Second, idle: 10 * time.Second}
	}
	if options.Wait == nil {
		options.Wait = liftoff.Sleep
	}
	return &Client{
		base:    base,
		http:    newHTTPClient(base.Hostname(), options),
		limiter: rate.NewLimiter(rate.Limit(options.MaxRequestsPerSecond), options.MaxRequestsPerSecond),
		circuit: &circuit{clock: options.Clock, maxWait: options.MaxWait},
		options: options,
	}, nil
}

// CloseIdle closes the connections that are kept open for the next request.
func (c *Client) CloseIdle() { c.http.CloseIdleConnections() }

// Endpoint returns the URL of a route such as "v4/launches/latest".
func (c *Client) Endpoint(route string) string { return c.base.JoinPath(route).String() }

// Address returns the API's address in its normal form, in which an API has one
// address however it was written: the host in lower case without a dot at its end,
// an IP address in its shortest form, no zeros before the port and no port that is
// the scheme's own, and no slash at the end. Migration 12 has the same rules.
func (c *Client) Address() string {
	host, port := normalHost(c.base.Hostname()), strings.TrimLeft(c.base.Port(), "0")
	if port != "" && port != map[string]string{"http": "80", "https": "443"}[c.base.Scheme] {
		host += ":" + port
	}
	return c.base.Scheme + "://" + host + strings.TrimRight(c.base.JoinPath().EscapedPath(), "/")
}

// normalHost returns a host as Address writes it. An IPv4 address that is written as
// one of IPv6 is the same host.
func normalHost(host string) string {
	host = strings.ToLower(host)
	if len(host) > 1 {
		host = strings.TrimSuffix(host, ".")
	}
	if address, err := netip.ParseAddr(host); err == nil {
		host = address.Unmap().String()
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// hint puts the names of the user's settings into a hint, in which $url, $ca
// and $api stand for them.
func (o Options) hint(text string) string {
	return os.Expand(text, func(name string) string {
		return map[string]string{"url": o.URLSetting, "ca": o.CAFileSetting, "api": o.Name}[name]
	})
}

// parseBaseURL checks and splits an API address. Its errors say what is wrong
// with "the URL", and never repeat it.
func parseBaseURL(text string) (*url.URL, error) {
	base, err := url.Parse(text)
	switch {
	case err != nil:
		// The parser's error quotes the text, and with it any password.
		return nil, errors.New("is not a valid URL")
	case base.Scheme != "http" && base.Scheme != "https":
		return nil, errors.New("must begin with http:// or https://")
	case base.User != nil:
		return nil, errors.New("must not contain a user or password")
	case base.Hostname() == "":
		return nil, errors.New("has no host")
	case !isPortOrNone(base.Port()):
		return nil, errors.New("has a port that is not a number from 1 to 65535")
	case base.RawQuery != "" || base.Fragment != "" || base.ForceQuery:
		return nil, errors.New("must not contain a query or fragment")
	case strings.Contains(base.Path, "@"):
		// A password with a slash in it ends the host early and leaves the
		// rest of the credentials in the path.
		return nil, errors.New("must not contain a user or password")
	}
	return base, nil
}

// isPortOrNone reports whether a port can be connected to. Without one, the scheme's
// own is used.
func isPortOrNone(port string) bool {
	number, err := strconv.ParseUint(port, 10, 16)
	return port == "" || (err == nil && number > 0)
}

// newRequest returns the HTTP request for one attempt at a call.
func (c *Client) newRequest(ctx context.Context, call Call) (*http.Request, error) {
	method, body := http.MethodGet, io.Reader(nil)
	switch {
	case call.Body != nil:
		method, body = http.MethodPost, bytes.NewReader(call.Body)
	case call.Head != nil:
		method = http.MethodHead
	}
	request, err := http.NewRequestWithContext(ctx, method, call.URL, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	// Asking for gzip by hand keeps net/http from unpacking it by itself, so
	// that the unpacked size stays under our limit.
	request.Header.Set("Accept-Encoding", "gzip")
	request.Header.Set("User-Agent", c.options.UserAgent)
	if call.Body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if call.IfNoneMatch != "" {
		request.Header.Set("If-None-Match", call.IfNoneMatch)
	}
	return request, nil
}
