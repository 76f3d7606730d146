package postgres_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"liftoff"
	"liftoff/internal/postgres"
	"liftoff/internal/testkit/faultproxy"
	"liftoff/internal/testkit/pgtest"
)

// odd are settings that would change what is stored, compared or shown, and what
// they must be in our sessions.
var odd = []struct{ name, odd, want string }{
	{"client_encoding", "LATIN1", "UTF8"},
	{"client_encoding", "WIN1252", "UTF8"},
	{"client_encoding", "EUC_JP", "UTF8"},
	{"DateStyle", "German, DMY", "ISO, MDY"},
	{"DateStyle", "SQL, DMY", "ISO, MDY"},
	{"IntervalStyle", "sql_standard", "postgres"},
	{"TimeZone", "Asia/Kathmandu", "UTC"},
	{"extra_float_digits", "-15", "1"},
	{"bytea_output", "escape", "hex"},
	{"standard_conforming_strings", "off", "on"},
	{"array_nulls", "off", "on"},
	{"transform_null_equals", "on", "off"},
	{"quote_all_identifiers", "on", "off"},
	{"row_security", "off", "on"},
	{"gin_fuzzy_search_limit", "1", "0"},
	{"default_transaction_isolation", "serializable", "read committed"},
	{"exit_on_error", "on", "off"},
	{"synchronous_commit", "off", "on"},
	{"lc_numeric", "C.UTF-8", "C"},
	{"lc_monetary", "C.UTF-8", "C"},
	{"lc_time", "C.UTF-8", "C"},
}

// ways are how a setting gets into a session without the program asking for it.
var ways = map[string]func(t *testing.T, db pgtest.Database, name, value string) string{
	"role": func(t *testing.T, db pgtest.Database, name, value string) string {
		role := pgtest.NewRole(t, db, "pg_read_all_data", "pg_write_all_data", "CREATE ON SCHEMA public")
		execute(t, db, "ALTER ROLE "+role.User+" SET "+name+" = '"+value+"'")
		return role.DSN
	},
	"role in this database": func(t *testing.T, db pgtest.Database, name, value string) string {
		role := pgtest.NewRole(t, db, "pg_read_all_data", "pg_write_all_data", "CREATE ON SCHEMA public")
		execute(t, db, "ALTER ROLE "+role.User+" IN DATABASE "+db.Name+" SET "+name+" = '"+value+"'")
		return role.DSN
	},
	"database": func(t *testing.T, db pgtest.Database, name, value string) string {
		execute(t, db, "ALTER DATABASE "+db.Name+" SET "+name+" = '"+value+"'")
		return db.DSN
	},
	"parameter of the URL": func(_ *testing.T, db pgtest.Database, name, value string) string {
		return db.DSN + "&" + name + "=" + escaped(value)
	},
	"parameter in other letters": func(_ *testing.T, db pgtest.Database, name, value string) string {
		return db.DSN + "&" + strings.ToUpper(name) + "=" + escaped(value)
	},
	"options of the URL": func(_ *testing.T, db pgtest.Database, name, value string) string {
		return db.DSN + "&options=" + escaped("-c "+name+"="+strings.ReplaceAll(value, " ", `\ `))
	},
}

// escaped escapes a parameter of a URL; a + is no space for PostgreSQL's clients.
func escaped(value string) string { return strings.ReplaceAll(url.QueryEscape(value), "+", "%20") }

// Whatever role, database and connection say, the sessions are the same.
func TestK1_K2_EverySettingByEveryWay(t *testing.T) {
	t.Parallel()
	for way, set := range ways {
		t.Run("K2 "+way, func(t *testing.T) {
			t.Parallel()
			for _, setting := range odd {
				db := pgtest.NewDatabase(t)
				store := open(t, pgtest.Database{DSN: set(t, db, setting.name, setting.odd)})
				// The first session, and one that is opened later.
				for range 2 {
					got, err := store.ShowSettings(t.Context(), []string{setting.name})
					if err != nil {
						t.Fatal(err)
					}
					if got[0] != setting.want {
						t.Errorf("%s is %s, want %s", setting.name, got[0], setting.want)
					}
					store.ResetConnections()
				}
			}
		})
	}
}

