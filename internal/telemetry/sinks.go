package telemetry

import (
	"log/slog"
	"sync"
)

// entry is one record, rendered.
type entry struct {
	// console and plain are the same line, with and without colours.
	console, plain []byte
	// isForConsole and isForFile say who gets the line.
	isForConsole, isForFile bool
	// warning renders a line about the log itself.
	warning func(message string, attrs ...slog.Attr) []byte
}

// Sinks are the places a logger writes to. All methods may be called from
// many goroutines; lines never mix.
type Sinks struct {
	mu      sync.Mutex
	console *console
	// file is nil when no file is wanted, and after Close.
	file *file
	// warned holds the warnings given so far. Each is given once, because a
	// nearly full disk would otherwise cause one at every second line.
	warned map[string]bool

	// consoleDropped and fileDropped count lost lines.
	consoleDropped, fileDropped int64
}

func newSinks(opts Options) *Sinks {
	s := &Sinks{console: newConsole(opts.Console), warned: map[string]bool{}}
	if opts.File != "" {
		s.file = newFile(opts.File, opts.MaxFileBytes, opts.MaxFiles)
	}
	return s
}

// Close closes the log file. Lines logged afterwards go to the console only.
func (s *Sinks) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return nil
	}
	f := s.file
	s.file = nil
	return f.close()
}

// write writes the line to the file first: if a closed console ends the
// program by SIGPIPE, the last line is on disk.
func (s *Sinks) write(e entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file != nil && e.isForFile {
		s.writeFile(e)
	}
	if e.isForConsole {
		s.writeConsole(e.console)
	}
}

func (s *Sinks) writeFile(e entry) {
	isWritten, err := s.file.write(e.plain)
	message := "Log file cannot be rotated and keeps growing."
	if !isWritten {
		s.fileDropped++
		message = "Log file cannot be written; the log goes to the console only."
	}
	if err == nil || s.warned[message] {
		return
	}
	s.warned[message] = true
	s.writeConsole(e.warning(message, slog.String("file", s.file.path), slog.String("error", reason(err))))
}

func (s *Sinks) writeConsole(line []byte) {
	if !s.console.write(line) {
		s.consoleDropped++
	}
}
