package postgres

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"liftoff"
)

//go:embed queries/inspect_relation.sql
var inspectRelationSQL string

//go:embed queries/relations_in_the_way.sql
var relationsInTheWaySQL string

const (
	// rawLaunches is the table that users know, which may be adopted.
	rawLaunches = "raw_launches"
	// aggregatesView is the view that a run creates after it has stored launches.
	aggregatesView = "launch_aggregates_view"
)

// relation is the answer to inspect_relation.sql.
type relation struct {
	Kind        string
	IsUnlogged  bool
	HasRules    bool
	HasHeirs    bool
	ColumnNames []string
	ColumnTypes []string
	// OddColumns say which columns do not take every value as it is.
	OddColumns     []string
	KeyColumns     []string
	DependentViews []string
}

// column is a column's name and its type, by PostgreSQL's name and number.
type column struct {
	name, dataType string
	oid            uint32
}

// rawLaunchesColumns are the five columns that users rely on.
func rawLaunchesColumns() []column {
	return []column{
		{"id", "text", pgtype.TextOID},
		{"fetched_at_timestamp", "timestamp without time zone", pgtype.TimestampOID},
		{"simulated_total_payload_mass_kg", "integer", pgtype.Int4OID},
		{"simulated_delay_minutes", "integer", pgtype.Int4OID},
		{"raw_data", "jsonb", pgtype.JSONBOID},
	}
}

// aggregatesViewColumns are the four columns of launch_aggregates_view.
func aggregatesViewColumns() []column {
	return []column{
		{"total_launches", "bigint", pgtype.Int8OID},
		{"total_successful_launches", "bigint", pgtype.Int8OID},
		{"average_payload_mass", "double precision", pgtype.Float8OID},
		{"average_launch_delay_minutes", "double precision", pgtype.Float8OID},
	}
}

// CheckShape checks that the search path makes clear which tables are meant, that
// raw_launches has its five columns, and that launch_aggregates_view can be
// replaced, if they exist. A difference is a liftoff.Guard error that names it.
func (s *Store) CheckShape(ctx context.Context) error {
	if err := s.CheckSurroundings(ctx); err != nil {
		return err
	}
	if err := s.checkRawLaunches(ctx); err != nil {
		return err
	}
	return s.checkAggregateView(ctx)
}

func (s *Store) checkRawLaunches(ctx context.Context) error {
	table, found, err := s.inspect(ctx, rawLaunches)
	if err != nil || !found {
		return err
	}
	differences := table.differences()
	if len(differences) == 0 {
		return nil
	}
	return liftoff.NewError(liftoff.Guard,
		fmt.Errorf("the table raw_launches of PostgreSQL at %s has another shape: %s", s.target, strings.Join(differences, "; ")),
		"rename or change the table, or choose another POSTGRES_DB; nothing was touched")
}

// checkAggregateView checks, before launches are stored, that launch_aggregates_view
// can be replaced afterwards.
func (s *Store) checkAggregateView(ctx context.Context) error {
	view, found, err := s.inspect(ctx, aggregatesView)
	if err != nil || !found {
		return err
	}
	var problem, hint string
	switch {
	case view.Kind != "v":
		problem, hint = "it is "+withArticle(view.kindName())+", not a view", "rename it"
	case len(view.DependentViews) > 0 && !view.hasColumns(aggregatesViewColumns()):
		problem = "its columns must change, but other views depend on it: " + strings.Join(view.DependentViews, ", ")
		hint = "drop them, run the command again, then create them again"
	default:
		return nil
	}
	return liftoff.NewError(liftoff.Guard,
		fmt.Errorf("launch_aggregates_view of PostgreSQL at %s cannot be replaced: %s", s.target, problem), hint+"; nothing was touched")
}

// CheckNothingInTheWay checks before migrations that raw_launches, if it exists,
// can be adopted, and that nothing has a name that a pending version needs.
// Otherwise it returns a liftoff.Guard error.
func (s *Store) CheckNothingInTheWay(ctx context.Context) error {
	if err := s.CheckShape(ctx); err != nil {
		return err
	}
	current, err := s.schemaVersion(ctx)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(s.query(ctx, relationsInTheWaySQL, namesTakenAfter(current)), pgx.RowTo[string])
	if err != nil {
		return s.failure("look for relations in the way", err)
	}
	if len(names) > 0 {
		return s.inTheWay(ctx, names)
	}
	if _, isThere, err := s.inspect(ctx, rawLaunches); err != nil || !isThere || current > 0 {
		return err
	}
	return s.checkTakesLaunches(ctx)
}

