//go:build !unix

package embedded

import (
	"context"
	"errors"
	"runtime"

	"liftoff"
)

// Server is a running PostgreSQL server. It does not exist on this system.
type Server struct{}

// Start always returns a Usage error: the embedded server needs a Unix system.
func Start(context.Context, Options) (*Server, error) { return nil, unsupported() }

// Inspect always returns a Usage error, like Start.
func Inspect(context.Context, Options) (Inspection, error) { return Inspection{}, unsupported() }

// Look always returns a Usage error, like Start.
func Look(Options) (Status, error) { return Status{}, unsupported() }

// BackgroundConnection always returns a Usage error, like Start.
func BackgroundConnection(Options) (Connection, error) { return Connection{}, unsupported() }

// RunningConnection always returns a Usage error, like Start.
func RunningConnection(Options) (Connection, error) { return Connection{}, unsupported() }

// StopBackground always returns a Usage error, like Start.
func StopBackground(context.Context, Options, StopOptions) error { return unsupported() }

// Destroy always returns a Usage error, like Start.
func Destroy(Options) (kept []string, err error) { return nil, unsupported() }

// Ended returns nil.
func (*Server) Ended() <-chan struct{} { return nil }

// Connection returns the zero value.
func (*Server) Connection() Connection { return Connection{} }

// DataDir returns "".
func (*Server) DataDir() string { return "" }

// Version returns "".
func (*Server) Version() string { return "" }

// Stop does nothing.
func (*Server) Stop(context.Context) error { return nil }

func unsupported() error {
	return liftoff.NewError(liftoff.Usage,
		errors.New("the embedded PostgreSQL does not run on "+runtime.GOOS),
		"set POSTGRES_HOST to use another PostgreSQL, or run liftoff in WSL")
}
