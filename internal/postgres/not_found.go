package postgres

import "liftoff"

// notFound is an error with liftoff.ErrNotFound in its chain, whose text says enough.
type notFound struct{ error }

func (e notFound) Unwrap() []error { return []error{e.error, liftoff.ErrNotFound} }
