package report

import (
	"encoding/csv"

	"liftoff/internal/analytics"
)

// writeCSV prints one result as plain CSV with a header line. Several results
// follow one another, each under a line "# name" and with an empty line
// between. NULL is an empty field.
func writeCSV(out *printer, results []analytics.Result) error {
	for i, result := range results {
		if i > 0 {
			out.print("\n")
		}
		if len(results) > 1 {
			out.print("# " + Visible(result.Query.Name) + "\n")
		}
		if err := writeCSVRows(out, result); err != nil {
			return err
		}
	}
	return nil
}

// writeCSVRows prints the header line and the rows of one result.
func writeCSVRows(out *printer, result analytics.Result) error {
	lines := csv.NewWriter(out)
	record := make([]string, len(result.Columns))
	for i, column := range result.Columns {
		record[i] = CSVText(column.Name)
	}
	if err := lines.Write(record); err != nil {
		return err
	}
	for _, row := range result.Rows {
		for i, value := range row {
			record[i] = csvField(value)
		}
		if err := lines.Write(record); err != nil {
			return err
		}
	}
	lines.Flush()
	return lines.Error()
}

// csvField returns one field; only text can hold what must be escaped.
func csvField(value any) string {
	if text, ok := value.(string); ok {
		return CSVText(text)
	}
	return exact(value)
}
