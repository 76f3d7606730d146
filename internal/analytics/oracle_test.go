package analytics_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

	"liftoff/internal/analytics"
	"liftoff/internal/testkit/launchtest"
	"liftoff/internal/testkit/pgtest"
)

// Every query gives the same answer over the program's views and over plain
// tables that this file fills from the stored documents, in another order. A
// view that reads a document wrongly fails this test, and so does a query whose
// answer depends on the order in which the rows are stored.
func TestOracle_SameAnswersOverTheViewsAndOverTheDocuments(t *testing.T) {
	views, tables := pgtest.NewDatabaseFrom(t, stored), launchtest.NewTables(t)
	fillTables(t, views, tables)
	queries := load(t)
	// Whole relations as well: no query shows each column.
	for relation, columns := range columnsOf(t, tables) {
		queries = append(queries, analytics.Query{Name: "all of " + relation, SQL: "SELECT " + columns + " FROM " + relation + " ORDER BY 1"})
	}
	want, got := answer(t, tables, queries), answer(t, views, queries)
	for i := range want {
		t.Run(want[i].Name, func(t *testing.T) {
			if len(want[i].Rows) == 0 {
				t.Error("no rows: this compares nothing")
			}
			if diff := cmp.Diff(want[i], got[i], cmpopts.EquateApprox(1e-12, 0)); diff != "" {
				t.Errorf("answer (-documents +views):\n%s", diff)
			}
		})
	}
}

