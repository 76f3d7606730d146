package postgres_test

import (
	"strings"
	"testing"

	"liftoff"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

// theirTable is a raw_launches that another program has made; inside its
// parentheses and behind them something may stand.
func theirTable(inside, behind string) string {
	return `CREATE TABLE raw_launches (id TEXT PRIMARY KEY, fetched_at_timestamp TIMESTAMP,
		simulated_total_payload_mass_kg INTEGER, simulated_delay_minutes INTEGER, raw_data JSONB` + inside + `) ` + behind
}

// A table that would refuse some launches is refused before anything of the
// schema is made, and the message names what would refuse them.
func TestK12_ATableThatDoesNotTakeEveryLaunch(t *testing.T) {
	t.Parallel()
	plain := theirTable("", "")
	for name, test := range map[string]struct {
		statements []string
		says       string
	}{
		"CHECK of the delay":         {[]string{theirTable(", CONSTRAINT short_delay CHECK (simulated_delay_minutes < 60)", "")}, `"short_delay"`},
		"CHECK of the mass":          {[]string{theirTable(", CONSTRAINT some_mass CHECK (simulated_total_payload_mass_kg > 0)", "")}, `"some_mass"`},
		"CHECK of the id":            {[]string{theirTable(", CONSTRAINT no_three CHECK (right(id, 1) <> '3')", "")}, `"no_three"`},
		"CHECK of the document":      {[]string{theirTable(", CONSTRAINT has_flown CHECK (raw_data->>'success' IS NOT NULL)", "")}, `"has_flown"`},
		"CHECK not valid for old":    {[]string{plain, "ALTER TABLE raw_launches ADD CONSTRAINT short_delay CHECK (simulated_delay_minutes < 60) NOT VALID"}, `"short_delay"`},
		"CHECK that cannot be asked": {[]string{theirTable(", CHECK ((raw_data->>'success')::int IS NULL)", "")}, "invalid input syntax"},
		"unique moment":              {[]string{theirTable(", CONSTRAINT one_a_moment UNIQUE (fetched_at_timestamp)", "")}, `"one_a_moment"`},
		"unique index of the name":   {[]string{plain, "CREATE UNIQUE INDEX one_name ON raw_launches ((raw_data->>'name'))"}, `"one_name"`},
		"partial unique index":       {[]string{plain, "CREATE UNIQUE INDEX one_success ON raw_launches ((raw_data->>'success')) WHERE raw_data->>'success' = 'true'"}, `"one_success"`},
		"exclusion":                  {[]string{theirTable(", CONSTRAINT no_overlap EXCLUDE USING gist (tsrange(fetched_at_timestamp, fetched_at_timestamp, '[]') WITH &&)", "")}, `"no_overlap"`},
		"foreign key":                {[]string{"CREATE TABLE known (id TEXT PRIMARY KEY)", theirTable(", CONSTRAINT is_known FOREIGN KEY (id) REFERENCES known", "")}, `"is_known"`},
		"deferred foreign key":       {[]string{"CREATE TABLE known (id TEXT PRIMARY KEY)", theirTable(", CONSTRAINT is_known FOREIGN KEY (id) REFERENCES known DEFERRABLE INITIALLY DEFERRED", "")}, `"is_known"`},
		"deferrable primary key": {[]string{`CREATE TABLE raw_launches (id TEXT PRIMARY KEY DEFERRABLE, fetched_at_timestamp TIMESTAMP,
			simulated_total_payload_mass_kg INTEGER, simulated_delay_minutes INTEGER, raw_data JSONB)`}, "its primary key is not id alone"},
		"generated column": {[]string{`CREATE TABLE raw_launches (id TEXT PRIMARY KEY, fetched_at_timestamp TIMESTAMP,
			simulated_total_payload_mass_kg INTEGER, simulated_delay_minutes INTEGER GENERATED ALWAYS AS (3) STORED, raw_data JSONB)`}, "column simulated_delay_minutes is generated"},
		"identity column": {[]string{`CREATE TABLE raw_launches (id TEXT PRIMARY KEY, fetched_at_timestamp TIMESTAMP,
			simulated_total_payload_mass_kg INTEGER GENERATED ALWAYS AS IDENTITY, simulated_delay_minutes INTEGER, raw_data JSONB)`}, "column simulated_total_payload_mass_kg is an identity column"},
		"ids that differ in case": {[]string{
			"CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
			`CREATE TABLE raw_launches (id TEXT COLLATE caseless PRIMARY KEY, fetched_at_timestamp TIMESTAMP,
			simulated_total_payload_mass_kg INTEGER, simulated_delay_minutes INTEGER, raw_data JSONB)`,
		}, "column id takes different texts for equal"},
		"time cut to seconds": {[]string{`CREATE TABLE raw_launches (id TEXT PRIMARY KEY, fetched_at_timestamp TIMESTAMP(0),
			simulated_total_payload_mass_kg INTEGER, simulated_delay_minutes INTEGER, raw_data JSONB)`}, "column fetched_at_timestamp is timestamp(0) without time zone"},
		"partitions with a gap": {[]string{theirTable("", "PARTITION BY RANGE (id)"), "CREATE TABLE low PARTITION OF raw_launches FOR VALUES FROM (MINVALUE) TO ('8')"}, "no partition of relation"},
		"no partition at all":   {[]string{theirTable("", "PARTITION BY HASH (id)")}, "no partition of relation"},
		"a partition's CHECK": {[]string{
			theirTable("", "PARTITION BY HASH (id)"), "CREATE TABLE p PARTITION OF raw_launches FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
			"ALTER TABLE p ADD CONSTRAINT short_delay CHECK (simulated_delay_minutes < 60)",
		}, `"short_delay"`},
		"unlogged":               {[]string{strings.Replace(plain, "CREATE TABLE", "CREATE UNLOGGED TABLE", 1)}, "it is unlogged"},
		"tables inherit from it": {[]string{plain, "CREATE TABLE old_launches () INHERITS (raw_launches)"}, "other tables inherit from it"},
		"a rule":                 {[]string{plain, "CREATE RULE nothing AS ON INSERT TO raw_launches DO INSTEAD NOTHING"}, "it has rules"},
		"a trigger that drops": {[]string{
			plain, "CREATE FUNCTION drops() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
			"CREATE TRIGGER drops BEFORE INSERT ON raw_launches FOR EACH ROW EXECUTE FUNCTION drops()",
		}, "a trigger discards or changes what is inserted"},
		"a trigger that changes": {[]string{
			plain, "CREATE FUNCTION changes() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN NEW.raw_data := NEW.raw_data - 'name'; RETURN NEW; END $$",
			"CREATE TRIGGER changes BEFORE INSERT ON raw_launches FOR EACH ROW EXECUTE FUNCTION changes()",
		}, "a trigger discards or changes what is inserted"},
		"a trigger that refuses": {[]string{
			plain, "CREATE FUNCTION refuses() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'closed for today'; END $$",
			"CREATE TRIGGER refuses BEFORE INSERT ON raw_launches FOR EACH ROW EXECUTE FUNCTION refuses()",
		}, "closed for today"},
	} {
		t.Run("K12 "+name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabase(t)
			execute(t, db, test.statements...)
			const state = `SELECT concat_ws(' ', (SELECT count(*) FROM raw_launches), (SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace))`
			before := scan[string](t, db, state)
			store := open(t, db)
			wantError(t, store.CheckNothingInTheWay(t.Context()), liftoff.Guard, test.says)
			_, err := store.Migrate(t.Context())
			wantError(t, err, liftoff.Guard, test.says)
			if !strings.Contains(liftoff.HintOf(err), "nothing was touched") {
				t.Errorf("next step %q", liftoff.HintOf(err))
			}
			if after := scan[string](t, db, state); after != before {
				t.Errorf("rows and relations were %s and are %s", before, after)
			}
		})
	}
}

