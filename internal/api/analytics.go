package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"liftoff/internal/analytics"
	"liftoff/internal/report"
	"liftoff/internal/table"
)

// QueryList are the analytics queries.
type QueryList struct {
	Queries []Query `json:"queries" doc:"In their reading order"`
}

// Query is an analytics query.
type Query struct {
	Name        string            `json:"name" doc:"What it is asked for by" example:"launches_per_year"`
	Title       string            `json:"title" doc:"What the answer shows"`
	Description string            `json:"description" doc:"Units, what null means, and what is left out"`
	Units       map[string]string `json:"units" doc:"The units of columns by their names, such as kg; count for a number of things"`
	Chart       Chart             `json:"chart" doc:"How the answer can be drawn"`
	SQL         string            `json:"sql" doc:"The statement"`
}

// Chart says how to draw an answer.
type Chart struct {
	Kind        table.ChartKind `json:"kind" doc:"The form; none is a table only"`
	Label       *string         `json:"label" doc:"The column of the labels"`
	Value       *string         `json:"value" doc:"The column of the lengths or heights"`
	Values      []string        `json:"values" doc:"Further columns that are stacked on it"`
	HollowBy    *string         `json:"hollow_by" doc:"The column that says how much stands behind a point"`
	HollowBelow *int64          `json:"hollow_below" doc:"Points with less than this are hollow"`
}

// Answer is the answer to an analytics query.
type Answer struct {
	Name        string       `json:"name"`
	Title       string       `json:"title"`
	Description string       `json:"description"`
	Columns     []Column     `json:"columns"`
	Rows        []report.Row `json:"rows" doc:"One object for each row, with a member for each column"`
	Engine      string       `json:"engine" doc:"What has answered: postgres or trino" example:"postgres"`
	DataVersion string       `json:"data_version" doc:"Equal for two answers if no run began or ended between them" example:"0123456789abcdef01234567"`
	AnsweredAt  time.Time    `json:"answered_at"`
}

// Column is a column of an answer.
type Column struct {
	Name        string     `json:"name"`
	Type        table.Type `json:"type"`
	IsSimulated bool       `json:"is_simulated" doc:"Whether its values are random numbers that this program made up"`
}

// queryName is the name of a query in an address.
type queryName struct {
	Conditional
	Name string `path:"name" pattern:"^[A-Za-z0-9_.-]+$" maxLength:"200" format:"liftoff-query-name" doc:"The name of a query" example:"launches_per_year"`
}

// unconditional is a request without parameters.
type unconditional struct{}

// replyAlways is an answer that has no tag.
type replyAlways[T any] struct{ Body T }

func (a *API) registerAnalytics(api huma.API) {
	huma.Register(api, operation("listQueries", "/api/v1/analytics", "Analytics", "The analytics queries"),
		func(context.Context, *unconditional) (*replyAlways[QueryList], error) {
			list := QueryList{Queries: make([]Query, 0, len(a.Queries))}
			for _, query := range a.Queries {
				list.Queries = append(list.Queries, newQuery(query))
			}
			return &replyAlways[QueryList]{list}, nil
		})
	huma.Register(api, operation("getAnswer", "/api/v1/analytics/{name}", "Analytics", "The answer to an analytics query"),
		func(ctx context.Context, name *queryName) (*reply[Answer], error) {
			at := slices.IndexFunc(a.Queries, func(q analytics.Query) bool { return q.Name == name.Name })
			if at < 0 {
				p := newProblem(http.StatusNotFound, fmt.Sprintf("no analytics query is called %q", name.Name))
				p.Next = "/api/v1/analytics lists all queries"
				return nil, p
			}
			query, known := a.Queries[at], name.Conditional
			if query.IsOwn() {
				known = Conditional{}
			}
			answer, err := replyWith(ctx, a, known, func(c *call) (Answer, error) { return a.answer(c, query) })
			if answer != nil && query.IsOwn() {
				answer.ETag = "" // a user's own query may ask for the present time
			}
			return answer, err
		})
}

// answer asks the engine.
func (a *API) answer(c *call, query analytics.Query) (Answer, error) {
	answers, err := a.Answer(c.ctx, []analytics.Query{query})
	if err != nil {
		return Answer{}, err
	}
	given := answers[0]
	rows, err := report.Rows(given)
	answer := Answer{
		Name: given.Name, Title: given.Title, Description: given.Description, Rows: rows,
		Engine: a.Engine(), DataVersion: hashOf(c.version), AnsweredAt: a.Now().UTC(),
	}
	for _, column := range given.Columns {
		answer.Columns = append(answer.Columns, Column{column.Name, column.Type, column.IsSimulated})
	}
	return answer, err
}

func newQuery(q analytics.Query) Query {
	optional := func(text string) *string {
		if text == "" {
			return nil
		}
		return &text
	}
	chart := Chart{
		Kind: q.Chart.Kind, Label: optional(q.Chart.Label), Value: optional(q.Chart.Value), Values: q.Chart.Values,
		HollowBy: optional(q.Chart.HollowBy),
	}
	if q.Chart.HollowBy != "" {
		chart.HollowBelow = &q.Chart.HollowBelow
	}
	return Query{Name: q.Name, Title: q.Title, Description: q.Description, Units: q.Units, Chart: chart, SQL: q.SQL}
}
