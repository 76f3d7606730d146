package postgres

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"slices"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// isRefusedParameter reports whether the server, or a pooler, refused a connection
// because of a parameter that it was sent, or is too old for one.
func isRefusedParameter(err error) bool {
	if _, isConnect := errors.AsType[*pgconn.ConnectError](err); !isConnect {
		return false
	}
	switch sqlState(err) {
	case "":
		return strings.Contains(err.Error(), "server protocol version too low")
	case insufficientPrivilege:
		// A setting that is a superuser's, or a role that the user may not become. The
		// server names the function that refused; its message may be in another language.
		refusal, _ := errors.AsType[*pgconn.PgError](err)
		return strings.HasPrefix(refusal.Routine, "set_config") || refusal.Routine == "call_string_check_hook"
	case undefinedObject, invalidParameterValue, cannotChangeParameter:
		return true
	case protocolViolation:
		return strings.Contains(err.Error(), "unsupported startup parameter")
	default:
		return false
	}
}

// passesByItself reports whether a failed connection may work a little later
// although nothing was changed by hand.
func passesByItself(err error) bool {
	switch sqlState(err) {
	case tooManyConnections, cannotConnectNow, adminShutdown, crashShutdown:
		return true
	case "":
		_, isConnect := errors.AsType[*pgconn.ConnectError](err)
		return isConnect && !isTLS(err) && !isRefusedParameter(err)
	default:
		return false
	}
}

// isTLS reports whether a connection failed because of TLS, so that trying again
// does not help.
func isTLS(err error) bool {
	connect, ok := errors.AsType[*pgconn.ConnectError](err)
	if _, isDistrust := errors.AsType[*tls.CertificateVerificationError](err); ok && isDistrust {
		return true
	}
	// The driver says "tls error" also for a server that goes away while it is
	// asked for TLS. With sslmode=prefer it says so too when a server without TLS
	// goes away during the second try, the one without TLS.
	if isCut(err) {
		return false
	}
	return ok && !slices.ContainsFunc(attempts(connect), func(attempt error) bool { return !isTLSAttempt(attempt) })
}

// attempts returns the errors of all attempts to open a connection: one for each
// host and address, with TLS, without it or both.
func attempts(connect *pgconn.ConnectError) []error {
	if joined, ok := connect.Unwrap().(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{connect.Unwrap()}
}

func isTLSAttempt(attempt error) bool { return strings.Contains(attempt.Error(), "tls error: ") }

// isCut reports whether the network or the operating system ended a connection,
// or nothing came in time.
func isCut(err error) bool {
	_, isErrno := errors.AsType[syscall.Errno](err)
	return isErrno || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.DeadlineExceeded)
}
