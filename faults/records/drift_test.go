package records_test

import (
	"strings"
	"testing"

	"liftoff/internal/replay/damage"
	"liftoff/internal/testkit/clitest"
)

// damagedAll returns all launches damaged in one way.
func damagedAll(t testing.TB, kind damage.Kind) [][]byte {
	t.Helper()
	var records [][]byte
	for place, launch := range captured(t) {
		records = append(records, damage.Plan{Kind: kind, Every: 1}.Record(place, launch))
	}
	return records
}

// NULL is neither true nor false in any figure, and a launch that has flown
// since is a change.
func TestA31_SuccessIsUnknownAndThenKnown(t *testing.T) {
	t.Parallel()
	document := func(success string) []byte { return []byte(clitest.LaunchDocument("success", success)) }
	failed := []byte(strings.Replace(clitest.LaunchDocument("success", "false"), "5eb87cd9ffd86e000604b32a", "5eb87cdaffd86e000604b32b", 1))
	api := startSource(t, [][]byte{document("null"), failed})
	u, db := userOf(t, api.url)
	u.Succeed(t, ingestAll()...)
	const figures = `SELECT concat_ws(' ', count(*) FILTER (WHERE success), count(*) FILTER (WHERE NOT success),
		count(*) FILTER (WHERE success IS NULL), (SELECT total_successful_launches FROM launch_aggregates_view)) FROM launches`
	if got := clitest.Scan[string](t, db, figures); got != "0 1 1 0" {
		t.Errorf("successes, failures, unknown, successes in the view = %s", got)
	}
	api.serve([][]byte{document("true"), failed})
	u.Succeed(t, ingestAll()...)
	wantLedger(t, db, "succeeded 2 0 1 1 0")
	if got := clitest.Scan[string](t, db, figures); got != "1 1 0 1" {
		t.Errorf("later they are %s", got)
	}
}

func TestA32_ALaunchOfAnotherShape(t *testing.T) {
	t.Parallel()
	whole := captured(t)
	for _, test := range []struct {
		row, contract string
		kind          damage.Kind
		code          int
		says          string
		launches, bad int
	}{
		{"A32 of another type is stored whole", "store", "drift", 3, "1 of 205 launches drifted from the documented shape: success is a string", 205, 0},
		{"A32 of another type in quarantine", "quarantine", "drift", 3, "1 of 205 records went into quarantine (first reason: the launch's success is a string)", 204, 1},
		{"A32 of another type ends the run", "freeze", "drift", 8, "success is a string; nothing more is written (CONTRACT is freeze)", 0, 0},
		{"A32 a field missing is stored whole", "store", "missing-field", 3, "1 of 205 launches drifted from the documented shape: ", 205, 0},
		{"A32 a field missing in quarantine", "quarantine", "missing-field", 3, " is missing)", 204, 1},
		{"A32 a field missing ends the run", "freeze", "missing-field", 8, " is missing; nothing more is written", 0, 0},
		{"A32 payloads no list", "store", "bad-payloads", 3, "1 of 205 records went into quarantine", 204, 1},
	} {
		t.Run(test.row, func(t *testing.T) {
			t.Parallel()
			u, db := userOf(t, startSource(t, replaced(whole, 7, damage.Plan{Kind: test.kind, Every: 1}.Record(7, whole[7]))).url)
			wantEnd(t, u.Run(t, ingestAll("--contract", test.contract)...), test.code, test.says)
			wantRows(t, db, test.launches, 0, test.bad)
		})
	}
}

// As the comparison with another tool has it: one column has drifted in every
// row. Nothing is written, and the run is no success.
func TestA33_AColumnThatDriftedInEveryRow(t *testing.T) {
	t.Parallel()
	captures := clitest.Captures(t, "spacex-v5-final-state")
	u, db := userOf(t, clitest.StartReplay(t, "--data", captures, "--damage", "drift"))
	clitest.WantFailure(t, u.Run(t, ingestAll()...), 8, "205 of 205 records drift the same way: success is a string; nothing more is written")
	wantRows(t, db, 0, 0, 0)
	if status := clitest.Scan[string](t, db, "SELECT status || ' ' || fetched FROM ingestion_runs"); status != "failed 0" {
		t.Errorf("the ledger has %s", status)
	}
	t.Run("A33 what was stored before stays as it is", func(t *testing.T) {
		whole := u.With("SPACEX_API_URL=" + clitest.StartReplay(t, "--data", captures))
		whole.Succeed(t, ingestAll()...)
		wantEnd(t, u.Run(t, ingestAll()...), 8, "drift the same way")
		wantRows(t, db, 205, 0, 0)
		whole.Succeed(t, ingestAll()...)
		wantLedger(t, db, "succeeded 205 0 205 0 0")
	})
}

func TestA33_MoreThanAFifthInQuarantine(t *testing.T) {
	t.Parallel()
	whole := captured(t)
	kinds := []damage.Kind{"missing-id", "number-id", "nul", "bad-payloads", "not-an-object", "invalid-utf8"}
	records := make([][]byte, len(whole))
	for place, launch := range whole {
		records[place] = launch
		if place%4 == 0 { // a quarter, none of the reasons a fifth by itself
			records[place] = kinds[place/4%len(kinds)].Apply(launch, nil)
		}
	}
	u, db := userOf(t, startSource(t, records).url)
	clitest.WantFailure(t, u.Run(t, ingestAll()...), 8, "52 of 205 records cannot be stored, most of them rejected as ")
	wantRows(t, db, 0, 0, 0)
	wantEnd(t, u.Run(t, ingestAll("--accept-drift")...), 3, "52 of 205 records went into quarantine")
	wantRows(t, db, 153, 0, 52)
}

func TestA34_AnUnknownFieldIsStoredAndReportedOnce(t *testing.T) {
	t.Parallel()
	u, db := userOf(t, startSource(t, damagedAll(t, "unknown-field")).url)
	r := u.With("PAGE_SIZE=50").Succeed(t, ingestAll()...)
	if n := strings.Count(r.Stderr, "invented_field"); n != 1 {
		t.Errorf("the new field is named %d times, want once:\n%s", n, r.Stderr)
	}
	if n := clitest.Scan[int](t, db, `SELECT count(*) FROM raw_launches WHERE raw_data -> 'invented_field' = '{"since": "v5"}'`); n != launchCount {
		t.Errorf("%d launches are stored with the new field, want %d", n, launchCount)
	}
}
