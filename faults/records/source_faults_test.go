package records_test

import (
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
)

func TestA37_A38_AShrunkenSource(t *testing.T) {
	t.Parallel()
	whole := captured(t)
	api := startSource(t, whole)
	u, db := userOf(t, api.url)
	u.Succeed(t, ingestAll()...)
	rows := clitest.Scan[string](t, db, "SELECT string_agg(xmin || id, ' ' ORDER BY id) FROM raw_launches")
	t.Run("A37 an empty list", func(t *testing.T) {
		api.serve([][]byte{})
		clitest.WantFailure(t, u.Run(t, ingestAll()...), 8, "the API has no launches at all; nothing was written")
		wantRows(t, db, 205, 0, 0)
	})
	t.Run("A38 30 % fewer", func(t *testing.T) {
		api.serve(whole[:143])
		clitest.WantFailure(t, u.Run(t, ingestAll()...), 8, "the API announces 143 launches, fewer than 90 % of the 205")
		wantRows(t, db, 205, 0, 0)
		if n := clitest.Scan[int](t, db, "SELECT count(*) FROM known_launches WHERE missing_since IS NOT NULL"); n != 0 {
			t.Errorf("%d launches are marked as missing", n)
		}
		u.Succeed(t, ingestAll("--accept-shrink")...)
		wantLedger(t, db, "succeeded 143 0 143 0 0")
	})
	if now := clitest.Scan[string](t, db, "SELECT string_agg(xmin || id, ' ' ORDER BY id) FROM raw_launches"); now != rows {
		t.Error("rows were written")
	}
}

func TestA40_ALaunchVanishesAndComesBack(t *testing.T) {
	t.Parallel()
	whole := captured(t)
	api := startSource(t, whole)
	u, db := userOf(t, api.url)
	u.Succeed(t, ingestAll()...)
	const missing = "SELECT coalesce(string_agg(id, ' '), '') FROM known_launches WHERE missing_since IS NOT NULL"
	for _, step := range []struct {
		records [][]byte
		want    string
	}{{whole[1:], idOf(whole[0])}, {whole, ""}} {
		api.serve(step.records)
		u.Succeed(t, ingestAll()...)
		if got := clitest.Scan[string](t, db, missing); got != step.want {
			t.Errorf("missing are %q, want %q", got, step.want)
		}
		wantRows(t, db, 205, 0, 0)
	}
}

// The API has stood still since 2022: that is no fault, and the analytics say
// how old its newest launch is.
func TestA41_AFrozenSourceIsReadAsItIs(t *testing.T) {
	t.Parallel()
	u, _ := userOf(t, startSource(t, captured(t)).url)
	r := u.Succeed(t, "ingest", "--all")
	if !strings.Contains(r.Stdout, "How fresh the data is") || !strings.Contains(r.Stdout, "2022-10-05") {
		t.Errorf("the analytics do not say how old the newest launch is:\n%s", r.Stdout)
	}
	u.Succeed(t, "ingest", "--new", "--skip-analytics")
}
