//go:build unix

package embedded

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// binaries is a PostgreSQL that can be run.
type binaries struct {
	// Dir holds postgres and initdb.
	Dir string `json:"dir"`
	// Version is such as "18.6".
	Version string `json:"version"`
	// Origin is where they come from.
	Origin Origin `json:"source"`
}

// hint returns the next step after the binaries failed with the problem and wrote
// the output. Unpacked binaries may not fit this system, and a clean-up program
// may have removed some of their files. For all other problems it returns the
// fallback.
func (b binaries) hint(problem error, output, fallback string) string {
	if b.Origin != OriginCache {
		return fallback
	}
	if isForeign(problem) {
		return "install PostgreSQL 17 or newer, or set POSTGRES_HOST to use another server: " +
			"the downloaded program files are for another kind of system (another processor, or glibc instead of musl)"
	}
	unpacked := filepath.Dir(b.Dir)
	// In the words of Linux, initdb and macOS.
	isMissing := strings.Contains(output, "No such file") || strings.Contains(output, "does not exist") ||
		strings.Contains(output, "Library not loaded")
	isOurs := strings.Contains(output, unpacked) || strings.Contains(output, "$libdir")
	if (isMissing && isOurs) || errors.Is(problem, fs.ErrNotExist) {
		return "remove the folder " + unpacked + " and run again: program files are missing from it, and the next run unpacks them"
	}
	return fallback
}

// isForeign reports whether a program exists but cannot run here: the system does
// not know its format, or "no such file" is about the program's loader, as for
// glibc's on a system with musl.
func isForeign(problem error) bool {
	if errors.Is(problem, syscall.ENOEXEC) {
		return true
	}
	file, ok := errors.AsType[*fs.PathError](problem)
	if !ok || !errors.Is(problem, fs.ErrNotExist) {
		return false
	}
	_, err := os.Stat(file.Path)
	return err == nil
}
