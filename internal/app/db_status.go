package app

import (
	"context"

	"liftoff/internal/embedded"
	"liftoff/internal/postgres"
	"liftoff/internal/report"
)

// ServerStatus prints what is known about the embedded PostgreSQL. If it is not
// running in the background, the error says so.
func (a *App) ServerStatus(ctx context.Context) error {
	format, err := report.ParseFormat(a.Config.Output)
	if err != nil {
		return err
	}
	status, err := embedded.Look(a.embeddedOptions(a.Config.PostgresDB))
	if err != nil {
		return err
	}
	server := report.Server{
		IsRunning: status.IsRunning, IsBackground: status.IsBackground, PID: int64(status.PID), Since: status.Since,
		Port: int64(status.Port), Version: status.Version, Folder: status.Folder, Bytes: status.Bytes,
	}
	if status.Port != 0 {
		if server.Databases, err = a.databasesOf(ctx); err != nil {
			return err
		}
	}
	if err := report.WriteServer(a.Stdout, format, server, a.reportOptions()); err != nil {
		return err
	}
	if !status.IsBackground {
		return embedded.NotRunning(status)
	}
	return nil
}

// databasesOf asks the running server for its databases.
func (a *App) databasesOf(ctx context.Context) ([]report.ServerDatabase, error) {
	opts := a.embeddedOptions(maintenanceDatabase)
	opts.Logger = nil
	server, err := embedded.Start(ctx, opts)
	if err != nil {
		return nil, err
	}
	a.onStop("the embedded PostgreSQL", server.Stop)
	store, err := a.storeOn(ctx, server)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	names, err := store.Databases(ctx)
	if err != nil {
		return nil, err
	}
	var databases []report.ServerDatabase
	for _, name := range names {
		database, err := a.databaseOf(ctx, server, name)
		if err != nil {
			return nil, err
		}
		databases = append(databases, database)
	}
	return databases, nil
}

func (a *App) databaseOf(ctx context.Context, server *embedded.Server, name string) (report.ServerDatabase, error) {
	options := a.optionsOn(server)
	options.Database = name
	store, err := postgres.Open(ctx, options)
	if err != nil {
		return report.ServerDatabase{}, err
	}
	defer store.Close()
	count, hasTables, err := store.CountLaunches(ctx)
	if !hasTables {
		return report.ServerDatabase{Name: name}, err
	}
	return report.ServerDatabase{Name: name, Launches: &count}, nil
}
