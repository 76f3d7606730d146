package api

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"liftoff/internal/analytics"
	"liftoff/internal/table"
)

// aggregates is the row of launch_aggregates_view.
type aggregates struct {
	TotalLaunches           int64    `json:"total_launches"`
	TotalSuccessfulLaunches int64    `json:"total_successful_launches"`
	AveragePayloadMassKg    *float64 `json:"average_payload_mass" doc:"In kg, of simulated values"`
	AverageDelayMinutes     *float64 `json:"average_launch_delay_minutes" doc:"Of simulated values"`
}

func (s *server) getAggregates(ctx context.Context, in *Conditional) (*answer[aggregates], error) {
	tag, isKnown, err := s.tag(ctx, *in, "aggregates")
	if err != nil || isKnown {
		return &answer[aggregates]{Tagged: tag, Status: http.StatusNotModified}, err
	}
	a, err := s.Store.Aggregates(ctx)
	if err != nil {
		return nil, s.problem(ctx, err, "")
	}
	return &answer[aggregates]{Tagged: tag, Status: http.StatusOK, Body: aggregates(a)}, nil
}

// queryList is all analytics queries.
type queryList struct {
	Queries []query `json:"queries" nullable:"false"`
}

// query is an analytics query; its fields are those of liftoff queries -o json, and more.
type query struct {
	Name        string            `json:"name"`
	Title       string            `json:"title"`
	Description string            `json:"description"`
	Units       map[string]string `json:"units" doc:"The units of columns, by their names"`
	Chart       string            `json:"chart" doc:"How the answer is drawn; none for not at all"`
	SQL         string            `json:"sql"`
}

// plain is the answer of a route without an ETag.
type plain[Body any] struct{ Body Body }

func (s *server) listAnalytics(context.Context, *struct{}) (*plain[queryList], error) {
	list := &plain[queryList]{Body: queryList{Queries: []query{}}}
	for _, q := range s.Queries {
		units := q.Units
		if units == nil {
			units = map[string]string{}
		}
		list.Body.Queries = append(list.Body.Queries, query{
			Name: q.Name, Title: q.Title, Description: q.Description, Units: units, Chart: string(cmp.Or(q.Chart.Kind, table.NoChart)), SQL: q.SQL,
		})
	}
	return list, nil
}

// queryInput names a query.
type queryInput struct {
	Name string `path:"name" minLength:"1" maxLength:"200" pattern:"^[^\\x00]*$" doc:"The query's name"`
}

// queryAnswer is the answer of a query; name to rows are those of liftoff analyze -o json.
type queryAnswer struct {
	Name        string           `json:"name"`
	Title       string           `json:"title"`
	Description string           `json:"description"`
	Columns     []column         `json:"columns" nullable:"false"`
	Rows        []map[string]any `json:"rows" nullable:"false" doc:"An object for each row, with a value or null for each column"`
	Engine      string           `json:"engine" example:"postgres"`
	DataVersion string           `json:"data_version" doc:"Another one means that a run has begun or ended since"`
	AnsweredAt  time.Time        `json:"answered_at"`
}

// column is a column of an answer.
type column struct {
	Name string  `json:"name"`
	Type string  `json:"type" enum:"text,integer,float,boolean,timestamp"`
	Unit *string `json:"unit"`
}

// getAnswer has no ETag: a query may ask for the present time.
func (s *server) getAnswer(ctx context.Context, in *queryInput) (*plain[queryAnswer], error) {
	at := slices.IndexFunc(s.Queries, func(q analytics.Query) bool { return q.Name == in.Name })
	if at < 0 {
		return nil, huma.Error404NotFound(fmt.Sprintf("there is no analytics query %q; %s/analytics lists them", in.Name, Root))
	}
	version, _, err := s.dataVersion(ctx)
	if err != nil {
		return nil, err
	}
	answers, err := s.Engine.Answer(ctx, s.Queries[at:at+1])
	if err != nil {
		return nil, s.problem(ctx, err, "")
	}
	t := answers[0]
	body := queryAnswer{
		Name: t.Name, Title: t.Title, Description: t.Description, Columns: []column{}, Rows: []map[string]any{},
		Engine: s.EngineName(), DataVersion: version, AnsweredAt: s.Now().UTC(),
	}
	for _, c := range t.Columns {
		body.Columns = append(body.Columns, column{c.Name, string(c.Type), orNil(c.Unit)})
	}
	for _, cells := range t.Rows {
		row := make(map[string]any, len(cells))
		for i, cell := range cells {
			row[t.Columns[i].Name] = jsonCell(cell)
		}
		body.Rows = append(body.Rows, row)
	}
	return &plain[queryAnswer]{body}, nil
}

// jsonCell returns a value that JSON can hold: as in the CLI's JSON, a float that is no
// number is null.
func jsonCell(cell any) any {
	switch v := cell.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
	case string:
		return strings.ToValidUTF8(v, "\uFFFD")
	}
	return cell
}
