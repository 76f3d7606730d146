package trino

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	connectTimeout = 5 * time.Second
	// headerTimeout is generous: Trino answers a client that waits for rows
	// within a second.
	headerTimeout = 30 * time.Second
	// cancelTimeout bounds how long the end of the program waits for Trino to
	// cancel a query.
	cancelTimeout = 5 * time.Second
	// maxAnswer is larger than Trino's own limit for a page of rows, in bytes.
	maxAnswer = 128 << 20
)

// errElsewhere marks an answer that sends the client to another server.
var errElsewhere = errors.New("the answer refers to another address")

// newTransport returns the transport of one engine.
func newTransport(roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: connectTimeout}).DialContext,
		TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   connectTimeout,
		ResponseHeaderTimeout: headerTimeout,
		MaxIdleConnsPerHost:   maxQueries,
		IdleConnTimeout:       time.Minute,
		ForceAttemptHTTP2:     true,
	}
}

// guard is between the client library and the network. It sends the user's name
// and password only to the configured address, notes each query's id, and limits
// the size of answers.
type guard struct {
	address *url.URL
	next    http.RoundTripper
}

// RoundTrip sends one request if it is for the configured address.
func (g *guard) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Scheme != g.address.Scheme || request.URL.Host != g.address.Host {
		return nil, fmt.Errorf("%w: %s://%s", errElsewhere, request.URL.Scheme, request.URL.Host)
	}
	ctx, stop := request.Context(), context.CancelFunc(func() {})
	if request.Method == http.MethodDelete {
		ctx, stop = context.WithTimeout(ctx, cancelTimeout)
	}
	noteID(ctx, request.URL.Path)
	request = request.Clone(ctx)
	// With this header Trino may send rows through a separate storage server.
	request.Header.Del("X-Trino-Query-Data-Encoding")
	response, err := g.next.RoundTrip(request)
	if err != nil {
		stop()
		return nil, err
	}
	response.Body = &boundedBody{
		Reader: http.MaxBytesReader(nil, response.Body, maxAnswer), body: response.Body, stop: stop,
	}
	return response, nil
}

// boundedBody is a body that ends with an error when it is too long.
type boundedBody struct {
	io.Reader
	body io.Closer
	stop context.CancelFunc
}

// Close closes the body.
func (b *boundedBody) Close() error {
	b.stop()
	return b.body.Close()
}

// trace holds the id of one query for its requests.
type trace struct {
	mu    sync.Mutex
	query string
}

type traceKey struct{}

func withTrace(ctx context.Context, trace *trace) context.Context {
	return context.WithValue(ctx, traceKey{}, trace)
}

// id returns the query's id, or "" if Trino has not assigned one.
func (t *trace) id() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.query
}

// noteID reads the query's id from the path of a request for its rows,
// /v1/statement/executing/ID/…; the library does not expose it.
func noteID(ctx context.Context, path string) {
	trace, ok := ctx.Value(traceKey{}).(*trace)
	parts := strings.Split(path, "/")
	if !ok || len(parts) < 5 || parts[2] != "statement" {
		return
	}
	trace.mu.Lock()
	defer trace.mu.Unlock()
	trace.query = parts[4]
}
