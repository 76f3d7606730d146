//go:build unix

package process_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// launchIDs returns the ids of the launches that an API has.
func launchIDs(t *testing.T, api string) []string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, api+"/v4/launches", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var launches []struct{ ID string }
	if err := json.NewDecoder(response.Body).Decode(&launches); err != nil {
		t.Fatal(err)
	}
	ids := make([]string, 0, len(launches))
	for _, launch := range launches {
		ids = append(ids, launch.ID)
	}
	return ids
}

// A list may be the content of a file, as a shell puts it into one argument.
func TestP8_AllValuesOfAListCount(t *testing.T) {
	t.Parallel()
	api := clitest.StartReplay(t, "--count", "4")
	ids := launchIDs(t, api)
	if len(ids) != 4 {
		t.Fatalf("the replay has the launches %q", ids)
	}
	for name, list := range map[string]string{
		"line breaks": strings.Join(ids, "\n"), "Windows line ends": strings.Join(ids, "\r\n") + "\r\n", "blanks": " " + strings.Join(ids, "  ") + " ", "tabs": strings.Join(ids, "\t"),
		"commas and line breaks": strings.Join(ids, ",\n") + ",\n", "a byte order mark": "\ufeff" + strings.Join(ids, "\n"),
	} {
		t.Run("P8 ids with "+name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabase(t)
			u := clitest.NewUser(t).On(db).With("SPACEX_API_URL=" + api)
			u.Succeed(t, "ingest", "--id", list, "--skip-analytics")
			if n := clitest.Scan[int](t, db, "SELECT count(*) FROM raw_launches"); n != len(ids) {
				t.Errorf("%d launches are stored, want %d", n, len(ids))
			}
			command := clitest.Scan[string](t, db, "SELECT command FROM ingestion_runs")
			if strings.ContainsAny(command, "\r\n") {
				t.Errorf("the ledger has the command %q", command)
			}
			u.Succeed(t, "history", ids[0]+"\r\n")
		})
	}
	t.Run("P8 names of queries", func(t *testing.T) {
		t.Parallel()
		u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL=" + api)
		u.Succeed(t, "ingest", "--all", "--skip-analytics")
		want := u.Succeed(t, "analyze", "launches_per_year", "heaviest_launches", "-o", "json").Stdout
		for _, list := range []string{"launches_per_year\nheaviest_launches\n", "launches_per_year,heaviest_launches", "launches_per_year heaviest_launches"} {
			if got := u.Succeed(t, "analyze", list, "-o", "json").Stdout; got != want {
				t.Errorf("analyze %q prints %q, want %q", list, got, want)
			}
		}
	})
}