// The same from the environment, which a URL leaves in force.
func TestK1_K2_EverySettingOfPGOPTIONS(t *testing.T) {
	db := pgtest.NewDatabase(t)
	t.Setenv("PGCLIENTENCODING", "LATIN1")
	t.Setenv("PGTZ", "Asia/Kathmandu")
	t.Setenv("PGDATESTYLE", "German")
	for _, setting := range odd {
		t.Setenv("PGOPTIONS", "-c "+setting.name+"="+strings.ReplaceAll(setting.odd, " ", `\ `))
		got, err := open(t, db).ShowSettings(t.Context(), []string{setting.name, "client_encoding", "TimeZone", "DateStyle"})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{setting.want, "UTF8", "UTC", "ISO, MDY"}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", setting.name, diff)
		}
	}
}

// What is stored is what was sent, letter by letter, and is known again.
func TestK1_AClientEncodingFromElsewhere(t *testing.T) {
	t.Parallel()
	const document = `{"id": "a", "name": "Türksat é 日本"}`
	for way, set := range ways {
		for _, encoding := range []string{"LATIN1", "WIN1252", "EUC_JP", "SQL_ASCII"} {
			t.Run("K1 "+way+" "+encoding, func(t *testing.T) {
				t.Parallel()
				db := pgtest.NewDatabaseFrom(t, migrated)
				store := open(t, pgtest.Database{DSN: set(t, db, "client_encoding", encoding)})
				run := begin(t, store, runOptions())
				wantCounts(t, storeBatch(t, run, batchOf(launch("a", document))), 1, 0, 0, 0)
				// Not as text, which the database's own setting would change.
				name := scan[[]byte](t, db, "SELECT convert_to(raw_data->>'name', 'UTF8') FROM raw_launches")
				if string(name) != "Türksat é 日本" {
					t.Errorf("the name is stored as %q", name)
				}
				wantCounts(t, storeBatch(t, run, batchOf(launch("a", " "+document))), 0, 1, 0, 0)
			})
		}
	}
}

func TestK3_ASessionThatLeavesOutTriggers(t *testing.T) {
	t.Parallel()
	_, db := openWithView(t, 0)
	execute(t, db, "ALTER DATABASE "+db.Name+" SET session_replication_role = replica")
	store := open(t, db)
	wantError(t, store.CheckReady(t.Context()), liftoff.Guard, "session_replication_role")
	wantError(t, open(t, pgtest.Database{DSN: db.DSN + "&session_replication_role=replica"}).CheckShape(t.Context()), liftoff.Guard, "session_replication_role")
	execute(t, db, "ALTER DATABASE "+db.Name+" RESET session_replication_role")
	if err := open(t, db).CheckReady(t.Context()); err != nil {
		t.Error(err)
	}
}

// Behind a pooler a setting would become that of other clients too.
func TestK4_SettingsBehindAPooler(t *testing.T) {
	t.Parallel()
	for _, setting := range odd {
		matters := strings.Contains("IntervalStyle extra_float_digits bytea_output array_nulls transform_null_equals quote_all_identifiers row_security gin_fuzzy_search_limit", setting.name)
		t.Run("K4 "+setting.name+" "+setting.odd, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabaseFrom(t, migrated)
			_, isStartup := map[string]bool{"client_encoding": true, "DateStyle": true, "TimeZone": true, "standard_conforming_strings": true}[setting.name]
			if isStartup {
				t.Skip("poolers set this for each client; the one of the tests does not")
			}
			execute(t, db, "ALTER DATABASE "+db.Name+" SET "+setting.name+" = '"+setting.odd+"'")
			opts := optionsOf(faultproxy.NewPooler(t, db.DSN, 1).DSN(db.DSN))
			store, err := postgres.Open(t.Context(), opts)
			if matters {
				wantError(t, err, liftoff.Usage, setting.name+" is "+setting.odd+", not "+setting.want)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer store.Close()
			// The next client of the pooler's only session finds it as it was.
			if got, err := store.ShowSettings(t.Context(), []string{setting.name}); err != nil || got[0] != setting.odd {
				t.Errorf("%s is %v, %v", setting.name, got, err)
			}
		})
	}
}

