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
		"ingestion_missed_ranges", "raw_payloads", "raw_rockets", "raw_launchpads",
	}
}

// notKept returns the liftoff.Guard error for rows of a table that are not found
// as they were written, in the transaction that wrote them: it names the table,
// the rows, and what the catalog has that may keep or change them. The caller
// rolls the transaction back.
func notKept(ctx context.Context, tx pgx.Tx, table string, ids []string) error {
	rows, _ := tx.Query(ctx, whatIntervenesSQL, append([]string{table}, writtenTables()...))
	causes, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("look for what keeps or changes rows of %s: %w", table, err)
	}
	text := fmt.Sprintf("%s does not keep what is written into it: %s", table, describeIDs(ids))
	hint := "look for what deletes or changes rows of " + table + ", then run the same command again; nothing of this batch was stored"
	if own := slices.DeleteFunc(slices.Clone(causes), func(cause string) bool { return !isOf(cause, table) }); len(own) > 0 {
		causes = own
	}
	if len(causes) > 0 {
		text += "; what may do this: " + strings.Join(causes, ", ")
		hint = "drop or change the " + strings.Join(causes, ", ") + ", then run the same command again; nothing of this batch was stored"
	}
	return liftoff.NewError(liftoff.Guard, fmt.Errorf("%s", text), hint)
}

// isOf reports whether a line of what_intervenes.sql is about a table.
func isOf(cause, table string) bool { return strings.HasSuffix(cause, " of "+table) }

// describeIDs names a few of many records.
func describeIDs(ids []string) string { return describeSome(ids, int64(len(ids))) }

// describeSome is describeIDs for a number of records of which not all are known.
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
