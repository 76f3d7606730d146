package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"liftoff/internal/report"
	"liftoff/internal/table"
)

// buildVersion is set by the linker: make build takes it from git.
var buildVersion string //nolint:gochecknoglobals // the linker can set package variables only

// version returns the version set at build time, or that of the installed
// module.
func version() string {
	if buildVersion != "" {
		return buildVersion
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "development"
}

func versionLine() string {
	return fmt.Sprintf("liftoff %s (%s, %s/%s)", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// newVersionCommand returns a command that reads no settings: it works also where they
// are wrong.
func newVersionCommand(p *process) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		GroupID: groupHelp,
		Example: "  liftoff version\n  liftoff version -o json",
		RunE: func(*cobra.Command, []string) error {
			format, err := report.ParseFormat(output)
			if err != nil {
				return err
			}
			return printVersion(p.stdout, format)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", string(report.FormatTable), "format of the result: table, json, csv or markdown")
	completeFlag(cmd, "output", cobra.ShellCompDirectiveNoFileComp, "table", "json", "csv", "markdown")
	return cmd
}

func printVersion(out io.Writer, format report.Format) error {
	if format == report.FormatTable {
		_, err := fmt.Fprintln(out, versionLine())
		return err
	}
	info := struct {
		Version  string `json:"version"`
		Go       string `json:"go"`
		Platform string `json:"platform"`
	}{version(), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
	t := table.Table{
		Name: "version", Title: "Version of liftoff",
		Columns: []table.Column{table.Word("version"), table.Word("go"), table.Word("platform")},
		Rows:    [][]any{{info.Version, info.Go, info.Platform}},
	}
	return report.Listing{Value: info, Full: t, Tables: []table.Table{t}}.Write(out, format, report.Options{})
}