// What takes every launch is adopted, whatever else it has.
func TestK13_ATableThatHarmsNoLaunch(t *testing.T) {
	t.Parallel()
	for name, statements := range map[string][]string{
		"NOT NULL": {`CREATE TABLE raw_launches (id TEXT PRIMARY KEY, fetched_at_timestamp TIMESTAMP NOT NULL,
			simulated_total_payload_mass_kg INTEGER NOT NULL, simulated_delay_minutes INTEGER NOT NULL, raw_data JSONB NOT NULL)`},
		"defaults": {`CREATE TABLE raw_launches (id TEXT PRIMARY KEY DEFAULT 'x', fetched_at_timestamp TIMESTAMP DEFAULT now(),
			simulated_total_payload_mass_kg INTEGER DEFAULT 1, simulated_delay_minutes INTEGER DEFAULT 1, raw_data JSONB DEFAULT '{}')`},
		"CHECKs that hold": {theirTable(`, CHECK (simulated_delay_minutes BETWEEN 0 AND 120), CHECK (simulated_total_payload_mass_kg >= 0),
			CHECK (id <> ''), CHECK (length(id) < 100), CHECK (jsonb_typeof(raw_data) = 'object'), CHECK (raw_data->>'id' = id)`, "")},
		"unique with the id":          {theirTable(", UNIQUE (id, fetched_at_timestamp)", ""), "CREATE UNIQUE INDEX ON raw_launches ((raw_data->>'id'))", "CREATE UNIQUE INDEX ON raw_launches (lower(id))"},
		"other indexes":               {theirTable("", ""), "CREATE INDEX ON raw_launches USING gin (raw_data)", "CREATE INDEX ON raw_launches (fetched_at_timestamp)"},
		"foreign keys to it":          {theirTable("", ""), "CREATE TABLE notes (launch_id TEXT REFERENCES raw_launches)"},
		"partitions for every id":     {theirTable("", "PARTITION BY RANGE (id)"), "CREATE TABLE low PARTITION OF raw_launches FOR VALUES FROM (MINVALUE) TO ('8')", "CREATE TABLE high PARTITION OF raw_launches FOR VALUES FROM ('8') TO (MAXVALUE)"},
		"a partition for all others":  {theirTable("", "PARTITION BY LIST (id)"), "CREATE TABLE one PARTITION OF raw_launches FOR VALUES IN ('a')", "CREATE TABLE others PARTITION OF raw_launches DEFAULT"},
		"a trigger that takes notes":  {theirTable("", ""), "CREATE TABLE log (id TEXT)", "CREATE FUNCTION notes() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (NEW.id); RETURN NULL; END $$", "CREATE TRIGGER notes AFTER INSERT ON raw_launches FOR EACH ROW EXECUTE FUNCTION notes()"},
		"inherits from another table": {"CREATE TABLE parent (id TEXT)", strings.Replace(theirTable("", "INHERITS (parent)"), "id TEXT PRIMARY KEY", "id TEXT PRIMARY KEY", 1)},
		"a collation of its own":      {strings.Replace(theirTable("", ""), "id TEXT PRIMARY KEY", `id TEXT COLLATE "C" PRIMARY KEY`, 1)},
		"an unusual collation":        {strings.Replace(theirTable("", ""), "id TEXT PRIMARY KEY", `id TEXT COLLATE "de-x-icu" PRIMARY KEY`, 1)},
		"rows from before a CHECK":    {theirTable("", ""), "INSERT INTO raw_launches (id) VALUES ('old')", "ALTER TABLE raw_launches ADD CHECK (raw_data IS NOT NULL) NOT VALID"},
	} {
		t.Run("K13 "+name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabase(t)
			execute(t, db, statements...)
			before := scan[int](t, db, "SELECT count(*) FROM raw_launches")
			store := open(t, db)
			if _, err := store.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := store.CheckReady(t.Context()); err != nil {
				t.Fatal(err)
			}
			wantCounts(t, storeBatch(t, begin(t, store, runOptions()), batchOf(launch("a", `{"id": "a"}`), launch("b", `{"id": "b"}`))), 2, 0, 0, 0)
			if after := scan[int](t, db, "SELECT count(*) FROM raw_launches"); after != before+2 {
				t.Errorf("%d rows, want %d", after, before+2)
			}
			launchtest.Refresh(t, db.DSN)
			launchtest.WantTyped(t, db.DSN)
		})
	}
}

