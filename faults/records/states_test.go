package records_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// capturedIn2021 returns the launches as the API had them in April 2021: 142, of
// which 20 were upcoming. Of those, 17 have flown by its last state, and 3 are
// gone.
func capturedIn2021(t testing.TB) [][]byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(clitest.Captures(t, "spacex-v4-2021-04-22-exchanges"), "bodies", "launches.json"))
	if err != nil {
		t.Fatal(err)
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(content, &raw); err != nil {
		t.Fatal(err)
	}
	var launches [][]byte
	for _, launch := range raw {
		launches = append(launches, launch)
	}
	return sorted(launches)
}

// sorted returns records in the order of their ids.
func sorted(records [][]byte) [][]byte {
	records = slices.Clone(records)
	slices.SortFunc(records, func(a, b []byte) int { return strings.Compare(idOf(a), idOf(b)) })
	return records
}

// As if time went back: a mirror that lags behind takes nothing back.
func TestO5_O6_AnOlderStateAfterANewerOne(t *testing.T) {
	t.Parallel()
	newer, older := captured(t), capturedIn2021(t)
	api := startSource(t, newer)
	u, db := userOf(t, api.url)
	u.Succeed(t, ingestAll()...)
	t.Run("O6 an old state", func(t *testing.T) {
		api.serve(older)
		for _, command := range [][]string{ingestAll("--accept-shrink"), {"ingest", "--new", "--skip-analytics"}} {
			r := u.Run(t, command...)
			clitest.WantFailure(t, r, 8, "17 launches that had flown are upcoming again, of 20 upcoming ones")
			if !strings.Contains(r.LastLine(), "--accept-rewind stores it anyway") {
				t.Errorf("the last line does not name the flag: %s", r.LastLine())
			}
		}
		wantRows(t, db, 205, 0, 0)
	})
	t.Run("O5 one launch", func(t *testing.T) {
		last := len(newer) - 1
		for string(newer[last]) == strings.Replace(string(newer[last]), `"upcoming":false`, `"upcoming":true`, 1) {
			last--
		}
		api.serve(replaced(newer, last, []byte(strings.Replace(string(newer[last]), `"upcoming":false`, `"upcoming":true`, 1))))
		if r := u.Succeed(t, ingestAll()...); !strings.Contains(r.Stderr, " - WARNING - Launches that had flown are upcoming again. launches=1 first_id="+idOf(newer[last])) {
			t.Errorf("the log does not warn:\n%s", r.Stderr)
		}
		api.serve(newer)
		u.Succeed(t, ingestAll()...)
	})
	api.serve(older)
	if r := u.Succeed(t, ingestAll("--accept-shrink", "--accept-rewind")...); !strings.Contains(r.Stderr, "Launches that had flown are upcoming again. launches=17") {
		t.Errorf("the log does not warn of what was accepted:\n%s", r.Stderr)
	}
}

// As if time passed: what the API no longer has is stored and shown, and in no
// count.
func TestO9_O10_MissingLaunches(t *testing.T) {
	t.Parallel()
	older, newer := capturedIn2021(t), captured(t)
	api := startSource(t, older)
	u, db := userOf(t, api.url)
	u.Succeed(t, ingestAll()...)
	api.serve(newer)
	u.Succeed(t, ingestAll()...)
	wantMissing(t, u, db, 3)
	if got := clitest.Scan[int](t, db, "SELECT count(*) FROM launches WHERE name LIKE '%USSF-44%' AND missing_since IS NULL"); got != 1 {
		t.Errorf("%d launches are named USSF-44, want one", got)
	}
	// They come back, by a run that does not look for missing ones.
	var gone []string
	if err := json.Unmarshal([]byte(clitest.Scan[string](t, db, "SELECT json_agg(id)::TEXT FROM launches WHERE missing_since IS NOT NULL")), &gone); err != nil {
		t.Fatal(err)
	}
	back := newer
	for _, record := range older {
		if slices.Contains(gone, idOf(record)) {
			back = append(slices.Clone(back), record)
		}
	}
	api.serve(sorted(back))
	u.Succeed(t, "ingest", "--new", "--skip-analytics")
	if n := clitest.Scan[int](t, db, "SELECT count(*) FROM launches WHERE missing_since IS NOT NULL"); n != 0 {
		t.Errorf("%d launches are still marked", n)
	}
}

