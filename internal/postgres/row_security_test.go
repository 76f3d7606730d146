package postgres_test

import (
	"errors"
	"strings"
	"testing"

	"liftoff"
	"liftoff/internal/testkit/pgtest"
)

// ingester is a role with all that a run needs.
func ingester(t *testing.T, db pgtest.Database) pgtest.Database {
	t.Helper()
	return pgtest.NewRole(t, db, append(runGrants(), "SELECT ON launch_aggregates_view")...)
}

// Row-level security on any table is named before anything is fetched, and the
// policies that the next step tells are enough.
func TestK14_RowLevelSecurityOnEachTable(t *testing.T) {
	t.Parallel()
	_, db := openWithView(t, 0)
	role := ingester(t, db)
	store := open(t, role)
	for _, table := range []string{
		"raw_launches", "known_launches", "launch_revisions", "quarantined_records", "ingestion_sources", "ingestion_runs",
		"ingestion_missed_ranges", "ingestion_backfills", "ingestion_backfill_ranges", "ingestion_rates", "raw_payloads", "raw_rockets", "raw_launchpads",
		"typed_launches", "typed_transactions", "typed_checks", "ingestion_schedules", "liftoff_schema_version",
	} {
		execute(t, db, "ALTER TABLE "+table+" ENABLE ROW LEVEL SECURITY")
		err := errors.Join(store.RequireCurrentSchema(t.Context()))
		if err == nil {
			err = store.CheckReady(t.Context())
		}
		wantError(t, err, liftoff.Privilege, "row-level security")
		if !strings.Contains(err.Error(), table) || !strings.Contains(liftoff.HintOf(err), "BYPASSRLS") {
			t.Errorf("%s: error %q, next step %q", table, err, liftoff.HintOf(err))
		}
		execute(t, db, strings.Split(hinted(t, err), "; ")...)
		if err := errors.Join(store.RequireCurrentSchema(t.Context()), store.CheckReady(t.Context())); err != nil {
			t.Errorf("%s: with the policy: %v", table, err)
		}
	}
	wantCounts(t, storeBatch(t, begin(t, store, runOptions()), batchOf(launch("a", `{"id": "a"}`))), 1, 0, 0, 0)
}

// Policies that let the role see or write only some rows are no help.
func TestK14_PoliciesThatAreNotEnough(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		policies []string
		isEnough bool
	}{
		"every row":                    {[]string{"USING (TRUE)"}, true},
		"every row for each command":   {[]string{"FOR SELECT USING (TRUE)", "FOR INSERT WITH CHECK (TRUE)"}, true},
		"some rows and every row":      {[]string{"USING (id > 'a')", "USING (TRUE)"}, true},
		"some rows":                    {[]string{"USING (id > 'a')"}, false},
		"every row, but may not write": {[]string{"FOR SELECT USING (TRUE)"}, false},
		"every row, writes some":       {[]string{"USING (TRUE) WITH CHECK (id > 'a')"}, false},
		"writes, but sees nothing":     {[]string{"FOR INSERT WITH CHECK (TRUE)"}, false},
		"a restrictive one":            {[]string{"USING (TRUE)", "AS RESTRICTIVE USING (id > 'a')"}, false},
		"for another role":             {[]string{"TO pg_monitor USING (TRUE)"}, false},
	} {
		t.Run("K14 "+name, func(t *testing.T) {
			t.Parallel()
			_, db := openWithView(t, 0)
			role := ingester(t, db)
			execute(t, db, "ALTER TABLE raw_launches ENABLE ROW LEVEL SECURITY")
			for i, policy := range test.policies {
				execute(t, db, "CREATE POLICY p"+string(rune('a'+i))+" ON raw_launches "+policy)
			}
			err := open(t, role).CheckReady(t.Context())
			if test.isEnough {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantError(t, err, liftoff.Privilege, "row-level security")
		})
	}
}

// Whoever is above row-level security is not bothered.
func TestK14_RolesThatRowLevelSecurityDoesNotTouch(t *testing.T) {
	t.Parallel()
	store, db := openWithView(t, 0)
	execute(t, db, "ALTER TABLE raw_launches ENABLE ROW LEVEL SECURITY", "ALTER TABLE raw_launches FORCE ROW LEVEL SECURITY")
	role := ingester(t, db)
	wantError(t, open(t, role).CheckReady(t.Context()), liftoff.Privilege, "row-level security")
	execute(t, db, "ALTER ROLE "+role.User+" BYPASSRLS")
	if err := errors.Join(open(t, role).CheckReady(t.Context()), store.CheckReady(t.Context())); err != nil {
		t.Error(err)
	}
}

// A reader is told instead of shown an empty database. What a policy lets it see
// is what its administrator wants.
func TestK14_AReaderThatWouldSeeNothing(t *testing.T) {
	t.Parallel()
	_, db := openWithView(t, 0)
	execute(t, db, "ALTER TABLE ingestion_runs ENABLE ROW LEVEL SECURITY")
	reader := open(t, pgtest.NewRole(t, db, "pg_read_all_data"))
	wantError(t, reader.RequireReadableSchema(t.Context()), liftoff.Privilege, "ingestion_runs")
	if err := open(t, pgtest.NewRole(t, db, "SELECT ON launches, liftoff_schema_version")).RequireReadableSchema(t.Context()); err != nil {
		t.Errorf("a reader of other relations: %v", err)
	}
	execute(t, db, "CREATE POLICY p ON ingestion_runs FOR SELECT USING (id > 7)")
	if err := reader.RequireReadableSchema(t.Context()); err != nil {
		t.Error(err)
	}
	execute(t, db, "ALTER TABLE raw_launches ENABLE ROW LEVEL SECURITY")
	var document []byte
	err := reader.ReadLaunches(t.Context(), map[string]any{"raw_data": &document}, func() error { return nil })
	wantError(t, err, liftoff.Privilege, "raw_launches")
	if err := reader.ReadLaunches(t.Context(), map[string]any{}, func() error { return nil }); err != nil {
		t.Errorf("without documents: %v", err)
	}
}
