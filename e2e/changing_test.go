package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"liftoff/internal/replay"
	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// changing is an API whose launches may change, and that can be made to fail.
type changing struct {
	url    string
	serves atomic.Pointer[http.Handler]
	fault  atomic.Pointer[apiFault]
}

// apiFault answers a request in the API's place, for a page from an offset
// on, and returns true; or it leaves the request alone.
type apiFault func(w http.ResponseWriter, r *http.Request, offset int) bool

// startChanging serves launches, one document each.
func startChanging(t *testing.T, launches ...string) *changing {
	t.Helper()
	c := &changing{}
	c.mend()
	c.serve(t, launches...)
	server := httptest.NewServer(http.HandlerFunc(c.answer))
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

// serve serves other launches from now on.
func (c *changing) serve(t *testing.T, launches ...string) {
	t.Helper()
	folder := t.TempDir()
	list := "[" + strings.Join(launches, ",\n") + "]"
	if err := os.WriteFile(filepath.Join(folder, "launches.json"), []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	server, err := replay.New(replay.Options{DataDir: folder})
	if err != nil {
		t.Fatal(err)
	}
	handler := http.Handler(server)
	c.serves.Store(&handler)
}

func (c *changing) breakWith(fault apiFault) { c.fault.Store(&fault) }

// breakAt lets the pages from some offsets on fail.
func (c *changing) breakAt(isBroken func(offset int) bool) {
	c.breakWith(func(w http.ResponseWriter, r *http.Request, offset int) bool {
		breaks := r.Method == http.MethodPost && isBroken(offset)
		if breaks {
			http.Error(w, "broken", http.StatusBadGateway)
		}
		return breaks
	})
}

// hangAt keeps the pages from an offset on waiting; asked is closed when the
// first of them is asked for, and they go on when goOn is closed.
func (c *changing) hangAt(from int, goOn <-chan struct{}) (asked <-chan struct{}) {
	first := make(chan struct{})
	var isAsked atomic.Bool
	c.breakWith(func(_ http.ResponseWriter, r *http.Request, offset int) bool {
		if r.Method != http.MethodPost || offset < from {
			return false
		}
		if isAsked.CompareAndSwap(false, true) {
			close(first)
		}
		select {
		case <-r.Context().Done():
			return true
		case <-goOn:
			return false
		}
	})
	return first
}

func (c *changing) mend() {
	c.breakWith(func(http.ResponseWriter, *http.Request, int) bool { return false })
}

func (c *changing) answer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var query struct{ Options struct{ Offset int } }
	_ = json.Unmarshal(body, &query) // a GET has none
	r.Body = io.NopCloser(bytes.NewReader(body))
	if !(*c.fault.Load())(w, r, query.Options.Offset) {
		(*c.serves.Load()).ServeHTTP(w, r)
	}
}

// docID is the id of launch n; ids ascend.
func docID(n int) string { return fmt.Sprintf("5eb87cd9ffd86e%010x", n) }

// doc returns launch n of 2020, with texts replaced in pairs.
func doc(n int, oldNew ...string) string {
	return strings.NewReplacer(oldNew...).Replace(fmt.Sprintf(`{"id":%q,"name":"Launch %d","flight_number":%d,"date_utc":"2020-01-31T12:00:00.000Z",`+
		`"date_precision":"hour","upcoming":false,"success":true,"rocket":null,"launchpad":null,"payloads":["a"]}`, docID(n), n, n+1))
}

// docs returns the launches from number 0 on.
func docs(count int) []string {
	var list []string
	for n := range count {
		list = append(list, doc(n))
	}
	return list
}

// bulkUser returns a user with a database of his own and an API, who asks for
// small pages and tries each only once.
func bulkUser(t *testing.T, api string) (*clitest.User, pgtest.Database) {
	t.Helper()
	db := pgtest.NewDatabase(t)
	return clitest.NewUser(t).On(db).With("SPACEX_API_URL="+api, "PAGE_SIZE=10", "SPACEX_MAX_ATTEMPTS=1", "SPACEX_RATE_LIMIT=1000", "REFERENCES=false"), db
}

// ledgerRow is what a test looks at in the ledger.
type ledgerRow struct {
	Selection, Status                                           string
	Fetched, Inserted, Unchanged, Revised, Quarantined, Missing int
	Error                                                       string
	AfterID, BeforeID                                           string
}

// ledger returns the runs, the oldest first, each with the first range that it
// missed.
func ledger(t *testing.T, db pgtest.Database) []ledgerRow {
	t.Helper()
	result, err := pgtest.Connect(t, db.DSN).Query(t.Context(), `
		SELECT selection, status, fetched, inserted, unchanged, revised, quarantined, missing, coalesce(error, ''),
			coalesce((SELECT min(after_id) FROM ingestion_missed_ranges WHERE run_id = run.id), ''),
			coalesce((SELECT min(before_id) FROM ingestion_missed_ranges WHERE run_id = run.id), '')
		FROM ingestion_runs AS run ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	found, err := pgx.CollectRows(result, pgx.RowToStructByPos[ledgerRow])
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// number reads one number.
func number(t *testing.T, db pgtest.Database, sql string) int {
	t.Helper()
	var n int
	if err := pgtest.Connect(t, db.DSN).QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// versions changes with every row version that is written to the tables of launches.
func versions(t *testing.T, db pgtest.Database) string {
	t.Helper()
	var sum string
	err := pgtest.Connect(t, db.DSN).QueryRow(t.Context(), `SELECT concat_ws('|',
		(SELECT sum(hashtextextended(id || xmin || ctid, 0)) FROM raw_launches),
		(SELECT sum(hashtextextended(id || xmin || ctid, 0)) FROM known_launches),
		(SELECT count(*) FROM launch_revisions), (SELECT count(*) FROM quarantined_records))`).Scan(&sum)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}
