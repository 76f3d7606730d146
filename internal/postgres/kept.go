package postgres

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/what_intervenes.sql
var whatIntervenesSQL string

// maxNamedRecords bounds how many records an error names.
const maxNamedRecords = 5

// writtenTables are the tables into which runs write.
func writtenTables() []string {
	return []string{
		"raw_launches", "known_launches", "launch_revisions", "quarantined_records", "ingestion_runs", "ingestion_sources",
		"ingestion_missed_ranges", "raw_payloads", "raw_rockets", "raw_launchpads", "typed_launches",
	}
}

// notKept returns the liftoff.Guard error for rows of a table that are not found
// as they were written, in the transaction that wrote them: it names the table,
// the rows, and what the catalog has that may have discarded or changed them. The
// caller rolls the transaction back.
func notKept(ctx context.Context, tx pgx.Tx, table string, ids []string) error {
	others := slices.DeleteFunc(writtenTables(), func(other string) bool { return other == table })
	causes, err := whatIntervenes(ctx, tx, append([]string{table}, others...))
	if err != nil {
		return fmt.Errorf("look for what discards or changes rows of %s: %w", table, err)
	}
	text := fmt.Sprintf("%s does not keep what is written into it: %s", table, describeIDs(ids))
	hint := "look for what discards or changes rows of " + table + ", then run the same command again; nothing of this batch was stored"
	if own := slices.DeleteFunc(slices.Clone(causes), func(cause string) bool { return !isOf(cause, table) }); len(own) > 0 {
		causes = own
	}
	if len(causes) > 0 {
		text += "; what may do this: " + strings.Join(causes, ", ")
		hint = "drop or change the " + strings.Join(causes, ", ") + ", then run the same command again; nothing of this batch was stored"
	}
	return liftoff.NewError(liftoff.Guard, fmt.Errorf("%s", text), hint)
}

// whatIntervenes names what the catalog has that may discard or change rows of tables.
func whatIntervenes(ctx context.Context, db rowQuerier, tables []string) ([]string, error) {
	rows, _ := db.Query(ctx, whatIntervenesSQL, tables) // an error is in rows too
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// rowQuerier is a transaction or a pool.
type rowQuerier interface {
	Query(ctx context.Context, sql string, arguments ...any) (pgx.Rows, error)
}

// blamingRules gives an error its cause if the server refused a statement as not
// supported, which it does for tables with rules.
func (s *Store) blamingRules(ctx context.Context, err error) error {
	if sqlState(err) != featureNotSupported {
		return err
	}
	causes, lookErr := whatIntervenes(ctx, s.pool, writtenTables())
	causes = slices.DeleteFunc(causes, func(cause string) bool { return !strings.HasPrefix(cause, "rule ") })
	if lookErr != nil || len(causes) == 0 {
		return err
	}
	return liftoff.NewError(liftoff.Guard, fmt.Errorf("%w (there is the %s)", shortened{err}, strings.Join(causes, ", ")),
		"drop the "+strings.Join(causes, ", ")+", then run the same command again; nothing of this batch was stored")
}

// isOf reports whether a line of what_intervenes.sql is about a table.
func isOf(cause, table string) bool { return strings.HasSuffix(cause, " of "+table) }

// describeIDs names a few of many records.
func describeIDs(ids []string) string { return describeSome(ids, int64(len(ids))) }

// describeSome is describeIDs where only the first of so many ids are known.
func describeSome(ids []string, total int64) string {
	quoted := make([]string, 0, maxNamedRecords)
	for _, id := range ids[:min(len(ids), maxNamedRecords)] {
		quoted = append(quoted, fmt.Sprintf("%q", id))
	}
	text := strings.Join(quoted, ", ")
	if more := total - int64(len(quoted)); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
