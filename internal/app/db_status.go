package app

import (
	"context"
	"fmt"
	"time"

	"liftoff/internal/embedded"
	"liftoff/internal/postgres"
	"liftoff/internal/report"
	"liftoff/internal/table"
)

// serverState is what `liftoff db status` prints.
type serverState struct {
	IsRunning    bool            `json:"running"`
	IsBackground bool            `json:"background"`
	PID          *int            `json:"process"`
	Since        *time.Time      `json:"since"`
	Port         *int            `json:"port"`
	Version      *string         `json:"version"`
	Folder       string          `json:"data_folder"`
	Bytes        int64           `json:"bytes"`
	Databases    []databaseState `json:"databases"`
}

// databaseState is one database; Launches is nil without the program's tables.
type databaseState struct {
	Name     string `json:"name"`
	Launches *int64 `json:"launches"`
}

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
	state := serverState{
		IsRunning: status.IsRunning, IsBackground: status.IsBackground, PID: orNil(status.PID), Since: orNil(status.Since),
		Port: orNil(status.Port), Version: orNil(status.Version), Folder: status.Folder, Bytes: status.Bytes,
	}
	if status.Port != 0 {
		if state.Databases, err = a.databasesOf(ctx); err != nil {
			return err
		}
	}
	if err := a.printState(state, format); err != nil {
		return err
	}
	if !status.IsBackground {
		return embedded.NotRunning(status)
	}
	return nil
}

// databasesOf asks the running server for its databases.
func (a *App) databasesOf(ctx context.Context) ([]databaseState, error) {
	opts := a.embeddedOptions("postgres")
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
	var states []databaseState
	for _, name := range names {
		state, err := a.databaseOf(ctx, server, name)
		if err != nil {
			return nil, err
		}
		states = append(states, state)
	}
	return states, nil
}

func (a *App) databaseOf(ctx context.Context, server *embedded.Server, name string) (databaseState, error) {
	options := a.optionsOn(server)
	options.Database = name
	store, err := postgres.Open(ctx, options)
	if err != nil {
		return databaseState{}, err
	}
	defer store.Close()
	count, hasTables, err := store.CountLaunches(ctx)
	if !hasTables {
		return databaseState{Name: name}, err
	}
	return databaseState{name, &count}, nil
}

func (a *App) printState(s serverState, format report.Format) error {
	switch format {
	case report.FormatJSON:
		return report.WriteValue(a.Stdout, s)
	case report.FormatTable:
		return a.printStateLines(s)
	default:
		return report.Write(a.Stdout, format, []table.Table{stateTable(s)}, a.reportOptions())
	}
}

// stateTable has one row for each database, or one without.
func stateTable(s serverState) table.Table {
	t := table.Table{Name: "server", Title: "The embedded PostgreSQL and its databases", Columns: []table.Column{
		table.Boolean("running"), table.Boolean("background"), table.Integer("process"), table.Timestamp("since"), table.Integer("port"),
		table.Word("version"), table.Word("data_folder"), table.Integer("bytes"), table.Word("name"), table.Integer("launches"),
	}}
	server := []any{s.IsRunning, s.IsBackground, number(s.PID), value(s.Since), number(s.Port), value(s.Version), s.Folder, s.Bytes}
	for _, db := range s.Databases {
		t.Rows = append(t.Rows, append(server[:len(server):len(server)], db.Name, value(db.Launches)))
	}
	if len(s.Databases) == 0 {
		t.Rows = [][]any{append(server, nil, nil)}
	}
	return t
}

func (a *App) printStateLines(s serverState) error {
	state := "not running"
	switch {
	case s.IsBackground:
		state = fmt.Sprintf("running in the background since %s UTC (process %d)", s.Since.Format(time.DateTime), *s.PID)
	case s.IsRunning && s.PID != nil && s.Port == nil:
		state = fmt.Sprintf("stops as soon as no other liftoff command uses it (process %d)", *s.PID)
	case s.IsRunning && s.PID != nil:
		state = fmt.Sprintf("running as long as another liftoff command does (process %d)", *s.PID)
	case s.IsRunning:
		state = "about to start or stop"
	}
	var fields []report.Field
	add := func(name, value string) { fields = append(fields, report.Field{Name: name, Value: value}) }
	add("state", state)
	if s.Port != nil {
		add("address", fmt.Sprintf("127.0.0.1:%d", *s.Port))
	}
	if s.Version != nil {
		add("version", "PostgreSQL "+*s.Version)
	}
	add("data", fmt.Sprintf("%s (%d MiB)", s.Folder, s.Bytes>>20))
	for _, db := range s.Databases {
		text := "no tables of liftoff"
		if db.Launches != nil {
			text = report.Thousands(*db.Launches) + " launches"
			if *db.Launches == 1 {
				text = "1 launch"
			}
		}
		add("database", db.Name+": "+text)
	}
	return report.WriteFields(a.Stdout, fields, a.reportOptions())
}

// orNil returns nil for a zero value, which is then printed as null.
func orNil[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}

// value is a cell of a table, NULL for nil.
func value[T any](pointer *T) any {
	if pointer == nil {
		return nil
	}
	return *pointer
}

// number is value for the one type of whole numbers that tables have.
func number(pointer *int) any {
	if pointer == nil {
		return nil
	}
	return int64(*pointer)
}
