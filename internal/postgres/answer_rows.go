package analytics

import (
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

var (
	// errEndedEarly stands for answers that stop without a reason.
	errEndedEarly = errors.New("the server ended its answer early")
	// errUnreadable marks an answer that came whole but does not fit into a
	// Result: a mistake in the query, not in the database.
	errUnreadable = errors.New("answer cannot be shown")
)

// reader reads the answers to one batch.
type reader struct {
	answers *pgconn.MultiResultReader
	types   *pgtype.Map
	maxRows int
}

// readAll skips the answers to the opening statements, then reads one result
// for each query. It leaves closing the answers to the caller.
func (r reader) readAll(openingCount int, queries []Query) ([]Result, error) {
	for range openingCount {
		if err := r.skip(); err != nil {
			return nil, fmt.Errorf("begin the analytics transaction: %w", err)
		}
	}
	results := make([]Result, 0, len(queries))
	for _, query := range queries {
		result, err := r.read(query)
		if err != nil {
			return nil, fmt.Errorf("run analytics query %q: %w", query.Name, err)
		}
		results = append(results, result)
	}
	return results, nil
}

// next moves to the next answer.
func (r reader) next() error {
	if r.answers.NextResult() {
		return nil
	}
	if err := r.answers.Close(); err != nil {
		return err
	}
	return errEndedEarly
}

// skip reads the answer to a statement that has no rows.
func (r reader) skip() error {
	if err := r.next(); err != nil {
		return err
	}
	_, err := r.answers.ResultReader().Close()
	return err
}

// read reads the whole answer to one query.
func (r reader) read(query Query) (Result, error) {
	if err := r.next(); err != nil {
		return Result{}, err
	}
	answer := r.answers.ResultReader()
	fields := answer.FieldDescriptions()
	columns, err := columnsOf(fields)
	if err != nil {
		return Result{}, err
	}
	var rows [][]any
	for answer.NextRow() {
		row, err := r.decodeRow(fields, answer.Values())
		if err != nil {
			return Result{}, err
		}
		rows = append(rows, row)
		if err := checkRows(rows, r.maxRows); err != nil {
			return Result{}, err
		}
	}
	if _, err := answer.Close(); err != nil {
		return Result{}, err
	}
	return Result{Query: query, Columns: columns, Rows: rows}, nil
}

// columnsOf names and types the columns.
func columnsOf(fields []pgconn.FieldDescription) ([]Column, error) {
	columns := make([]Column, len(fields))
	for i, field := range fields {
		columnType, ok := typeOf(field.DataTypeOID)
		if !ok {
			return nil, fmt.Errorf(
				"%w: column %q has PostgreSQL type number %d; cast it to text, integer, double precision, boolean or timestamp",
				errUnreadable, field.Name, field.DataTypeOID)
		}
		columns[i] = Column{Name: field.Name, Type: columnType}
	}
	return columns, nil
}

// typeOf maps PostgreSQL's types to ours. numeric is left out on purpose:
// Trino hides such columns, so a query that yields one is a mistake.
func typeOf(oid uint32) (ColumnType, bool) {
	switch oid {
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.BPCharOID:
		return Text, true
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID:
		return Integer, true
	case pgtype.Float4OID, pgtype.Float8OID:
		return Float, true
	case pgtype.BoolOID:
		return Boolean, true
	case pgtype.TimestampOID, pgtype.TimestamptzOID:
		return Timestamp, true
	default:
		return "", false
	}
}

// decodeRow turns a row's bytes, which the next read overwrites, into values.
func (r reader) decodeRow(fields []pgconn.FieldDescription, raw [][]byte) ([]any, error) {
	row := make([]any, len(fields))
	for i, field := range fields {
		if raw[i] == nil {
			continue
		}
		value, err := r.decode(field, raw[i])
		if err != nil {
			return nil, fmt.Errorf("%w: column %q: %w", errUnreadable, field.Name, err)
		}
		row[i] = value
	}
	return row, nil
}

// decode turns one value that is not NULL into the Go type of its column.
func (r reader) decode(field pgconn.FieldDescription, raw []byte) (any, error) {
	known, ok := r.types.TypeForOID(field.DataTypeOID)
	if !ok {
		return nil, fmt.Errorf("no decoder for PostgreSQL type number %d", field.DataTypeOID)
	}
	value, err := known.Codec.DecodeValue(r.types, field.DataTypeOID, field.Format, raw)
	if err != nil {
		return nil, err
	}
	switch v := value.(type) {
	case int16:
		return int64(v), nil
	case int32:
		return int64(v), nil
	case float32:
		return float64(v), nil
	case time.Time:
		return v.UTC(), nil
	case int64, float64, bool, string:
		return v, nil
	default:
		// An infinite timestamp is the one case known.
		return nil, fmt.Errorf("unknown value %v", v)
	}
}
