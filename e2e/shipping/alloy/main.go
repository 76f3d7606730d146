// Command alloy reads a configuration of Grafana Alloy and writes it as `alloy fmt` does,
// or fails where it is no such configuration. It knows the language, not Alloy's components.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/grafana/alloy/syntax/parser"
	"github.com/grafana/alloy/syntax/printer"
)

func main() {
	if err := format(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "alloy:", err)
		os.Exit(1)
	}
}

func format(r io.Reader, w io.Writer) error {
	content, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	file, err := parser.ParseFile("config.alloy", content)
	if err != nil {
		return fmt.Errorf("parse the configuration: %w", err)
	}
	if err := printer.Fprint(w, file); err != nil {
		return fmt.Errorf("print the configuration: %w", err)
	}
	_, err = fmt.Fprintln(w) // the printer leaves out the last line's end
	return err
}
