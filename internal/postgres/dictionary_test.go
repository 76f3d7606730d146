package postgres_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"liftoff/internal/testkit/pgtest"
)

//go:generate go test -count=1 -run TestDataDictionary . -update

const dictionaryPath = "../../docs/data-dictionary.md"

const dictionaryHead = `# Data dictionary

<!-- made by go test ./internal/postgres -update, from the comments in the database -->

Every table, view and column, as the comments in the database say it. Tools that show
comments, such as DBeaver, Metabase and dbt docs, show the same; in psql ` + "`\\d+ launches`" + `
does.

Start with the view ` + "`launches`" + `; ` + "`payloads`, `rockets` and `launchpads`" + ` have what its ids refer to.
` + "`raw_launches`" + ` keeps each document as it was first received. All times are in UTC, all
masses in kilograms, all delays and slips in minutes. Columns whose names begin with
` + "`simulated`" + `, and the averages of ` + "`launch_aggregates_view`" + `, are simulated: random values, not measurements.

Most columns of views may be NULL; the comment says what that means. What the words mean is in the
[glossary](glossary.md).

`

// documentedColumn is a column of a table or view with its comments; it has no name
// for a relation without columns.
type documentedColumn struct {
	Relation, RelationComment string
	IsView                    bool
	Name, Type                string
	IsNullable, IsKey         bool
	Comment                   string
	// References is the table that a foreign key of this column refers to.
	References string
}

const documentedColumnsSQL = `SELECT class.relname::text,
		coalesce(obj_description(class.oid, 'pg_class'), ''),
		class.relkind = 'v',
		coalesce(attribute.attname::text, ''),
		coalesce(format_type(attribute.atttypid, attribute.atttypmod), ''),
		NOT coalesce(attribute.attnotnull, false),
		EXISTS (SELECT FROM pg_constraint WHERE contype = 'p' AND conrelid = class.oid AND attribute.attnum = ANY(conkey)),
		coalesce(col_description(class.oid, attribute.attnum), ''),
		coalesce((SELECT confrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND conrelid = class.oid AND conkey = ARRAY[attribute.attnum]), '')
	FROM pg_class AS class
	LEFT JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
	WHERE class.relnamespace = 'public'::regnamespace AND class.relkind IN ('r', 'p', 'v', 'm')
	ORDER BY class.relkind = 'v' DESC, class.relname COLLATE "C", attribute.attnum`

