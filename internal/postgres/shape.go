package postgres

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"liftoff"
)

//go:embed queries/inspect_relation.sql
var inspectRelationSQL string

// relation is the answer of inspect_relation.sql.
type relation struct {
	Kind        string
	ColumnNames []string
	ColumnTypes []string
	KeyColumns  []string
}

// rawLaunchesColumns are the five columns that users rely on, with their
// types as PostgreSQL writes them.
func rawLaunchesColumns() [][2]string {
	return [][2]string{
		{"id", "text"},
		{"fetched_at_timestamp", "timestamp without time zone"},
		{"simulated_total_payload_mass_kg", "integer"},
		{"simulated_delay_minutes", "integer"},
		{"raw_data", "jsonb"},
	}
}

// CheckShape compares raw_launches with the five columns that the program
// relies on. A difference is a liftoff.Guard error that names it; a missing
// table is none.
func (s *Store) CheckShape(ctx context.Context) error {
	table, found, err := s.inspect(ctx, "raw_launches")
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

// checkRelationsInTheWay is asked before the first migration: what is there
// under our names must be a table that can be adopted, or nothing.
func (s *Store) checkRelationsInTheWay(ctx context.Context) error {
	if err := s.CheckShape(ctx); err != nil {
		return err
	}
	other, found, err := s.inspect(ctx, "launches")
	if err != nil || !found {
		return err
	}
	return liftoff.NewError(liftoff.Guard,
		fmt.Errorf("a %s named launches is already in PostgreSQL at %s, with the columns %s",
			other.kindName(), s.target, strings.Join(other.ColumnNames, ", ")),
		"rename it, or choose another POSTGRES_DB; nothing was touched")
}

func (s *Store) inspect(ctx context.Context, name string) (relation, bool, error) {
	rows, err := s.pool.Query(ctx, inspectRelationSQL, name)
	if err != nil {
		return relation{}, false, s.failure("look at the relation "+name, err)
	}
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[relation])
	if errors.Is(err, pgx.ErrNoRows) {
		return relation{}, false, nil
	}
	if err != nil {
		return relation{}, false, s.failure("look at the relation "+name, err)
	}
	return found, true, nil
}

// differences lists how the relation differs from raw_launches as it must
// be. The order of the columns does not matter.
func (r relation) differences() []string {
	if r.Kind != "r" && r.Kind != "p" {
		return []string{"it is a " + r.kindName() + ", not a table"}
	}
	var differences []string
	wanted := map[string]string{}
	for _, column := range rawLaunchesColumns() {
		name, dataType := column[0], column[1]
		wanted[name] = dataType
		i := slices.Index(r.ColumnNames, name)
		switch {
		case i < 0:
			differences = append(differences, fmt.Sprintf("column %s %s is missing", name, dataType))
		case r.ColumnTypes[i] != dataType:
			differences = append(differences, fmt.Sprintf("column %s is %s, not %s", name, r.ColumnTypes[i], dataType))
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
	default:
		return "relation of kind " + r.Kind
	}
}
