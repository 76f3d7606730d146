//go:build unix

package app

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// peakMemory returns the most memory that this process has had, in bytes; 0 if the
// system does not say.
func peakMemory() int64 {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return int64(usage.Maxrss) //nolint:unconvert // not an int64 on every system
	}
	return int64(usage.Maxrss) << 10 //nolint:unconvert // not an int64 on every system
}
