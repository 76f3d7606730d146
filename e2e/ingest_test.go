package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// sentences are the four log sentences that users rely on, in order.
var sentences = regexp.MustCompile(`(?s)` + strings.Join([]string{
	`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - INFO - Successfully fetched latest launch data from SpaceX API\.\n`,
	`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - INFO - Launch [0-9a-f]{24} inserted into database\.\n`,
	`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - INFO - Aggregation view launch_aggregates_view created successfully\. view=created\n`,
	`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - INFO - Running analytics queries\.\.\.\n`,
}, ""))

// row is one row of raw_launches.
type row struct {
	ID           string
	FetchedAt    time.Time
	MassKg       int
	DelayMinutes int
	Raw          map[string]any
}

func rows(t *testing.T, db pgtest.Database) map[string]row {
	t.Helper()
	conn := pgtest.Connect(t, db.DSN)
	result, err := conn.Query(t.Context(), `SELECT id, fetched_at_timestamp, simulated_total_payload_mass_kg,
		simulated_delay_minutes, raw_data FROM raw_launches`)
	if err != nil {
		t.Fatal(err)
	}
	found, err := pgx.CollectRows(result, pgx.RowToStructByPos[row])
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]row{}
	for _, r := range found {
		byID[r.ID] = r
	}
	return byID
}

func TestIngest_StoresTheLatestLaunchOnceAndSaysSo(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).On(db).With("SPACEX_API_URL=" + clitest.StartReplay(t))

	first := u.Succeed(t, "ingest")
	if !sentences.MatchString(first.Stderr) {
		t.Errorf("the four sentences are not on the console in order:\n%s", first.Stderr)
	}
	if log := u.ReadFile(t, "ingestion.log"); log != first.Stderr {
		t.Errorf("ingestion.log differs from the console (-console +log):\n%s", cmp.Diff(first.Stderr, log))
	}
	if !strings.Contains(first.Stdout, "total launches") {
		t.Errorf("the analytics are not on stdout:\n%s", first.Stdout)
	}
	stored := rows(t, db)
	if len(stored) != 1 {
		t.Fatalf("raw_launches has %d rows, want 1", len(stored))
	}
	for _, r := range stored {
		payloads := len(r.Raw["payloads"].([]any))
		if r.MassKg < 2000*payloads || r.MassKg > 6000*payloads || r.DelayMinutes < 0 || r.DelayMinutes > 120 {
			t.Errorf("mass %d kg for %d payloads and delay %d minutes are out of range", r.MassKg, payloads, r.DelayMinutes)
		}
		if age := time.Since(r.FetchedAt); age < 0 || age > 5*time.Minute {
			t.Errorf("fetched_at_timestamp %s is not the present moment in UTC", r.FetchedAt)
		}
	}

	second := u.Succeed(t, "ingest")
	if !strings.Contains(second.Stderr, "is in the database already; nothing was inserted.") ||
		!strings.Contains(second.Stderr, "fetched=1 inserted=0 unchanged=1") {
		t.Errorf("the second run does not say that it inserted nothing:\n%s", second.Stderr)
	}
	if diff := cmp.Diff(stored, rows(t, db)); diff != "" {
		t.Errorf("the second run changed the first values (-first +second):\n%s", diff)
	}
}

func TestIngest_SchemaIsExactlyWhatUsersRelyOn(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	clitest.NewUser(t).On(db).With("SPACEX_API_URL="+clitest.StartReplay(t)).Succeed(t, "ingest")
	conn := pgtest.Connect(t, db.DSN)
	for relation, want := range map[string][]string{
		"raw_launches": {
			"id text", "fetched_at_timestamp timestamp without time zone", "simulated_total_payload_mass_kg integer",
			"simulated_delay_minutes integer", "raw_data jsonb",
		},
		"launch_aggregates_view": {
			"total_launches bigint", "total_successful_launches bigint",
			"average_payload_mass double precision", "average_launch_delay_minutes double precision",
		},
		"launches": documentedColumns(t),
	} {
		result, err := conn.Query(t.Context(), `SELECT column_name || ' ' || data_type FROM information_schema.columns
			WHERE table_name = $1 ORDER BY ordinal_position`, relation)
		if err != nil {
			t.Fatal(err)
		}
		got, err := pgx.CollectRows(result, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s has other columns (-want +got):\n%s", relation, diff)
		}
	}
}

