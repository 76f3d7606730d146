package postgres_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/pgtest"
)

// runGrants are the privileges on relations that a run needs, as GRANT takes
// them.
func runGrants() []string {
	return []string{
		"SELECT, INSERT ON raw_launches, launch_revisions",
		"SELECT, INSERT, UPDATE ON known_launches, quarantined_records, ingestion_sources, ingestion_runs, ingestion_backfills, ingestion_backfill_ranges, ingestion_rates, raw_payloads, raw_rockets, raw_launchpads, reference_checks",
		"SELECT, INSERT, DELETE ON ingestion_missed_ranges",
		"SELECT, INSERT, UPDATE, DELETE ON typed_launches, ingestion_schedules",
		"SELECT, INSERT, DELETE ON typed_transactions",
		"SELECT, INSERT, UPDATE ON typed_checks",
		"SELECT ON launches, launches_from_documents, payloads, rockets, launchpads, liftoff_schema_version",
	}
}

func TestC17_CheckPrivilegesNamesTheStatementThatMendsIt(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	if err := store.CheckPrivileges(t.Context()); err != nil {
		t.Fatalf("the owner lacks a privilege: %v", err)
	}
	check := func(t *testing.T, says, hint string, grants ...string) {
		t.Helper()
		role := pgtest.NewRole(t, db, grants...)
		err := open(t, role).CheckPrivileges(t.Context())
		wantError(t, err, liftoff.Privilege, says)
		if got := liftoff.HintOf(err); !containsAll(got, hint, role.User) {
			t.Errorf("next step %q, want %q for the role", got, hint)
		}
	}
	t.Run("no INSERT", func(t *testing.T) {
		grants := append(runGrants(), "CREATE ON SCHEMA public")
		grants[0] = "SELECT, INSERT ON launch_revisions"
		check(t, "lacks privileges that a run needs, on raw_launches", "GRANT INSERT ON raw_launches TO",
			append(grants, "SELECT ON raw_launches")...)
	})
	t.Run("no SELECT on the view", func(t *testing.T) {
		grants := append(runGrants()[:6], "SELECT ON payloads, launchpads, launches_from_documents")
		check(t, "on launches, rockets", "as their owner run: GRANT SELECT ON launches, rockets TO", grants...)
	})
	t.Run("no CREATE", func(t *testing.T) {
		check(t, "may not create launch_aggregates_view", "GRANT CREATE ON SCHEMA", runGrants()...)
	})
	t.Run("no SELECT on the version", func(t *testing.T) {
		role := pgtest.NewRole(t, db, "SELECT, INSERT ON raw_launches")
		err := open(t, role).RequireCurrentSchema(t.Context())
		wantError(t, err, liftoff.Privilege, "may not SELECT liftoff_schema_version")
		if got := liftoff.HintOf(err); !containsAll(got, "GRANT SELECT ON liftoff_schema_version", role.User) {
			t.Errorf("next step %q is not the GRANT", got)
		}
	})
	t.Run("all that is needed", func(t *testing.T) {
		role := pgtest.NewRole(t, db, append(runGrants(), "CREATE ON SCHEMA public")...)
		if err := open(t, role).CheckPrivileges(t.Context()); err != nil {
			t.Errorf("CheckPrivileges() = %v", err)
		}
	})
	if err := store.CreateAggregateView(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Run("a view that stands but cannot be read", func(t *testing.T) {
		check(t, "may not read launch_aggregates_view", "GRANT SELECT ON launch_aggregates_view TO", runGrants()...)
	})
	execute(t, db, spoilView)
	t.Run("another's view", func(t *testing.T) {
		check(t, "may not replace launch_aggregates_view", "ALTER VIEW launch_aggregates_view OWNER TO",
			append(runGrants(), "CREATE ON SCHEMA public")...)
	})
	execute(t, db, "REVOKE TEMPORARY ON DATABASE "+db.Name+" FROM PUBLIC")
	t.Run("no temporary tables", func(t *testing.T) {
		check(t, "may not create temporary tables", "GRANT TEMPORARY ON DATABASE", runGrants()...)
	})
	t.Run("read-only", func(t *testing.T) {
		execute(t, db, "ALTER DATABASE "+db.Name+" SET default_transaction_read_only = on")
		wantError(t, open(t, db).CheckPrivileges(t.Context()), liftoff.Privilege, "is read-only")
	})
}

// Of all that a run needs, each single one that is missing is named, and the
// statement that the next step gives mends it.
func TestC17_EveryPrivilegeThatARunNeeds(t *testing.T) {
	t.Parallel()
	_, db := openWithView(t, 0)
	role := pgtest.NewRole(t, db, append(runGrants(), "SELECT ON launch_aggregates_view")...)
	store := open(t, role)
	admin := pgtest.Connect(t, db.DSN)
	quoted := pgx.Identifier{role.User}.Sanitize()
	walked := 0
	for _, grant := range append(runGrants(), "SELECT ON launch_aggregates_view") {
		privileges, relations, _ := strings.Cut(grant, " ON ")
		for _, relation := range strings.Split(relations, ", ") {
			for _, privilege := range strings.Split(privileges, ", ") {
				walked++
				if _, err := admin.Exec(t.Context(), "REVOKE "+privilege+" ON "+relation+" FROM "+quoted); err != nil {
					t.Fatal(err)
				}
				err := errors.Join(store.RequireCurrentSchema(t.Context()), store.CheckReady(t.Context()))
				wantError(t, err, liftoff.Privilege, relation)
				want := "GRANT " + privilege + " ON " + relation + " TO " + quoted
				if got := hinted(t, err); got != want {
					t.Errorf("next step %q, want %q", got, want)
				}
				if _, err := admin.Exec(t.Context(), want); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := errors.Join(store.RequireCurrentSchema(t.Context()), store.CheckReady(t.Context())); err != nil || walked < 50 {
		t.Errorf("with all %d privileges: %v", walked, err)
	}
}

func TestC17_NoSchemaToUseOrToCreateIn(t *testing.T) {
	t.Parallel()
	_, db := openWithView(t, 0)
	role := pgtest.NewRole(t, db, runGrants()...)
	execute(t, db, "REVOKE USAGE ON SCHEMA public FROM PUBLIC")
	store := open(t, role)
	for _, err := range []error{store.RequireCurrentSchema(t.Context()), store.RequireReadableSchema(t.Context())} {
		wantError(t, err, liftoff.Privilege, `may not use schema "public"`)
	}
	execute(t, db, hinted(t, store.RequireCurrentSchema(t.Context())))
	if err := store.RequireCurrentSchema(t.Context()); err != nil {
		t.Errorf("after the GRANT: %v", err)
	}
	empty := pgtest.NewDatabase(t)
	migrator := open(t, pgtest.NewRole(t, empty))
	_, err := migrator.Migrate(t.Context())
	wantError(t, err, liftoff.Privilege, `may not create tables in schema "public"`)
	execute(t, empty, hinted(t, err))
	if _, err := migrator.Migrate(t.Context()); err != nil {
		t.Errorf("after the GRANT: %v", err)
	}
}

func TestC17_NoLoginToTheDatabase(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	execute(t, db, "REVOKE CONNECT ON DATABASE "+db.Name+" FROM PUBLIC")
	role := pgtest.NewRole(t, db)
	_, err := postgres.Open(t.Context(), options(role))
	wantError(t, err, liftoff.Privilege, "permission denied for database")
	execute(t, db, hinted(t, err))
	open(t, role)
}

// What the hint says is all that an administrator has to do.
func TestC17_ItsHintIsEnough(t *testing.T) {
	t.Parallel()
	store, db := openWithView(t, 0)
	role := pgtest.NewRole(t, db)
	grants := 0
	for err := open(t, role).CheckPrivileges(t.Context()); err != nil; err = open(t, role).CheckPrivileges(t.Context()) {
		if grants++; grants > 3 {
			t.Fatalf("after %d hints: %v", grants-1, err)
		}
		execute(t, db, hinted(t, err))
	}
	if err := store.CheckPrivileges(t.Context()); err != nil {
		t.Errorf("the owner lacks a privilege: %v", err)
	}
}

// A role with what is asked for, and nothing else, gets through a whole run
// that writes into every table.
func TestStoreBatch_WithTheGrantsAlone(t *testing.T) {
	t.Parallel()
	_, db := openWithView(t, 0)
	store := open(t, pgtest.NewRole(t, db, append(runGrants(), "SELECT ON launch_aggregates_view")...))
	if err := store.CheckReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, raw := range []string{`{"v": 1}`, `{"v": 2}`} {
		run := begin(t, store, runOptions())
		batch := batchOf(launch("a", raw), launch("b", `{}`))
		batch.Launches = batch.Launches[:2-i]
		batch.Range = &liftoff.IDRange{}
		batch.Rejected = []liftoff.RejectedRecord{{Reason: liftoff.NotAnObject, Body: []byte(raw)}}
		result := storeBatch(t, run, batch)
		err := run.Finish(t.Context(), liftoff.Ending{
			Status: liftoff.RunSucceeded, IsCurrent: true, MissingIDs: result.MissingIDs,
			Gaps: []liftoff.Gap{{AfterID: "x"}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := store.CreateAggregateView(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := store.Source(t.Context(), runOptions().Source); err != nil {
		t.Error(err)
	}
	got := scan[string](t, db, `SELECT concat_ws(' ', (SELECT count(*) FROM raw_launches), (SELECT count(*) FROM launch_revisions),
		(SELECT count(*) FROM known_launches WHERE missing_since IS NOT NULL), (SELECT count(*) FROM quarantined_records),
		(SELECT count(*) FROM ingestion_missed_ranges), (SELECT count(*) FROM ingestion_runs WHERE status = 'succeeded'))`)
	if want := "2 1 1 2 1 2"; got != want {
		t.Errorf("launches, revisions, missing, quarantined, missed, runs = %s, want %s", got, want)
	}
}
