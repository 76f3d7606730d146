package database_test

import (
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// A role that may log in and nothing else is told, step by step, all that it
// needs for a command, and nothing is done before it has that.
func TestC17_TheStatementsThatAreToldAreEnough(t *testing.T) {
	t.Parallel()
	filled := func(t *testing.T) pgtest.Database {
		db := pgtest.NewDatabase(t)
		newUser(t, 0).On(db).Succeed(t, "ingest", "--all")
		clitest.Execute(t, db, "REVOKE USAGE ON SCHEMA public FROM PUBLIC",
			"REVOKE TEMPORARY ON DATABASE "+db.Name+" FROM PUBLIC", "REVOKE CONNECT ON DATABASE "+db.Name+" FROM PUBLIC")
		return db
	}
	empty := func(t *testing.T) pgtest.Database { return pgtest.NewDatabase(t) }
	for _, test := range []struct {
		name string
		db   func(*testing.T) pgtest.Database
		args []string
	}{
		{"ingest", filled, []string{"ingest", "--all", "--auto-migrate=false"}},
		{"analyze", filled, []string{"analyze"}},
		{"export", filled, []string{"export"}},
		{"export whole documents", filled, []string{"export", "--raw"}},
		{"runs", filled, []string{"runs"}},
		{"history", filled, []string{"history", "ID"}},
		{"migrate", empty, []string{"migrate", "up"}},
	} {
		t.Run("C17 "+test.name, func(t *testing.T) {
			t.Parallel()
			db := test.db(t)
			for i, arg := range test.args {
				if arg == "ID" {
					test.args[i] = anID(t, db)
				}
			}
			u := newUser(t, 0).On(pgtest.NewRole(t, db))
			const most = 8
			for told := 0; ; told++ {
				r := u.Run(t, test.args...)
				if r.Code == 0 {
					if told == 0 {
						t.Error("nothing was missing")
					}
					return
				}
				clitest.WantFailure(t, r, 7, "")
				if told == most {
					t.Fatalf("after %d statements: %s", told, r.LastLine())
				}
				clitest.Execute(t, db, toldStatement(t, r))
			}
		})
	}
}

// A privilege that goes away while nobody looks is found before anything is
// fetched.
func TestC17_NoInsert(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := newUser(t, 0)
	u.On(db).Succeed(t, "migrate", "up")
	role := pgtest.NewRole(t, db, "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public")
	clitest.Execute(t, db, "REVOKE INSERT ON raw_launches FROM "+role.User)
	r := u.On(role).With("SPACEX_API_URL="+clitest.ClosedPort).Run(t, "ingest")
	clitest.WantFailure(t, r, 7, "raw_launches")
	if got, want := toldStatement(t, r), `GRANT INSERT ON raw_launches TO "`+role.User+`"`; got != want {
		t.Errorf("it tells %q, want %q", got, want)
	}
	if doctor := u.On(role).Run(t, "doctor"); doctor.Code != 7 || !strings.Contains(doctor.Stdout, "GRANT INSERT ON raw_launches") {
		t.Errorf("the doctor ends with %d and says:\n%s", doctor.Code, doctor.Stdout)
	}
}
