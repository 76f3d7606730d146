package postgres

import "errors"

// ErrNoDatabase is in the chain of an error for a database that the server does not
// have.
var ErrNoDatabase = errors.New("no such database")

// noDatabase is an error with ErrNoDatabase in its chain, whose text says enough.
type noDatabase struct{ error }

func (e noDatabase) Unwrap() []error { return []error{e.error, ErrNoDatabase} }
