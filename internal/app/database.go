package app

import (
	"context"

	"liftoff/internal/embedded"
	"liftoff/internal/postgres"
)

// database is where a command finds its PostgreSQL.
type database struct {
	options postgres.Options
	// folder is the embedded server's data folder; "" for any other server.
	folder string
	// version is the embedded server's version; "" for any other server.
	version string
	// name is how to reach it, without a password; "" until it is open.
	name string
}

// locateDatabase returns the configured PostgreSQL, or starts the embedded
// one when none is configured.
func (a *App) locateDatabase(ctx context.Context) (database, error) {
	if a.Config.UsesEmbedded() {
		return a.startEmbedded(ctx, a.Config.PostgresDB)
	}
	passwordSource := ""
	if a.Config.PostgresPasswordFile != "" {
		passwordSource = "the file of " + a.Config.Origin("POSTGRES_PASSWORD_FILE")
	}
	return database{options: postgres.Options{
		URL:              a.Config.DatabaseURL.Reveal(),
		Host:             a.Config.PostgresHost,
		Port:             a.Config.PostgresPort,
		Database:         a.Config.PostgresDB,
		User:             a.Config.PostgresUser,
		Password:         a.Config.PostgresPassword.Reveal(), // also for a URL without one
		URLHasPassword:   a.Config.URLHasPassword(),
		PasswordSource:   passwordSource,
		UntrustedAddress: a.Config.UntrustedAddress(),
		SSLMode:          a.Config.PostgresSSLMode,
		Wait:             a.Config.PostgresWait,
		StatementTimeout: a.Config.PostgresStatementTimeout,
		Writers:          a.Config.Writers,
		Logger:           a.loggerOf("store"),
	}}, nil
}

// embeddedOptions returns the settings of the embedded server.
func (a *App) embeddedOptions(name string) embedded.Options {
	return embedded.Options{
		DataDir:  a.Config.EmbeddedDataDir,
		CacheDir: a.Config.EmbeddedCacheDir,
		Archive:  a.Config.EmbeddedArchive,
		Database: name,
		Logger:   a.loggerOf("embedded"),
	}
}

// startEmbedded starts the embedded server, or joins the one that another
// process has started, with a database of the given name.
func (a *App) startEmbedded(ctx context.Context, name string) (database, error) {
	server, err := embedded.Start(ctx, a.embeddedOptions(name))
	if err != nil {
		return database{}, err
	}
	a.onStop("the embedded PostgreSQL", server.Stop)
	return database{options: a.optionsOf(server.Connection()), folder: server.DataDir(), version: server.Version()}, nil
}

// optionsOf returns how to connect to an embedded server.
func (a *App) optionsOf(c embedded.Connection) postgres.Options {
	return postgres.Options{
		Host: c.Host, Port: c.Port, Database: c.Database, User: c.User, Password: c.Password,
		SSLMode: "disable", // it listens on this machine's loopback only
		Writers: a.Config.Writers,
		Logger:  a.loggerOf("store"),

		StatementTimeout: a.Config.PostgresStatementTimeout,
	}
}

// openStore connects to a database.
func (a *App) openStore(ctx context.Context, db database) (*postgres.Store, error) {
	store, err := postgres.Open(ctx, db.options)
	if err != nil {
		return nil, err
	}
	if !db.options.Lazy {
		a.Logger.DebugContext(ctx, "Connected to PostgreSQL.", "database", store.Name())
	}
	a.place, a.place.name = db, store.Name()
	a.onStop("the connections to PostgreSQL", func(context.Context) error {
		store.Close()
		return nil
	})
	return store, nil
}

// openConfiguredStore connects to the configured or the embedded database.
func (a *App) openConfiguredStore(ctx context.Context) (*postgres.Store, error) {
	db, err := a.locateDatabase(ctx)
	if err != nil {
		return nil, err
	}
	return a.openStore(ctx, db)
}
