package postgres

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"liftoff/internal/analytics"
	"liftoff/internal/table"
)

// errEndedEarly is for answers that stop without a reason.
var errEndedEarly = errors.New("the server ended its answer early")

// answerReader reads the answers to one batch.
type answerReader struct {
	results *pgconn.MultiResultReader
	types   *pgtype.Map
	maxRows int
}

// readAll skips the results of the opening statements, then reads one answer
// for each query. The caller closes the results.
func (r answerReader) readAll(openingCount int, queries []analytics.Query) ([]table.Table, error) {
	for range openingCount {
		if err := r.skip(); err != nil {
			return nil, fmt.Errorf("begin the analytics transaction: %w", shortened{err})
		}
	}
	answers := make([]table.Table, 0, len(queries))
	for _, query := range queries {
		answer, err := r.read(query)
		if err != nil {
			return nil, fmt.Errorf("run analytics query %q: %w", query.Name, shortened{err})
		}
		answers = append(answers, answer)
	}
	return answers, nil
}

// next moves to the next result.
func (r answerReader) next() error {
	if r.results.NextResult() {
		return nil
	}
	if err := r.results.Close(); err != nil {
		return err
	}
	return errEndedEarly
}

// skip reads the result of a statement that returns no rows.
func (r answerReader) skip() error {
	if err := r.next(); err != nil {
		return err
	}
	_, err := r.results.ResultReader().Close()
	return err
}

// read reads the whole answer to one query.
func (r answerReader) read(query analytics.Query) (table.Table, error) {
	if err := r.next(); err != nil {
		return table.Table{}, err
	}
	result := r.results.ResultReader()
	fields := result.FieldDescriptions()
	columns, err := answerColumns(fields)
	if err != nil {
		return table.Table{}, err
	}
	var rows [][]any
	for result.NextRow() {
		row, err := r.decodeRow(fields, result.Values())
		if err != nil {
			return table.Table{}, err
		}
		rows = append(rows, row)
		if err := analytics.CheckRows(rows, r.maxRows); err != nil {
			return table.Table{}, err
		}
	}
	if _, err := result.Close(); err != nil {
		return table.Table{}, err
	}
	return query.Answer(columns, rows), nil
}

// answerColumns names and types the columns.
func answerColumns(fields []pgconn.FieldDescription) ([]table.Column, error) {
	columns := make([]table.Column, len(fields))
	for i, field := range fields {
		columnType, ok := answerType(field.DataTypeOID)
		if !ok {
			return nil, analytics.Unreadable(fmt.Errorf(
				"column %q has PostgreSQL type number %d; cast it to text, integer, double precision, boolean or timestamp",
				field.Name, field.DataTypeOID))
		}
		columns[i] = table.Column{Name: field.Name, Type: columnType}
	}
	return columns, nil
}

// answerType maps PostgreSQL's types to ours. numeric is left out on purpose:
// Trino hides such columns, so a query that returns one is a mistake.
func answerType(oid uint32) (table.Type, bool) {
	switch oid {
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.BPCharOID:
		return table.TypeText, true
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID:
		return table.TypeInteger, true
	case pgtype.Float4OID, pgtype.Float8OID:
		return table.TypeFloat, true
	case pgtype.BoolOID:
		return table.TypeBoolean, true
	case pgtype.TimestampOID, pgtype.TimestamptzOID:
		return table.TypeTimestamp, true
	default:
		return "", false
	}
}

// decodeRow turns a row's bytes, which the next read overwrites, into values.
func (r answerReader) decodeRow(fields []pgconn.FieldDescription, raw [][]byte) ([]any, error) {
	row := make([]any, len(fields))
	for i, field := range fields {
		if raw[i] == nil {
			continue
		}
		value, err := r.decode(field, raw[i])
		if err != nil {
			return nil, analytics.Unreadable(fmt.Errorf("column %q: %w", field.Name, err))
		}
		row[i] = value
	}
	return row, nil
}

// decode turns one value that is not NULL into the Go type of its column.
func (r answerReader) decode(field pgconn.FieldDescription, raw []byte) (any, error) {
	known, ok := r.types.TypeForOID(field.DataTypeOID)
	if !ok {
		return nil, fmt.Errorf("no decoder for PostgreSQL type number %d", field.DataTypeOID)
	}
	value, err := known.Codec.DecodeValue(r.types, field.DataTypeOID, field.Format, raw)
	if err != nil {
		return nil, err
	}
	return table.Value(value)
}
