package database_test

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

// checkColumns returns the line of `liftoff doctor` about the columns of the view
// launches.
func checkColumns(t *testing.T, u *clitest.User) string {
	t.Helper()
	for line := range strings.Lines(u.Run(t, "doctor").Stdout) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[1] == "columns" {
			return strings.TrimSpace(line)
		}
	}
	t.Error("the doctor says nothing about columns")
	return ""
}

// wantPutRight wants that the doctor names what was changed by hand in db, and that
// the command makes the view launches right.
func wantPutRight(t *testing.T, u *clitest.User, db pgtest.Database, command ...string) {
	t.Helper()
	if line := checkColumns(t, u); !strings.HasPrefix(line, "FAILED") || !strings.Contains(line, "Next: run `liftoff migrate rebuild`; the next run puts it right too") {
		t.Errorf("before %v the doctor says: %s", command, line)
	}
	u.Succeed(t, command...)
	launchtest.WantTyped(t, db.DSN)
	if line := checkColumns(t, u); !strings.HasPrefix(line, "ok") {
		t.Errorf("after %v the doctor says: %s", command, line)
	}
	const counts = `SELECT concat_ws(' ', (SELECT count(*) FROM raw_launches), (SELECT count(*) FROM launches))`
	if n := strings.Fields(clitest.Scan[string](t, db, counts)); n[0] != n[1] {
		t.Errorf("after %v the view launches shows %s launches of %s", command, n[1], n[0])
	}
}

// runsOf are runs of each kind. Whatever else they do, they put the view launches
// right.
func runsOf() [][]string {
	return [][]string{
		{"ingest", "--skip-analytics"}, {"ingest", "--new", "--skip-analytics"}, {"ingest", "--all", "--skip-analytics"}, {"quarantine", "retry"},
	}
}

// What others write into the tables that the view launches follows from, or into
// the one that it shows, is in queries after the next run, whichever it is. $ stands
// for the number of the change.
func TestL24_L26_LaunchesChangedByHand(t *testing.T) {
	t.Parallel()
	const some = " WHERE id IN (SELECT id FROM raw_launches ORDER BY id OFFSET 7 LIMIT 3)"
	const revision = `INSERT INTO launch_revisions (launch_id, revision, content_sha256, first_seen_at, raw_data)
		SELECT id, $00, sha256('{}'), now(), raw_data || '{"name": "by hand"}' FROM raw_launches`
	const rows = `INSERT INTO typed_launches SELECT * FROM jsonb_populate_recordset(NULL::typed_launches,
		(SELECT jsonb_agg(to_jsonb(typed) || jsonb_build_object('id', '$' || id)) FROM typed_launches AS typed))`
	for number, test := range []struct{ name, change string }{
		{"L24 a launch comes", `INSERT INTO raw_launches SELECT '$' || id, fetched_at_timestamp, 1, 2, raw_data || '{"name": "by hand"}' FROM raw_launches` + some},
		{"L24 a document changes", `UPDATE raw_launches SET raw_data = raw_data || '{"name": "by hand $"}'` + some},
		{"L24 a simulated value changes", "UPDATE raw_launches SET simulated_delay_minutes = $" + some},
		{"L24 an id changes", "UPDATE raw_launches SET id = '$' || id" + some},
		{"L24 a launch goes", "DELETE FROM raw_launches" + some},
		{"L24 all launches go", "TRUNCATE raw_launches"},
		{"L24 a revision comes", revision + some},
		{"L24 a revision changes", `UPDATE launch_revisions SET raw_data = raw_data || '{"name": "by hand $"}'`},
		{"L24 the revisions go", "TRUNCATE launch_revisions"},
		{"L24 a payload changes", `UPDATE raw_payloads SET raw_data = raw_data || '{"mass_kg": 12$}'`},
		{"L24 the payloads go", "TRUNCATE raw_payloads"},
		{"L24 a mark comes", "UPDATE known_launches SET missing_since = '2026-01-0$'" + some},
		{"L26 a column changes", "UPDATE typed_launches SET name = 'by hand $', payload_mass_kg = 1" + some},
		{"L26 the payloads of a launch", "UPDATE typed_launches SET payload_mass_kg = $, payload_ids = '{}'" + some},
		{"L26 rows come", rows},
		{"L26 rows go", "DELETE FROM typed_launches" + some},
		{"L26 all rows go", "TRUNCATE typed_launches"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabase(t)
			newUser(t, 0).On(db).Succeed(t, "ingest", "--all", "--skip-analytics")
			u := newUser(t, 2).On(db)
			u.Succeed(t, "ingest", "--all", "--skip-analytics")
			for i, command := range [][]string{runsOf()[number%len(runsOf())], {"migrate", "rebuild"}} {
				if strings.Contains(test.name, " go") {
					u.Succeed(t, "ingest", "--all", "--skip-analytics") // they come back
				}
				clitest.Execute(t, db, strings.ReplaceAll(test.change, "$", strconv.Itoa(i+1)))
				wantPutRight(t, u, db, command...)
			}
		})
	}
}

