package postgres

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"liftoff"
)

// SQLSTATE codes that the program tells apart, named as in PostgreSQL's
// documentation, appendix A.
const (
	tooManyConnections     = "53300"
	cannotConnectNow       = "57P03"
	adminShutdown          = "57P01"
	crashShutdown          = "57P02"
	invalidPassword        = "28P01"
	invalidAuthorization   = "28000"
	invalidCatalogName     = "3D000"
	insufficientPrivilege  = "42501"
	readOnlyTransaction    = "25006"
	undefinedTable         = "42P01"
	invalidTableDefinition = "42P16"
	dependentObjects       = "2BP01"
	lockNotAvailable       = "55P03"
	serializationFailure   = "40001"
	deadlockDetected       = "40P01"
	internalError          = "XX000"

	queryCanceled            = "57014"
	idleSessionTimeout       = "57P05"
	idleInTransactionTimeout = "25P03"
	invalidParameterValue    = "22023"
	diskFull                 = "53100"
)

const readOnlyHint = "point POSTGRES_HOST at the primary server (target_session_attrs=read-write in DATABASE_URL finds it), " +
	"or set default_transaction_read_only to off"

// failure gives a driver's error its category, one clear line and a hint.
// The action says what was being done, and to what.
func (s *Store) failure(action string, err error) error {
	if ctxErr := contextError(err); ctxErr != nil {
		return fmt.Errorf("%s: %w", action, ctxErr)
	}
	category, hint := s.meaning(err)
	return liftoff.NewError(category, fmt.Errorf("%s: %w", action, shortened{err}), hint)
}

// contextError returns the context's error when that is what ended the call.
// The driver also wraps context.DeadlineExceeded of its own connect timeout,
// which is an ordinary failure.
func contextError(err error) error {
	if errors.Is(err, context.Canceled) {
		return context.Canceled
	}
	return nil
}

func (s *Store) meaning(err error) (liftoff.Category, string) {
	switch sqlState(err) {
	case invalidAuthorization:
		return liftoff.Privilege, fmt.Sprintf("check POSTGRES_USER (now %q), POSTGRES_SSLMODE, and pg_hba.conf on the server", s.target.user)
	case invalidPassword:
		return liftoff.Privilege, fmt.Sprintf("check POSTGRES_USER (now %q) and POSTGRES_PASSWORD", s.target.user)
	case invalidCatalogName:
		return liftoff.Privilege, fmt.Sprintf("create it with CREATE DATABASE %s, or check POSTGRES_DB", s.target.database)
	case insufficientPrivilege:
		return liftoff.Privilege, s.missingGrant(err)
	case readOnlyTransaction:
		return liftoff.Privilege, readOnlyHint
	case undefinedTable:
		return liftoff.Database, "create the tables with `liftoff migrate up`"
	case tooManyConnections:
		return liftoff.Database, "wait for other clients to end, or raise max_connections"
	case queryCanceled:
		return liftoff.Database, "look what the server is busy with, or allow it more with POSTGRES_STATEMENT_TIMEOUT or the role's statement_timeout"
	case lockNotAvailable:
		return liftoff.Database, "look in pg_locks who holds the lock for so long, or allow more with POSTGRES_STATEMENT_TIMEOUT, of which half is for locks"
	case diskFull:
		return liftoff.Database, "make room on the PostgreSQL server's disk, then run the same command again; nothing is half-written"
	case "":
		if _, isConnect := errors.AsType[*pgconn.ConnectError](err); !isConnect && errors.Is(err, context.DeadlineExceeded) {
			return liftoff.Database, "look whether the server and the network to it are well, or allow more with POSTGRES_STATEMENT_TIMEOUT"
		}
		if isTLS(err) {
			return liftoff.Database, "check POSTGRES_SSLMODE, the server's certificate, and PGSSLROOTCERT (or sslrootcert in DATABASE_URL), the file of the authority to trust"
		}
		return liftoff.Database, "start PostgreSQL, or check POSTGRES_HOST and POSTGRES_PORT"
	default:
		return liftoff.Database, "see the PostgreSQL server's log, then run the same command again"
	}
}

// missingGrant is the next step for a privilege that is missing.
func (s *Store) missingGrant(err error) string {
	if strings.Contains(err.Error(), "permission denied for database") {
		return "as the database's owner run: GRANT CONNECT ON DATABASE " +
			pgx.Identifier{s.target.database}.Sanitize() + " TO " + pgx.Identifier{s.target.user}.Sanitize()
	}
	return fmt.Sprintf("ask `liftoff doctor`, which prints the GRANT that role %q lacks", s.target.user)
}

func sqlState(err error) string {
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pgErr.Code
	}
	return ""
}

// passesByItself reports whether a failed connection may work a little later
// with nothing changed by hand.
func passesByItself(err error) bool {
	switch sqlState(err) {
	case tooManyConnections, cannotConnectNow, adminShutdown, crashShutdown:
		return true
	case "":
		_, isConnect := errors.AsType[*pgconn.ConnectError](err)
		return isConnect && !isTLS(err)
	default:
		return false
	}
}

// isTLS reports whether a connection did not come about for want of TLS.
func isTLS(err error) bool {
	connect, ok := errors.AsType[*pgconn.ConnectError](err)
	if _, isDistrust := errors.AsType[*tls.CertificateVerificationError](err); ok && isDistrust {
		return true
	}
	// The cause alone: the whole text has the user's and host's names in it.
	return ok && connect.Unwrap() != nil && strings.Contains(connect.Unwrap().Error(), "tls error: ")
}

// shortened wraps a driver's error with a text of one line: the server's
// message, or the innermost network error, without the connection settings
// that the driver repeats for each address it tried.
type shortened struct{ err error }

func (e shortened) Error() string { return reason(e.err) }
func (e shortened) Unwrap() error { return e.err }

func reason(err error) string {
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		return fmt.Sprintf("%s (SQLSTATE %s)", oneLine(pgErr.Message), pgErr.Code)
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
		return oneLine(connect.Unwrap().Error())
	}
	// Of errors that were joined the first one is the cause.
	first, _, _ := strings.Cut(err.Error(), "\n")
	return oneLine(first)
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
