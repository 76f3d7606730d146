// Command alloy writes a configuration of Grafana Alloy as `alloy fmt` does, and fails
// where it is no such configuration. It knows the language, not Alloy's components.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/grafana/alloy/syntax/parser"
	"github.com/grafana/alloy/syntax/printer"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "alloy:", err)
		os.Exit(1)
	}
}

func run(arguments []string, w io.Writer) error {
	if len(arguments) != 1 {
		return errors.New("give it one file")
	}
	content, err := os.ReadFile(arguments[0])
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	file, err := parser.ParseFile(arguments[0], content)
	if err != nil {
		return fmt.Errorf("parse the configuration: %w", err)
	}
	if err := printer.Fprint(w, file); err != nil {
		return fmt.Errorf("print the configuration: %w", err)
	}
	_, err = fmt.Fprintln(w) // the printer leaves out the last line's end
	return err
}
