package embedded

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Source says where the server's binaries come from.
type Source string

// The sources, in the words in which doctor prints them.
const (
	// SourceInstalled is a PostgreSQL that somebody installed on this machine.
	SourceInstalled Source = "installed on this machine"
	// SourceCache is the unpacked archive in the cache directory.
	SourceCache Source = "in the cache"
	// SourceArchive is a file that the user gave or that lies in the cache,
	// still to be unpacked.
	SourceArchive Source = "archive file"
	// SourceNetwork means that the archive is still to be downloaded.
	SourceNetwork Source = "to be downloaded"
)

// binaries is a PostgreSQL that can be run.
type binaries struct {
	// Dir holds postgres and initdb.
	Dir string `json:"dir"`
	// Version is such as "18.6".
	Version string `json:"version"`
	// Source is where they come from.
	Source Source `json:"source"`
}

// hint returns the next step after the binaries did not run, given what went
// wrong and what they wrote: to have them unpacked again if files of the cache
// are missing, as tidy-up programs leave it, or else what was given.
func (b binaries) hint(problem error, output, otherwise string) string {
	if b.Source != SourceCache {
		return otherwise
	}
	if isForeign(problem) {
		return "the program files are for another kind of system (they need glibc and this processor): " +
			"install PostgreSQL 17 or newer, or set POSTGRES_HOST to use another server"
	}
	unpacked := filepath.Dir(b.Dir)
	// In the words of Linux, initdb and macOS.
	isMissing := strings.Contains(output, "No such file") || strings.Contains(output, "does not exist") ||
		strings.Contains(output, "Library not loaded")
	isOurs := strings.Contains(output, unpacked) || strings.Contains(output, "$libdir")
	if isMissing && isOurs || errors.Is(problem, fs.ErrNotExist) {
		return "program files are missing: remove the folder " + unpacked + " and run again, which unpacks them anew"
	}
	return otherwise
}

// isForeign reports whether a program is there but cannot run here: the system
// does not know its format, or says "no such file" of the program's loader, as
// musl does of glibc's.
func isForeign(problem error) bool {
	if errors.Is(problem, errNoExec) {
		return true
	}
	file, ok := errors.AsType[*fs.PathError](problem)
	if !ok || !errors.Is(problem, fs.ErrNotExist) {
		return false
	}
	_, err := os.Stat(file.Path)
	return err == nil
}

// Inspection is what Start would find and use.
type Inspection struct {
	// Source is where the binaries would come from.
	Source Source
	// BinariesDir is the folder with the server program; empty for binaries
	// that are not unpacked yet.
	BinariesDir string
	// Version of those binaries, such as "18.6".
	Version string
	// DataDir is the data directory and DataMajor the major version that made
	// it; 0 means that there is none yet.
	DataDir   string
	DataMajor int
	// CacheDir is the folder for binaries.
	CacheDir string
	// Running is true when a liftoff process owns a running server here, and
	// Connection is then how to reach it, without the password.
	Running    bool
	Connection Connection
}
