package postgres_test

import (
	"errors"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

// What the script of roles grants to who only reads is enough to look everything up.
func TestLookup_NeedsNoMoreThanTheReaderMay(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	if _, err := insert(t.Context(), store, launch("a", `{"name": "Crew-2", "payloads": ["p"], "rocket": "r"}`)); err != nil {
		t.Fatal(err)
	}
	launchtest.Refresh(t, db.DSN)
	wanted, err := os.ReadFile("queries/grant_to_roles.sql")
	if err != nil {
		t.Fatal(err)
	}
	var grants []string
	for _, match := range regexp.MustCompile(`\('(\w+)', '[^']*', 'SELECT'`).FindAllStringSubmatch(string(wanted), -1) {
		if match[1] != "launch_aggregates_view" {
			grants = append(grants, "SELECT ON "+match[1])
		}
	}
	reader := open(t, pgtest.NewRole(t, db, grants...))
	launches, err := reader.Launches(t.Context(), postgres.LaunchFilter{Search: "CREW", Limit: 5})
	if err != nil || len(launches) != 1 || launches[0].ID != "a" {
		t.Errorf("Launches() = %+v, %v", launches, err)
	}
	named, err := reader.LaunchesNamed(t.Context(), "crew-2", 5)
	if err != nil || len(named) != 1 || named[0].ID != "a" {
		t.Errorf("LaunchesNamed() = %+v, %v", named, err)
	}
	details, err := reader.LaunchDetails(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]liftoff.StoredPayload{{ID: "p"}}, details.Payloads); diff != "" || details.RocketID != "r" || details.Revisions != 1 {
		t.Errorf("LaunchDetails() = %+v, payloads (-want +got):\n%s", details, diff)
	}
	if run, err := reader.Run(t.Context(), 1); err != nil || run.ID != 1 || run.Selection != liftoff.SelectAll {
		t.Errorf("Run() = %+v, %v", run, err)
	}
}

// The id counts more than a name, and a name as it is written, whatever it has in it.
func TestLaunchesNamed_TakesIdsAndNamesAsTheyAre(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	if _, err := insert(t.Context(), store, launch("a", `{"name": "b"}`), launch("b", `{"name": "100%_\\"}`), launch("c", `{"name": "100 and more"}`)); err != nil {
		t.Fatal(err)
	}
	launchtest.Refresh(t, db.DSN)
	for text, want := range map[string]string{"b": "b", "B": "a", `100%_\`: "b", "100%": "", "": "", "a' OR 1=1 --": ""} {
		found, err := store.LaunchesNamed(t.Context(), text, 5)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, l := range found {
			got += l.ID
		}
		if got != want {
			t.Errorf("LaunchesNamed(%q) found %q, want %q", text, got, want)
		}
	}
}

func TestLookup_OfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	store, _ := openMigrated(t)
	_, noLaunch := store.LaunchDetails(t.Context(), "none")
	_, noHistory := store.LaunchHistory(t.Context(), "none")
	_, noRun := store.Run(t.Context(), 7)
	_, noRecord := store.QuarantinedRecord(t.Context(), 7)
	for text, err := range map[string]error{
		`no launch "none" is stored`: noLaunch, `no launch "none" is stored in`: noHistory,
		"there is no run 7 in PostgreSQL at": noRun, "there is no record 7 in quarantine in PostgreSQL at": noRecord,
	} {
		wantError(t, err, liftoff.Usage, text)
		if !errors.Is(err, liftoff.ErrNotFound) {
			t.Errorf("%v does not say liftoff.ErrNotFound", err)
		}
	}
	if launches, err := store.Launches(t.Context(), postgres.LaunchFilter{Limit: 1}); err != nil || len(launches) != 0 {
		t.Errorf("Launches() = %v, %v", launches, err)
	}
}

// A year begins and ends in UTC, whatever the session's time zone.
func TestLaunches_OfAYear(t *testing.T) {
	t.Parallel()
	_, db := openMigrated(t)
	execute(t, db, "ALTER DATABASE "+db.Name+" SET timezone = 'Asia/Tokyo'")
	store := open(t, db)
	if _, err := insert(t.Context(), store, launch("first", `{"date_utc": "2020-01-01T00:00:00.000Z"}`),
		launch("last", `{"date_utc": "2020-12-31T23:59:59.999Z"}`), launch("next", `{"date_utc": "2021-01-01T00:00:00.000Z"}`), launch("never", `{}`)); err != nil {
		t.Fatal(err)
	}
	launchtest.Refresh(t, db.DSN)
	launches, err := store.Launches(t.Context(), postgres.LaunchFilter{Year: 2020, Limit: 5})
	if err != nil || len(launches) != 2 || launches[0].ID != "last" || launches[1].ID != "first" {
		t.Fatalf("Launches() = %+v, %v", launches, err)
	}
	if want := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC); !launches[1].LaunchedAt.Equal(want) {
		t.Errorf("launched at %s, want %s", launches[1].LaunchedAt, want)
	}
}
