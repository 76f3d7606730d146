//go:build !linux

package postgres

import "syscall"

// limitUnconfirmed does nothing: other systems have limits of their own.
func limitUnconfirmed(string, string, syscall.RawConn) error { return nil }
