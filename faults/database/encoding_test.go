package database_test

import (
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// createDatabase makes a database with options of CREATE DATABASE.
func createDatabase(t *testing.T, server pgtest.Database, name, options string) pgtest.Database {
	t.Helper()
	clitest.Execute(t, server, "CREATE DATABASE "+name+" TEMPLATE template0 "+options)
	db := server
	db.DSN = strings.Replace(db.DSN, "/"+db.Name+"?", "/"+name+"?", 1)
	db.Name = name
	return db
}

func TestC26_AnEncodingThatCannotHoldEveryLaunch(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t).Database()
	for _, encoding := range []string{"SQL_ASCII", "LATIN1"} {
		t.Run("C26 "+encoding, func(t *testing.T) {
			db := createDatabase(t, server, strings.ToLower(encoding), "ENCODING '"+encoding+"' LOCALE 'C'")
			u := newUser(t, 0).On(db)
			for _, args := range [][]string{{"ingest", "--all"}, {"migrate", "up"}} {
				r := u.Run(t, args...)
				clitest.WantFailure(t, r, 8, "is "+encoding+", which cannot hold every launch")
			}
			if n := clitest.Scan[int](t, db, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"); n != 0 {
				t.Errorf("%d relations were made", n)
			}
			doctor := u.Run(t, "doctor")
			if doctor.Code != 8 || !strings.Contains(doctor.Stdout, "FAILED encoding") {
				t.Errorf("the doctor ends with %d and says:\n%s", doctor.Code, doctor.Stdout)
			}
			// The line that it tells makes a database that will do.
			_, line, found := strings.Cut(u.Run(t, "ingest").LastLine(), ": CREATE DATABASE ")
			if !found {
				t.Fatal("it tells no CREATE DATABASE line")
			}
			clitest.Execute(t, db, "CREATE DATABASE "+line)
			good := db
			good.DSN = strings.Replace(db.DSN, "/"+db.Name+"?", "/"+db.Name+"_utf8?", 1)
			newUser(t, 0).On(good).Succeed(t, "ingest", "--all")
			wantStored(t, good, launches)
		})
	}
}

func TestC26_C27_EqualResultsWhateverTheDatabaseSorts(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t).Database()
	for name, options := range map[string]string{
		"C26 C":       "ENCODING 'UTF8' LOCALE 'C'",
		"C26 German":  "ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'de-DE' LOCALE 'C'",
		"C26 Turkish": "ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR-u-kn-true' LOCALE 'C'",
		"C27 odd":     "ENCODING 'UTF8' LOCALE 'C'",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := createDatabase(t, server, strings.ReplaceAll(strings.ToLower(name), " ", "_"), options)
			if name == "C27 odd" {
				for _, setting := range []string{
					"timezone = 'Asia/Kathmandu'", "datestyle = 'German, DMY'", "intervalstyle = 'sql_standard'",
					"bytea_output = 'escape'", "extra_float_digits = -5", "xmlbinary = 'hex'", "quote_all_identifiers = on",
					"default_transaction_isolation = 'repeatable read'", "plan_cache_mode = 'force_generic_plan'",
					"search_path = 'public'", "array_nulls = off", "transform_null_equals = on", "backslash_quote = on",
				} {
					clitest.Execute(t, db, "ALTER DATABASE "+db.Name+" SET "+setting)
				}
			}
			wantEqualResults(t, db)
		})
	}
}
