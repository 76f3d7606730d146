package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"liftoff"
	"liftoff/internal/app"
	"liftoff/internal/config"
)

func newQuarantineCommand(p *process) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "quarantine",
		Short:   "List and retry the records that could not be stored",
		GroupID: groupDatabase,
	}
	cmd.AddCommand(newQuarantineListCommand(p), newQuarantineShowCommand(p), newQuarantineRetryCommand(p), newQuarantineExportCommand(p))
	return cmd
}

func newQuarantineListCommand(p *process) *cobra.Command {
	const defaultLimit = 50
	var request app.QuarantineRequest
	cmd := p.command(&cobra.Command{
		Use:   "list",
		Short: "List the records in quarantine, and why they are there",
		Example: `  liftoff quarantine list
  liftoff quarantine list --reason missing_id -o json
  liftoff quarantine list --run 17 --resolved`,
	}, func(ctx context.Context, a *app.App, _ []string) error { return a.ListQuarantine(ctx, request) }, config.GroupOutput, config.GroupDatabase, config.GroupEmbedded)
	flags := cmd.Flags()
	flags.StringVar(&request.Reason, "reason", "", "only records with this reason, such as missing_id")
	completeFlag(cmd, "reason", cobra.ShellCompDirectiveNoFileComp, app.RejectReasons()...)
	flags.Int64Var(&request.RunID, "run", 0, "only records that this run received first")
	completeFlagBy(cmd, "run", p.completeID(app.RunIDs))
	flags.BoolVar(&request.WithResolved, "resolved", false, "also records that were stored since")
	flags.IntVar(&request.Limit, "limit", defaultLimit, "show at most this many records")
	return cmd
}

func newQuarantineShowCommand(p *process) *cobra.Command {
	return p.command(&cobra.Command{
		Use:   "show ID",
		Short: "Show one record: what is wrong with it, and its bytes",
		Long: `Shows what is known about a record, and its body, in which characters that could
control a terminal are escaped. -o json has the bytes in base64; -o raw writes
only the bytes, as they were received.`,
		Example: `  liftoff quarantine show 12
  liftoff quarantine show 12 -o raw > record.json`,
		Args:              oneArgument("record number", "12"),
		ValidArgsFunction: p.completeID(app.RecordIDs),
	}, func(ctx context.Context, a *app.App, args []string) error {
		ids, err := recordIDs(args)
		if err != nil {
			return err
		}
		return a.ShowQuarantined(ctx, ids[0])
	}, config.GroupOutput, config.GroupDatabase, config.GroupEmbedded)
}

func newQuarantineRetryCommand(p *process) *cobra.Command {
	return p.command(&cobra.Command{
		Use:   "retry [ID...]",
		Short: "Retry all records, or some by number",
		Long: `Decodes, enriches and stores the records again, as an ingestion does, with a row
in the ledger. Use it when a newer program or another setting accepts what was
refused before. Stored records are marked as resolved and leave the list; those
that still fail stay.

A record that is older than the stored launch is resolved without being stored.
Conflicting duplicates are skipped unless you name the record to keep.`,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: p.completeIDs(app.RecordIDs),
		Example: `  liftoff quarantine retry
  liftoff quarantine retry 12 17`,
	}, func(ctx context.Context, a *app.App, args []string) error {
		ids, err := recordIDs(args)
		if err != nil {
			return err
		}
		return a.RetryQuarantine(ctx, ids)
	}, config.GroupDatabase, config.GroupEmbedded)
}

func newQuarantineExportCommand(p *process) *cobra.Command {
	var outputFile string
	cmd := p.command(&cobra.Command{
		Use:   "export",
		Short: "Write the records in quarantine as JSON Lines",
		Long: `Writes one line per record, the oldest first, with the bytes in base64. An
output file is created only once complete.`,
		Example: `  liftoff quarantine export | jq -r .detail
  liftoff quarantine export --output-file quarantine.jsonl`,
		PreRunE: func(cmd *cobra.Command, _ []string) error { return refuseEmpty(cmd.Flags(), "output-file") },
	}, func(ctx context.Context, a *app.App, _ []string) error { return a.ExportQuarantine(ctx, outputFile) }, config.GroupDatabase, config.GroupEmbedded)
	cmd.Flags().StringVar(&outputFile, "output-file", "-", "file to write or replace; - for stdout")
	return cmd
}

// recordIDs parses the numbers of records.
func recordIDs(args []string) ([]int64, error) {
	values, err := valuesOf(args)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, text := range values {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || id < 1 {
			return nil, liftoff.NewError(liftoff.Usage, fmt.Errorf("%q is not a record number", text), "list them with `liftoff quarantine list`")
		}
		ids = append(ids, id)
	}
	return ids, nil
}
