package postgres

import (
	"context"
	"embed"
	"io/fs"
	"net"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/span"
	"liftoff/internal/table"
)

// queryFiles are the statements again, with the names of their files.
//
//go:embed queries/*.sql
var queryFiles embed.FS

// tracer makes a span of each statement. A span has the statement's name and no
// value: neither the SQL nor an argument, and of an error only its SQLSTATE. Without
// tracing it does nothing.
type tracer struct {
	// place is where the statements go: what all spans have.
	place []span.Attribute
	names func() map[string]string
}

func newTracer(where target) *tracer {
	place := []span.Attribute{span.Text("db.system.name", "postgresql"), span.Text("db.namespace", where.database)}
	if host, port, err := net.SplitHostPort(where.address); err == nil {
		place = append(place, span.Text("server.address", host), span.Port(port))
	} else {
		place = append(place, span.Text("server.address", where.address)) // several
	}
	return &tracer{place: place, names: sync.OnceValue(statementNames)}
}

// statementNames returns the names of the statements in queries/ by their texts.
func statementNames() map[string]string {
	names := map[string]string{}
	_ = fs.WalkDir(queryFiles, ".", func(file string, _ fs.DirEntry, err error) error {
		if text, readErr := queryFiles.ReadFile(file); err == nil && readErr == nil {
			names[string(text)] = strings.TrimSuffix(path.Base(file), ".sql")
		}
		return nil
	})
	return names
}

var (
	leadingComments = regexp.MustCompile(`^(\s+|--[^\n]*(\n|$)|/\*(?s:.*?)\*/)+`)
	// literals are what may hold a value, also one that is cut off.
	literals = regexp.MustCompile(`(?s)'(?:[^']|'')*(?:'|$)|\$[a-z_]*\$.*|"[^"]*(?:"|$)`)
	keyword  = regexp.MustCompile(`^[A-Za-z]{1,20}\b`)
	// object is the first table or function that a statement names.
	object = regexp.MustCompile(`(?i)\b(?:INTO|FROM|UPDATE|TABLE|JOIN|VIEW)\s+([a-z_][a-z0-9_.]{0,62})|^SELECT\s+([a-z_][a-z0-9_]{0,62})\(`)
)

// nameOf returns what a statement is called: its file, or its first word and what it is
// about.
func (t *tracer) nameOf(sql string) string {
	if name, isKnown := t.names()[sql]; isKnown {
		return name
	}
	sql = literals.ReplaceAllString(leadingComments.ReplaceAllString(sql[:min(len(sql), 1000)], ""), "''")
	name := strings.ToUpper(keyword.FindString(sql))
	if found := object.FindStringSubmatch(sql); found != nil && name != "" {
		name += " " + found[1] + found[2]
	}
	return name
}

// about returns what the span of a statement says.
func (t *tracer) about(more ...span.Attribute) []span.Attribute {
	return slices.Concat(t.place, more)
}

// TraceQueryStart begins the span of a statement.
func (t *tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if !span.IsOn(ctx) {
		return ctx
	}
	name := t.nameOf(data.SQL)
	ctx, _ = span.StartClient(ctx, "statement", name, t.about(span.Text("db.query.summary", name))...)
	return ctx
}

// TraceQueryEnd ends it.
func (t *tracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	endStatement(ctx, data.CommandTag, data.Err)
}

// TraceBatchStart begins the span of statements that are sent together.
func (t *tracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	if !span.IsOn(ctx) {
		return ctx
	}
	var names []string
	for _, query := range data.Batch.QueuedQueries {
		names = append(names, t.nameOf(query.SQL))
	}
	ctx, _ = span.StartClient(ctx, "statements", "", t.about(
		span.Count("db.operation.batch.size", len(names)), span.Text("db.query.summary", strings.Join(names, "; ")))...)
	return ctx
}

// TraceBatchQuery notes which of them has failed.
func (t *tracer) TraceBatchQuery(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	if data.Err != nil && span.IsOn(ctx) {
		span.Of(ctx).Set(span.Text("liftoff.failed_statement", t.nameOf(data.SQL)))
	}
}

// TraceBatchEnd ends the span.
func (t *tracer) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchEndData) {
	endStatement(ctx, pgconn.CommandTag{}, data.Err)
}

// copying is what is copied into a table.
type copying struct {
	table   string
	columns []string
	rows    pgx.CopyFromSource
}

// copyRows copies rows into a table. The driver would begin a span of its own for that,
// and not end it if the statement cannot be described or a row panics.
func copyRows(ctx context.Context, tx pgx.Tx, what copying) error {
	var place []span.Attribute
	if span.IsOn(ctx) {
		if t, ok := tx.Conn().Config().Tracer.(*tracer); ok {
			place = append(t.about(), span.Text("db.query.summary", "COPY "+what.table))
		}
	}
	ctx, tracing := span.StartClient(ctx, "statement COPY", what.table, place...)
	var failure error
	defer tracing.End(&failure)
	rows, err := tx.CopyFrom(ctx, pgx.Identifier{what.table}, what.columns, what.rows)
	tracing.Set(span.Count("liftoff.rows", rows))
	failure = ofDatabase(err)
	return err
}

// endStatement ends the span that ctx is in.
func endStatement(ctx context.Context, tag pgconn.CommandTag, err error) {
	if !span.IsOn(ctx) {
		return
	}
	tracing := span.Of(ctx)
	if rows := tag.RowsAffected(); rows > 0 {
		tracing.Set(span.Count("liftoff.rows", rows))
	}
	err = ofDatabase(err)
	if sqlState(err) == undefinedTable {
		// Statements ask whether tables are there already. If one has to be there, the run
		// fails, which its span says.
		tracing.Set(span.Text("db.response.status_code", undefinedTable))
		err = nil
	}
	tracing.End(&err)
}

// ofDatabase returns an error of the driver as one of the database.
func ofDatabase(err error) error {
	if err == nil || liftoff.CategoryOf(err) != liftoff.Internal {
		return err
	}
	return liftoff.NewError(liftoff.Database, err, "")
}

// readTraced is read as a span. Queries are sent ahead, so it begins when the answer to
// the one before has been read. A query of the user's may hold values: it has its name
// and no more.
func (a *answerSession) readTraced(ctx context.Context, query analytics.Query) (table.Table, error) {
	_, tracing := span.StartClient(ctx, "query", query.Name, span.Text("db.system.name", "postgresql"), span.Text("db.query.summary", query.Name))
	var failure error
	defer tracing.End(&failure)
	answer, err := a.read(query)
	failure = ofDatabase(err)
	tracing.Set(span.Count("db.response.returned_rows", len(answer.Rows)))
	return answer, err
}
