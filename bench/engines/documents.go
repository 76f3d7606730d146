package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"liftoff/internal/analytics"
)

// examples is the folder with the questions about documents in docs/trino.md.
const examples = "sql/trino"

// readExamples reads them, for a catalog of that name.
func readExamples(catalog string) ([]analytics.Query, error) {
	paths, err := filepath.Glob(filepath.Join(examples, "*.sql"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no files in %s: start in the repository's folder", examples)
	}
	var queries []analytics.Query
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		queries = append(queries, analytics.Query{
			Name: filepath.Base(path),
			SQL:  strings.ReplaceAll(string(content), "postgres.system.", catalog+".system."),
		})
	}
	return queries, nil
}

// examplesOnTrino are the median times of the examples by their names.
func (m measurement) examplesOnTrino(ctx context.Context, onTrino engine) (map[string]time.Duration, error) {
	queries, err := readExamples(m.connection.Database)
	if err != nil {
		return nil, err
	}
	medians := map[string]time.Duration{}
	for _, q := range queries {
		var times []time.Duration
		// The first run is a warm-up: the statement is new to Java.
		for i := range 1 + m.runs {
			started := time.Now()
			if _, err := onTrino.Answer(ctx, []analytics.Query{q}); err != nil {
				return nil, err
			}
			if i > 0 {
				times = append(times, time.Since(started))
			}
		}
		medians[q.Name] = median(times)
	}
	return medians, nil
}

// reportExamples prints their table: examples down, counts across.
func reportExamples(counts []int, measured map[int]results) error {
	queries, err := readExamples("")
	if err != nil {
		return err
	}
	fmt.Print("\n| through Trino |")
	for _, count := range counts {
		fmt.Printf(" %d |", count)
	}
	fmt.Print("\n| --- |" + strings.Repeat(" ---: |", len(counts)) + "\n")
	for _, q := range queries {
		fmt.Printf("| `%s` |", q.Name)
		for _, count := range counts {
			fmt.Printf(" %s |", milliseconds(measured[count].examples[q.Name]))
		}
		fmt.Println()
	}
	return nil
}
