package main

import (
	"testing"
)

// A hint's commands work as they are printed: with the program as it was called, and
// on the same database.
func TestAsCalled(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		program string
		args    []string
		hint    string
		want    string
	}{
		"as named":            {"liftoff", nil, "run `liftoff migrate up`", "run `liftoff migrate up`"},
		"a path":              {"bin/liftoff", nil, "run `liftoff migrate up` or `liftoff`", "run `bin/liftoff migrate up` or `bin/liftoff`"},
		"a path with a blank": {"my bin/liftoff", nil, "see `liftoff runs`", "see `'my bin/liftoff' runs`"},
		"a database": {
			"bin/liftoff",
			[]string{"runs", "--postgres-db", "it's", "--limit", "3", "--embedded-data-dir", "/tmp/x", "--embedded"},
			"run `liftoff ingest --all`", "run `bin/liftoff ingest --all --postgres-db 'it'\\''s' --embedded-data-dir /tmp/x --embedded`",
		},
		"a file of settings":      {"liftoff", []string{"runs", "--env-file", "prod.env"}, "`liftoff doctor`", "`liftoff doctor --env-file prod.env`"},
		"it names one already":    {"liftoff", []string{"runs", "--postgres-db", "a"}, "`liftoff runs --postgres-db b`", "`liftoff runs --postgres-db b`"},
		"a command without it":    {"liftoff", []string{"runs", "--postgres-db", "a"}, "`liftoff demo`, `liftoff version`", "`liftoff demo`, `liftoff version`"},
		"a command below another": {"liftoff", []string{"runs", "--postgres-db", "a"}, "`liftoff quarantine list`", "`liftoff quarantine list --postgres-db a`"},
		"help":                    {"liftoff", []string{"runs", "--postgres-db", "a"}, "`liftoff runs --help`", "`liftoff runs --help`"},
		"other words":             {"x", []string{"runs", "--postgres-db", "a"}, "`liftoffs` and liftoff, `psql`", "`liftoffs` and liftoff, `psql`"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newTestProcess()
			p.args = []string{test.program}
			if len(test.args) > 0 {
				cmd, rest, err := newRootCommand(p).Find(test.args)
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.ParseFlags(rest); err != nil {
					t.Fatal(err)
				}
				p.called = cmd
			}
			if got := p.asCalled(test.hint); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