// inTheWay is the error for relations with names that the schema needs.
func (s *Store) inTheWay(ctx context.Context, names []string) error {
	other, found, err := s.inspect(ctx, names[0])
	if err != nil {
		return err
	}
	kind, columns := "type or function", ""
	if found {
		kind, columns = other.kindName(), ", with the columns "+strings.Join(other.ColumnNames, ", ")
	}
	also := ""
	if len(names) > 1 {
		also = "; also in the way: " + strings.Join(names[1:], ", ")
	}
	return liftoff.NewError(liftoff.Guard,
		fmt.Errorf("%s named %s is already in PostgreSQL at %s%s%s", withArticle(kind), names[0], s.target, columns, also),
		"rename it, or choose another POSTGRES_DB; nothing was touched")
}

// namesTakenAfter lists the relations and functions that later versions create,
// except raw_launches, which may be adopted.
func namesTakenAfter(version int64) []string {
	taken := [...][]string{
		2: {"launches"},
		3: {"raw_launches_successful", "raw_launches_simulated"},
		4: {
			"ingestion_sources", "ingestion_runs", "ingestion_runs_source",
			"ingestion_missed_ranges", "ingestion_backfills", "ingestion_backfills_unfinished",
			"ingestion_backfill_ranges", "quarantined_records",
		},
		5:  {"known_launches", "launch_revisions"},
		6:  {"raw_payloads", "raw_rockets", "raw_launchpads", "payloads", "rockets", "launchpads", "liftoff_text"},
		8:  {"quarantined_records_open"},
		9:  {"liftoff_document_as_sent"},
		10: {"liftoff_text_length"},
		11: {"reference_checks", "ingestion_runs_owing"},
		12: {"quarantined_records_launch"},
		13: {"known_launches_missing"},
		14: {"typed_launches", "typed_transactions", "typed_checks", "launches_from_documents"},
		19: {"ingestion_schedules", "ingestion_runs_good_slot", "liftoff_now"},
		21: {"ingestion_runs_changes"},
		22: {"ingestion_runs_ended", "ingestion_runs_running"},
		20: {"ingestion_rates"},
	}
	var names []string
	for i := version + 1; i < int64(len(taken)); i++ {
		names = append(names, taken[i]...)
	}
	return names
}

func (s *Store) inspect(ctx context.Context, name string) (relation, bool, error) {
	found, err := pgx.CollectExactlyOneRow(s.query(ctx, inspectRelationSQL, name), pgx.RowToStructByPos[relation])
	if errors.Is(err, pgx.ErrNoRows) {
		return relation{}, false, nil
	}
	if err != nil {
		return relation{}, false, s.failure("inspect the relation "+name, err)
	}
	return found, true, nil
}

// hasColumns reports whether the relation has exactly these columns in this
// order, as CREATE OR REPLACE VIEW requires.
func (r relation) hasColumns(wanted []column) bool {
	for i, c := range wanted {
		if i >= len(r.ColumnNames) || r.ColumnNames[i] != c.name || r.ColumnTypes[i] != c.dataType {
			return false
		}
	}
	return len(r.ColumnNames) == len(wanted)
}

// differences lists how the relation differs from the raw_launches that we need.
// The order of the columns does not matter.
func (r relation) differences() []string {
	if r.Kind != "r" && r.Kind != "p" {
		return []string{"it is " + withArticle(r.kindName()) + ", not a table"}
	}
	var differences []string
	if r.IsUnlogged {
		differences = append(differences, "it is unlogged, so a crash of the server empties it")
	}
	if r.HasRules {
		differences = append(differences, "it has rules, which may put something else in the place of an insertion")
	}
	if r.HasHeirs {
		differences = append(differences, "other tables inherit from it, and their rows show in it")
	}
	differences = append(differences, r.OddColumns...)
	wanted := map[string]string{}
	for _, c := range rawLaunchesColumns() {
		wanted[c.name] = c.dataType
		i := slices.Index(r.ColumnNames, c.name)
		switch {
		case i < 0:
			differences = append(differences, fmt.Sprintf("column %s %s is missing", c.name, c.dataType))
		case r.ColumnTypes[i] != c.dataType:
			differences = append(differences, fmt.Sprintf("column %s is %s, not %s", c.name, r.ColumnTypes[i], c.dataType))
		}
	}
	for _, name := range r.ColumnNames {
		if wanted[name] == "" {
			differences = append(differences, fmt.Sprintf("column %s is not one of the five", name))
		}
	}
	if !slices.Equal(r.KeyColumns, []string{"id"}) {
		differences = append(differences, "its primary key is not id alone")
	}
	return differences
}

// withArticle puts "a" or "an" before the name of a kind.
func withArticle(kind string) string {
	if strings.HasPrefix(kind, "index") || strings.HasPrefix(kind, "unlogged") {
		return "an " + kind
	}
	return "a " + kind
}

func (r relation) kindName() string {
	switch r.Kind {
	case "r", "p":
		return "table"
	case "v":
		return "view"
	case "m":
		return "materialized view"
	case "f":
		return "foreign table"
	case "S":
		return "sequence"
	case "c":
		return "composite type"
	case "i", "I":
		return "index"
	default:
		return "relation of kind " + r.Kind
	}
}
