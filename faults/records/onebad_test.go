package records_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"liftoff/internal/replay/damage"
	"liftoff/internal/testkit/clitest"
)

// One bad record costs one record: the other 204 are stored, it is in
// quarantine byte for byte, the run says so, and the runs after it go on.
func TestA23_A24_A25_A26_A29_A30_OneBadRecordCostsOneRecord(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		row    string
		kind   damage.Kind
		reason string
	}{
		{"A23 invalid UTF-8", "invalid-utf8", "invalid_json"},
		{"A24 NUL", "nul", "not_storable"},
		{"A25 lone surrogate", "lone-surrogate", "invalid_json"},
		{"A26 duplicate member names", "duplicate-name", "invalid_json"},
		{"A29 id missing", "missing-id", "missing_id"},
		{"A29 id null", "null-id", "missing_id"},
		{"A29 id empty", "empty-id", "missing_id"},
		{"A29 no JSON at all", "truncate", "invalid_json"},
		{"A29 brackets swapped", "swap-brackets", "invalid_json"},
		{"A29 not an object", "not-an-object", "not_an_object"},
		{"A30 id a number", "number-id", "invalid_id"},
		{"A30 id of 10 KB", "long-id", "invalid_id"},
		{"A30 id with a path", "path-id", "invalid_id"},
		{"A30 id with control characters", "control-id", "invalid_id"},
	} {
		t.Run(test.row, func(t *testing.T) {
			t.Parallel()
			whole := captured(t)
			bad := test.kind.Apply(whole[100], rand.New(rand.NewPCG(1, 1)))
			u, db := userOf(t, startSource(t, replaced(whole, 100, bad)).url)
			for run, ledger := range []string{"succeeded 205 204 0 0 1", "succeeded 205 0 204 0 1"} {
				r := u.Run(t, ingestAll()...)
				wantEnd(t, r, 3, "1 of 205 records went into quarantine")
				wantLedger(t, db, ledger)
				wantRows(t, db, 204, 0, 1)
				if strings.ContainsAny(r.Stderr, "\x1b\x00") {
					t.Errorf("run %d prints control characters: %q", run, r.Stderr)
				}
			}
			got := clitest.Scan[string](t, db, "SELECT reason || ' ' || (body = $1) || ' ' || body_length FROM quarantined_records", bad)
			if want := fmt.Sprintf("%s true %d", test.reason, len(bad)); got != want {
				t.Errorf("reason, same bytes, length = %s, want %s", got, want)
			}
		})
	}
}

// The same, as the comparison with another tool has it: the API is the replay.
func TestA29_ALaunchWithoutAnIDCostsItself(t *testing.T) {
	t.Parallel()
	captures := clitest.Captures(t, "spacex-v5-final-state")
	u, db := userOf(t, clitest.StartReplay(t, "--data", captures, "--damage", "missing-id@205"))
	wantEnd(t, u.Run(t, ingestAll()...), 3, "1 of 205 records went into quarantine (first reason: the launch has no id)")
	wantRows(t, db, 204, 0, 1)
	mended := u.With("SPACEX_API_URL=" + clitest.StartReplay(t, "--data", captures))
	mended.Succeed(t, ingestAll()...)
	wantRows(t, db, 205, 0, 1)
	wantLedger(t, db, "succeeded 205 1 204 0 0")
}

// Equal ones are one launch; of different ones neither is taken, and what was
// stored before is not touched.
func TestA27_A28_DuplicateIDs(t *testing.T) {
	t.Parallel()
	whole := captured(t)
	other := damage.Kind("drift").Apply(whole[10], nil)
	t.Run("A27 equal content", func(t *testing.T) {
		t.Parallel()
		u, db := userOf(t, startSource(t, slices.Insert(slices.Clone(whole), 10, whole[10])).url)
		u.Succeed(t, ingestAll()...)
		wantLedger(t, db, "succeeded 206 205 1 0 0")
		wantRows(t, db, 205, 0, 0)
	})
	t.Run("A28 different content", func(t *testing.T) {
		t.Parallel()
		api := startSource(t, whole)
		u, db := userOf(t, api.url)
		u.Succeed(t, ingestAll()...)
		row := clitest.Scan[string](t, db, "SELECT xmin || raw_data::TEXT FROM raw_launches WHERE id = $1", idOf(whole[10]))
		api.serve(slices.Insert(slices.Clone(whole), 10, other))
		wantEnd(t, u.Run(t, ingestAll()...), 3, "2 of 206 records went into quarantine")
		wantLedger(t, db, "succeeded 206 0 204 0 2")
		wantRows(t, db, 205, 0, 2)
		if now := clitest.Scan[string](t, db, "SELECT xmin || raw_data::TEXT FROM raw_launches WHERE id = $1", idOf(whole[10])); now != row {
			t.Errorf("the stored row was written again: %.80s, then %.80s", row, now)
		}
	})
}
