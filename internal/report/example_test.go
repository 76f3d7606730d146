package report_test

import (
	"fmt"
	"os"

	"liftoff/internal/report"
	"liftoff/internal/table"
)

func ExampleWrite() {
	result := table.Table{
		Title:   "Launches per rocket",
		Chart:   table.Chart{Kind: table.BarChart, Label: "rocket", Value: "launches"},
		Columns: []table.Column{{Name: "rocket", Type: table.TypeText}, {Name: "launches", Type: table.TypeInteger}},
		Rows:    [][]any{{"Falcon 9", int64(195)}, {"Falcon 1", int64(5)}},
	}
	options := report.Options{Width: 40, ASCII: true}
	if err := report.Write(os.Stdout, report.FormatTable, []table.Table{result}, options); err != nil {
		fmt.Println(err)
	}
	// Output:
	// Launches per rocket
	// +----------+----------+
	// | rocket   | launches |
	// +----------+----------+
	// | Falcon 9 |      195 |
	// | Falcon 1 |        5 |
	// +----------+----------+
	//
	// launches by rocket
	// Falcon 9 ########################### 195
	// Falcon 1 # 5
}
