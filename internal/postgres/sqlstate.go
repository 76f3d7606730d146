package postgres

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
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
	undefinedColumn        = "42703"
	duplicateColumn        = "42701"
	invalidTableDefinition = "42P16"
	dependentObjects       = "2BP01"
	lockNotAvailable       = "55P03"
	serializationFailure   = "40001"
	deadlockDetected       = "40P01"
	internalError          = "XX000"
	featureNotSupported    = "0A000"
	foreignKeyViolation    = "23503"
	uniqueViolation        = "23505"

	queryCanceled            = "57014"
	idleSessionTimeout       = "57P05"
	idleInTransactionTimeout = "25P03"
	invalidParameterValue    = "22023"
	undefinedObject          = "42704"
	cannotChangeParameter    = "55P02"
	protocolViolation        = "08P01"
	diskFull                 = "53100"
)

// Classes of SQLSTATE codes. dataException is for values that a type cannot hold,
// such as a document that contains a NUL character; plpgsqlError is for RAISE.
const (
	caseNotFound             = "20"
	cardinalityViolation     = "21"
	dataException            = "22"
	integrityViolation       = "23"
	externalRoutineException = "38"
	programLimitExceeded     = "54"
	plpgsqlError             = "P0"
	internalErrorClass       = "XX"
)

// sqlState returns the server's code for an error, or "" if it has none.
func sqlState(err error) string {
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pgErr.Code
	}
	return ""
}
