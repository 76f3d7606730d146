// Command faultreport writes the generated part of docs/reliability.md: each
// row of the fault catalogue with its tests and their result, from the events
// of the test run that `make faults` made. Its exit code is 0 only when each
// row has a test that passed, or a note that says why it has none.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run writes the report and returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("faultreport", flag.ContinueOnError)
	flags.SetOutput(stderr)
	catalogue := flags.String("catalogue", "faults/catalogue", "folder of the catalogue's tables")
	events := flags.String("events", "", "file of events of go test -json")
	document := flags.String("document", "docs/reliability.md", "document that gets the report between its two markers")
	strict := flags.Bool("strict", false, "a row whose tests were all skipped is a failure")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	problems, err := report(*catalogue, *events, *document, *strict)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "faultreport:", err)
		return 1
	}
	for _, problem := range problems {
		_, _ = fmt.Fprintln(stdout, problem)
	}
	if len(problems) > 0 {
		return 1
	}
	return 0
}

// report writes the document and returns what is wrong with the rows.
func report(catalogue, events, document string, strict bool) ([]string, error) {
	chapters, err := readCatalogue(catalogue)
	if err != nil {
		return nil, err
	}
	results, err := readResults(events)
	if err != nil {
		return nil, err
	}
	if len(results) == 0 {
		return nil, errors.New("no test of a fault ran")
	}
	if err := writeDocument(document, render(chapters, results)); err != nil {
		return nil, err
	}
	return findProblems(chapters, results, strict), nil
}
