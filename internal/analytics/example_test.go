package analytics_test

import (
	"fmt"

	"liftoff/internal/analytics"
)

func ExampleLoad() {
	queries, err := analytics.Load()
	if err != nil {
		fmt.Println(err)
		return
	}
	first := queries[0]
	fmt.Println(first.Name)
	fmt.Println(first.Title)
	// Output:
	// aggregate_view
	// All launches in one line (masses and delays are simulated)
}
