//go:build !linux

package pgtest

// inMemoryFits returns false: no such file system is known here.
func inMemoryFits() bool { return false }
