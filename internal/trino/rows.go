package trino

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	client "github.com/trinodb/trino-go-client/trino"

	"liftoff/internal/analytics"
	"liftoff/internal/table"
)

// readAnswer reads the whole answer to one query, unless it is too long.
func readAnswer(rows *sql.Rows, query analytics.Query, maxRows int) (table.Table, error) {
	types, err := rows.ColumnTypes()
	if err != nil {
		return table.Table{}, err
	}
	columns, err := columnsOf(types, query)
	if err != nil {
		return table.Table{}, err
	}
	answer, err := query.Answer(columns, nil)
	if err != nil {
		return table.Table{}, err
	}
	for rows.Next() {
		row, err := scanRow(rows, types, columns)
		if err != nil {
			return table.Table{}, query.Unreadable(err)
		}
		answer.Rows = append(answer.Rows, row)
		if err := analytics.CheckRows(answer.Rows, maxRows); err != nil {
			return table.Table{}, err
		}
	}
	return answer, rows.Err()
}

// columnsOf names and types the columns. A built-in query must return types that
// both engines have.
func columnsOf(types []*sql.ColumnType, query analytics.Query) ([]table.Column, error) {
	columns := make([]table.Column, len(types))
	for i, t := range types {
		columnType, ok := typeOf(t.DatabaseTypeName())
		if !ok && query.IsOwn() {
			columnType = table.TypeText
		} else if !ok {
			return nil, query.Unreadable(fmt.Errorf(
				"column %q has Trino type %s; cast it to varchar, integer, double precision, boolean or timestamp",
				t.Name(), t.DatabaseTypeName()))
		}
		columns[i] = table.Column{Name: t.Name(), Type: columnType}
	}
	return columns, query.CheckColumns(columns)
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
func scanRow(rows *sql.Rows, types []*sql.ColumnType, columns []table.Column) ([]any, error) {
	row := make([]any, len(columns))
	targets := make([]any, len(columns))
	for i := range row {
		targets[i] = &row[i]
	}
	if err := rows.Scan(targets...); err != nil {
		return nil, err
	}
	for i, column := range columns {
		value, err := valueOf(column.Type, types[i].DatabaseTypeName(), row[i])
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", column.Name, err)
		}
		row[i] = value
	}
	return row, nil
}

// valueOf converts a value of the driver to the Go type of its column.
func valueOf(columnType table.Type, typeName string, value any) (any, error) {
	if columnType == table.TypeText {
		return textOf(typeName, value)
	}
	if text, ok := value.(string); ok && columnType == table.TypeFloat {
		return strconv.ParseFloat(text, 64) // the driver returns decimals as text
	}
	return table.Value(value)
}

// textOf returns the text of a value of any type: for bytes and dates as PostgreSQL
// writes them, for lists and the like as JSON.
func textOf(typeName string, value any) (any, error) {
	switch v := value.(type) {
	case nil:
		return nil, nil
	case string:
		return v, nil
	case []byte:
		return fmt.Sprintf(`\x%x`, v), nil
	case time.Time:
		if typeName == "DATE" {
			return v.Format(time.DateOnly), nil
		}
		return v.Format("15:04:05.999999"), nil
	default:
		text, err := json.Marshal(plain(v))
		return string(text), err
	}
}

// plain returns a value in which every ROW is a map of its fields, for JSON.
func plain(value any) any {
	switch v := value.(type) {
	case client.Row:
		fields := map[string]any{}
		for i := range v.Len() {
			fields[v.Name(i)] = plain(v.Value(i))
		}
		return fields
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = plain(v[key])
		}
	}
	return value
}
