package span

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"

	"liftoff"
)

// describe returns the category of an error, and what kind of error of the network, the
// system or the database it was; "" for any other. Both are from a fixed vocabulary: an
// error's own text may hold a value of a row, a part of an answer or a secret.
func describe(err error) (category, kind string) {
	return liftoff.CategoryOf(err).String(), kindOf(err)
}

func kindOf(err error) string {
	if state, ok := errors.AsType[sqlError](err); ok {
		return "SQLSTATE " + clean(state.SQLState())
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno.Error()
	}
	if lookup, ok := errors.AsType[*net.DNSError](err); ok && lookup.IsNotFound {
		return "no such host"
	}
	if _, isPanic := errors.AsType[*liftoff.PanicError](err); isPanic {
		return "panic"
	}
	for _, known := range []error{context.DeadlineExceeded, context.Canceled, io.ErrUnexpectedEOF, io.EOF, net.ErrClosed} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return ""
}

// sqlError is an error of PostgreSQL.
type sqlError interface {
	error
	SQLState() string
}
