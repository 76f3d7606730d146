package reportfile

import (
	"errors"
	"strings"

	"liftoff"
	"liftoff/internal/table"
)

// indexName is the name of the file that lists the others of a folder.
const indexName = "index"

// Index returns the list of the CSV files of a report: a row for each section, which also
// names the run behind it. A section with the name of the list is a liftoff.Usage error.
func (r Report) Index() (table.Table, error) {
	index := table.Table{
		Name: indexName, Title: "Sections of the report",
		Columns: []table.Column{
			table.Text("name"), table.Text("title"), table.Text("file"), table.Integer("rows"), table.Boolean("is_simulated"), table.Text("simulated_columns"), table.Text("description"),
			table.Timestamp("made_at"), table.Integer("run_id"), table.Timestamp("run_finished_at"), table.Text("source"), table.Text("engine"),
		},
	}
	var run, ended, source any
	if good := r.Health.LastGood; good.ID != 0 {
		run, ended, source = good.ID, good.FinishedAt, good.Source
	}
	for _, section := range r.Sections() {
		if strings.EqualFold(section.Name, indexName) {
			return table.Table{}, liftoff.NewError(liftoff.Usage, errors.New("a query is called index, as is the list of the files"), "rename its file")
		}
		index.Rows = append(index.Rows, []any{
			section.Name, section.Title, section.Name + ".csv", int64(len(section.Rows)), section.HasSimulated(), strings.Join(simulatedColumns(section), " "), section.Description,
			r.MadeAt, run, ended, source, r.Engine,
		})
	}
	return index, nil
}
