package postgres

import "errors"

// ErrReadOnly is in the chain of an error for a server that takes no writes, such as a
// primary that has become a standby.
var ErrReadOnly = errors.New("the server is read-only")

// readOnly is an error with ErrReadOnly in its chain, whose text says enough.
type readOnly struct{ error }

func (e readOnly) Unwrap() []error { return []error{e.error, ErrReadOnly} }
