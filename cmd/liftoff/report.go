package main

import (
	"context"

	"github.com/spf13/cobra"

	"liftoff"
	"liftoff/internal/app"
	"liftoff/internal/config"
	"liftoff/internal/reportfile"
)

func newReportCommand(p *process) *cobra.Command {
	var request app.ReportRequest
	cmd := p.command(&cobra.Command{
		Use:     "report",
		Short:   "Make a report to hand on: HTML, Markdown, JSON or CSV files",
		GroupID: groupRun,
		Long: `Makes a report with a section for each analytics query, those of --query-dir
included: title, description, chart and table. It says when it was made, from
which source, and of which run the figures are, and marks what is simulated.

HTML is one file that needs no network and no other file. Markdown is what
GitHub renders. csv-dir writes a file for each section to --output-dir, and
index.csv lists them. --chart-dir writes each chart as a file of its own;
Markdown shows those. --compare lists what has changed since a run.
docs/reports.md says more, also how a browser makes a PDF.

LIFTOFF_OUTPUT does not count here: it is the format of what is printed.`,
		Example: `  liftoff report --output-file report.html
  liftoff report --output-file report.html --compare 17
  liftoff report --output-file report.md --chart-dir charts
  liftoff report --chart-dir charts --chart png --output-file report.html
  liftoff report -o json | jq '.sections[].title'
  liftoff report -o csv-dir --output-dir figures`,
		PreRunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("compare") && request.Compare < 1 {
				return liftoff.NewError(liftoff.Usage, notARun(cmd.Flags().Lookup("compare").Value.String()), "list the runs with `liftoff runs`")
			}
			return refuseEmpty(cmd.Flags(), "output", "output-file", "output-dir", "chart-dir", "chart")
		},
	}, func(ctx context.Context, a *app.App, _ []string) error { return a.Report(ctx, request) },
		config.GroupQueries, config.GroupDatabase, config.GroupEmbedded, config.GroupEngine)
	flags := cmd.Flags()
	var formats []string
	for _, format := range reportfile.Formats() {
		formats = append(formats, string(format))
	}
	flags.StringVarP(&request.Format, "output", "o", "", "html, markdown, json or csv-dir; default: as the output file ends, html without an ending")
	flags.StringVar(&request.OutputFile, "output-file", "", "`file` to write or replace; default or -: stdout")
	flags.StringVar(&request.OutputDir, "output-dir", "", "`folder` for the files of csv-dir")
	flags.StringVar(&request.ChartDir, "chart-dir", "", "write each chart to a file NAME.svg (or .png) in this `folder`")
	flags.StringVar(&request.Chart, "chart", "", "what the files of --chart-dir are: svg (default) or png")
	flags.Int64Var(&request.Compare, "compare", 0, "list what has changed since the run of this `number`")
	completeFlag(cmd, "output", cobra.ShellCompDirectiveNoFileComp, formats...)
	completeFlag(cmd, "output-file", cobra.ShellCompDirectiveFilterFileExt, "html", "htm", "md", "markdown", "json")
	completeFlag(cmd, "output-dir", cobra.ShellCompDirectiveFilterDirs)
	completeFlag(cmd, "chart-dir", cobra.ShellCompDirectiveFilterDirs)
	completeFlag(cmd, "chart", cobra.ShellCompDirectiveNoFileComp, "svg", "png")
	completeFlagBy(cmd, "compare", p.completeIDs(app.RunIDs))
	return cmd
}
