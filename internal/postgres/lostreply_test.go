package postgres_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"liftoff"
	"liftoff/internal/pgtest"
	"liftoff/internal/postgres"
)

// cutter is a proxy before PostgreSQL that can lose a connection at a request.
type cutter struct {
	net.Listener
	server string
	// fault is what happens to the next request that says trigger, in lower
	// case.
	fault   atomic.Int32
	trigger string
}

const (
	noFault int32 = iota
	// loseRequest cuts the connection before the request gets to the server.
	loseRequest
	// loseReply lets the request through and loses the answer.
	loseReply
)

// newCutter returns the proxy, and the options to connect through it.
func newCutter(t *testing.T, db pgtest.Database, trigger string) (*cutter, postgres.Options) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{Listener: listener, trigger: trigger, server: net.JoinHostPort(db.Host, fmt.Sprint(db.Port))}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			client, err := c.Accept()
			if err != nil {
				return
			}
			group.Go(func() { c.serve(client) })
		}
	})
	t.Cleanup(func() {
		_ = c.Close()
		group.Wait()
	})
	opts := options(db)
	opts.Host, opts.Port, opts.SSLMode = "127.0.0.1", listener.Addr().(*net.TCPAddr).Port, "disable"
	return c, opts
}

// serve passes one connection on, both ways, until one end of it closes.
func (c *cutter) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp", c.server)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	var losesReply atomic.Bool
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() {
		defer func() { _ = client.Close() }()
		_ = pass(client, server, func([]byte) bool { return !losesReply.Load() })
	})
	_ = pass(server, client, func(data []byte) bool {
		if !bytes.Contains(bytes.ToLower(data), []byte(c.trigger)) {
			return true
		}
		switch c.fault.Swap(noFault) {
		case loseRequest:
			return false
		case loseReply:
			losesReply.Store(true)
		}
		return true
	})
	// The server takes its end of the connection as the client's.
	_ = server.Close()
}

// pass copies what one end sends to the other as long as it is allowed.
func pass(to io.Writer, from io.Reader, isAllowed func([]byte) bool) error {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return err
		}
		if !isAllowed(buffer[:n]) {
			return io.ErrClosedPipe
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return err
		}
	}
}

func TestStoreBatch_WhenTheConnectionIsLostAtCommit(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabaseFrom(t, migrated)
	proxy, opts := newCutter(t, db, "commit\x00")
	store, err := postgres.Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	storeBatch(t, begin(t, open(t, db), runOptions()), batchOf(launch("a", `{"v": 1}`), launch("b", "{}")))
	batch := batchOf(launch("a", `{"v": 2}`), launch("b", "{}"), launch("c", "{}"))
	batch.Rejected = []liftoff.RejectedRecord{{Reason: liftoff.MissingID, Body: []byte("{}")}}
	const all = `SELECT concat_ws(' ', (SELECT count(*) FROM raw_launches), (SELECT count(*) FROM launch_revisions), (SELECT count(*) FROM quarantined_records))`
	const ledger = `SELECT concat_ws(' ', status, pages, fetched, inserted, unchanged, revised, quarantined) FROM ingestion_runs WHERE id = $1`

	run := begin(t, store, runOptions())
	proxy.fault.Store(loseRequest)
	_, err = run.StoreBatch(t.Context(), batch)
	wantError(t, err, liftoff.Database, `store 3 launches from "a" to "c"`)
	if got := scan[string](t, db, all); got != "2 0 0" {
		t.Errorf("without a COMMIT launches, revisions and bad records are %s", got)
	}
	finish(t, run, liftoff.Outcome{Status: liftoff.RunFailed, Error: "cut off"})
	if got := scan[string](t, db, ledger, run.ID()); got != "failed 0 0 0 0 0 0" {
		t.Errorf("the ledger of the run that failed says %s", got)
	}

	run = begin(t, store, runOptions())
	proxy.fault.Store(loseReply)
	wantCounts(t, storeBatch(t, run, batch), 1, 1, 1, 1)
	if got := scan[string](t, db, all); got != "3 1 1" {
		t.Errorf("after the COMMIT launches, revisions and bad records are %s", got)
	}
	wantStates(t, db, "a", `{"v": 1}`, `{"v": 2}`)
	// The lock went with the connection: somebody else may be writing.
	_, err = run.StoreBatch(t.Context(), batch)
	wantError(t, err, liftoff.Database, "the connection that held the run's lock was lost")
	finish(t, run, liftoff.Outcome{Status: liftoff.RunFailed, Error: "cut off"})
	if got := scan[string](t, db, ledger, run.ID()); got != "failed 1 4 1 1 1 1" {
		t.Errorf("the ledger says %s", got)
	}
}

// The end of a run is not written twice either.
func TestFinish_WhenTheReplyIsLost(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabaseFrom(t, migrated)
	proxy, opts := newCutter(t, db, "insert into ingestion_missed_ranges")
	store, err := postgres.Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	run := begin(t, store, runOptions())
	proxy.fault.Store(loseReply)
	finish(t, run, liftoff.Outcome{Status: liftoff.RunPartial, Error: "half", Missed: []liftoff.MissedRange{{AfterID: "a"}}})
	if got := runStatus(t, db, run.ID()); got != "partial: half" {
		t.Errorf("the run is %q", got)
	}
	if n := scan[int](t, db, "SELECT count(*) FROM ingestion_missed_ranges"); n != 1 {
		t.Errorf("%d missed ranges, want 1", n)
	}
}
