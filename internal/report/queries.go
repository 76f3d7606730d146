package report

import "liftoff/internal/table"

// Query is an analytics query, for a list of them.
type Query struct {
	Name        string `json:"name"`
	Title       string `json:"title"`
	Description string `json:"description"`
	// File is nil for a built-in query.
	File *string `json:"file"`
	SQL  string  `json:"sql"`
}

// Queries lists queries in the given order. People see the statements only if asked
// for.
func Queries(queries []Query, withSQL bool) Listing {
	name := column[Query]{Column: table.Word("name"), value: func(q Query) any { return q.Name }}
	title := column[Query]{Column: table.Text("title"), value: func(q Query) any { return q.Title }}
	statement := column[Query]{Column: table.Text("sql"), value: func(q Query) any { return q.SQL }}
	short := []column[Query]{name, title}
	if withSQL {
		short = append(short, statement)
	}
	forPeople := tableOf("queries", queries, short)
	forPeople.Title = "Analytics queries"
	return Listing{Value: queries, Tables: []table.Table{forPeople}, Full: tableOf("queries", queries, []column[Query]{
		name, title,
		{Column: table.Text("description"), value: func(q Query) any { return q.Description }},
		{Column: table.Text("file"), value: func(q Query) any { return cell(q.File) }},
		statement,
	})}
}
