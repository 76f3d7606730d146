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
		Short:   "Look at the records that could not be stored, and retry them",
		GroupID: groupDatabase,
		Args:    usageArgs(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newQuarantineListCommand(p), newQuarantineShowCommand(p), newQuarantineRetryCommand(p), newQuarantineExportCommand(p))
	return cmd
}

func newQuarantineListCommand(p *process) *cobra.Command {
	const defaultLimit = 50
	var request app.QuarantineRequest
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List what is in quarantine, and why",
		Example: `  liftoff quarantine list
  liftoff quarantine list --reason missing_id -o json
  liftoff quarantine list --run 17 --resolved`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.runApp(cmd, false, func(ctx context.Context, a *app.App) error { return a.ListQuarantine(ctx, request) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&request.Reason, "reason", "", "only records of this reason, such as missing_id")
	flags.Int64Var(&request.RunID, "run", 0, "only records that this run brought first")
	flags.BoolVar(&request.WithResolved, "resolved", false, "also records that have gone through since")
	flags.IntVar(&request.Limit, "limit", defaultLimit, "show at most so many records")
	addSettings(flags, config.GroupDatabase, config.GroupEmbedded, config.GroupOutput)
	return cmd
}

func newQuarantineShowCommand(p *process) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show one record: what is wrong with it, and its bytes",
		Long: `Shows what is known of a record, and its body, in which whatever could drive a
terminal is escaped. -o json has the bytes in base64; -o raw writes just them, as
they were received.`,
		Example: `  liftoff quarantine show 12
  liftoff quarantine show 12 -o raw > record.json`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			ids, err := recordIDs(args)
			if err != nil {
				return err
			}
			return p.runApp(cmd, false, func(ctx context.Context, a *app.App) error { return a.ShowQuarantined(ctx, ids[0]) })
		},
	}
	addSettings(cmd.Flags(), config.GroupDatabase, config.GroupEmbedded, config.GroupOutput)
	return cmd
}

func newQuarantineRetryCommand(p *process) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "retry [ID...]",
		Short: "Put records through again, all or some by number",
		Long: `Decodes, enriches and stores the records again, as an ingestion does and with a
row in the ledger, for when a newer program or another setting takes what an
older one did not. Records that go through are marked as resolved and leave the
list; those that still fail stay.

A record older than what is stored of its launch is resolved without being
stored. Of launches that came twice with different contents nothing is done
unless you name the number of the one that holds.`,
		Example: `  liftoff quarantine retry
  liftoff quarantine retry 12 17`,
		RunE: func(cmd *cobra.Command, args []string) error {
			ids, err := recordIDs(args)
			if err != nil {
				return err
			}
			return p.runApp(cmd, false, func(ctx context.Context, a *app.App) error { return a.RetryQuarantine(ctx, ids) })
		},
	}
	addSettings(cmd.Flags(), config.GroupDatabase, config.GroupEmbedded)
	return cmd
}

func newQuarantineExportCommand(p *process) *cobra.Command {
	var outputFile string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write what is in quarantine as JSON Lines",
		Long: `Writes one line a record, with its bytes in base64, the oldest first. A file
appears when it is whole.`,
		Example: `  liftoff quarantine export | jq -r .detail
  liftoff quarantine export --output-file quarantine.jsonl`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.runApp(cmd, false, func(ctx context.Context, a *app.App) error { return a.ExportQuarantine(ctx, outputFile) })
		},
	}
	cmd.Flags().StringVar(&outputFile, "output-file", "-", "file to write, in place of one that is there; - is stdout")
	addSettings(cmd.Flags(), config.GroupDatabase, config.GroupEmbedded)
	return cmd
}

// recordIDs reads the numbers of records.
func recordIDs(args []string) ([]int64, error) {
	var ids []int64
	for _, text := range args {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || id < 1 {
			return nil, liftoff.NewError(liftoff.Usage, fmt.Errorf("%q is no record's number", text), "`liftoff quarantine list` shows them")
		}
		ids = append(ids, id)
	}
	return ids, nil
}