// documentedColumns returns the columns that docs/export.md lists for the view
// launches, with PostgreSQL's names for the types.
func documentedColumns(t *testing.T) []string {
	t.Helper()
	document, err := os.ReadFile("../docs/export.md")
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]string{
		"string": "text", "int32": "integer", "double": "double precision",
		"boolean": "boolean", "timestamp": "timestamp without time zone",
	}
	var columns []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (\\w+) \\|").FindAllSubmatch(document, -1) {
		if name := string(row[1]); name != "raw_data" { // the export's own
			columns = append(columns, name+" "+types[string(row[2])])
		}
	}
	return columns
}

func TestIngest_ASeedMakesTheSimulatedValuesRepeatable(t *testing.T) {
	t.Parallel()
	api := clitest.StartReplay(t)
	ingest := func(seed string) map[string]row {
		db := pgtest.NewDatabase(t)
		clitest.NewUser(t).On(db).With("SPACEX_API_URL="+api, "SIMULATION_SEED="+seed).Succeed(t, "ingest")
		return rows(t, db)
	}
	same, again, other := ingest("42"), ingest("42"), ingest("43")
	for id, r := range same {
		if r.MassKg != again[id].MassKg || r.DelayMinutes != again[id].DelayMinutes {
			t.Errorf("seed 42 gave %d kg, %d minutes and then %d kg, %d minutes", r.MassKg, r.DelayMinutes, again[id].MassKg, again[id].DelayMinutes)
		}
		if r.MassKg == other[id].MassKg && r.DelayMinutes == other[id].DelayMinutes {
			t.Errorf("seeds 42 and 43 gave the same values")
		}
	}
}

func TestIngest_StoresRealLaunchesWhole(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, folder, capture, id string
	}{
		{"the latest of 2021", "spacex-v4-2021-04-22-exchanges", "bodies/latest_launch.json", "60428ac4c041c16716f73cd8"},
		// Crew-5 has been the latest launch since the API was frozen in 2022.
		{"the latest of the final state", "spacex-v5-final-state", "launches_v5.json", "62dd70d5202306255024d139"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			folder := clitest.Captures(t, test.folder)
			db := pgtest.NewDatabase(t)
			// The captures of the final state have no payloads.
			clitest.NewUser(t).On(db).With("SPACEX_API_URL="+clitest.StartReplay(t, "--data", folder), "REFERENCES=false").Succeed(t, "ingest")
			want := readLaunches(t, filepath.Join(folder, test.capture))[test.id]
			stored := rows(t, db)
			if len(stored) != 1 {
				t.Fatalf("raw_launches has %d rows, want 1", len(stored))
			}
			if diff := cmp.Diff(want, any(stored[test.id].Raw)); diff != "" {
				t.Errorf("raw_data differs from the capture (-capture +stored):\n%s", diff)
			}
		})
	}
}

func TestIngest_PrintsJSONOnStdoutOnly(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL="+clitest.StartReplay(t), "LOG_FORMAT=json")
	r := u.Succeed(t, "ingest", "-o", "json")
	if !json.Valid([]byte(r.Stdout)) {
		t.Errorf("stdout is not JSON:\n%.500s", r.Stdout)
	}
	for line := range strings.Lines(r.Stderr) {
		if !json.Valid([]byte(line)) {
			t.Errorf("LOG_FORMAT=json wrote the line %q", line)
		}
	}
}
