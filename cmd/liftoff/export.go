package main

import (
	"context"

	"github.com/spf13/cobra"

	"liftoff/internal/app"
	"liftoff/internal/config"
)

func newExportCommand(p *process) *cobra.Command {
	var request app.ExportRequest
	cmd := p.command(&cobra.Command{
		Use:     "export",
		Short:   "Write all launches as JSON Lines, CSV or Parquet",
		GroupID: groupRun,
		Long: `Writes the view launches, one row per launch in the order of ids, as of one
moment. It streams, so memory use does not grow with the number of launches. An
output file is created only once complete; its ending (.jsonl, .ndjson, .json,
.csv, .parquet) chooses the format.`,
		Example: `  liftoff export | jq .name
  liftoff export --output-file launches.csv
  liftoff export --raw --output-file launches.parquet`,
		PreRunE: func(cmd *cobra.Command, _ []string) error { return refuseEmpty(cmd.Flags(), "output-file") },
	}, func(ctx context.Context, a *app.App, _ []string) error { return a.Export(ctx, request) }, config.GroupDatabase, config.GroupEmbedded)
	flags := cmd.Flags()
	flags.StringVarP(&request.Format, "format", "o", "", "jsonl, csv or parquet; default: as the output file ends, jsonl without an ending")
	flags.StringVar(&request.OutputFile, "output-file", "", "file to write or replace; default or -: stdout")
	flags.BoolVar(&request.Raw, "raw", false, "add the newest document of each launch as the column raw_data")
	completeFlag(cmd, "format", cobra.ShellCompDirectiveNoFileComp, "jsonl", "csv", "parquet")
	completeFlag(cmd, "output-file", cobra.ShellCompDirectiveFilterFileExt, "jsonl", "ndjson", "json", "csv", "parquet")
	return cmd
}
