package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"liftoff/internal/config"
)

// Tab offers every value of a closed set, in every command that has the flag.
func TestCompletion_OffersTheValuesOfClosedSets(t *testing.T) {
	t.Parallel()
	offered := 0
	for _, cmd := range commands(newRootCommand(newTestProcess())) {
		for _, s := range config.Settings() {
			flag := cmd.Flags().Lookup(s.Flag)
			if s.Flag == "" || flag == nil || config.GroupOf(flag) != s.Group || len(s.Choices) == 0 {
				continue
			}
			complete, ok := cmd.GetFlagCompletionFunc(s.Flag)
			if !ok {
				t.Errorf("%s --%s offers nothing", cmd.CommandPath(), s.Flag)
				continue
			}
			values, directive := complete(cmd, nil, "")
			if strings.Join(values, ",") != strings.Join(s.Choices, ",") || directive != cobra.ShellCompDirectiveNoFileComp {
				t.Errorf("%s --%s offers %v, want %v", cmd.CommandPath(), s.Flag, values, s.Choices)
			}
			offered++
		}
	}
	if offered < 30 {
		t.Errorf("only %d flags were looked at", offered)
	}
}

func TestUnknownWordsNameTheChoices(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"help", "ingst"}, "liftoff has no command \"ingst\". Did you mean `liftoff ingest`?"},
		{[]string{"completion", "tcsh"}, `completion has no command "tcsh". Next: give one of: bash, fish, powershell, zsh`},
		{[]string{"migrate", "everything"}, `migrate has no command "everything". Next: give one of: rebuild, status, up`},
		{[]string{"export", "-o", "xml"}, `unknown export format "xml" in --format. Next: use --format jsonl, csv or parquet`},
		{[]string{"report", "-o", "pdf"}, `a report can be had as html, markdown, json or csv-dir, not "pdf". Next: change --output, or leave it out`},
		{[]string{"export", "--output", "csv"}, "export has no flag --output. Did you mean --format?"},
		{[]string{"quarantine", "export", "-o", "csv"}, "quarantine export has no flag -o. Next: see `liftoff quarantine export --help`"},
		{[]string{"analyze", "launches_per_yeer"}, `no analytics query is called "launches_per_yeer". Did you mean launches_per_year? See ` + "`liftoff analyze --list` for all names"},
	} {
		wantUsageLine(t, nil, test.args, test.want)
	}
}
