package app

import (
	"context"
	"fmt"
	"math"
	"time"

	"liftoff/internal/analytics"
	"liftoff/internal/report"
	"liftoff/internal/table"
)

// The queries whose answers make the summary.
const (
	aggregatesQuery = "aggregate_view"
	freshnessQuery  = "data_freshness"
	originQuery     = "real_and_synthetic"
	yearsQuery      = "launches_per_year"
)

// summary lets an engine answer what a person wants to know first.
func (a *App) summary(ctx context.Context, engine Engine) (printFunc, error) {
	summary, err := summarize(ctx, engine)
	if err != nil {
		return nil, err
	}
	summary.Database = a.describePlace()
	summary.Next = a.nextCommands(summary.Launches == 0)
	return func(context.Context) error { return report.WriteSummary(a.Stdout, summary, a.reportOptions()) }, nil
}

// describePlace says where the launches are.
func (a *App) describePlace() string {
	switch {
	case a.place.folder != "":
		return fmt.Sprintf("database %s of the embedded PostgreSQL %s at %s", a.place.options.Database, a.place.version, a.place.folder)
	case a.place.name != "":
		return "PostgreSQL at " + a.place.name
	default: // Trino has a connection of its own
		return fmt.Sprintf("schema %s of catalog %s of Trino at %s", a.Config.TrinoSchema, a.Config.TrinoCatalog, a.Config.TrinoURL)
	}
}

// nextCommands returns three commands that work as printed on the same database.
func (a *App) nextCommands(isEmpty bool) []string {
	flags := a.databaseFlags()
	first, last := "analyze --all", "export --output-file launches.parquet"
	if isEmpty {
		first = "ingest --all"
	}
	if a.place.folder != "" {
		last = "db start"
	}
	return []string{a.command(first + flags), a.command("launches" + flags), a.command(last + flags)}
}

// databaseFlags are the flags that lead another command to a database that the
// settings do not name, which is where the demo keeps its launches.
func (a *App) databaseFlags() string {
	flags := ""
	if a.place.folder != "" && !a.Config.UsesEmbedded() {
		flags += " --embedded"
	}
	if database := a.place.options.Database; a.place.folder != "" && database != a.Config.PostgresDB {
		flags += " --postgres-db " + database
	}
	return flags
}

// summarize asks an engine for the answers that a person wants first. It does not
// fill in where the data is and what to try next.
func summarize(ctx context.Context, engine Engine) (report.Summary, error) {
	queries, err := analytics.Load()
	if err != nil {
		return report.Summary{}, err
	}
	queries, err = analytics.Select(queries, []string{aggregatesQuery, freshnessQuery, originQuery, yearsQuery})
	if err != nil {
		return report.Summary{}, err
	}
	answers, err := engine.Answer(ctx, queries)
	if err != nil {
		return report.Summary{}, err
	}
	summary := report.Summary{}
	for i, read := range []func(*report.Summary, table.Table) error{readAggregates, readFreshness, readOrigin, readYears} {
		if err := read(&summary, answers[i]); err != nil {
			return report.Summary{}, fmt.Errorf("read the answer of %s: %w", queries[i].Name, err)
		}
	}
	return summary, nil
}

func readAggregates(summary *report.Summary, answer table.Table) error {
	return eachRow(answer, func(row map[string]any) {
		summary.Aggregates = report.Aggregates{
			TotalLaunches:             integer(row["total_launches"]),
			TotalSuccessfulLaunches:   integer(row["total_successful_launches"]),
			AveragePayloadMass:        float(row["average_payload_mass"]),
			AverageLaunchDelayMinutes: float(row["average_launch_delay_minutes"]),
		}
	}, "total_launches", "total_successful_launches", "average_payload_mass", "average_launch_delay_minutes")
}

func readFreshness(summary *report.Summary, answer table.Table) error {
	return eachRow(answer, func(row map[string]any) {
		summary.Newest, _ = row["newest_launch"].(string)
		summary.NewestAt, _ = row["launched_at"].(time.Time)
		summary.AgeDays = integer(row["age_days"])
	}, "newest_launch", "launched_at", "age_days")
}

func readOrigin(summary *report.Summary, answer table.Table) error {
	return eachRow(answer, func(row map[string]any) {
		summary.Synthetic = integer(row["synthetic_launches"])
		summary.Launches = integer(row["real_launches"]) + summary.Synthetic
	}, "real_launches", "synthetic_launches")
}

func readYears(summary *report.Summary, answer table.Table) error {
	return eachRow(answer, func(row map[string]any) {
		flown := integer(row["launches"])
		summary.Flown += flown
		summary.Successes += integer(row["successes"])
		summary.Failures += integer(row["failures"])
		summary.Upcoming += integer(row["upcoming"])
		if year, isKnown := row["year"].(int64); isKnown && flown > 0 {
			summary.Years = append(summary.Years, report.YearCount{Year: year, Launches: flown})
		}
	}, "year", "launches", "successes", "failures", "upcoming")
}

// eachRow calls read with the values of each row by column. A column that the
// answer does not have is an error.
func eachRow(answer table.Table, read func(row map[string]any), columns ...string) error {
	for _, name := range columns {
		if answer.ColumnIndex(name) < 0 {
			return fmt.Errorf("the answer has no column %q", name)
		}
	}
	for _, values := range answer.Rows {
		row := make(map[string]any, len(columns))
		for _, name := range columns {
			row[name] = values[answer.ColumnIndex(name)]
		}
		read(row)
	}
	return nil
}

// integer returns a whole number; 0 for NULL.
func integer(value any) int64 {
	n, _ := value.(int64)
	return n
}

// float returns a number; NaN for NULL.
func float(value any) float64 {
	switch v := value.(type) {
	case float64:
		return v
	case int64:
		return float64(v)
	default:
		return math.NaN()
	}
}
