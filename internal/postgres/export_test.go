package postgres

import "time"

// Meaning and PassesByItself are the rules for the server's error codes.
var (
	Meaning        = (*Store).meaning
	PassesByItself = passesByItself
)

// SetViewLockTimeout changes how long replacing a view may wait for its readers.
func SetViewLockTimeout(s *Store, d time.Duration) { s.viewLockTimeout = d }
