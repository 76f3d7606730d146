package trino

import (
	"context"
	"errors"

	client "github.com/trinodb/trino-go-client/trino"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/span"
	"liftoff/internal/table"
)

// ask runs a query once and reads the whole answer. Its span has the query's name and
// Trino's id of it, and no SQL: that of a user's own query may hold values.
func (s *session) ask(ctx context.Context, query analytics.Query) (table.Table, error) {
	ctx, tracing := span.StartClient(ctx, "statement", query.Name, span.Text("db.system.name", "trino"),
		span.Text("db.query.summary", query.Name), span.Text("db.namespace", s.options.Catalog+"|"+s.options.Schema))
	var failure error
	defer tracing.End(&failure)
	answer, err := s.askOnce(ctx, query)
	if trace, ok := ctx.Value(traceKey{}).(*trace); ok {
		tracing.Set(span.Text("liftoff.trino.query_id", trace.id()))
	}
	if refusal, ok := errors.AsType[*client.ErrTrino](err); ok {
		tracing.Set(span.Text("db.response.status_code", refusal.ErrorName))
	}
	if failure = err; err != nil && liftoff.CategoryOf(err) == liftoff.Internal {
		failure = liftoff.NewError(liftoff.QueryEngine, err, "")
	}
	return answer, err
}
