package analytics

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

// Bounds of one request to Trino.
const (
	trinoConnectTimeout = 5 * time.Second
	// Trino answers a client that waits for rows after a second at most.
	trinoHeaderTimeout = 30 * time.Second
	// trinoCancelTimeout bounds how long the end of the program waits for
	// Trino to take note of it.
	trinoCancelTimeout = 5 * time.Second
	// maxTrinoAnswer is larger than Trino's own limit for a page of rows.
	maxTrinoAnswer = 128 << 20
)

// errElsewhere marks an answer that sends the client to another server.
var errElsewhere = errors.New("Trino refers to another address")

// newTrinoTransport returns the transport of one engine.
func newTrinoTransport(roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: trinoConnectTimeout}).DialContext,
		TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   trinoConnectTimeout,
		ResponseHeaderTimeout: trinoHeaderTimeout,
		MaxIdleConnsPerHost:   maxTrinoQueries,
		IdleConnTimeout:       time.Minute,
		ForceAttemptHTTP2:     true,
	}
}

// trinoGuard stands between the client library and the network: it keeps the
// user's name and password from going anywhere but to the configured address,
// notes each query's id, and bounds what is read.
type trinoGuard struct {
	address *url.URL
	next    http.RoundTripper
}

// RoundTrip sends one request, if it goes to the configured address.
func (g *trinoGuard) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Scheme != g.address.Scheme || request.URL.Host != g.address.Host {
		return nil, fmt.Errorf("%w: %s://%s", errElsewhere, request.URL.Scheme, request.URL.Host)
	}
	ctx, stop := request.Context(), context.CancelFunc(func() {})
	if request.Method == http.MethodDelete {
		ctx, stop = context.WithTimeout(ctx, trinoCancelTimeout)
	}
	noteTrinoID(ctx, request.URL.Path)
	request = request.Clone(ctx)
	// Without this header rows come in the answers themselves, and not from a
	// storage server that the answers name.
	request.Header.Del("X-Trino-Query-Data-Encoding")
	response, err := g.next.RoundTrip(request)
	if err != nil {
		stop()
		return nil, err
	}
	response.Body = &boundedBody{
		Reader: http.MaxBytesReader(nil, response.Body, maxTrinoAnswer), body: response.Body, stop: stop,
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

// trinoTrace is where the requests of one query leave its id.
type trinoTrace struct {
	mu    sync.Mutex
	query string
}

type trinoTraceKey struct{}

func withTrinoTrace(ctx context.Context, trace *trinoTrace) context.Context {
	return context.WithValue(ctx, trinoTraceKey{}, trace)
}

// id returns the query's id, or "" when Trino has given it none.
func (t *trinoTrace) id() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.query
}

// noteTrinoID takes the query's id from the path of a request for its rows,
// /v1/statement/executing/ID/…: the library tells it to nobody else.
func noteTrinoID(ctx context.Context, path string) {
	trace, ok := ctx.Value(trinoTraceKey{}).(*trinoTrace)
	parts := strings.Split(path, "/")
	if !ok || len(parts) < 5 || parts[2] != "statement" {
		return
	}
	trace.mu.Lock()
	defer trace.mu.Unlock()
	trace.query = parts[4]
}
