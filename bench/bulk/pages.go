package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

//go:embed queries/newest_page.sql
var newestPageSQL string

//go:embed queries/next_page.sql
var nextPageSQL string

//go:embed queries/name_search.sql
var nameSearchSQL string

//go:embed queries/launch_at.sql
var launchAtSQL string

const (
	pageLength  = 50
	pageRuns    = 21
	pageWarmUps = 3
	// pageBudget ends the runs of a page that takes seconds.
	pageBudget = 20 * time.Second
)

// The kinds of page; each has an aim.
const (
	newestPage = "newest 50"
	nextPage   = "50 after"
	nameSearch = "newest 50 with"
)

// pageFigures are the median of one query over the view launches.
type pageFigures struct {
	page
	rows    int
	seconds float64
}

// page is a query with its arguments.
type page struct {
	kind, what string
	sql        string
	arguments  []any
}

func (p page) title() string { return strings.TrimSpace(p.kind + " " + p.what) }

// measurePages times short queries over the view of the large database.
func (b *bench) measurePages(ctx context.Context) error {
	database, err := b.wholeDatabase(ctx, b.large)
	if err != nil {
		return err
	}
	return b.server.with(ctx, database, func(conn *pgx.Conn) error {
		all, err := b.listPages(ctx, conn)
		if err != nil {
			return err
		}
		for _, p := range all {
			figures, err := timePage(ctx, conn, p)
			if err != nil {
				return fmt.Errorf("%s: %w", p.title(), err)
			}
			if p.kind != nameSearch && figures.rows != min(pageLength, b.large) {
				b.fail("%s: %d rows", p.title(), figures.rows)
			}
			fmt.Fprintf(os.Stderr, "%s: %.1f ms, %d rows\n", p.title(), 1000*figures.seconds, figures.rows)
			b.pages = append(b.pages, figures)
		}
		return nil
	})
}

// listPages are the first page, pages near the beginning, in the middle and
// near the end, and searches for letters that many names have, few, and none.
func (b *bench) listPages(ctx context.Context, conn *pgx.Conn) ([]page, error) {
	all := []page{{kind: newestPage, sql: newestPageSQL}}
	for _, percent := range []int{1, 50, 90} {
		var at time.Time
		var id string
		place := b.large * percent / 100
		if err := conn.QueryRow(ctx, launchAtSQL, place).Scan(&at, &id); errors.Is(err, pgx.ErrNoRows) {
			continue // fewer launches than that have a date
		} else if err != nil {
			return nil, fmt.Errorf("find the launch at %d: %w", place, err)
		}
		all = append(all, page{kind: nextPage, what: "launch " + thousands(place), sql: nextPageSQL, arguments: []any{at, id}})
	}
	for _, letters := range []string{"sat", "187", "xyz"} {
		all = append(all, page{kind: nameSearch, what: `"` + letters + `"`, sql: nameSearchSQL, arguments: []any{letters}})
	}
	return all, nil
}

// timePage times a query, parsed and planned each time as in a new process.
func timePage(ctx context.Context, conn *pgx.Conn, p page) (pageFigures, error) {
	figures := pageFigures{page: p}
	var seconds []float64
	arguments := append([]any{pgx.QueryExecModeExec}, p.arguments...)
	begun := time.Now()
	for i := range pageWarmUps + pageRuns {
		started := time.Now()
		spent := started.Sub(begun) > pageBudget
		if spent && len(seconds) > 0 {
			break
		}
		rows, err := conn.Query(ctx, p.sql, arguments...)
		if err != nil {
			return figures, err
		}
		figures.rows = 0
		for rows.Next() {
			figures.rows++
		}
		if err := rows.Err(); err != nil {
			return figures, err
		}
		if i >= pageWarmUps || spent {
			seconds = append(seconds, time.Since(started).Seconds())
		}
	}
	figures.seconds = median(seconds)
	return figures, nil
}

// slowestPage is the median of the slowest page of a kind; 0 when none was
// measured.
func (b *bench) slowestPage(kind string) float64 {
	var slowest float64
	for _, p := range b.pages {
		if p.kind == kind {
			slowest = max(slowest, p.seconds)
		}
	}
	return slowest
}
