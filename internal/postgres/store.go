// Package postgres stores launches in PostgreSQL: the connection pool, the
// schema and its migrations, runs and their ledger, the quarantine, references
// and launch_aggregates_view. It does not know where launches come from. All
// SQL is in migrations/ and queries/. Writes go through pgxpool, never through
// database/sql, which repeats statements that may have been committed already.
package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"liftoff"
)

const (
	// connectTimeout bounds one attempt to connect.
	connectTimeout = 5 * time.Second
	// lazyTimeout is that for Options.Lazy: a call tries it twice, and somebody waits.
	lazyTimeout = time.Second
	// lazyConnections is how many connections the pool of Options.Lazy may open: a page
	// takes milliseconds, and others need connections too.
	lazyConnections = 8
	// spareConnections is how many connections the pool may open besides those
	// of its writers, and minConnections how many it may always open. Both are
	// small: all clients of a server share its connections.
	spareConnections = 2
	minConnections   = 4
	// closeTimeout bounds Close. The driver says goodbye on each connection and
	// waits long for the answer of a server that is gone.
	closeTimeout = 2 * time.Second
)

// Options says which database to use and how long to wait for it.
type Options struct {
	// URL is a PostgreSQL connection URL or keyword string. If it is set, the
	// fields from Host to SSLMode are ignored, except that Password is used if
	// the URL has none.
	URL string

	// Host is a host name or the folder of a Unix socket.
	Host     string
	Port     int
	Database string
	User     string
	Password string
	SSLMode  string
	// URLHasPassword says that URL has a password, which is used then instead of
	// Password.
	URLHasPassword bool
	// PasswordSource says for hints where Password comes from; "" is POSTGRES_PASSWORD.
	PasswordSource string
	// UntrustedAddress says where the server's address comes from if that place may
	// be a stranger's: the server gets no password but that of these options.
	UntrustedAddress string

	// Wait is how long to keep trying while the server does not answer, is
	// starting up, or has no free connection.
	Wait time.Duration
	// Writers is how many batches are stored at once; each needs a connection.
	Writers int
	// StatementTimeout bounds each statement that stores launches, and each analytics
	// query; it must be positive. A batch that gets no answer at all may take half as long again.
	StatementTimeout time.Duration
	// Lazy is for a process that goes on while the server is away: Open connects to
	// nothing, Wait does not count, and what is asked of a server that cannot be reached
	// fails within about two seconds, each time anew. A server that has taken the question
	// and then falls silent is bounded only by the context.
	Lazy bool
	// Logger gets a warning when the server does not answer or is slow.
	Logger *slog.Logger
}

// Store reads and writes one PostgreSQL database. It is safe for concurrent
// use. Close it when done.
type Store struct {
	pool            *pgxpool.Pool
	connections     connections
	target          target
	sessions        *sessions
	viewLockTimeout time.Duration
	wait            time.Duration
	isLazy          bool
	timeouts        timeouts
	logger          *slog.Logger
	// newPayloads is what this store has changed of payloads since typed_launches was
	// refreshed: the server counts that only later.
	newPayloads payloadWrites
	// hasTyped says that this store has begun to write typed_launches: the server may
	// count that only later.
	hasTyped atomic.Bool
	// hasCreatedView says that this store has made launch_aggregates_view, and has not been
	// asked since.
	hasCreatedView atomic.Bool
}

// target names the database in errors and log lines, without the password.
type target struct {
	address, database, user string
	// hasURL says that the connection is the one of Options.URL.
	hasURL bool
	// passwordSource is Options.PasswordSource.
	passwordSource string
}

func (t target) String() string { return fmt.Sprintf("%s as %q", t.name(), t.user) }

func (t target) name() string { return t.address + "/" + t.database }

// Open connects to the database and waits for it up to Options.Wait, unless it is
// Options.Lazy. Errors are
// liftoff.Usage for connection settings that cannot be read, liftoff.Privilege
// for a refused login, and liftoff.Database for everything else.
func Open(ctx context.Context, opts Options) (*Store, error) {
	if opts.StatementTimeout <= 0 {
		return nil, errors.New("postgres.Options.StatementTimeout must be positive")
	}
	cfg, err := poolConfig(opts)
	if err != nil {
		return nil, err
	}
	store := &Store{
		target:          targetOf(cfg.ConnConfig),
		viewLockTimeout: viewLockTimeout,
		wait:            opts.Wait,
		isLazy:          opts.Lazy,
		timeouts:        timeouts{statement: opts.StatementTimeout},
		logger:          opts.Logger,
	}
	store.target.hasURL = opts.URL != ""
	store.target.passwordSource = opts.PasswordSource
	cfg.ConnConfig.Tracer = newTracer(store.target)
	store.sessions = &sessions{target: store.target}
	cfg.AfterConnect, cfg.BeforeClose = store.prepareConnection, store.connections.remove
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, store.connectFailure(err)
	}
	store.pool = pool
	if opts.Lazy {
		store.wait = 0
		return store, nil
	}
	if err := store.waitUntilReady(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return store, nil
}

