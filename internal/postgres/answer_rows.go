package postgres

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgtype"

	"liftoff/internal/analytics"
	"liftoff/internal/table"
)

// next moves to the next result. It skips the marks between batches.
func (a *answerSession) next() (*pgconn.ResultReader, error) {
	for {
		results, err := a.pipeline.GetResults()
		if err != nil {
			return nil, err
		}
		if results == nil {
			return nil, errEndedEarly
		}
		if result, ok := results.(*pgconn.ResultReader); ok {
			return result, nil
		}
	}
}

// skip reads the result of a statement that returns no rows.
func (a *answerSession) skip() error {
	result, err := a.next()
	if err != nil {
		return err
	}
	_, err = result.Close()
	return err
}

// readText reads the result of a statement that returns one text; "" for NULL.
func (a *answerSession) readText() (text string, err error) {
	result, err := a.next()
	if err != nil {
		return "", err
	}
	if result.NextRow() {
		text = string(result.Values()[0])
	}
	_, err = result.Close()
	return text, err
}

// read reads the whole answer to one query.
func (a *answerSession) read(query analytics.Query) (table.Table, error) {
	result, err := a.next()
	if err != nil {
		return table.Table{}, err
	}
	fields := result.FieldDescriptions()
	columns, err := answerColumns(fields, query)
	if err != nil {
		return table.Table{}, err
	}
	var rows [][]any
	size := 0
	for result.NextRow() {
		if size += sizeOf(result.Values()); size > a.work.limits.bytes {
			return table.Table{}, analytics.TooLarge(a.work.limits.bytes)
		}
		row, err := a.decodeRow(columns, fields, result.Values())
		if err != nil {
			return table.Table{}, query.Unreadable(err)
		}
		rows = append(rows, row)
		if err := analytics.CheckRows(rows, a.work.limits.rows); err != nil {
			return table.Table{}, err
		}
	}
	_, err = result.Close()
	if _, isTooLarge := errors.AsType[*pgproto3.ExceededMaxBodyLenErr](err); isTooLarge {
		return table.Table{}, analytics.TooLarge(a.work.limits.bytes)
	}
	if err != nil {
		return table.Table{}, err
	}
	return query.Answer(columns, rows)
}

// sizeOf returns how many bytes the server sends for a row: each value has its
// length in front.
func sizeOf(row [][]byte) int {
	const length = 4
	size := length * len(row)
	for _, value := range row {
		size += len(value)
	}
	return size
}

// answerColumns names and types the columns. A built-in query must return types
// that both engines have.
func answerColumns(fields []pgconn.FieldDescription, query analytics.Query) ([]table.Column, error) {
	columns := make([]table.Column, len(fields))
	for i, field := range fields {
		columnType, ok := answerType(field.DataTypeOID)
		switch {
		case ok:
		case !query.IsOwn():
			return nil, query.Unreadable(fmt.Errorf(
				"column %q has PostgreSQL type number %d; cast it to text, integer, double precision, boolean or timestamp",
				field.Name, field.DataTypeOID))
		case field.DataTypeOID == pgtype.NumericOID:
			columnType = table.TypeFloat
		default:
			columnType = table.TypeText
		}
		columns[i] = table.Column{Name: field.Name, Type: columnType}
	}
	return columns, query.CheckColumns(columns)
}

// answerType maps PostgreSQL's types to ours. numeric is left out on purpose:
// Trino hides such columns of a table.
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
func (a *answerSession) decodeRow(columns []table.Column, fields []pgconn.FieldDescription, raw [][]byte) ([]any, error) {
	row := make([]any, len(fields))
	for i, field := range fields {
		if raw[i] == nil {
			continue
		}
		value, err := a.decode(columns[i].Type, field, raw[i])
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", field.Name, err)
		}
		row[i] = value
	}
	return row, nil
}

// decode turns one value that is not NULL into the Go type of its column.
func (a *answerSession) decode(columnType table.Type, field pgconn.FieldDescription, raw []byte) (any, error) {
	switch {
	case columnType == table.TypeText:
		return string(raw), nil
	case field.DataTypeOID == pgtype.NumericOID:
		number, err := strconv.ParseFloat(string(raw), 64)
		if err != nil { // which would quote up to 131,072 digits
			return nil, errors.New("the number is too large")
		}
		return number, nil
	}
	known, ok := a.types.TypeForOID(field.DataTypeOID)
	if !ok {
		return nil, fmt.Errorf("no decoder for PostgreSQL type number %d", field.DataTypeOID)
	}
	value, err := known.Codec.DecodeValue(a.types, field.DataTypeOID, field.Format, raw)
	if err != nil {
		return nil, err
	}
	if value == nil { // infinity, which no table can hold
		return nil, fmt.Errorf("unknown value %q", raw)
	}
	return table.Value(value)
}