// columnsOf returns the columns of each table, separated by commas.
func columnsOf(t *testing.T, db pgtest.Database) map[string]string {
	t.Helper()
	rows, _ := pgtest.Connect(t, db.DSN).Query(t.Context(), `SELECT table_name, string_agg(column_name, ', ' ORDER BY ordinal_position)
		FROM information_schema.columns WHERE table_schema = 'public' GROUP BY table_name`)
	columns := map[string]string{}
	var name, list string
	if _, err := pgx.ForEachRow(rows, []any{&name, &list}, func() error {
		columns[name] = list
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return columns
}

// row is a row of a table as JSON.
type row map[string]any

// fillTables fills the tables that the queries read from the documents of
// another database.
func fillTables(t *testing.T, from, to pgtest.Database) {
	t.Helper()
	masses := map[string]any{}
	for _, payload := range readRows(t, from, "SELECT id, raw_data FROM raw_payloads") {
		masses[payload.text("id").(string)] = payload.object("raw_data").kilograms()
	}
	var launches []row
	total := mean{}
	for _, stored := range readRows(t, from, `SELECT *, (SELECT json_agg(r.raw_data ORDER BY revision)
		FROM launch_revisions AS r WHERE r.launch_id = l.id) AS revisions,
		(SELECT first_seen_at FROM launch_revisions AS r WHERE r.launch_id = l.id ORDER BY revision DESC LIMIT 1) AS revised_at,
		(SELECT missing_since FROM known_launches AS k WHERE k.id = l.id) AS missing_since FROM raw_launches AS l`) {
		launch := launchOf(stored, masses)
		launches = append(launches, launch)
		if launch["missing_since"] == nil {
			total.add(launch)
		}
	}
	insert(t, to, "launches", launches)
	insert(t, to, "launch_aggregates_view", []row{total.row()})
	insert(t, to, "rockets", referencesOf(readRows(t, from, "SELECT * FROM raw_rockets"), "name", "type"))
	insert(t, to, "launchpads", referencesOf(readRows(t, from, "SELECT * FROM raw_launchpads"), "name", "full_name", "region"))
}

// readRows returns the rows of a query. Their numbers keep their digits.
func readRows(t *testing.T, db pgtest.Database, query string) []row {
	t.Helper()
	rows, _ := pgtest.Connect(t, db.DSN).Query(t.Context(), "SELECT to_json(r)::text FROM ("+query+") AS r")
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	decoded := make([]row, len(texts))
	for i, text := range texts {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(&decoded[i]); err != nil {
			t.Fatal(err)
		}
	}
	return decoded
}

// insert puts rows into a table in an order of its own.
func insert(t *testing.T, db pgtest.Database, table string, rows []row) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	batch := &pgx.Batch{}
	for _, r := range rows {
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		batch.Queue("INSERT INTO "+table+" SELECT * FROM json_populate_record(NULL::"+table+", $1::text::json)", string(text))
	}
	if err := pgtest.Connect(t, db.DSN).SendBatch(t.Context(), batch).Close(); err != nil {
		t.Fatal(err)
	}
}

// launchOf returns the columns of view launches for a row of raw_launches.
func launchOf(stored row, masses map[string]any) row {
	states := []row{stored.object("raw_data")}
	revisions, _ := stored["revisions"].([]any)
	for _, revision := range revisions {
		object, _ := revision.(map[string]any)
		states = append(states, object)
	}
	newest := states[len(states)-1]
	payloads, _ := newest["payloads"].([]any)
	revisedAt := stored["revised_at"]
	if revisedAt == nil {
		revisedAt = stored["fetched_at_timestamp"]
	}
	return row{
		"id": stored["id"], "name": newest.text("name"), "flight_number": newest.wholeNumber("flight_number"),
		"launched_at": newest.date(), "date_precision": newest.text("date_precision"),
		"upcoming": newest.flag("upcoming"), "success": newest.flag("success"),
		"rocket_id": idOf(newest["rocket"]), "launchpad_id": idOf(newest["launchpad"]),
		"payload_count": len(payloads), "payload_mass_kg": massOf(payloads, masses), "slip_minutes": slipOf(states),
		"simulated_total_payload_mass_kg": stored["simulated_total_payload_mass_kg"],
		"simulated_delay_minutes":         stored["simulated_delay_minutes"], "fetched_at_timestamp": stored["fetched_at_timestamp"],
		"missing_since": stored["missing_since"], "revised_at": revisedAt, "slip_days": daysOf(states),
	}
}

// massOf adds up the masses of payloads, each once; nil without payloads or if
// one mass is unknown.
func massOf(payloads []any, masses map[string]any) any {
	total, counted := 0.0, map[any]bool{}
	for _, payload := range payloads {
		id, _ := idOf(payload).(string)
		mass, isKnown := masses[id].(float64)
		if !isKnown {
			return nil
		}
		if !counted[id] {
			total += mass
		}
		counted[id] = true
	}
	if len(counted) == 0 {
		return nil
	}
	return total
}

// slipOf returns the minutes from the first date to the newest one, both of
// them exact to the hour; nil if there are no two.
func slipOf(states []row) any {
	last := len(states) - 1
	newest, isDated := states[last].date().(time.Time)
	if !isDated || states[last]["date_precision"] != "hour" {
		return nil
	}
	for _, state := range states[:last] {
		if date, isDated := state.date().(time.Time); isDated && state["date_precision"] == "hour" {
			return math.Round(newest.Sub(date).Minutes())
		}
	}
	return nil
}

// daysOf returns the days from the first date to the newest one, both of them known
// to the day or better, or both to the month; nil if there are no two.
func daysOf(states []row) any {
	dayOf := func(state row) (time.Time, string) {
		kind := map[any]string{"hour": "day", "day": "day", "month": "month"}[state["date_precision"]]
		date, isDated := state.date().(time.Time)
		if !isDated {
			kind = ""
		}
		return date.Truncate(24 * time.Hour), kind
	}
	last := len(states) - 1
	newest, wanted := dayOf(states[last])
	for _, state := range states[:last] {
		if day, kind := dayOf(state); kind == wanted && kind != "" {
			return math.Round(newest.Sub(day).Hours() / 24)
		}
	}
	return nil
}

// referencesOf returns rows of the views of rockets and launchpads.
func referencesOf(stored []row, fields ...string) []row {
	var rows []row
	for _, s := range stored {
		r := row{"id": s["id"], "fetched_at_timestamp": s["fetched_at_timestamp"]}
		for _, field := range fields {
			r[field] = s.object("raw_data").text(field)
		}
		rows = append(rows, r)
	}
	return rows
}

// mean counts launches and averages their simulated values.
type mean struct{ launches, successes, mass, masses, delay, delays float64 }

func (m *mean) add(launch row) {
	m.launches++
	if launch["success"] == true {
		m.successes++
	}
	if mass, isKnown := number(launch["simulated_total_payload_mass_kg"]); isKnown {
		m.mass, m.masses = m.mass+mass, m.masses+1
	}
	if delay, isKnown := number(launch["simulated_delay_minutes"]); isKnown {
		m.delay, m.delays = m.delay+delay, m.delays+1
	}
}

func (m *mean) row() row {
	return row{
		"total_launches": m.launches, "total_successful_launches": m.successes,
		"average_payload_mass": m.mass / m.masses, "average_launch_delay_minutes": m.delay / m.delays,
	}
}

func number(value any) (float64, bool) {
	digits, isNumber := value.(json.Number)
	n, err := digits.Float64()
	return n, isNumber && err == nil
}

// idOf returns the id that a reference names, as a text or in an object.
func idOf(value any) any {
	if object, isObject := value.(map[string]any); isObject {
		value = object["id"]
	}
	if text, isText := value.(string); isText {
		return text
	}
	return nil
}

// The fields of a document; nil if one is not of the type that it must have.

func (r row) object(field string) row {
	object, _ := r[field].(map[string]any)
	return object
}

func (r row) text(field string) any {
	if text, isText := r[field].(string); isText {
		return text
	}
	return nil
}

func (r row) flag(field string) any {
	if flag, isFlag := r[field].(bool); isFlag {
		return flag
	}
	return nil
}

var upToNineDigits = regexp.MustCompile(`^-?[0-9]{1,9}$`)

func (r row) wholeNumber(field string) any {
	if digits, isNumber := r[field].(json.Number); isNumber && upToNineDigits.MatchString(digits.String()) {
		return digits
	}
	return nil
}

func (r row) kilograms() any {
	if mass, isNumber := number(r["mass_kg"]); isNumber && mass >= 0 && mass <= 10_000_000 {
		return mass
	}
	return nil
}

func (r row) date() any {
	text, _ := r["date_utc"].(string)
	date, err := time.Parse("2006-01-02T15:04:05Z", text)
	if err != nil || date.Year() == 0 {
		return nil
	}
	return date.Truncate(time.Microsecond)
}