// An adopted table may belong to another role, be partitioned, and have ids of another
// collation. Who owns it writes into it, also into one partition.
func TestL24_AnAdoptedTableOfAnotherRole(t *testing.T) {
	t.Parallel()
	const columns = `(id TEXT COLLATE % PRIMARY KEY, fetched_at_timestamp TIMESTAMP, simulated_total_payload_mass_kg INTEGER,
		simulated_delay_minutes INTEGER, raw_data JSONB)`
	for name, test := range map[string]struct{ table, collation, into string }{
		"L24 a table":         {"CREATE TABLE raw_launches " + columns, `"default"`, "raw_launches"},
		"L24 the collation C": {"CREATE TABLE raw_launches " + columns, `"C"`, "raw_launches"},
		"L24 a partition": {"CREATE TABLE raw_launches " + columns + ` PARTITION BY HASH (id);
			CREATE TABLE even PARTITION OF raw_launches FOR VALUES WITH (MODULUS 2, REMAINDER 0);
			CREATE TABLE odd PARTITION OF raw_launches FOR VALUES WITH (MODULUS 2, REMAINDER 1)`, `"default"`, "odd"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.NewDatabase(t)
			executeAll(t, db, strings.ReplaceAll(test.table, "%", test.collation))
			role := pgtest.NewRole(t, db, "CREATE ON SCHEMA public", "SELECT, INSERT ON raw_launches")
			u := newUser(t, 0).On(role)
			u.Succeed(t, "ingest", "--all", "--skip-analytics")
			u.Succeed(t, "ingest", "--all", "--skip-analytics")
			for number, change := range []string{
				`UPDATE $ SET raw_data = raw_data || '{"name": "by hand"}' WHERE id IN (SELECT id FROM $ LIMIT 2)`,
				"DELETE FROM $ WHERE id IN (SELECT id FROM $ LIMIT 2)",
				"UPDATE $ SET simulated_delay_minutes = 77", "TRUNCATE $",
			} {
				clitest.Execute(t, db, strings.ReplaceAll(change, "$", test.into))
				wantPutRight(t, u, db, runsOf()[number]...)
			}
		})
	}
}

// raw_launches may be put back alone: into the table, or by pg_restore --clean, which
// cannot drop a table that views depend on and goes on, or after it was dropped with
// all that depends on it.
func TestL25_RawLaunchesPutBackAlone(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"pg_dump", "pg_restore", "psql"} {
		if _, err := exec.LookPath(program); err != nil {
			cannot(t, "%s is not installed", program)
		}
	}
	server := postgres15.start(t)
	for name, putBack := range map[string]func(t *testing.T, u *clitest.User, db pgtest.Database){
		"L25 into the emptied table": func(t *testing.T, _ *clitest.User, db pgtest.Database) {
			text := dump(t, db, "--table", "raw_launches", "--data-only")
			spoil(t, db, "TRUNCATE raw_launches")
			restore(t, text, db)
		},
		"L25 with pg_restore": func(t *testing.T, _ *clitest.User, db pgtest.Database) {
			archive := dump(t, db, "--table", "raw_launches", "--format", "custom")
			spoil(t, db, "DELETE FROM raw_launches")
			cmd := exec.CommandContext(t.Context(), "pg_restore", "--clean", "--no-owner", "--dbname", db.DSN)
			cmd.Stdin = bytes.NewReader(archive)
			if output, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(output), "launches_from_documents depends on table public.raw_launches") {
				t.Errorf("pg_restore: %v\n%s", err, output)
			}
		},
		"L25 after DROP": func(t *testing.T, u *clitest.User, db pgtest.Database) {
			text := dump(t, db, "--table", "raw_launches")
			spoil(t, db, "DROP TABLE raw_launches CASCADE")
			restore(t, text, db)
			clitest.WantFailure(t, u.Run(t, "ingest"), 8, "launches_from_documents is missing")
			clitest.Execute(t, db, viewOfDocuments(t))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for number, command := range [][]string{{"ingest", "--skip-analytics"}, {"migrate", "rebuild"}} {
				db := createDatabase(t, server, strings.ReplaceAll(strings.ToLower(name), " ", "_")+strconv.Itoa(number), "")
				u := newUser(t, 0).On(db)
				u.Succeed(t, "ingest", "--all", "--skip-analytics")
				putBack(t, u, db)
				wantPutRight(t, u, db, command...)
				if n := clitest.Scan[int64](t, db, "SELECT count(*) FROM launches WHERE simulated_delay_minutes <> 77"); n != launches {
					t.Errorf("the view launches shows %d of the launches that were put back", n)
				}
			}
		})
	}
}

