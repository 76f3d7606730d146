package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/serve"
)

const (
	// pageStatementTimeout and pageTrinoWait bound what a page waits for: the server gives
	// up a request after 25 seconds.
	pageStatementTimeout = 20 * time.Second
	pageTrinoWait        = 5 * time.Second
	// lingering is how long the dashboard still takes requests after a SIGTERM.
	lingering = time.Second
	// watchInterval is how often the embedded server is looked at, and missesOfEmbedded
	// how often it must not answer to be gone.
	watchInterval    = 2 * time.Second
	missesOfEmbedded = 3
)

var errEmbeddedGone = errors.New("the embedded PostgreSQL is gone; it ends with the process that has started it")

// Serve serves the dashboard until ctx ends, which is no error. It goes on while the
// database is away, or has no tables of this version: the pages say so then. Only the
// embedded server must stay; without it the error is liftoff.Database.
func (a *App) Serve(ctx context.Context) error {
	if err := a.serve(ctx); ctx.Err() == nil || err != nil && liftoff.CategoryOf(err) != liftoff.Interrupted {
		return err
	}
	a.Logger.InfoContext(ctx, "The dashboard has stopped.", "cause", context.Cause(ctx).Error())
	return nil
}

func (a *App) serve(ctx context.Context) error {
	options, err := a.serveOptions()
	if err != nil {
		return err
	}
	listener, err := a.listenToBrowsers(ctx, options.Credentials)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }() // it is closed unless something went wrong
	store, err := a.openLazyStore(ctx)
	if err != nil {
		return err
	}
	options.Ready = func(ctx context.Context) []serve.Check { return a.checkReady(ctx, store) }
	site, err := a.addPages(&options, store)
	if err != nil {
		return err
	}
	defer site.Close()
	a.offerMetrics(ctx, store)
	if err := store.RequireReadableSchema(ctx); err != nil && ctx.Err() == nil {
		a.Logger.WarnContext(ctx, "The dashboard has nothing to show yet; its pages say why.", "error", liftoff.OneLine(err), "next", a.nextStep(err))
	}
	a.Logger.InfoContext(ctx, "The dashboard is serving. Ctrl-C stops it.", "url", serve.URL(listener, options.BasePath))
	serving, stopWatching := a.watchEmbedded(ctx, store)
	defer stopWatching()
	err = serve.New(options).Run(serving, listener)
	if gone := context.Cause(serving); err == nil && errors.Is(gone, errEmbeddedGone) {
		return liftoff.NewError(liftoff.Database, gone, "start the dashboard again; `"+a.command("db start")+"` keeps the server running for several commands")
	}
	return err
}

// watchEmbedded returns a context that also ends when the embedded server stays away: it
// does not come back by itself, and what starts the dashboard can start both. Any other
// server may come back. stop ends the watching and waits for that.
func (a *App) watchEmbedded(ctx context.Context, store *postgres.Store) (serving context.Context, stop func()) {
	serving, cancel := context.WithCancelCause(ctx)
	if !a.Config.UsesEmbedded() {
		return serving, func() { cancel(nil) }
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for misses := 0; misses < missesOfEmbedded; {
			if liftoff.Sleep(serving, watchInterval) != nil {
				return
			}
			misses++
			if err := store.RequireReadableSchema(serving); liftoff.CategoryOf(err) != liftoff.Database {
				misses = 0
			}
		}
		cancel(errEmbeddedGone)
	}()
	return serving, func() {
		cancel(nil)
		<-done
	}
}

// serveOptions returns what the settings say about the server of the dashboard.
func (a *App) serveOptions() (serve.Options, error) {
	refuse := func(env string, err error, hint string) (serve.Options, error) {
		return serve.Options{}, liftoff.NewError(liftoff.Usage, fmt.Errorf("%s: %w", a.Config.Origin(env), err), hint)
	}
	base := strings.TrimSuffix(a.Config.ServeBasePath, "/")
	if base != "" && !serve.IsBasePath(base) {
		return refuse("SERVE_BASE_PATH", errors.New("this is no path that pages can be below"), "give a path such as /liftoff, of letters, digits and the characters . _ ~ -")
	}
	proxies, err := serve.ParseProxies(a.Config.ServeTrustedProxies)
	if err != nil {
		return refuse("SERVE_TRUSTED_PROXIES", err, "give the address from which the proxy connects")
	}
	var credentials serve.Credentials
	if a.Config.ServeAuthFile != "" {
		if credentials, err = serve.ParseCredentials(a.Config.ServeAuth().Reveal()); err != nil {
			return refuse("SERVE_AUTH_FILE", err, "write a line user:password for browsers, or a line with a token for programs")
		}
	}
	if !credentials.IsEmpty() && a.Config.ServeInsecureNoAuth {
		return refuse("SERVE_INSECURE_NO_AUTH", fmt.Errorf("%s asks for a login", a.Config.Origin("SERVE_AUTH_FILE")), "leave out one of them")
	}
	return serve.Options{
		BasePath:       base,
		Hosts:          a.Config.ServeHosts,
		HostsSetting:   "--allow-host (SERVE_HOSTS)",
		Credentials:    credentials,
		TrustedProxies: proxies,
		Linger: func(cause error) time.Duration {
			if a.IsInterrupt(cause) {
				return 0 // somebody waits
			}
			return lingering
		},
		Logger: a.loggerOf("serve"),
		Now:    a.Now,
	}, nil
}

