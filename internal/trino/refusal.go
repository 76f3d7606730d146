package trino

import (
	"fmt"
	"strings"

	client "github.com/trinodb/trino-go-client/trino"

	"liftoff"
)

// explainRefusal explains an error of Trino itself. The names are those of
// Trino's StandardErrorCode and JdbcErrorCode.
func (s *session) explainRefusal(refusal *client.ErrTrino) fault {
	text := fmt.Errorf("%w [%s]", oneLine(refusal.Message), refusal.ErrorName)
	fault := fault{category: liftoff.QueryEngine, err: text, line: refusal.ErrorLocation.LineNumber, isQuerys: isQuerysFault(refusal)}
	switch refusal.ErrorName {
	case "SERVER_STARTING_UP":
		fault.retry = retryWhileWaiting
		fault.hint = "set TRINO_WAIT to give Trino more time to start"
	case "NO_NODES_AVAILABLE":
		fault.retry = retryWhileWaiting
		fault.hint = "start a worker, or set node-scheduler.include-coordinator=true on the coordinator"
	case "QUERY_QUEUE_FULL":
		fault.retry = retryWhileWaiting
		fault.hint = "try again when Trino is less busy"
	case "CATALOG_NOT_FOUND":
		fault.hint = fmt.Sprintf("add a file etc/catalog/%s.properties with connector.name=postgresql to Trino, or set TRINO_CATALOG", s.options.Catalog)
	case "SCHEMA_NOT_FOUND":
		fault.hint = "set TRINO_SCHEMA to the schema that has liftoff's views, usually public"
	case "TABLE_NOT_FOUND":
		fault.hint = fmt.Sprintf("run `liftoff migrate up` on the database behind Trino's catalog %q", s.options.Catalog)
	case "COLUMN_NOT_FOUND":
		fault.hint = fmt.Sprintf("run `liftoff migrate up` on the database behind Trino's catalog %q; if the column exists, Trino does not know its type and hides it", s.options.Catalog)
	case "PERMISSION_DENIED":
		fault.category = liftoff.Privilege
		fault.hint = fmt.Sprintf("grant user %q access in Trino's access control", s.options.User)
	case "ADMINISTRATIVELY_KILLED", "ADMINISTRATIVELY_PREEMPTED", "USER_CANCELED", "CLUSTER_OUT_OF_MEMORY":
		return killedFault(text)
	case "JDBC_ERROR":
		return s.explainPostgres(fault)
	case "EXCEEDED_TIME_LIMIT":
		fault.hint = "Trino's query_max_run_time or query_max_execution_time is the limit: raise it, or ask for less"
	default:
		fault.hint = "open the query's page, or ask Trino's administrator"
		if refusal.ErrorType == "INSUFFICIENT_RESOURCES" {
			fault.hint = "try again when Trino is less busy, or raise its limits"
		}
	}
	return fault
}

// isQuerysFault reports whether a statement itself is the cause of a refusal, not
// the cluster, its settings or what others do: it will fail again.
func isQuerysFault(refusal *client.ErrTrino) bool {
	switch refusal.ErrorName {
	case "PERMISSION_DENIED", "CATALOG_NOT_FOUND", "SCHEMA_NOT_FOUND", "ADMINISTRATIVELY_KILLED", "ADMINISTRATIVELY_PREEMPTED", "USER_CANCELED":
		return false
	default:
		return refusal.ErrorType == "USER_ERROR"
	}
}

// killedFault is for a query that was ended on purpose: it is not retried.
func killedFault(text error) fault {
	return fault{
		category: liftoff.QueryEngine, err: text,
		hint: "the query was ended on Trino; ask its administrator, or run it again",
	}
}

// explainPostgres explains an error of the PostgreSQL behind Trino.
func (s *session) explainPostgres(f fault) fault {
	message := f.err.Error()
	catalog := s.options.Catalog
	f.err = fmt.Errorf("PostgreSQL behind Trino's catalog %q: %w", catalog, f.err)
	switch {
	case strings.Contains(message, "permission denied"):
		f.category = liftoff.Privilege
		f.hint = fmt.Sprintf("as the owner of the database run: GRANT SELECT ON launches, rockets, launchpads, launch_aggregates_view TO the connection-user of catalog %q", catalog)
	case strings.Contains(message, "password authentication failed"), strings.Contains(message, "no pg_hba.conf entry"):
		f.category = liftoff.Privilege
		f.hint = fmt.Sprintf("check connection-user and connection-password of Trino's catalog %q", catalog)
	default:
		f.retry = retryFewTimes
		f.hint = fmt.Sprintf("check that PostgreSQL is running and connection-url of Trino's catalog %q is its address", catalog)
	}
	return f
}