// documentedColumns are all columns of a database as the program makes it.
func documentedColumns(t *testing.T, db pgtest.Database) []documentedColumn {
	t.Helper()
	if err := open(t, db).CreateAggregateView(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows, err := pgtest.Connect(t, db.DSN).Query(t.Context(), documentedColumnsSQL)
	if err != nil {
		t.Fatal(err)
	}
	columns, err := pgx.CollectRows(rows, pgx.RowToStructByPos[documentedColumn])
	if err != nil {
		t.Fatal(err)
	}
	return columns
}

// Whoever looks at the database with another tool finds what everything is.
func TestComments_AreOnEveryTableViewAndColumn(t *testing.T) {
	t.Parallel()
	_, db := openMigrated(t)
	relations := map[string]bool{}
	for _, c := range documentedColumns(t, db) {
		relations[c.Relation] = true
		if c.RelationComment == "" || c.Comment == "" {
			t.Errorf("%s.%s: comments %q and %q", c.Relation, c.Name, c.RelationComment, c.Comment)
		}
		if hasUnit := regexp.MustCompile(`\bkg\b`).MatchString(c.Comment); strings.Contains(c.Name, "mass") && !hasUnit {
			t.Errorf("%s.%s: the comment %q does not say kg", c.Relation, c.Name, c.Comment)
		}
		if strings.HasPrefix(c.Type, "timestamp") && !strings.Contains(c.Comment, "UTC") {
			t.Errorf("%s.%s: the comment %q does not say UTC", c.Relation, c.Name, c.Comment)
		}
		if c.IsNullable && !c.IsView && !strings.Contains(c.Comment, "NULL") {
			t.Errorf("%s.%s: the comment %q does not say what NULL means", c.Relation, c.Name, c.Comment)
		}
	}
	for _, name := range []string{"raw_launches", "launches", "launch_aggregates_view", "liftoff_schema_version"} {
		if !relations[name] {
			t.Errorf("%s was not looked at", name)
		}
	}
}

// A comment that somebody has put on a table that is adopted stays, and the others
// are added; a table of another role is left alone.
func TestComments_OfAnAdoptedTable(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	execute(t, db, `CREATE TABLE raw_launches (id TEXT PRIMARY KEY, fetched_at_timestamp TIMESTAMP,
		simulated_total_payload_mass_kg INTEGER, simulated_delay_minutes INTEGER, raw_data JSONB)`,
		"COMMENT ON TABLE raw_launches IS 'ours'", "COMMENT ON COLUMN raw_launches.id IS 'our key'")
	if _, err := open(t, db).Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := scan[string](t, db, `SELECT concat_ws(', ', obj_description('raw_launches'::regclass), col_description('raw_launches'::regclass, 1),
		col_description('raw_launches'::regclass, 4))`)
	if want := "ours, our key, SIMULATED, not real: delay"; !strings.HasPrefix(got, want) {
		t.Errorf("comments %q, want them to begin with %q", got, want)
	}
}

// docs/data-dictionary.md says what the comments say.
func TestDataDictionary_IsWhatTheCommentsSay(t *testing.T) {
	t.Parallel()
	_, db := openMigrated(t)
	got := dictionary(documentedColumns(t, db))
	if *update {
		if err := os.WriteFile(dictionaryPath, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(dictionaryPath)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is out of date, run make docs (-want +got):\n%s", dictionaryPath, diff)
	}
}

// dictionary is the page.
func dictionary(columns []documentedColumn) string {
	var b strings.Builder
	b.WriteString(dictionaryHead + diagram(columns))
	mark := regexp.MustCompile(` \(made by liftoff .*\)`) // is for the program
	for i, c := range columns {
		if i == 0 || columns[i-1].Relation != c.Relation {
			kind, null, rule := "table", " NULL |", " --- |"
			if c.IsView {
				kind, null, rule = "view", "", ""
			}
			fmt.Fprintf(&b, "\n## %s\n\nA %s. %s\n\n| column | type |%s what |\n| --- | --- |%s --- |\n",
				c.Relation, kind, mark.ReplaceAllString(c.RelationComment, ""), null, rule)
		}
		null := ""
		if !c.IsView {
			null = map[bool]string{true: " yes |", false: " no |"}[c.IsNullable]
		}
		fmt.Fprintf(&b, "| `%s` | %s |%s %s |\n", c.Name, c.Type, null, c.Comment)
	}
	return b.String()
}

// columnReference is a column that holds keys of another table or view.
type columnReference struct {
	from      documentedColumn
	to        string
	isChecked bool
}

// columnReferences are the foreign keys, and the columns whose comments name the column that
// they refer to.
func columnReferences(columns []documentedColumn) []columnReference {
	known := map[string]string{}
	for _, c := range columns {
		known[c.Relation+"."+c.Name] = c.Relation
	}
	named := regexp.MustCompile(`\b[a-z_]+\.[a-z_]+\b`)
	var found []columnReference
	for _, c := range columns {
		if c.Relation == "launches_from_documents" {
			continue // has what typed_launches has
		}
		if c.References != "" {
			found = append(found, columnReference{from: c, to: c.References, isChecked: true})
		} else if to := known[named.FindString(c.Comment)]; to != "" {
			found = append(found, columnReference{from: c, to: to})
		}
	}
	return found
}

// diagram draws the references, with the columns that they are about.
func diagram(columns []documentedColumn) string {
	var b strings.Builder
	b.WriteString("## How they hang together\n\nA solid line is a foreign key; a dashed one is a reference that PostgreSQL does not check.\n\n```mermaid\nerDiagram\n")
	all := columnReferences(columns)
	for _, r := range all {
		line, many := "..", "o{"
		if r.isChecked {
			line = "--"
		}
		if r.from.Name == "id" { // one row for each
			many = "o|"
		}
		fmt.Fprintf(&b, "    %s ||%s%s %s : %s\n", r.to, line, many, r.from.Relation, r.from.Name)
	}
	open := ""
	for _, c := range columns {
		isReference := slices.ContainsFunc(all, func(r columnReference) bool { return r.from.Relation == c.Relation && r.from.Name == c.Name })
		isTarget := slices.ContainsFunc(all, func(r columnReference) bool { return r.to == c.Relation }) && c.Name == "id"
		if !isReference && !isTarget {
			continue
		}
		if open != c.Relation {
			if open != "" {
				b.WriteString("    }\n")
			}
			open = c.Relation
			fmt.Fprintf(&b, "    %s {\n", c.Relation)
		}
		var keys []string
		if c.IsKey {
			keys = append(keys, "PK")
		}
		if isReference {
			keys = append(keys, "FK")
		}
		fmt.Fprintf(&b, "        %s %s %s\n", c.Type, c.Name, strings.Join(keys, ", "))
	}
	b.WriteString("    }\n```\n")
	return strings.ReplaceAll(b.String(), " \n", "\n")
}
