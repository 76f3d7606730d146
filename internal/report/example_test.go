package report_test

import (
	"fmt"
	"os"

	"liftoff/internal/analytics"
	"liftoff/internal/report"
)

func ExampleWrite() {
	result := analytics.Result{
		Query: analytics.Query{
			Title: "Launches per rocket",
			Chart: analytics.Chart{Kind: analytics.BarChart, Label: "rocket", Value: "launches"},
		},
		Columns: []analytics.Column{{Name: "rocket", Type: analytics.Text}, {Name: "launches", Type: analytics.Integer}},
		Rows:    [][]any{{"Falcon 9", int64(195)}, {"Falcon 1", int64(5)}},
	}
	options := report.Options{Width: 40, ASCII: true}
	if err := report.Write(os.Stdout, report.FormatTable, []analytics.Result{result}, options); err != nil {
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
