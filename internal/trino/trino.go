// Package trino answers analytics queries on a Trino cluster. It explains every
// failure in one line and waits for a Trino that is not ready yet.
package trino

import (
	"context"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"

	client "github.com/trinodb/trino-go-client/trino"
	"golang.org/x/sync/errgroup"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/span"
	"liftoff/internal/table"
)

const (
	// maxQueries run at the same time; one query rarely uses a whole cluster, but
	// a dozen of them may fill its queue.
	maxQueries = 4
	// queryTimeout ends one query, including its time in Trino's queue.
	queryTimeout = 5 * time.Minute
	// requestRetryTimeout and requestTries bound how long the client library
	// retries one request by itself. Its own two minutes would hide the true
	// cause of a failure for that long.
	requestRetryTimeout = 5 * time.Second
	requestTries        = 3
	// firstPause and maxPause bound the pauses between tries.
	firstPause = 200 * time.Millisecond
	maxPause   = 2 * time.Second
)

// Options says which Trino to ask, and as which user.
type Options struct {
	// URL is the coordinator's address, such as http://localhost:8080,
	// without user, password and path.
	URL string
	// Catalog and Schema contain the views as Trino sees them.
	Catalog, Schema string
	// User is required.
	User string
	// Password is sent over https only; with http it is a usage error.
	Password string
	// RootCAs are the authorities to trust for https; nil means the system's.
	RootCAs *x509.CertPool
	// Wait is how long to keep trying while Trino does not answer, is starting,
	// has no worker or a full queue.
	Wait time.Duration
	// Logger gets a warning when a wait begins.
	Logger *slog.Logger
}

// Engine answers queries on a Trino cluster. It only reads, connects only in
// Answer, leaves no connection open, and may be used by several goroutines at
// the same time.
type Engine struct {
	options   Options
	maxRows   int
	transport *http.Transport
	connector *client.Connector
}

// New returns an engine for the cluster without connecting to it. Invalid
// options are an error of category Usage.
func New(options Options) (*Engine, error) {
	address, err := parseAddress(options)
	if err != nil {
		return nil, err
	}
	options.URL = address.String()
	transport := newTransport(options.RootCAs)
	withUser := *address
	withUser.User = url.User(options.User)
	if options.Password != "" {
		withUser.User = url.UserPassword(options.User, options.Password)
	}
	retryTimeout, timeout, tries := requestRetryTimeout, queryTimeout, requestTries
	connector, err := client.NewConnector(&client.Config{
		ServerURI:               withUser.String(),
		Source:                  "liftoff",
		Catalog:                 options.Catalog,
		Schema:                  options.Schema,
		TimeZone:                "UTC",
		QueryTimeout:            &timeout,
		RequestRetryTimeout:     &retryTimeout,
		RequestRetryMaxAttempts: &tries,
		HTTPClient:              &http.Client{Transport: &guard{address: address, next: transport}},
	})
	if err != nil {
		// The library's own text may contain the address with the password.
		return nil, liftoff.NewError(liftoff.Usage,
			errors.New("the settings for Trino do not fit together"), "check the TRINO_ settings")
	}
	return &Engine{options: options, maxRows: analytics.MaxRows, transport: transport, connector: connector}, nil
}

