package app

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"text/tabwriter"

	"liftoff"
	"liftoff/internal/analytics"
	"liftoff/internal/config"
	"liftoff/internal/plain"
	"liftoff/internal/report"
)

// loadQueries returns the built-in queries and those of the configured folder, in
// their reading order.
func (a *App) loadQueries() ([]analytics.Query, error) { return loadQueries(a.Config) }

func loadQueries(cfg config.Config) ([]analytics.Query, error) {
	builtIn, err := analytics.Load()
	if err != nil || cfg.QueryDir == "" {
		return builtIn, err
	}
	if _, err := os.ReadDir(cfg.QueryDir); err != nil {
		if path, ok := errors.AsType[*fs.PathError](err); ok {
			err = path.Err // the path may be something else in the wrong setting, such as a password
		}
		return nil, liftoff.NewError(liftoff.Usage, fmt.Errorf("read the folder of %s: %w", cfg.Origin("ANALYTICS_QUERY_DIR"), err),
			"name a folder of queries that this user can read")
	}
	own, err := analytics.LoadDir(cfg.QueryDir)
	if err != nil {
		return nil, err
	}
	return analytics.Join(builtIn, own)
}

// QueryNames returns the names of the analytics queries, for completion. Without
// the user's own if they cannot be read.
func QueryNames(cfg config.Config) []string {
	queries, err := loadQueries(cfg)
	if err != nil {
		if queries, err = analytics.Load(); err != nil {
			return nil
		}
	}
	names := make([]string, 0, len(queries))
	for _, q := range queries {
		names = append(names, q.Name)
	}
	return names
}

// OwnQueries are queries of files that the user has named.
type OwnQueries []analytics.Query

// ReadQueries reads a query from each file; "-" is stdin.
func ReadQueries(files []string, stdin io.Reader) (OwnQueries, error) {
	var queries OwnQueries
	for _, file := range files {
		var query analytics.Query
		var err error
		if file == "-" {
			query, err = analytics.Read(stdin, "stdin", "stdin")
		} else {
			query, err = analytics.LoadFile(file)
		}
		if err != nil {
			return nil, err
		}
		queries = append(queries, query)
	}
	return queries, analytics.CheckNames(queries)
}

// ListQueries prints the names and titles of the analytics queries.
func (a *App) ListQueries() error {
	format, err := report.ParseFormat(a.Config.Output)
	if err != nil {
		return err
	}
	queries, err := a.loadQueries()
	if err != nil {
		return err
	}
	if format != report.FormatTable {
		return listing(queries, false).Write(a.Stdout, format, a.reportOptions())
	}
	out := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	for _, q := range queries {
		if _, err := fmt.Fprintf(out, "%s\t%s\n", q.Name, plain.Visible(q.Title)); err != nil {
			return err
		}
	}
	return out.Flush()
}

// ShowSQL prints the query files with the given names, or all, or those of files if
// there are any. Each ends with a semicolon, for psql.
func (a *App) ShowSQL(names []string, own OwnQueries) error {
	format, err := report.ParseFormat(a.Config.Output)
	if err != nil {
		return err
	}
	queries := []analytics.Query(own)
	if len(own) == 0 {
		if queries, err = a.loadQueries(); err != nil {
			return err
		}
		if queries, err = analytics.Select(queries, names); err != nil {
			return err
		}
	}
	if format != report.FormatTable {
		return listing(queries, true).Write(a.Stdout, format, a.reportOptions())
	}
	texts := make([]string, 0, len(queries))
	for _, q := range queries {
		texts = append(texts, q.Script())
	}
	_, err = io.WriteString(a.Stdout, strings.Join(texts, "\n"))
	return err
}

// listing lists queries for programs.
func listing(queries []analytics.Query, withSQL bool) report.Listing {
	list := make([]report.Query, len(queries))
	for i, q := range queries {
		list[i] = report.Query{Name: q.Name, Title: q.Title, Description: q.Description, SQL: q.SQL}
		if q.IsOwn() {
			list[i].File = &q.Source.File
		}
	}
	return report.Queries(list, withSQL)
}

// checkQueries finds out, before anything is started, whether the queries that a run
// ends with can be read.
func (a *App) checkQueries() error {
	_, err := a.loadQueries()
	return err
}