// listenToBrowsers opens the address of the dashboard. One that other machines can reach
// needs a login, or the word of the user that it needs none.
func (a *App) listenToBrowsers(ctx context.Context, credentials serve.Credentials) (net.Listener, error) {
	listener, err := serve.Listen(ctx, a.Config.ServeListen, a.Config.Origin("SERVE_LISTEN"))
	if err != nil {
		return nil, err
	}
	if serve.IsLoopback(listener) || !credentials.IsEmpty() || a.Config.ServeInsecureNoAuth {
		return listener, nil
	}
	_ = listener.Close() // nobody has used it
	return nil, liftoff.NewError(liftoff.Usage, fmt.Errorf("other machines can reach %s, and nobody would have to log in", a.Config.ServeListen),
		"name a file of logins with --auth-file (SERVE_AUTH_FILE), or let everybody in with --insecure-no-auth; 127.0.0.1:8090 is for this machine only")
}

// openLazyStore returns the configured database, to which nothing connects yet.
func (a *App) openLazyStore(ctx context.Context) (*postgres.Store, error) {
	a.Config.PostgresStatementTimeout = min(a.Config.PostgresStatementTimeout, pageStatementTimeout)
	a.Config.TrinoWait = min(a.Config.TrinoWait, pageTrinoWait)
	db, err := a.locateExisting(ctx)
	if err != nil {
		return nil, err
	}
	db.options.Lazy = true
	return a.openStore(ctx, db)
}

// nextStep returns what to do about an error of the store, as commands that can be
// pasted.
func (a *App) nextStep(err error) string {
	isWithout := errors.Is(err, postgres.ErrNoTables) || errors.Is(err, postgres.ErrNoDatabase)
	if isWithout && a.Config.UsesEmbedded() {
		return a.AsCalled("fetch launches with `liftoff ingest --all`, or see `liftoff demo`")
	}
	return a.AsCalled(liftoff.HintOf(err))
}

// checkReady says whether the dashboard can show what it should. Everybody may read it, so
// it names neither the server nor the role.
func (a *App) checkReady(ctx context.Context, store *postgres.Store) []serve.Check {
	database, schema := serve.Check{Name: "database", IsOK: true}, serve.Check{Name: "schema", IsOK: true}
	err := store.RequireReadableSchema(ctx)
	switch category := liftoff.CategoryOf(err); {
	case err == nil:
	case category == liftoff.Usage || category == liftoff.Guard:
		schema.IsOK, schema.Detail = false, "the database has not the tables that this program needs: see "+a.command("migrate status")
	case category == liftoff.Privilege:
		database.IsOK, database.Detail = false, "PostgreSQL refuses the login, or a privilege is missing: see "+a.command("doctor")
	default:
		database.IsOK, database.Detail = false, "PostgreSQL does not answer: see "+a.command("doctor")
	}
	checks := []serve.Check{database}
	if database.IsOK { // else nobody knows
		checks = append(checks, schema)
	}
	if a.Config.ServeMaxAge > 0 && err == nil {
		checks = append(checks, a.checkAge(ctx, store))
	}
	return checks
}

// checkAge says whether the last good run is young enough.
func (a *App) checkAge(ctx context.Context, store *postgres.Store) serve.Check {
	check := serve.Check{Name: "age"}
	health, err := store.Health(ctx)
	switch {
	case err != nil:
		check.Detail = "the database does not say when the last good run ended"
	case health.LastGood.ID == 0:
		check.Detail = "there is no good run yet"
	case health.Now.Sub(health.LastGood.FinishedAt) > a.Config.ServeMaxAge:
		check.Detail = fmt.Sprintf("the last good run ended at %s UTC, more than %s ago", health.LastGood.FinishedAt.Format(time.DateTime), a.Config.ServeMaxAge)
	default:
		check.IsOK = true
	}
	return check
}

// CheckServe checks that the dashboard at the configured address is ready. It is the
// health check of a container that has neither a shell nor curl. No answer, or one that
// says it is not ready, is a liftoff.Guard error.
func (a *App) CheckServe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, replayCheckTimeout)
	defer cancel()
	address := a.Config.ServeListen
	if host, port, err := net.SplitHostPort(address); err == nil && (host == "" || host == "0.0.0.0" || host == "::") {
		address = net.JoinHostPort("127.0.0.1", port) // not every system can connect to all addresses
	}
	if err := wantOK(ctx, "http://"+address+"/readyz"); err != nil {
		return liftoff.NewError(liftoff.Guard, fmt.Errorf("the dashboard at %s is not ready: %w", address, err),
			"see its log; `liftoff serve` starts it")
	}
	return nil
}
