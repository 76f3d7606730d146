package embedded

import (
	"fmt"
	"time"

	"liftoff"
)

// BackgroundLog is the name of the file in the data folder for what the process of a
// background server has to say.
const BackgroundLog = "background.log"

// Status is what there is in a data folder at one moment.
type Status struct {
	// Folder is Options.DataDir with its default.
	Folder string
	// HasData says that there is a data directory.
	HasData bool
	// Version is the running server's, such as "18.6", or else the major version that
	// made the data directory; "" without one.
	Version string
	// Bytes is the size of the data directory.
	Bytes int64
	// IsRunning says that a liftoff process, PID, runs the server or is about to.
	IsRunning bool
	PID       int
	// IsBackground says that it does so until `liftoff db stop`.
	IsBackground bool
	// IsStopping says that it did so, but has been told to stop.
	IsStopping bool
	// Port is that of the running server; 0 if it does not answer yet.
	Port int
	// Since is when the server was started; zero if it is not running.
	Since time.Time
	// HasLeftover says that no liftoff process runs the server, but that the server of
	// one that was killed has not ended yet. The next start ends it.
	HasLeftover bool
	// KeptPort is the port of the last background server, 0 if there was none.
	KeptPort int
}

// StopOptions say how a background server is stopped.
type StopOptions struct {
	// Now does not wait for other liftoff processes that use the server.
	Now bool
	// OnWait is called once if the stop takes long, because such processes are
	// waited for.
	OnWait func()
}

// NotRunning returns the error for a folder without a background server.
func NotRunning(s Status) error {
	if s.IsStopping {
		return liftoff.NewError(liftoff.Database,
			fmt.Errorf("the embedded PostgreSQL in %q stops as soon as no other liftoff command uses it", s.Folder),
			"run `liftoff db start`, which waits for that and starts it again, or stop it at once with `liftoff db stop --now`")
	}
	if s.IsRunning && s.Port == 0 {
		return liftoff.NewError(liftoff.Database, fmt.Errorf("the embedded PostgreSQL in %q is about to start or stop", s.Folder),
			"look again in a moment with `liftoff db status`, or run `liftoff db start`, which waits for it")
	}
	if s.IsRunning {
		return liftoff.NewError(liftoff.Database,
			fmt.Errorf("the embedded PostgreSQL in %q is not running in the background: another liftoff command has started it, and stops it when that ends", s.Folder),
			"start one that stays with `liftoff db start`")
	}
	return liftoff.NewError(liftoff.Database, fmt.Errorf("the embedded PostgreSQL in %q is not running", s.Folder),
		"start it with `liftoff db start`")
}
