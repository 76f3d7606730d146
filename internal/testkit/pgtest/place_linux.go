package pgtest

import "golang.org/x/sys/unix"

// inMemoryFits reports whether the file system in memory is there, writable
// and large enough.
func inMemoryFits() bool {
	var stat unix.Statfs_t
	if err := unix.Statfs(inMemory, &stat); err != nil {
		return false
	}
	if unix.Access(inMemory, unix.W_OK|unix.X_OK) != nil {
		return false
	}
	return stat.Type == unix.TMPFS_MAGIC && stat.Bavail*uint64(stat.Bsize) >= inMemoryNeed
}
