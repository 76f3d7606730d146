package analytics

import (
	"cmp"
	"context"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/trinodb/trino-go-client/trino"
	"golang.org/x/sync/errgroup"

	"liftoff"
)

// Bounds of one run on Trino.
const (
	// maxTrinoQueries run at once; one query rarely fills a cluster, and a
	// dozen of them may fill its queue.
	maxTrinoQueries = 4
	// trinoQueryTimeout ends one query, the time in Trino's queue included.
	trinoQueryTimeout = 5 * time.Minute
	// trinoRetryTimeout and trinoRequestTries bound how long the client
	// library repeats one request by itself. Its own two minutes would hide
	// the true cause of a failure for as long.
	trinoRetryTimeout = 5 * time.Second
	trinoRequestTries = 3
)

// TrinoOptions says which Trino to ask, and as whom.
type TrinoOptions struct {
	// URL is the coordinator's address, such as http://localhost:8080,
	// without user, password and path.
	URL string
	// Catalog and Schema are where the views are as Trino sees them.
	Catalog, Schema string
	// User is who asks.
	User string
	// Password is sent over https only; with http it is a usage error.
	Password string
	// RootCAs are the authorities to trust for https; nil means the system's.
	RootCAs *x509.CertPool
	// Wait is how long to go on trying while Trino does not answer yet, is
	// starting, has no worker or a full queue.
	Wait time.Duration
	// MaxRows is how long one answer may be; 0 means a million.
	MaxRows int
	// Logger gets a WARNING when a wait begins.
	Logger *slog.Logger
}

// Trino runs queries on a Trino cluster. It only reads, opens no connection
// before Run, leaves none behind, and may be used by several goroutines at
// once.
type Trino struct {
	options   TrinoOptions
	transport *http.Transport
	connector *trino.Connector
}

// NewTrino returns an engine for the cluster without talking to it. Options
// that make no sense are an error of category Usage.
func NewTrino(options TrinoOptions) (*Trino, error) {
	address, err := trinoAddress(options)
	if err != nil {
		return nil, err
	}
	options.URL = address.String()
	transport := newTrinoTransport(options.RootCAs)
	withUser := *address
	withUser.User = url.User(options.User)
	if options.Password != "" {
		withUser.User = url.UserPassword(options.User, options.Password)
	}
	retryTimeout, queryTimeout, tries := trinoRetryTimeout, trinoQueryTimeout, trinoRequestTries
	connector, err := trino.NewConnector(&trino.Config{
		ServerURI:               withUser.String(),
		Source:                  "liftoff",
		Catalog:                 options.Catalog,
		Schema:                  options.Schema,
		TimeZone:                "UTC",
		QueryTimeout:            &queryTimeout,
		RequestRetryTimeout:     &retryTimeout,
		RequestRetryMaxAttempts: &tries,
		HTTPClient:              &http.Client{Transport: &trinoGuard{address: address, next: transport}},
	})
	if err != nil {
		// The library's own text may hold the address with the password.
		return nil, liftoff.NewError(liftoff.Usage,
			errors.New("the settings for Trino do not fit together"), "check the TRINO_ settings")
	}
	return &Trino{options: options, transport: transport, connector: connector}, nil
}

// trinoAddress reads and checks the address.
func trinoAddress(options TrinoOptions) (*url.URL, error) {
	address, err := url.Parse(options.URL)
	if err != nil || address.Host == "" || (address.Scheme != "http" && address.Scheme != "https") {
		// The text itself may hold a password.
		return nil, liftoff.NewError(liftoff.Usage,
			errors.New("the address of Trino cannot be used"), "set TRINO_URL to something like http://localhost:8080")
	}
	if address.User != nil {
		return nil, liftoff.NewError(liftoff.Usage,
			errors.New("the address of Trino holds a user or password"), "use TRINO_USER and TRINO_PASSWORD instead")
	}
	if (address.Path != "" && address.Path != "/") || address.RawQuery != "" || address.Fragment != "" {
		return nil, liftoff.NewError(liftoff.Usage,
			fmt.Errorf("the address of Trino, %s, has more than a host and a port", address),
			"leave the rest away; catalog and schema are TRINO_CATALOG and TRINO_SCHEMA")
	}
	if options.Password != "" && address.Scheme != "https" {
		return nil, liftoff.NewError(liftoff.Usage,
			fmt.Errorf("the password would go to %s unencrypted", address), "use https in TRINO_URL, or no password")
	}
	if options.User == "" {
		return nil, liftoff.NewError(liftoff.Usage, errors.New("no user for Trino"), "set TRINO_USER")
	}
	return &url.URL{Scheme: address.Scheme, Host: address.Host}, nil
}

// Run answers all queries, in their order, with a few of them at once: other
// than on PostgreSQL they do not see the same moment. Either every query is
// answered or there is an error, which names the query and, when Trino gave it
// one, the query's id and web page, and has category QueryEngine or Privilege.
// When ctx ends, the queries that are running are cancelled on Trino too.
func (t *Trino) Run(ctx context.Context, queries []Query) ([]Result, error) {
	if len(queries) == 0 {
		return nil, nil
	}
	db := sql.OpenDB(t.connector)
	run := &trinoRun{options: t.options, db: db}
	results := make([]Result, len(queries))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxTrinoQueries)
	for i, query := range queries {
		group.Go(func() error {
			return liftoff.Safely(func() (err error) {
				results[i], err = run.answer(ctx, query)
				return err
			})
		})
	}
	err := group.Wait()
	// The pool holds no sockets; the transport does.
	closeErr := db.Close()
	t.transport.CloseIdleConnections()
	if err != nil {
		return nil, err
	}
	if closeErr != nil {
		return nil, fmt.Errorf("end the session with Trino: %w", closeErr)
	}
	return results, nil
}

// trinoRun is one call of Run.
type trinoRun struct {
	options TrinoOptions
	db      *sql.DB
	warn    sync.Once
}

// answer asks until there is an answer or no more use in asking. Queries only
// read, so asking again does no harm.
func (r *trinoRun) answer(ctx context.Context, query Query) (Result, error) {
	waiting, stop := context.WithTimeout(ctx, r.options.Wait)
	defer stop()
	pauses := newPauses()
	for try := 1; ; try++ {
		trace := &trinoTrace{}
		result, err := r.ask(withTrinoTrace(ctx, trace), query)
		if err == nil {
			return result, nil
		}
		fault := r.explain(ctx, err, trace.id())
		if !fault.mayPass(waiting, try) {
			return Result{}, fault.toError(query)
		}
		if fault.repeat == repeatWhileWaiting {
			r.warnOnce(ctx, fault)
		}
		if pauses.next(ctx) != nil {
			return Result{}, r.explain(ctx, ctx.Err(), trace.id()).toError(query)
		}
	}
}

// warnOnce tells the user why nothing happens, once for all queries.
func (r *trinoRun) warnOnce(ctx context.Context, fault trinoFault) {
	r.warn.Do(func() {
		r.options.Logger.WarnContext(ctx, fmt.Sprintf("Trino at %s is not ready yet (%s); waiting up to %s for it.",
			r.options.URL, fault.err, r.options.Wait))
	})
}

// ask runs a query once and reads the whole answer.
func (r *trinoRun) ask(ctx context.Context, query Query) (_ Result, err error) {
	rows, err := r.db.QueryContext(ctx, query.SQL)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	return readTrino(rows, query, cmp.Or(r.options.MaxRows, defaultMaxRows))
}
