//go:build unix

package app

import "golang.org/x/sys/unix"

// freeBytes returns how much an ordinary user may still write at a folder.
func freeBytes(folder string) (uint64, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(folder, &stat); err != nil {
		return 0, diskError(folder, err)
	}
	return stat.Bavail * uint64(stat.Bsize), nil
}
