package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"liftoff"
	"liftoff/internal/config"
)

func TestRun_UsageErrorsAreOneLineWithTheNextStep(t *testing.T) {
	const change = ". Next: change it, or leave it out"
	const psql = ". Next: put psql's own options after --, as in: liftoff psql -- -c 'SELECT 1'"
	tests := []struct {
		args string
		want string
	}{
		{"ingset", "liftoff has no command \"ingset\". Did you mean `liftoff ingest`?"},
		{"nonsense", "liftoff has no command \"nonsense\". Next: see `liftoff --help`"},
		{"migrate sideways", "migrate has no command \"sideways\". Next: give one of: rebuild, status, up"},
		{"migrate statsu", "migrate has no command \"statsu\". Did you mean `liftoff migrate status`?"},
		{"completion bush", "completion has no command \"bush\". Did you mean `liftoff completion bash`?"},
		{"completion bash twice", "completion bash takes no argument \"twice\". Next: see `liftoff completion bash --help`"},

		{"ingest al", "ingest takes no argument \"al\". Did you mean --all?"},
		{"ingest now", "ingest takes no argument \"now\". Did you mean --new?"},
		{"version --help=perhaps", "--help needs true or false, not \"perhaps\". Next: see `liftoff version --help`"},
		{"quarantine list x", "quarantine list takes no argument \"x\". Next: see `liftoff quarantine list --help`"},
		{"help nonsense", "liftoff has no command \"nonsense\". Next: see `liftoff --help`"},
		{"help ingset", "liftoff has no command \"ingset\". Did you mean `liftoff ingest`?"},
		{"help migrate statsu", "migrate has no command \"statsu\". Did you mean `liftoff migrate status`?"},
		{"analyze --list x", "--list takes no argument \"x\". Next: leave out --list to run a query, or the name to list all"},
		{"psql x", "psql takes arguments only after --, not \"x\"" + psql},
		{"psql x -- y", "psql takes arguments only after --, not \"x\"" + psql},
		{"psql -c x", "psql has no flag -c" + psql},
		{"psql -d x", "psql has no flag -d" + psql},
		{"psql --command=x", "psql has no flag --command" + psql},
		{"psql --embedde", "psql has no flag --embedde. Did you mean --embedded?"},
		{"history", "history needs the id or name of a launch, as in: liftoff history Crew-2. Next: see `liftoff history --help`"},
		{"history a b", "history takes one launch, not 2 arguments. Next: put a name with blanks into quotes"},
		{"show", "show needs the id or name of a launch, as in: liftoff show Crew-2. Next: see `liftoff show --help`"},
		{"show a b", "show takes one launch, not 2 arguments. Next: put a name with blanks into quotes"},
		{"runs show", "runs show needs a run number, as in: liftoff runs show 17. Next: see `liftoff runs show --help`"},
		{"runs show x", "\"x\" is not a run number. Next: list the runs with `liftoff runs`"},
		{"runs shwo 1", "runs has no command \"shwo\". Did you mean `liftoff runs show`?"},
		{"launches --limit 0", "--limit needs 1 or more, not \"0\". Next: set how many launches to show"},
		{"launches --year 20222", "--year needs a year in four digits, such as 2022, not \"20222\". Next: leave it out for all years"},
		{"launches --year 22", "--year needs a year in four digits, such as 2022, not \"22\". Next: leave it out for all years"},
		{"launches starlink", "launches takes no argument \"starlink\". Did you mean `liftoff launches --search starlink`?"},
		{"launches limit", "launches takes no argument \"limit\". Did you mean --limit?"},
		{"export x.csv", "export takes no argument \"x.csv\". Did you mean `liftoff export --output-file x.csv`?"},
		{"runs 1", "runs has no command \"1\". Did you mean `liftoff runs show 1`?"},
		{"quarantine 7", "quarantine has no command \"7\". Did you mean `liftoff quarantine show 7`?"},
		{"replay --port 9000", "replay has no flag --port. Did you mean --listen?"},
		{"launches --search=", "--search needs a value. Next: give it one, or leave it out"},
		{"quarantine show", "quarantine show needs a record number, as in: liftoff quarantine show 12. Next: see `liftoff quarantine show --help`"},
		{"quarantine show x", "\"x\" is not a record number. Next: list them with `liftoff quarantine list`"},
		{"quarantine retry 1 0", "\"0\" is not a record number. Next: list them with `liftoff quarantine list`"},

		{"ingest --nope", "ingest has no flag --nope. Next: see `liftoff ingest --help`"},
		{"ingest --al", "ingest has no flag --al. Did you mean --all?"},
		{"ingest --dryrun=1", "ingest has no flag --dryrun. Did you mean --dry-run?"},
		{"ingest -x", "ingest has no flag -x. Next: see `liftoff ingest --help`"},
		{"ingest -x=1", "ingest has no flag -x. Next: see `liftoff ingest --help`"},
		{"ingest -all", "ingest has no flag -all. Did you mean --all?"},
		{"ingest ---all", "\"---all\" is not a flag. Next: see `liftoff ingest --help`"},
		{"ingest --=1", "\"--=1\" is not a flag. Next: see `liftoff ingest --help`"},
		{"runs --limit", "--limit needs a value. Next: see `liftoff runs --help`"},
		{"runs -o", "--output needs a value. Next: see `liftoff runs --help`"},
		{"ingest --since=", "--since needs a value. Next: give it one, or leave it out"},
		{"ingest --id=", "--id needs a value. Next: give it one, or leave it out"},
		{"ingest --id=,", "--id needs a value. Next: give it one, or leave it out"},

		{"export --output-file=", "--output-file needs a value. Next: give it one, or leave it out"},
		{"quarantine export --output-file=", "--output-file needs a value. Next: give it one, or leave it out"},
		{"runs --limit abc", "--limit needs a whole number, not \"abc\". Next: see `liftoff runs --help`"},
		{"runs --limit 99999999999999999999", "--limit needs a smaller number, not \"99999999999999999999\". Next: see `liftoff runs --help`"},
		{"runs --limit -99999999999999999999", "--limit needs a larger number, not \"-99999999999999999999\". Next: see `liftoff runs --help`"},
		{"runs --limit 0", "--limit needs 1 or more, not \"0\". Next: set how many runs to show"},
		{"quarantine list --limit 0", "--limit needs 1 or more, not \"0\". Next: set how many records to show"},
		{"replay --count 1000000000000", "--count needs a smaller number, not \"1000000000000\"" + change + "; the default is 205"},
		{"quarantine list --run x", "--run needs a whole number, not \"x\". Next: see `liftoff quarantine list --help`"},
		{"ingest --all=perhaps", "--all needs true or false, not \"perhaps\". Next: see `liftoff ingest --help`"},
		{"ingest --engine duckdb", "--engine must be postgres, trino or auto, not \"duckdb\"" + change + "; the default is postgres"},
		{"runs --log-level loud", "--log-level must be debug, info, warning or error, not \"loud\"" + change + "; the default is info"},
		{"ingest --max-wait 5", "--max-wait needs a duration such as 30s or 2m, not \"5\"" + change + "; the default is 0s"},
		{"SPACEX_TIMEOUT=9999999h ingest", "SPACEX_TIMEOUT in the environment needs a shorter duration, not \"9999999h\"" + change + "; the default is 60s"},
		{"LIFTOFF_OUTPUT=xml runs", "LIFTOFF_OUTPUT in the environment must be table, json, csv or markdown, not \"xml\"" + change + "; the default is table"},
		{"runs -o raw", "the output format must be table, json, csv or markdown, not \"raw\". Next: change --output or LIFTOFF_OUTPUT, or leave it out"},
		{"replay --listen foo", "--listen needs an address and a port such as 127.0.0.1:8100, not \"foo\"" + change + "; the default is 127.0.0.1:8100"},
		{"replay --fault x", "--fault: fault \"x\": there is no kind \"x\". Next: see `liftoff replay --help` for the list of faults"},
		{"REPLAY_FAULT=x replay", "REPLAY_FAULT in the environment: fault \"x\": there is no kind \"x\". Next: see `liftoff replay --help` for the list of faults"},
		{"replay --damage flip@x", "--damage: \"x\" is not a number of records. Next: write, for example, missing-id@205 to damage every 205th record"},
		{"analyze launchs_per_year", "no analytics query is called \"launchs_per_year\". Did you mean launches_per_year? See `liftoff analyze --list` for all names"},
		{"replay --data /nowhere", "--data: read captures: stat /nowhere: no such file or directory. Next: give a folder of *.json files captured from the API, with at least one list of launches"},
		{"ingest --writers 17", "--writers needs a number from 1 to 16, not \"17\"" + change + "; the default is 2"},
		{"replay --seed -1", "--seed needs a whole number of 0 or more, not \"-1\"" + change + "; the default is 1"},

		{"PAGE_SIZE=many ingest", "PAGE_SIZE in the environment needs a whole number, not \"many\"" + change + "; the default is 1000"},
		{"LIFTOFF_ENGINE=duckdb analyze", "LIFTOFF_ENGINE in the environment must be postgres, trino or auto, not \"duckdb\"" + change + "; the default is postgres"},
		{"EMBEDDED=perhaps doctor", "EMBEDDED in the environment needs true or false, not \"perhaps\"" + change + "; the default is false"},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			args, environ := strings.Fields(test.args), []string(nil)
			if strings.Contains(args[0], "=") {
				environ, args = args[:1], args[1:]
			}
			wantUsageLine(t, environ, args, test.want)
		})
	}
}