// spoil changes all launches in a way that queries show, and then loses them.
func spoil(t *testing.T, db pgtest.Database, loss string) {
	t.Helper()
	clitest.Execute(t, db, "UPDATE raw_launches SET simulated_delay_minutes = 77")
	launchtest.Refresh(t, db.DSN)
	clitest.Execute(t, db, loss)
}

// viewOfDocuments returns the statement that makes launches_from_documents.
func viewOfDocuments(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(migrations + "/00014_typed_launches.sql")
	if err != nil {
		t.Fatal(err)
	}
	_, statement, _ := strings.Cut(string(text), "CREATE VIEW launches_from_documents AS")
	statement, _, isFound := strings.Cut(statement, ";\n\nCOMMENT")
	if !isFound {
		t.Fatal("the migration does not make launches_from_documents")
	}
	return "CREATE VIEW launches_from_documents AS" + statement
}

// A reset of the server's counters, which tell whether somebody has written
// something, hides no change. A crash of the server resets them too.
func TestL27_TheCountersAreReset(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t)
	db := server.Database()
	u := newUser(t, 0).On(db)
	u.Succeed(t, "ingest", "--all", "--skip-analytics")
	for name, reset := range map[string]func(t *testing.T){
		"L27 by hand": func(t *testing.T) { clitest.Execute(t, db, "SELECT pg_stat_reset()") },
		"L27 of each table": func(t *testing.T) {
			clitest.Execute(t, db, "SELECT pg_stat_reset_single_table_counters(oid) FROM pg_class WHERE relkind = 'r'")
		},
		"L27 by a crash": func(t *testing.T) {
			clitest.Execute(t, db, "CHECKPOINT")
			server.Crash(t)
			server.Start(t)
		},
	} {
		t.Run(name, func(t *testing.T) {
			reset(t)
			for range 2 {
				u.Succeed(t, "ingest", "--skip-analytics") // which changes nothing
			}
			clitest.Execute(t, db, `UPDATE raw_launches SET simulated_delay_minutes = simulated_delay_minutes + 1`)
			reset(t)
			wantPutRight(t, u, db, "ingest", "--skip-analytics")
		})
	}
}

// The names that a user has given to launches by hand, in whatever way they got into
// the table, are in what liftoff prints.
func TestL24_QueriesShowWhatWasWrittenByHand(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := newUser(t, 0).On(db)
	u.Succeed(t, "ingest", "--all", "--skip-analytics")
	id := anID(t, db)
	clitest.Execute(t, db, `UPDATE raw_launches SET raw_data = raw_data || '{"name": "written by hand"}' WHERE id = '`+id+`'`,
		`INSERT INTO raw_launches SELECT '0new', fetched_at_timestamp, 1, 2, '{"name": "added by hand"}' FROM raw_launches LIMIT 1`)
	u.Succeed(t, "ingest", "--skip-analytics")
	lines := slices.Collect(strings.Lines(u.Succeed(t, "export", "--format", "csv").Stdout))
	if n := len(lines) - 1; n != launches+1 {
		t.Errorf("%d launches are exported", n)
	}
	if text := strings.Join(lines, ""); !strings.Contains(text, "written by hand") || !strings.Contains(text, "added by hand") {
		t.Errorf("the export does not show what was written by hand:\n%s", text)
	}
	wantStored(t, db, launches+1)
}
