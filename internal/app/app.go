// Package app wires the parts to the commands' work and is the only package
// that knows all of them. Each method of App does what the command of its
// name does; results go to Stdout, everything else to the log. Stop must be
// called when an App is done, also after an error.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"liftoff/internal/config"
	"liftoff/internal/progress"
	"liftoff/internal/shipping"
	"liftoff/internal/telemetry"
)

// Options are what an App needs from the process around it.
type Options struct {
	Config config.Config
	// AsCalled returns a text in which commands of this program are spelt as they
	// have to be called.
	AsCalled func(text string) string
	// Version is the program's version, sent in the User-Agent.
	Version string
	// Stdin is handed to psql.
	Stdin io.Reader
	// Stdout gets the results.
	Stdout io.Writer
	// Stderr is handed to psql; log lines go through Logger.
	Stderr io.Writer
	// Progress shows the progress of a run on the terminal; nil when stderr is
	// not a terminal.
	Progress *progress.Bar
	// Shipper ships metrics and traces; nil if nothing is shipped.
	Shipper *shipping.Shipper
	// Screen says how results may be drawn.
	Screen Screen
	Logger *slog.Logger
	// Now is the clock.
	Now func() time.Time
	// Environ is the environment for psql.
	Environ []string
	// LeaveInterrupts leaves Ctrl-C to a child process on the same terminal
	// until the returned function is called.
	LeaveInterrupts func() (stop func())
	// ExitCode returns the code that the process ends with after an error of a command;
	// 0 for nil.
	ExitCode func(err error) int
	// IsInterrupt reports whether Ctrl-C is why a context has ended.
	IsInterrupt func(cause error) bool
}

// Screen says what the terminal, or the file in its place, that shows the
// results can do.
type Screen struct {
	// Width is in columns; 0 means that it is not known.
	Width int
	// Height is in lines; 0 means that it is not known.
	Height int
	Color  bool
	// ASCII asks for charts without block characters.
	ASCII bool
	// IsTerminal is false when results go to a file or another program.
	IsTerminal bool
}

// App does the work of the commands.
type App struct {
	Options
	// place is the database that a command has opened.
	place    database
	teardown []step
}

// step is one part of the teardown, named for its error.
type step struct {
	name string
	stop func(context.Context) error
}

// New returns an App. It starts nothing yet.
func New(opts Options) *App {
	a := &App{Options: opts}
	a.Logger = a.loggerOf("app")
	return a
}

// loggerOf returns the logger for a part of the program, whose name its JSON lines have.
func (a *App) loggerOf(component string) *slog.Logger {
	return a.Logger.With(telemetry.ComponentKey, component)
}

// command returns a command of this program as the user has to call it: by its name,
// and on the same database.
func (a *App) command(words string) string {
	return strings.Trim(a.AsCalled("`liftoff "+words+"`"), "`")
}

// onStop adds a step to the teardown. The steps run in the reverse order.
func (a *App) onStop(name string, stop func(context.Context) error) {
	a.teardown = append(a.teardown, step{name, stop})
}

// Stop undoes what the commands have started, the last first, and returns all
// errors. It may be called more than once. When ctx has ended it waits for
// nobody; else the embedded server waits for other processes that use it.
func (a *App) Stop(ctx context.Context) error {
	var errs []error
	for len(a.teardown) > 0 {
		last := a.teardown[len(a.teardown)-1]
		a.teardown = a.teardown[:len(a.teardown)-1]
		if err := last.stop(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", last.name, err))
		}
	}
	return errors.Join(errs...)
}