// indexesOf are the indexes of raw_launches, by name.
const indexesOf = "SELECT string_agg(indexdef, '; ' ORDER BY indexname) FROM pg_indexes WHERE tablename = 'raw_launches'"

// raw_launches of our own making comes with its indexes.
func TestK11_RawLaunchesRestoredAlone(t *testing.T) {
	t.Parallel()
	_, original := openMigrated(t)
	want := scan[string](t, original, indexesOf)
	indexes := []string{
		`CREATE INDEX raw_launches_successful ON raw_launches (id) WHERE raw_data @> '{"success": true}'`,
		"CREATE INDEX raw_launches_simulated ON raw_launches (simulated_total_payload_mass_kg, simulated_delay_minutes)",
	}
	for name, statements := range map[string][]string{
		"both indexes": indexes, "the first only": indexes[:1], "the second only": indexes[1:], "none": nil,
	} {
		t.Run("K11 "+name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabase(t)
			execute(t, db, append([]string{theirTable("", "WITH (toast_tuple_target = 8160)"), `INSERT INTO raw_launches (id, raw_data) VALUES ('a', '{"v": 1}')`}, statements...)...)
			store := open(t, db)
			if err := store.CheckNothingInTheWay(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := store.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := scan[string](t, db, indexesOf); got != want {
				t.Errorf("indexes\n%s\nwant\n%s", got, want)
			}
			wantCounts(t, storeBatch(t, begin(t, store, runOptions()), batchOf(launch("a", `{"v": 1}`))), 0, 1, 0, 0)
		})
	}
}