// prepareConnection makes a new connection ready for use.
func (s *Store) prepareConnection(ctx context.Context, conn *pgx.Conn) error {
	if err := s.sessions.prepare(ctx, conn); err != nil {
		return err
	}
	registerTimes(conn.TypeMap())
	s.connections.add(conn)
	return nil
}

// Close closes all connections. It waits 2 seconds at most: connections that
// are not closed by then end with the process.
func (s *Store) Close() {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		s.pool.Close()
	}()
	select {
	case <-closed:
	case <-time.After(closeTimeout):
	}
}

// Password returns the password of the connections, wherever it came from: the
// options, the environment or a password file.
func (s *Store) Password() string { return s.pool.Config().ConnConfig.Password }

// Target names the database for users: host:port/database as "role".
func (s *Store) Target() string { return s.target.String() }

// Name names the database for log lines: host:port/database.
func (s *Store) Name() string { return s.target.name() }

// ownKeywords override variables such as PGREQUIREAUTH, which are meant for
// other programs and could make our connection fail. They are not in
// ConnectionString because older versions of psql do not know all of them.
const ownKeywords = " channel_binding=prefer require_auth='' sslnegotiation=postgres connect_timeout=5"

func poolConfig(opts Options) (*pgxpool.Config, error) {
	text := opts.ConnectionString()
	if opts.URL == "" {
		text += ownKeywords
	}
	cfg, err := pgxpool.ParseConfig(text)
	if err != nil {
		// The driver's message repeats the settings, including the password.
		return nil, liftoff.NewError(liftoff.Usage,
			errors.New("the PostgreSQL connection settings cannot be read"),
			"check DATABASE_URL or the POSTGRES_ settings, and the PG variables of your environment")
	}
	if err := refuseTornPassword(cfg.ConnConfig); err != nil {
		return nil, err
	}
	if opts.Password != "" && !opts.URLHasPassword {
		cfg.ConnConfig.Password = opts.Password
	}
	if err := honourKeywords(cfg.ConnConfig); err != nil {
		return nil, err
	}
	if err := opts.refuseForeignSecrets(cfg.ConnConfig); err != nil {
		return nil, err
	}
	cfg.MaxConns = int32(max(opts.Writers+spareConnections, minConnections))
	cfg.ConnConfig.ConnectTimeout = connectTimeout
	cfg.ConnConfig.DialFunc = newDialer().DialContext
	cfg.PingTimeout = connectTimeout
	if opts.Lazy {
		cfg.ConnConfig.ConnectTimeout, cfg.PingTimeout = lazyTimeout, lazyTimeout
		cfg.MaxConns = lazyConnections
	}
	// One round trip for each statement and nothing prepared: a run sends most
	// statements once, and poolers such as PgBouncer keep working.
	cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	setParameters(cfg.ConnConfig.RuntimeParams)
	return cfg, nil
}

// refuseTornPassword refuses a URL whose password contains an unescaped / or @.
// Such a character ends the password early, and the rest of it becomes part of
// the host or database name, which we print. A host that begins with / or @ is
// a socket.
func refuseTornPassword(cfg *pgx.ConnConfig) error {
	isSocket := strings.HasPrefix(cfg.Host, "/") || strings.HasPrefix(cfg.Host, "@")
	if !strings.Contains(cfg.Database, "@") && (isSocket || !strings.Contains(cfg.Host, "@")) {
		return nil
	}
	return liftoff.NewError(liftoff.Usage, errors.New("the PostgreSQL host or database has an @ in it, which looks like a part of the password"),
		"escape these in the password of DATABASE_URL: / as %2F, @ as %40, ? as %3F, # as %23")
}

// ConnectionString returns the connection without the password, in the form
// that PostgreSQL clients take. It names every keyword that decides where we
// write, so that PG variables in the environment cannot change that; those for
// certificates and ~/.pgpass work as in every client.
func (o Options) ConnectionString() string {
	if o.URL != "" {
		return o.URL
	}
	return "host=" + quote(o.Host) + " port=" + strconv.Itoa(o.Port) +
		" dbname=" + quote(o.Database) + " user=" + quote(o.User) +
		" sslmode=" + quote(o.SSLMode) + " options='' target_session_attrs=any"
}

// quote quotes a value for a keyword/value connection string.
func quote(value string) string {
	quoted := []byte{'\''}
	for i := range len(value) {
		if value[i] == '\'' || value[i] == '\\' {
			quoted = append(quoted, '\\')
		}
		quoted = append(quoted, value[i])
	}
	return string(append(quoted, '\''))
}

func targetOf(cfg *pgx.ConnConfig) target {
	addresses := []string{net.JoinHostPort(cfg.Host, strconv.Itoa(int(cfg.Port)))}
	for _, other := range cfg.Fallbacks { // they include the same host without TLS
		if address := net.JoinHostPort(other.Host, strconv.Itoa(int(other.Port))); !slices.Contains(addresses, address) {
			addresses = append(addresses, address)
		}
	}
	return target{
		address:  strings.Join(addresses, ","),
		database: cmp.Or(cfg.Database, cfg.User), // as the server does
		user:     cfg.User,
	}
}