// parseAddress reads and checks the address.
func parseAddress(options Options) (*url.URL, error) {
	address, err := url.Parse(options.URL)
	if err != nil || address.Host == "" || (address.Scheme != "http" && address.Scheme != "https") {
		// The text itself may contain a password.
		return nil, liftoff.NewError(liftoff.Usage,
			errors.New("the address of Trino is not valid"), "set TRINO_URL to an address such as http://localhost:8080")
	}
	if address.User != nil {
		return nil, liftoff.NewError(liftoff.Usage,
			errors.New("the address of Trino contains a user or password"), "use TRINO_USER and TRINO_PASSWORD instead")
	}
	if (address.Path != "" && address.Path != "/") || address.RawQuery != "" || address.Fragment != "" {
		return nil, liftoff.NewError(liftoff.Usage,
			errors.New("the address of Trino has more than a host and a port"), // perhaps a part of a password
			"remove everything after host and port; set TRINO_CATALOG and TRINO_SCHEMA instead")
	}
	if options.Password != "" && address.Scheme != "https" {
		return nil, liftoff.NewError(liftoff.Usage,
			errors.New("the password would go to Trino unencrypted"), "use https in TRINO_URL, or no password")
	}
	if options.User == "" {
		return nil, liftoff.NewError(liftoff.Usage, errors.New("no user for Trino is set"), "set TRINO_USER")
	}
	return &url.URL{Scheme: address.Scheme, Host: address.Host}, nil
}

// Answer answers all queries, in their order, a few of them at a time: unlike on
// PostgreSQL they do not see the same moment. Either every query is answered or
// there is an error of category QueryEngine or Privilege. It names the query
// and, once Trino has assigned one, the query's id and web page. When ctx ends,
// the running queries are cancelled on Trino too.
func (e *Engine) Answer(ctx context.Context, queries []analytics.Query) ([]table.Table, error) {
	if len(queries) == 0 {
		return nil, nil
	}
	db := sql.OpenDB(e.connector)
	s := &session{options: e.options, maxRows: e.maxRows, db: db}
	answers := make([]table.Table, len(queries))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxQueries)
	for i, query := range queries {
		group.Go(func() error {
			return liftoff.Safely(func() (err error) {
				answers[i], err = s.answer(ctx, query)
				return err
			})
		})
	}
	err := group.Wait()
	// The pool holds no sockets; the transport does.
	closeErr := db.Close()
	e.transport.CloseIdleConnections()
	if err != nil {
		return nil, err
	}
	if closeErr != nil {
		return nil, fmt.Errorf("end the session with Trino: %w", closeErr)
	}
	return answers, nil
}

// session is one call of Answer.
type session struct {
	options Options
	maxRows int
	db      *sql.DB
	warn    sync.Once
}

// answer asks until there is an answer or a retry is pointless. Queries only
// read, so they can be retried.
func (s *session) answer(ctx context.Context, query analytics.Query) (answer table.Table, err error) {
	ctx, tracing := span.StartClient(ctx, "query", query.Name, span.Text("db.system.name", "trino"), span.Text("db.query.summary", query.Name))
	defer tracing.End(&err)
	waiting, stop := context.WithTimeout(ctx, s.options.Wait)
	defer stop()
	for try := 1; ; try++ {
		trace := &trace{}
		answer, err := s.ask(withTrace(ctx, trace), query)
		if err == nil {
			return answer, nil
		}
		fault := s.explain(ctx, err, trace.id())
		if !fault.mayPass(waiting, try) {
			return table.Table{}, fault.toError(query)
		}
		if fault.retry == retryWhileWaiting {
			s.warnOnce(ctx, fault)
		}
		pause := min(firstPause<<min(try-1, 4), maxPause)
		if err := liftoff.Sleep(ctx, pause/2+rand.N(pause)); err != nil {
			return table.Table{}, s.explain(ctx, err, trace.id()).toError(query)
		}
	}
}

// warnOnce warns, once for all queries, that Trino is not ready.
func (s *session) warnOnce(ctx context.Context, f fault) {
	s.warn.Do(func() {
		s.options.Logger.WarnContext(ctx, "Trino is not ready yet; waiting for it.",
			"url", s.options.URL, "error", f.err, "limit", s.options.Wait)
	})
}

// askOnce is ask without its span.
func (s *session) askOnce(ctx context.Context, query analytics.Query) (_ table.Table, err error) {
	rows, err := s.db.QueryContext(ctx, query.SQL)
	if err != nil {
		return table.Table{}, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	return readAnswer(rows, query, s.maxRows)
}
