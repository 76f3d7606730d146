// Command figures measures a checkout of liftoff and prints a Markdown table:
// lines, packages, functions, interfaces, exported names, and what the binary
// links. With -base it prints two checkouts side by side. docs/figures.md
// explains each row.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// run measures the checkouts that args name and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("figures", flag.ContinueOnError)
	flags.SetOutput(stderr)
	base := flags.String("base", "", "checkout to compare with")
	if err := flags.Parse(args); err != nil || flags.NArg() != 1 {
		_, _ = fmt.Fprintln(stderr, "usage: figures [-base DIR] DIR")
		return 2
	}
	after, err := measure(ctx, flags.Arg(0))
	var before []figure
	if err == nil && *base != "" {
		before, err = measure(ctx, *base)
	}
	if err == nil {
		_, err = io.WriteString(stdout, table(before, after))
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "figures:", err)
		return 1
	}
	return 0
}

// measure returns all figures of a checkout, in the order of the table.
func measure(ctx context.Context, dir string) ([]figure, error) {
	t, err := readTree(dir)
	if err != nil {
		return nil, fmt.Errorf("read the Go files of %s: %w", dir, err)
	}
	p, err := inspect(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("inspect the program of %s: %w", dir, err)
	}
	return figures(t, p), nil
}
