package records_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// launchCount is how many launches the captures have.
const launchCount = 205

// captured returns the launches of the captures, as they were received and in
// the order of their ids.
func captured(t testing.TB) [][]byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(clitest.Captures(t, "spacex-v5-final-state"), "launches_v5.json"))
	if err != nil {
		t.Fatal(err)
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(content, &raw); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(raw, func(a, b json.RawMessage) int { return strings.Compare(idOf(a), idOf(b)) })
	var launches [][]byte
	for _, launch := range raw {
		launches = append(launches, launch)
	}
	if len(launches) != launchCount {
		t.Fatalf("%d launches in the captures, want %d", len(launches), launchCount)
	}
	return launches
}

// idOf returns the id of a record; "" when it has none.
func idOf(record []byte) string {
	var launch struct{ ID string }
	_ = json.Unmarshal(record, &launch) // a damaged record has none
	return launch.ID
}

// source is an API that sends records as they are, in their order.
type source struct {
	url     string
	records atomic.Pointer[[][]byte]
	// asked counts the pages asked for.
	asked atomic.Int64
}

func startSource(t testing.TB, records [][]byte) *source {
	t.Helper()
	s := &source{}
	s.serve(records)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// serve serves other records from now on.
func (s *source) serve(records [][]byte) { s.records.Store(&records) }

// ServeHTTP answers POST /v4/launches/query and, as the latest launch, the last
// record.
func (s *source) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	records := *s.records.Load()
	w.Header().Set("Content-Type", "application/json")
	if r.Method != http.MethodPost {
		if r.Method == http.MethodGet {
			_, _ = w.Write(records[len(records)-1])
		}
		return
	}
	s.asked.Add(1)
	var query struct{ Options struct{ Offset, Limit int } }
	if err := json.NewDecoder(r.Body).Decode(&query); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	from := min(query.Options.Offset, len(records))
	to := min(from+query.Options.Limit, len(records))
	var page bytes.Buffer
	page.WriteString(`{"docs":[`)
	page.Write(bytes.Join(records[from:to], []byte(",")))
	fmt.Fprintf(&page, `],"totalDocs":%d,"offset":%d,"limit":%d,"hasNextPage":%t}`, len(records), from, query.Options.Limit, to < len(records))
	_, _ = w.Write(page.Bytes())
}

// userOf returns a user with a database of his own who ingests from an API.
func userOf(t testing.TB, url string) (*clitest.User, pgtest.Database) {
	t.Helper()
	db := pgtest.NewDatabase(t)
	return clitest.NewUser(t).On(db).With("SPACEX_API_URL="+url, "REFERENCES=false"), db
}

// ingestAll is the command for all launches and nothing else.
func ingestAll(more ...string) []string {
	return append([]string{"ingest", "--all", "--skip-analytics"}, more...)
}

// wantEnd wants how a run ended: its exit code, and what the last line says.
func wantEnd(t testing.TB, r clitest.Result, code int, says string) {
	t.Helper()
	if line := r.LastLine(); r.Code != code || !strings.Contains(line, says) {
		t.Errorf("exit code %d and the last line %q, want %d and %q", r.Code, line, code, says)
	}
}

// wantRows wants so many launches, revisions and records in quarantine.
func wantRows(t testing.TB, db pgtest.Database, launches, revisions, quarantined int) {
	t.Helper()
	got := clitest.Scan[string](t, db, `SELECT concat_ws(' ', (SELECT count(*) FROM raw_launches),
		(SELECT count(*) FROM launch_revisions), (SELECT count(*) FROM quarantined_records WHERE resolved_at IS NULL))`)
	if want := fmt.Sprintf("%d %d %d", launches, revisions, quarantined); got != want {
		t.Errorf("launches, revisions, quarantined = %s, want %s", got, want)
	}
}

// wantLedger wants the last run's status and that all it received is accounted
// for in just this way.
func wantLedger(t testing.TB, db pgtest.Database, want string) {
	t.Helper()
	got := clitest.Scan[string](t, db, `SELECT concat_ws(' ', status, fetched, inserted, unchanged, revised, quarantined)
		FROM ingestion_runs ORDER BY id DESC LIMIT 1`)
	if got != want {
		t.Errorf("status, fetched, inserted, unchanged, revised, quarantined = %s, want %s", got, want)
	}
}

// replaced returns the records with one of them replaced.
func replaced(records [][]byte, at int, record []byte) [][]byte {
	records = slices.Clone(records)
	records[at] = record
	return records
}
