package trino

import (
	"database/sql"
	"fmt"
	"strconv"

	"liftoff/internal/analytics"
	"liftoff/internal/table"
)

// readAnswer reads the whole answer to one query, unless it is too long.
func readAnswer(rows *sql.Rows, query analytics.Query, maxRows int) (table.Table, error) {
	types, err := rows.ColumnTypes()
	if err != nil {
		return table.Table{}, err
	}
	columns, err := columnsOf(types)
	if err != nil {
		return table.Table{}, err
	}
	answer, err := query.Answer(columns, nil)
	if err != nil {
		return table.Table{}, err
	}
	for rows.Next() {
		row, err := scanRow(rows, columns)
		if err != nil {
			return table.Table{}, err
		}
		answer.Rows = append(answer.Rows, row)
		if err := analytics.CheckRows(answer.Rows, maxRows); err != nil {
			return table.Table{}, err
		}
	}
	return answer, rows.Err()
}

// columnsOf names and types the columns.
func columnsOf(types []*sql.ColumnType) ([]table.Column, error) {
	columns := make([]table.Column, len(types))
	for i, t := range types {
		columnType, ok := typeOf(t.DatabaseTypeName())
		if !ok {
			return nil, analytics.Unreadable(fmt.Errorf(
				"column %q has Trino type %s; cast it to varchar, integer, double precision, boolean or timestamp",
				t.Name(), t.DatabaseTypeName()))
		}
		columns[i] = table.Column{Name: t.Name(), Type: columnType}
	}
	return columns, nil
}

// typeOf maps Trino's types to ours.
func typeOf(name string) (table.Type, bool) {
	switch name {
	// A bare NULL is of type UNKNOWN; for PostgreSQL it is text.
	case "VARCHAR", "CHAR", "UNKNOWN":
		return table.TypeText, true
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT":
		return table.TypeInteger, true
	case "REAL", "DOUBLE", "DECIMAL":
		return table.TypeFloat, true
	case "BOOLEAN":
		return table.TypeBoolean, true
	case "TIMESTAMP", "TIMESTAMP WITH TIME ZONE":
		return table.TypeTimestamp, true
	default:
		return "", false
	}
}

// scanRow reads one row into the Go types of its columns.
func scanRow(rows *sql.Rows, columns []table.Column) ([]any, error) {
	row := make([]any, len(columns))
	targets := make([]any, len(columns))
	for i := range row {
		targets[i] = &row[i]
	}
	if err := rows.Scan(targets...); err != nil {
		return nil, err
	}
	for i, column := range columns {
		value, err := valueOf(column.Type, row[i])
		if err != nil {
			return nil, analytics.Unreadable(fmt.Errorf("column %q: %w", column.Name, err))
		}
		row[i] = value
	}
	return row, nil
}

// valueOf converts a value of the driver to the Go type of its column.
func valueOf(columnType table.Type, value any) (any, error) {
	if text, ok := value.(string); ok && columnType == table.TypeFloat {
		return strconv.ParseFloat(text, 64) // the driver returns decimals as text
	}
	return table.Value(value)
}
