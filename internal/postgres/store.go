// Package postgres is the store: the connection pool, the schema and its
// migrations, raw_launches and the aggregate view. It decides nothing about
// where launches come from. All SQL stands in migrations/ and queries/; writes
// go through pgxpool, never database/sql, which would repeat a statement
// whose outcome is unknown.
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
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"liftoff"
)

// connectTimeout bounds one attempt to connect, and spareConnections the pool
// beyond the writers' own: the server's connections are few and shared.
const (
	connectTimeout   = 5 * time.Second
	spareConnections = 2
)

// Options says which database to use and how long to wait for it.
type Options struct {
	// URL is a PostgreSQL connection URL or keyword string. When it is set,
	// the fields below it up to SSLMode are not used, but for a Password that
	// it does not have itself.
	URL string

	// Host is a host name or the folder of a Unix socket.
	Host     string
	Port     int
	Database string
	User     string
	Password string
	SSLMode  string

	// Wait is how long to go on trying while the server does not answer, is
	// starting up, or has no free connection.
	Wait time.Duration
	// ViewLockTimeout is how long replacing a view may wait for its readers,
	// each of five times; 0 means 2 s.
	ViewLockTimeout time.Duration
	// Writers is how many batches will be stored at once; each needs a
	// connection. 0 means 2.
	Writers int
	// StatementTimeout bounds one statement that stores launches, and by one and
	// a half times itself a batch that gets no answer at all; 0 means 1 minute.
	StatementTimeout time.Duration
	// Logger gets a WARNING when a wait begins.
	Logger *slog.Logger
}

// Store reads and writes one PostgreSQL database. It is safe for concurrent
// use. Close it when done.
type Store struct {
	pool            *pgxpool.Pool
	target          target
	viewLockTimeout time.Duration
	wait            time.Duration
	timeouts        timeouts
	logger          *slog.Logger
}

// target names the database in errors and log lines, without the password.
type target struct {
	address, database, user string
}

func (t target) String() string {
	return fmt.Sprintf("%s/%s as %q", t.address, t.database, t.user)
}

// Open connects to the database, waiting for it as Options say. Errors are
// liftoff.Usage for options that make no sense, liftoff.Privilege for a
// refused login, liftoff.Database for everything else.
func Open(ctx context.Context, opts Options) (*Store, error) {
	cfg, err := poolConfig(opts)
	if err != nil {
		return nil, err
	}
	store := &Store{
		target:          targetOf(cfg.ConnConfig),
		viewLockTimeout: cmp.Or(opts.ViewLockTimeout, defaultViewLockTimeout),
		wait:            opts.Wait,
		timeouts:        timeouts{statement: cmp.Or(opts.StatementTimeout, defaultStatementTimeout)},
		logger:          opts.Logger,
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, store.failure("connect to PostgreSQL at "+store.target.String(), err)
	}
	store.pool = pool
	if err := store.waitUntilReady(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return store, nil
}

// closeTimeout bounds Close: the driver says good-bye on each connection, and
// waits long for the answer of a server that is not there any more.
const closeTimeout = 2 * time.Second

// Close gives all connections back and waits for them, but not for long.
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

// Target names the database for people: host:port/database as "role".
func (s *Store) Target() string { return s.target.String() }

// ownKeywords keep further variables of other programs from refusing a
// connection that the settings describe well. Older versions of psql do not
// know them all, so they are no part of ConnectionString.
const ownKeywords = " channel_binding=prefer require_auth='' sslnegotiation=postgres connect_timeout=5"

func poolConfig(opts Options) (*pgxpool.Config, error) {
	text := opts.ConnectionString()
	if opts.URL == "" {
		text += ownKeywords
	}
	cfg, err := pgxpool.ParseConfig(text)
	if err != nil {
		// The driver's text repeats the settings, and with them a password.
		return nil, liftoff.NewError(liftoff.Usage,
			errors.New("the PostgreSQL connection settings cannot be read"),
			"check DATABASE_URL or the POSTGRES_ settings, and the PG variables of your environment")
	}
	if err := refuseTornPassword(cfg.ConnConfig); err != nil {
		return nil, err
	}
	if opts.Password != "" && (opts.URL == "" || cfg.ConnConfig.Password == "") {
		cfg.ConnConfig.Password = opts.Password
	}
	cfg.MaxConns = int32(max(opts.Writers, 2) + spareConnections)
	cfg.ConnConfig.ConnectTimeout = connectTimeout
	cfg.ConnConfig.DialFunc = newDialer().DialContext
	cfg.PingTimeout = connectTimeout
	// One round trip a statement and nothing prepared: a run sends each
	// statement once, and poolers such as PgBouncer keep working.
	cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	// Whatever the server's own settings are; answers come as text here and there.
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	cfg.ConnConfig.RuntimeParams["datestyle"] = "ISO"
	if cfg.ConnConfig.RuntimeParams["application_name"] == "" {
		cfg.ConnConfig.RuntimeParams["application_name"] = "liftoff"
	}
	return cfg, nil
}

// refuseTornPassword refuses a URL with a password that has a / or an @ in it
// as it is: that ends the host or the password early, and leaves the rest in
// the names of host or database, which we show. A host that begins with / or @
// is a socket.
func refuseTornPassword(cfg *pgx.ConnConfig) error {
	isSocket := strings.HasPrefix(cfg.Host, "/") || strings.HasPrefix(cfg.Host, "@")
	if !strings.Contains(cfg.Database, "@") && (isSocket || !strings.Contains(cfg.Host, "@")) {
		return nil
	}
	return liftoff.NewError(liftoff.Usage, errors.New("the host or database of the PostgreSQL settings has an @ in it, as if a part of a password were there"),
		"in the password of DATABASE_URL write / as %2F, ? as %3F, # as %23 and @ as %40")
}

// ConnectionString returns the connection without its password, as PostgreSQL
// clients take it. The keywords that say where to write are all given, so that
// the PG variables of another program's environment do not decide that; those
// for certificates and ~/.pgpass work as in every client.
func (o Options) ConnectionString() string {
	if o.URL != "" {
		return o.URL
	}
	return "host=" + quote(o.Host) + " port=" + strconv.Itoa(o.Port) +
		" dbname=" + quote(o.Database) + " user=" + quote(o.User) +
		" sslmode=" + quote(o.SSLMode) + " options='' target_session_attrs=any"
}

// quote writes a value of a keyword/value connection string.
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
	for _, other := range cfg.Fallbacks { // the same host without TLS among them
		if address := net.JoinHostPort(other.Host, strconv.Itoa(int(other.Port))); !slices.Contains(addresses, address) {
			addresses = append(addresses, address)
		}
	}
	return target{
		address:  strings.Join(addresses, ","),
		database: cfg.Database,
		user:     cfg.User,
	}
}
