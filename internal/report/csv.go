package report

import (
	"encoding/csv"

	"liftoff/internal/plain"
	"liftoff/internal/table"
)

// writeCSV prints one table as plain CSV with a header line. Several tables
// are separated by empty lines, each under a line "# name". NULL is an empty
// field.
func writeCSV(out *printer, tables []table.Table) error {
	for i, t := range tables {
		if i > 0 {
			out.print("\n")
		}
		if len(tables) > 1 {
			out.print("# " + plain.Visible(t.Name) + "\n")
		}
		if err := writeCSVRows(out, t); err != nil {
			return err
		}
	}
	return nil
}

// writeCSVRows prints the header line and the rows of one table.
func writeCSVRows(out *printer, t table.Table) error {
	lines := csv.NewWriter(out)
	record := make([]string, len(t.Columns))
	for i, column := range t.Columns {
		record[i] = CSVText(column.Name)
	}
	if err := lines.Write(record); err != nil {
		return err
	}
	for _, row := range t.Rows {
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

// csvField returns one field; only text needs escaping.
func csvField(value any) string {
	if text, ok := value.(string); ok {
		return CSVText(text)
	}
	return table.Exact(value)
}