// What is not ours keeps its name and stays.
func TestK11_AnotherIndexOfTheName(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"of another definition": "CREATE INDEX raw_launches_successful ON raw_launches (fetched_at_timestamp)",
		"unique":                "CREATE UNIQUE INDEX raw_launches_successful ON raw_launches (id, fetched_at_timestamp)",
		"of another table":      "CREATE TABLE other (id TEXT); CREATE INDEX raw_launches_successful ON other (id)",
		"of others of its kind": "CREATE TYPE rockets AS ENUM ('a')",
		"a function":            "CREATE FUNCTION liftoff_text_length(JSONB) RETURNS BIGINT LANGUAGE sql RETURN 0",
	} {
		t.Run("K11 "+name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabase(t)
			execute(t, db, theirTable("", ""))
			for _, part := range strings.Split(statement, "; ") {
				execute(t, db, part)
			}
			_, err := open(t, db).Migrate(t.Context())
			says := "an index named raw_launches_successful is already in"
			if strings.Contains(statement, "rockets") {
				says = "type or function named rockets is already in"
			} else if strings.Contains(statement, "FUNCTION") {
				says = "type or function named liftoff_text_length is already in"
			}
			wantError(t, err, liftoff.Guard, says)
		})
	}
}

// A table of another role gets no index, so an index of the name is not in the way.
func TestK11_RawLaunchesOfAnotherRoleRestored(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	execute(t, db, theirTable("", ""), "CREATE INDEX raw_launches_successful ON raw_launches (fetched_at_timestamp)")
	before := scan[string](t, db, indexesOf)
	if _, err := open(t, pgtest.NewRole(t, db, "CREATE ON SCHEMA public", "SELECT, INSERT ON raw_launches")).Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := scan[string](t, db, indexesOf); after != before {
		t.Errorf("indexes were %s and are %s", before, after)
	}
}
