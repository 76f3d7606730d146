package trino_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// coordinator is a small coordinator over HTTP for the faults that a real one
// does not show on request. Each step answers one query, the last one all that
// follow.
type coordinator struct {
	*httptest.Server
	mu      sync.Mutex
	steps   []step
	asked   []*http.Request
	deleted []string
}

// step is how the coordinator treats one query.
type step struct {
	// status is that of the answer to the statement; 0 means 200.
	status int
	body   string
	// fault is the error that the query ends with.
	fault *fault
	// next replaces the address at which the rows are said to be.
	next string
	// rows is the answer at that address; nil means the one row 1.
	rows http.HandlerFunc
}

// fault is an error as Trino sends it.
type fault struct {
	Message string `json:"message"`
	Code    int    `json:"errorCode"`
	Name    string `json:"errorName"`
	Type    string `json:"errorType"`
}

func newCoordinator(t testing.TB, steps ...step) *coordinator {
	t.Helper()
	c := &coordinator{steps: steps}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/statement", c.accept)
	mux.HandleFunc("GET /v1/statement/executing/{id}/{slug}/{token}", c.answer)
	mux.HandleFunc("DELETE /v1/query/{id}", c.cancel)
	c.Server = httptest.NewServer(mux)
	t.Cleanup(c.Close)
	return c
}

// queryID is the id of the n-th query from 1.
func queryID(n int) string { return fmt.Sprintf("20261123_170000_%05d_fake1", n) }

// step returns the one for the n-th query from 1.
func (c *coordinator) step(n int) step {
	if len(c.steps) == 0 {
		return step{}
	}
	return c.steps[min(n, len(c.steps))-1]
}

func (c *coordinator) accept(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.asked = append(c.asked, r)
	n := len(c.asked)
	c.mu.Unlock()
	s := c.step(n)
	if s.status != 0 || s.body != "" {
		w.WriteHeader(max(s.status, http.StatusOK))
		_, _ = w.Write([]byte(s.body))
		return
	}
	next := s.next
	if next == "" {
		next = c.URL
	}
	reply(w, map[string]any{
		"id": queryID(n), "nextUri": next + "/v1/statement/executing/" + queryID(n) + "/slug/1",
		"stats": map[string]any{"state": "QUEUED"},
	})
}

func (c *coordinator) answer(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	n := len(c.asked)
	c.mu.Unlock()
	s := c.step(n)
	switch {
	case s.rows != nil:
		s.rows(w, r)
	case s.fault != nil:
		reply(w, map[string]any{"id": r.PathValue("id"), "stats": map[string]any{"state": "FAILED"}, "error": s.fault})
	default:
		replyRows(w, r, column("one", "integer"), []any{[]any{1}})
	}
}

func (c *coordinator) cancel(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deleted = append(c.deleted, r.PathValue("id"))
	w.WriteHeader(http.StatusNoContent)
}

// requests returns the statements that were sent so far.
func (c *coordinator) requests() []*http.Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked
}

// cancelled returns the ids of the queries that the client has cancelled.
func (c *coordinator) cancelled() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.deleted
}

// column is a column of an answer; a type may have arguments, as in "varchar(5)".
func column(name, typeName string) []any {
	raw, _, _ := strings.Cut(typeName, "(")
	return []any{map[string]any{
		"name": name, "type": typeName,
		"typeSignature": map[string]any{"rawType": raw, "arguments": []any{}},
	}}
}

func replyRows(w http.ResponseWriter, r *http.Request, columns, rows []any) {
	reply(w, map[string]any{
		"id": r.PathValue("id"), "columns": columns, "data": rows, "stats": map[string]any{"state": "FINISHED"},
	})
}

func reply(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	// The client may have gone, as some tests want it.
	_ = json.NewEncoder(w).Encode(value)
}