// A line of .env is refused as a variable of the environment is.
func TestRun_UsageErrorsOfTheSettingsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings")
	for content, want := range map[string]string{
		"PAGE_SIZE=many": "PAGE_SIZE in " + path + " needs a whole number, not \"many\". Next: change it, or leave it out; the default is 1000",
		"PAGESIZE=1":     path + " line 1: there is no setting PAGESIZE. Did you mean PAGE_SIZE?",
		"IF_LOCKED=no":   "IF_LOCKED in " + path + " must be fail, skip or wait, not \"no\". Next: change it, or leave it out; the default is fail",
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		wantUsageLine(t, nil, []string{"ingest", "--env-file", path}, want)
	}
}

// wantUsageLine fails unless the program writes one line of the log with text
// and ends with the exit code of wrong usage.
func wantUsageLine(t *testing.T, environ, args []string, text string) {
	t.Helper()
	stdout, stderr, code := executeWith(t, environ, args...)
	_, line, _ := strings.Cut(stderr, " - ")
	if code != 2 || stdout != "" || line != "ERROR - "+text+"\n" {
		t.Errorf("exit code %d, stdout %q, stderr %q, want 2 and %q", code, stdout, stderr, text)
	}
}

func TestRun_UsageErrorsAreJSONWhereTheLogIs(t *testing.T) {
	_, stderr, _ := executeWith(t, []string{"LOG_FORMAT=json"}, "ingest", "--nope")
	if !strings.HasPrefix(stderr, `{"time":"`) || !strings.Contains(stderr, `"level":"ERROR","msg":"ingest has no flag --nope. Next: `) {
		t.Errorf("stderr %q, want one line of JSON", stderr)
	}
}

