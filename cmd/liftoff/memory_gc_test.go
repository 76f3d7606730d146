package main

import (
	"runtime/debug"
	"testing"
)

// Collections are rarer only in a run for the latest launch; GOGC always wins. The
// percentage is the process's, so nothing runs beside this.
func TestKeepHeapSmall_AllButARunForTheLatestLaunch(t *testing.T) {
	const byDefault = 77 // stands for what the runtime took from GOGC
	for name, test := range map[string]struct {
		environ []string
		args    []string
		want    int
	}{
		"the latest launch":           {nil, []string{"ingest"}, byDefault},
		"the latest, as the only one": {nil, []string{"ingest", "--skip-analytics", "--references=false"}, byDefault},
		"every launch":                {nil, []string{"ingest", "--all"}, gcPercent},
		"new launches":                {nil, []string{"ingest", "--new"}, gcPercent},
		"launches by date":            {nil, []string{"ingest", "--since", "30d"}, gcPercent},
		"a launch by id":              {nil, []string{"ingest", "--id", "5eb87d46ffd86e000604b388"}, gcPercent},
		"another command":             {nil, []string{"analyze", "--list"}, gcPercent},
		"an export":                   {nil, []string{"export", "--output-file", t.TempDir() + "/x.csv"}, gcPercent},
		"every launch with GOGC":      {[]string{"GOGC=50"}, []string{"ingest", "--all"}, byDefault},
	} {
		t.Run(name, func(t *testing.T) {
			defer debug.SetGCPercent(debug.SetGCPercent(byDefault))
			// The work fails: there is no server at port 1.
			executeWith(t, append(test.environ, "DATABASE_URL=postgres://127.0.0.1:1/none?sslmode=disable", "POSTGRES_WAIT=0s", "LOG_FILE=-"), test.args...)
			if got := debug.SetGCPercent(byDefault); got != test.want {
				t.Errorf("the percentage is %d, want %d", got, test.want)
			}
		})
	}
}
