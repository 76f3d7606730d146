package app

import (
	"context"
	"time"

	"liftoff"
	"liftoff/internal/embedded"
	"liftoff/internal/postgres"
	"liftoff/internal/report"
)

// A server that does not answer is looked at this often, with these pauses.
const (
	statusLooks = 30
	statusPause = 100 * time.Millisecond
)

// ServerStatus prints what is known about the embedded PostgreSQL. If it is not
// running in the background, the error says so.
func (a *App) ServerStatus(ctx context.Context) error {
	format, err := report.ParseFormat(a.Config.Output)
	if err != nil {
		return err
	}
	status, databases, err := a.lookAtServer(ctx)
	if err != nil {
		return err
	}
	server := report.Server{
		IsRunning: status.IsRunning, IsBackground: status.IsBackground, PID: int64(status.PID), Since: status.Since,
		Port: int64(status.Port), Version: status.Version, Folder: status.Folder, Bytes: status.Bytes,
		Databases: databases,
	}
	if err := report.WriteServer(a.Stdout, format, server, a.reportOptions()); err != nil {
		return err
	}
	if !status.IsBackground {
		return embedded.NotRunning(status)
	}
	return nil
}

// lookAtServer returns the state of the server, and its databases if it answers. A
// server that is starting or stopping lets nobody in: soon another look says so.
func (a *App) lookAtServer(ctx context.Context) (embedded.Status, []report.ServerDatabase, error) {
	for looks := 1; ; looks++ {
		status, err := embedded.Look(a.embeddedOptions(a.Config.PostgresDB))
		if err != nil || status.Port == 0 {
			return status, nil, err
		}
		databases, err := a.databasesOf(ctx)
		if err == nil || looks == statusLooks {
			return status, databases, err
		}
		if err := liftoff.Sleep(ctx, statusPause); err != nil {
			return status, nil, err
		}
	}
}

// databasesOf asks the running server for its databases.
func (a *App) databasesOf(ctx context.Context) ([]report.ServerDatabase, error) {
	connection, err := embedded.RunningConnection(a.embeddedOptions(maintenanceDatabase))
	if err != nil {
		return nil, err
	}
	store, err := postgres.Open(ctx, a.optionsOf(connection))
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
		database, err := a.databaseOf(ctx, connection, name)
		if err != nil {
			return nil, err
		}
		databases = append(databases, database)
	}
	return databases, nil
}

func (a *App) databaseOf(ctx context.Context, connection embedded.Connection, name string) (report.ServerDatabase, error) {
	connection.Database = name
	store, err := postgres.Open(ctx, a.optionsOf(connection))
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