// Which tables are meant must not depend on the order of schemas, and must not be
// another one for another program.
func TestK5_AnotherTableInTheSearchPath(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change, path, says string
	}{
		"raw_launches earlier":            {"CREATE TABLE other.raw_launches (LIKE public.raw_launches INCLUDING ALL)", "other, public", "in the schema public, which is not the first of the search path (other, public)"},
		"raw_launches later":              {"CREATE TABLE other.raw_launches (LIKE public.raw_launches INCLUDING ALL)", "public, other", "has another one: other.raw_launches"},
		"an empty schema earlier":         {"SELECT 1", "other, public", "which is not the first of the search path"},
		"the view later":                  {"CREATE VIEW other.launch_aggregates_view AS SELECT * FROM public.launch_aggregates_view", "public, other", "has another one: other.launch_aggregates_view"},
		"another table earlier":           {"CREATE TABLE other.payloads (id text)", "other, public", "which is not the first of the search path"},
		"one of ours only in another one": {"ALTER TABLE public.raw_payloads SET SCHEMA other", "public, other", "raw_payloads is missing"},
		"the version only in another one": {"ALTER TABLE public.liftoff_schema_version SET SCHEMA other", "public, other", "in the schema other, which is not the first"},
		"raw_launches only in another":    {"ALTER TABLE public.raw_launches SET SCHEMA other", "public, other", "has another one: other.raw_launches"},
	} {
		t.Run("K5 "+name, func(t *testing.T) {
			t.Parallel()
			_, db := openWithView(t, 0)
			execute(t, db, "CREATE SCHEMA other", test.change)
			for _, dsn := range []string{db.DSN + "&search_path=" + escaped(test.path), db.DSN + "&options=" + escaped("-c search_path="+strings.ReplaceAll(test.path, " ", ""))} {
				store := open(t, pgtest.Database{DSN: dsn})
				wantError(t, store.CheckReady(t.Context()), liftoff.Guard, test.says)
			}
		})
	}
	t.Run("K5 tables of others later", func(t *testing.T) {
		t.Parallel()
		_, db := openWithView(t, 0)
		execute(t, db, "CREATE SCHEMA other", "CREATE TABLE other.payloads (id text)", "CREATE TABLE other.launches (id text)",
			"CREATE TABLE other.staged_launches (id text)")
		store := open(t, pgtest.Database{DSN: db.DSN + "&search_path=" + escaped("public,other,pg_catalog,pg_temp")})
		if err := store.CheckReady(t.Context()); err != nil {
			t.Error(err)
		}
		wantCounts(t, storeBatch(t, begin(t, store, runOptions()), batchOf(launch("a", "{}"))), 1, 0, 0, 0)
	})
}

// A schema with the role's name comes before public, as soon as there is one.
func TestK6_ASchemaNamedAsTheRole(t *testing.T) {
	t.Parallel()
	_, db := openWithView(t, 0)
	execute(t, db, "CREATE SCHEMA "+pgx.Identifier{db.User}.Sanitize())
	wantError(t, open(t, db).CheckReady(t.Context()), liftoff.Guard, "which is not the first of the search path")
}

// A run that is going when such a schema appears goes on where it began, also on
// new connections.
func TestK7_ASchemaThatAppearsDuringARun(t *testing.T) {
	t.Parallel()
	store, db := openWithView(t, 0)
	execute(t, db, "CREATE SCHEMA "+pgx.Identifier{db.User}.Sanitize(),
		"CREATE TABLE "+pgx.Identifier{db.User}.Sanitize()+".raw_launches (LIKE public.raw_launches INCLUDING ALL)",
		strings.Replace(spoilView, "launch_aggregates_view", "public.launch_aggregates_view", 1))
	store.ResetConnections()
	wantCounts(t, storeBatch(t, begin(t, store, runOptions()), batchOf(launch("a", "{}"))), 1, 0, 0, 0)
	if err := store.CreateAggregateView(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := scan[string](t, db, `SELECT concat_ws(' ', (SELECT count(*) FROM public.raw_launches), (SELECT string_agg(schemaname, ',') FROM pg_views WHERE viewname = 'launch_aggregates_view'))`); got != "1 public" {
		t.Errorf("launches and the schemas of the view: %s", got)
	}
}

// A reader's own schema does not change what is read.
func TestK6_AReaderWithASchemaOfItsOwn(t *testing.T) {
	t.Parallel()
	store, db := openWithView(t, 0)
	storeBatch(t, begin(t, store, runOptions()), batchOf(launch("a", "{}")))
	reader := pgtest.NewRole(t, db, "pg_read_all_data")
	execute(t, db, "CREATE SCHEMA AUTHORIZATION "+reader.User, "CREATE TABLE "+reader.User+".raw_launches (LIKE public.raw_launches)")
	isEmpty, err := open(t, reader).IsEmpty(t.Context())
	if err != nil || isEmpty {
		t.Errorf("IsEmpty() = %v, %v", isEmpty, err)
	}
}