// commands returns all commands, also those below others.
func commands(parent *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{parent}
	for _, child := range parent.Commands() {
		all = append(all, commands(child)...)
	}
	return all
}

// parse parses a command line as far as it can without doing anything.
func parse(cmd *cobra.Command, args []string) error {
	if err := cmd.ParseFlags(args); err != nil {
		return cmd.FlagErrorFunc()(cmd, err)
	}
	if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
		return err
	}
	_, err := config.Load(config.Sources{Flags: cmd.Flags()})
	return err
}

// wantOurWords fails when an error is not one for wrong usage in our words.
func wantOurWords(t *testing.T, cmd *cobra.Command, args []string, err error) {
	t.Helper()
	if err == nil || liftoff.CategoryOf(err) != liftoff.Usage {
		t.Errorf("%s %q: %v, want a usage error", cmd.CommandPath(), args, err)
		return
	}
	for _, foreign := range []string{"strconv", "arg(s)", "pflag", "invalid", "unknown", "parse error", "needs another value", "time:", "\n"} {
		if strings.Contains(err.Error(), foreign) && !strings.Contains(strings.Join(args, " "), foreign) {
			t.Errorf("%s %q: %q has the words of a library: %q", cmd.CommandPath(), args, err, foreign)
		}
	}
}

func TestEveryFlagOfEveryCommandIsRefusedInOurWords(t *testing.T) {
	refused := 0
	for index, cmd := range commands(newRootCommand(newTestProcess())) {
		var tries [][]string
		cmd.InheritedFlags() // cobra adds them late
		cmd.Flags().VisitAll(func(flag *pflag.Flag) {
			if flag.NoOptDefVal == "" {
				tries = append(tries, []string{"--" + flag.Name})
			}
			switch flag.Value.Type() {
			case "string", "list":
			default:
				tries = append(tries, []string{"--" + flag.Name + "=\"x"})
			}
		})
		tries = append(tries, []string{"--no-such-flag"}, []string{"-!"}, []string{"--=x"})
		if cmd.Args != nil && cmd.ValidateArgs([]string{"a", "b"}) != nil {
			tries = append(tries, []string{"a", "b"})
		}
		for _, args := range tries {
			again := commands(newRootCommand(newTestProcess()))[index]
			wantOurWords(t, again, args, parse(again, args))
			refused++
		}
	}
	if refused < 500 {
		t.Errorf("only %d command lines were tried", refused)
	}
}