// wantMissing wants 205 launches in each count, and so many more in the exports.
func wantMissing(t *testing.T, u *clitest.User, db pgtest.Database, missing int) {
	t.Helper()
	if got := clitest.Scan[string](t, db, "SELECT total_launches || ' ' || total_successful_launches FROM launch_aggregates_view"); got != clitest.Scan[string](t, db,
		"SELECT count(*) || ' ' || count(*) FILTER (WHERE success) FROM launches WHERE missing_since IS NULL") || !strings.HasPrefix(got, "205 ") {
		t.Errorf("the aggregates are %s", got)
	}
	var results []struct {
		Name string
		Rows []map[string]any
	}
	if err := json.Unmarshal([]byte(u.Succeed(t, "analyze", "-o", "json").Stdout), &results); err != nil {
		t.Fatal(err)
	}
	totals := map[string]float64{}
	for _, result := range results {
		for _, row := range result.Rows {
			launches, _ := row["launches"].(float64)
			upcoming, _ := row["upcoming"].(float64)
			switch {
			case strings.HasPrefix(result.Name, "launches_per_"):
				totals[result.Name] += launches + upcoming
			case result.Name == "upcoming_and_past", strings.HasSuffix(result.Name, "_distribution"), result.Name == "payloads_per_launch":
				totals[result.Name] += launches
			}
			if result.Name == "upcoming_and_past" && row["status"] == "upcoming" && launches != 18 {
				t.Errorf("%v launches are upcoming, want 18", launches)
			}
		}
	}
	for name, total := range totals {
		if total != 205 {
			t.Errorf("%s counts %v launches, want 205", name, total)
		}
	}
	if len(totals) != 7 {
		t.Errorf("the queries that count launches are %v", totals)
	}
	exported := u.Succeed(t, "export").Stdout
	if all, marked := strings.Count(exported, "\n"), strings.Count(exported, `"missing_since":"2`); all != 205+missing || marked != missing {
		t.Errorf("the export has %d launches, %d of them missing", all, marked)
	}
}

// However the address of the API is written, it is one source: one lock, one
// watermark, one guard.
func TestO2_AnAddressWrittenInAnotherWay(t *testing.T) {
	t.Parallel()
	whole := captured(t)
	api := startSource(t, whole)
	address := strings.Replace(api.url, "127.0.0.1", "localhost", 1)
	u, db := userOf(t, address)
	u.Succeed(t, ingestAll()...)
	other := u.With("SPACEX_API_URL=" + strings.Replace(address, "http://localhost:", "HTTP://LocalHost:0", 1) + "//")
	t.Run("O2 watermark", func(t *testing.T) {
		if r := other.Succeed(t, "ingest", "--new", "--skip-analytics"); strings.Contains(r.Stderr, "This source has no watermark") {
			t.Errorf("it begins anew:\n%s", r.Stderr)
		}
		if n := clitest.Scan[int](t, db, "SELECT count(*) FROM ingestion_sources"); n != 1 {
			t.Errorf("the ledger has %d sources", n)
		}
	})
	t.Run("O2 lock", func(t *testing.T) {
		conn := pgtest.Connect(t, db.DSN)
		if _, err := conn.Exec(t.Context(), "SELECT pg_advisory_lock(x'6c696674'::INTEGER, hashtext($1))", address); err != nil {
			t.Fatal(err)
		}
		for _, user := range []*clitest.User{u, other} {
			clitest.WantFailure(t, user.Run(t, ingestAll()...), 75, "another run is writing launches of "+address)
		}
		if _, err := conn.Exec(t.Context(), "SELECT pg_advisory_unlock_all()"); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("O2 guard", func(t *testing.T) {
		api.serve(whole[:143])
		clitest.WantFailure(t, other.Run(t, ingestAll()...), 8, "fewer than 90 % of the 205")
	})
}
