package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// shortened wraps a driver's error with a text of one line: the server's
// message, or the innermost network error, without the connection settings
// that the driver repeats for each address it tried.
type shortened struct{ err error }

func (e shortened) Error() string { return reason(e.err) }
func (e shortened) Unwrap() error { return e.err }

func reason(err error) string {
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		return fmt.Sprintf("%s (SQLSTATE %s)", cmp.Or(oneLine(pgErr.Message), "no message"), pgErr.Code)
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return "host not found: " + dns.Name
	}
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return number.Error()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer in time"
	}
	if connect, ok := errors.AsType[*pgconn.ConnectError](err); ok && connect.Unwrap() != nil {
		if isCut(err) && !isTLS(err) {
			return "the server closed the connection"
		}
		return connectReason(connect)
	}
	// The first of several joined errors is the cause.
	first, _, _ := strings.Cut(err.Error(), "\n")
	return oneLine(first)
}

// wrongKindOfServer is in the driver's error for a server that is not what
// target_session_attrs asks for.
const wrongKindOfServer = "ValidateConnect failed: "

// connectReason says why each attempt to connect failed. That a server has no TLS
// is left out where the attempt without TLS failed for a reason of its own.
func connectReason(connect *pgconn.ConnectError) string {
	all := attempts(connect)
	if !isTLS(connect) {
		all = slices.DeleteFunc(slices.Clone(all), isTLSAttempt)
	}
	var reasons []string
	for _, attempt := range all {
		text := strings.Replace(oneLine(attempt.Error()), wrongKindOfServer, "", 1)
		// The driver wraps an error that is not there.
		text = strings.TrimSuffix(text, ": %!w(<nil>)")
		if !slices.Contains(reasons, text) {
			reasons = append(reasons, text)
		}
	}
	return strings.Join(reasons, "; ")
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