func newTestProcess() *process {
	return &process{args: []string{"liftoff"}, stdin: strings.NewReader("")}
}

// FuzzArguments checks that no command line panics, and that what is refused is
// refused in our words.
func FuzzArguments(f *testing.F) {
	all := len(commands(newRootCommand(newTestProcess())))
	for _, seed := range []string{
		"--limit 1e9", "--id \"", "-o", "-ojson", "-o=", "-é", "--all=2", "--seed 18446744073709551616", "-hx", "--max-wait 1e999h", "--=", "-", "--", "--- x", "a",
	} {
		for n := range all {
			f.Add(uint(n), seed)
		}
	}
	f.Fuzz(func(t *testing.T, number uint, text string) {
		list := commands(newRootCommand(newTestProcess()))
		cmd, args := list[number%uint(len(list))], strings.Fields(text)
		for _, arg := range args {
			if strings.Contains(arg, "password-file") {
				return // would read any file of this machine
			}
		}
		if err := parse(cmd, args); err != nil && !strings.Contains(err.Error(), "help requested") {
			wantOurWords(t, cmd, args, err)
		}
	})
}

// Without arguments these commands mean everything, which an unset variable of a
// script does not.
func TestP9_AnEmptyArgumentDoesNotMeanEverything(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"analyze", ""}, {"analyze", " \n"}, {"analyze", "launches_per_year", ""}, {"quarantine", "retry", ""}, {"quarantine", "retry", "1", ","}, {"quarantine", "show", "\t"}, {"runs", "show", ""},
	} {
		wantUsageLine(t, nil, args, "an argument is empty. Next: give it a value, or leave it out")
	}
	for _, list := range []string{" ", "\n", ",", "\ufeff"} {
		wantUsageLine(t, nil, []string{"ingest", "--id", list}, "--id needs a value. Next: give it one, or leave it out")
	}
	for _, args := range [][]string{{"history", ""}, {"show", " "}} {
		wantUsageLine(t, nil, args, "an argument is empty. Next: give the id or name of a launch")
	}
	wantUsageLine(t, nil, []string{"history", "a\nb"}, "history takes one launch, not several lines. Next: give the id or name of one launch")
	wantUsageLine(t, nil, []string{"quarantine", "show", "1\n2"}, "quarantine show takes one record number, not 2. Next: see `liftoff quarantine show --help`")
}
