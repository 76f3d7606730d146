package analytics

import (
	"fmt"
	"strings"

	"github.com/trinodb/trino-go-client/trino"

	"liftoff"
)

// explainRefusal explains an error that Trino itself has given. The names are
// those of Trino's StandardErrorCode and JdbcErrorCode.
func (r *trinoRun) explainRefusal(refusal *trino.ErrTrino) trinoFault {
	text := fmt.Errorf("%w [%s]", oneLine(refusal.Message), refusal.ErrorName)
	fault := trinoFault{category: liftoff.QueryEngine, err: text}
	switch refusal.ErrorName {
	case "SERVER_STARTING_UP":
		fault.repeat = repeatWhileWaiting
		fault.hint = "give Trino more time to start with TRINO_WAIT"
	case "NO_NODES_AVAILABLE":
		fault.repeat = repeatWhileWaiting
		fault.hint = "start a worker, or set node-scheduler.include-coordinator=true on the coordinator"
	case "QUERY_QUEUE_FULL":
		fault.repeat = repeatWhileWaiting
		fault.hint = "try again when Trino is less busy"
	case "CATALOG_NOT_FOUND":
		fault.hint = fmt.Sprintf("give Trino a file etc/catalog/%s.properties with connector.name=postgresql, or set TRINO_CATALOG", r.options.Catalog)
	case "SCHEMA_NOT_FOUND":
		fault.hint = "set TRINO_SCHEMA to the schema that liftoff's views are in, which is public by default"
	case "TABLE_NOT_FOUND":
		fault.hint = fmt.Sprintf(`run "liftoff migrate up" on the database behind Trino's catalog %q`, r.options.Catalog)
	case "COLUMN_NOT_FOUND":
		fault.hint = fmt.Sprintf(`run "liftoff migrate up" on the database behind Trino's catalog %q; if the column is there, Trino does not know its type and hides it`, r.options.Catalog)
	case "PERMISSION_DENIED":
		fault.category = liftoff.Privilege
		fault.hint = fmt.Sprintf("give user %q the right in Trino's access control", r.options.User)
	case "ADMINISTRATIVELY_KILLED", "ADMINISTRATIVELY_PREEMPTED", "USER_CANCELED", "CLUSTER_OUT_OF_MEMORY":
		return killedFault(text)
	case "JDBC_ERROR":
		return r.explainPostgres(fault)
	default:
		fault.hint = "open the query's page, or ask whoever looks after Trino"
		if refusal.ErrorType == "INSUFFICIENT_RESOURCES" {
			fault.hint = "try again when Trino is less busy, or raise its limits"
		}
	}
	return fault
}

// killedFault is for a query that somebody has ended: asking again by
// ourselves would be against their will.
func killedFault(text error) trinoFault {
	return trinoFault{
		category: liftoff.QueryEngine, err: text,
		hint: "the query was ended on Trino; ask whoever looks after it, or run it again",
	}
}

// explainPostgres explains an error of the PostgreSQL behind Trino.
func (r *trinoRun) explainPostgres(fault trinoFault) trinoFault {
	message := fault.err.Error()
	catalog := r.options.Catalog
	fault.err = fmt.Errorf("PostgreSQL behind Trino's catalog %q: %w", catalog, fault.err)
	switch {
	case strings.Contains(message, "permission denied"):
		fault.category = liftoff.Privilege
		fault.hint = fmt.Sprintf("as the owner of the database run: GRANT SELECT ON launches, rockets, launchpads, launch_aggregates_view TO the connection-user of catalog %q", catalog)
	case strings.Contains(message, "password authentication failed"), strings.Contains(message, "no pg_hba.conf entry"):
		fault.category = liftoff.Privilege
		fault.hint = fmt.Sprintf("check connection-user and connection-password of Trino's catalog %q", catalog)
	default:
		fault.repeat = repeatFewTimes
		fault.hint = fmt.Sprintf("check that PostgreSQL runs and connection-url of Trino's catalog %q is its address", catalog)
	}
	return fault
}
