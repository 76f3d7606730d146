// Package telemetry makes the program's logger: the same lines on the console
// and in a log file that rotates by size, and for who ships them. It sets no global
// logger, and never stops its caller: a log that cannot be
// written causes one warning on the console, and lost lines are counted. Every
// record becomes exactly one line, whatever a message or a value contains.
package telemetry

import (
	"io"
	"log/slog"
	"os"
	"time"
)

// ComponentKey is the key under which logger.With names the part of the program that
// logs. Only JSON lines show it.
const ComponentKey = "component"

// TraceKey is the key of the trace that a line belongs to.
const TraceKey = "trace_id"

// Options says where the log goes and how it looks. The zero value logs INFO
// and above as text to stderr only.
type Options struct {
	// Level is the lowest level on the console, and FileLevel the lowest in the file and
	// for Ship.
	Level, FileLevel slog.Level
	// JSON writes one JSON object a line instead of text. Each line of a run (see
	// liftoff.WithRunID) then has the run's number as run_id, and each line the
	// component that the logger was made for.
	JSON bool
	// Console is the console; nil means stderr.
	Console io.Writer
	// Color colours the level's name on the console; it has no effect on
	// JSON or on the file. See ColorEnabled.
	Color bool
	// File is the log file's path; "" means none. Its folder must exist.
	File string
	// MaxFileBytes is the size above which the file is rotated; 0 or less
	// means never.
	MaxFileBytes int64
	// MaxFiles is how many rotated files (File.1 is the youngest) are kept
	// beside the current one; less than 1 means 1.
	MaxFiles int
	// Ship gets every line too; nil means that nobody does.
	Ship Ship
	// Clock stamps the lines; nil means the time that slog gives a record.
	Clock func() time.Time
}

// NewLogger returns a logger and the sinks it writes to. It cannot fail: the
// file is opened at the first line, and a problem with it becomes a warning on
// the console. The caller closes the sinks after its last line.
func NewLogger(opts Options) (*slog.Logger, *Sinks) {
	if opts.Console == nil {
		opts.Console = os.Stderr
	}
	sinks := newSinks(opts)
	return slog.New(&handler{opts: opts, sinks: sinks}), sinks
}
