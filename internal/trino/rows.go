package analytics

import (
	"database/sql"
	"fmt"
	"strconv"
	"time"
)

// readTrino reads the whole answer to one query, unless it is too long.
func readTrino(rows *sql.Rows, query Query, maxRows int) (Result, error) {
	types, err := rows.ColumnTypes()
	if err != nil {
		return Result{}, err
	}
	columns, err := trinoColumns(types)
	if err != nil {
		return Result{}, err
	}
	result := Result{Query: query, Columns: columns}
	for rows.Next() {
		row, err := scanTrinoRow(rows, columns)
		if err != nil {
			return Result{}, err
		}
		result.Rows = append(result.Rows, row)
		if err := checkRows(result.Rows, maxRows); err != nil {
			return Result{}, err
		}
	}
	return result, rows.Err()
}

// trinoColumns names and types the columns.
func trinoColumns(types []*sql.ColumnType) ([]Column, error) {
	columns := make([]Column, len(types))
	for i, t := range types {
		columnType, ok := trinoTypeOf(t.DatabaseTypeName())
		if !ok {
			return nil, fmt.Errorf(
				"%w: column %q has Trino type %s; cast it to varchar, integer, double precision, boolean or timestamp",
				errUnreadable, t.Name(), t.DatabaseTypeName())
		}
		columns[i] = Column{Name: t.Name(), Type: columnType}
	}
	return columns, nil
}

// trinoTypeOf maps Trino's types to ours.
func trinoTypeOf(name string) (ColumnType, bool) {
	switch name {
	// A bare NULL is of type UNKNOWN; for PostgreSQL it is text.
	case "VARCHAR", "CHAR", "UNKNOWN":
		return Text, true
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT":
		return Integer, true
	case "REAL", "DOUBLE", "DECIMAL":
		return Float, true
	case "BOOLEAN":
		return Boolean, true
	case "TIMESTAMP", "TIMESTAMP WITH TIME ZONE":
		return Timestamp, true
	default:
		return "", false
	}
}

// scanTrinoRow reads one row into the Go types of its columns.
func scanTrinoRow(rows *sql.Rows, columns []Column) ([]any, error) {
	row := make([]any, len(columns))
	targets := make([]any, len(columns))
	for i := range row {
		targets[i] = &row[i]
	}
	if err := rows.Scan(targets...); err != nil {
		return nil, err
	}
	for i, column := range columns {
		value, err := trinoValue(column.Type, row[i])
		if err != nil {
			return nil, fmt.Errorf("%w: column %q: %w", errUnreadable, column.Name, err)
		}
		row[i] = value
	}
	return row, nil
}

// trinoValue turns a value of the driver into the Go type of its column.
func trinoValue(columnType ColumnType, value any) (any, error) {
	switch v := value.(type) {
	case nil:
		return nil, nil
	case time.Time:
		return v.UTC(), nil
	case string:
		if columnType == Float { // a decimal keeps all its digits as text
			return strconv.ParseFloat(v, 64)
		}
		return v, nil
	case int64, float64, bool:
		return v, nil
	default:
		return nil, fmt.Errorf("unknown value %v", v)
	}
}
