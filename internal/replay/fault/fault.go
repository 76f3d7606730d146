// Package fault makes an API misbehave: it stands before an HTTP handler and
// spoils some of its answers, with an error status, too slowly, cut off, badly
// compressed and so on. `liftoff replay --fault` offers it, and the fault suite
// tests against it.
//
// A fault is written KIND[=VALUE][@WHICH], such as "status=503", "hang@1" or
// "cut=997@-3"; Usage lists the kinds.
package fault

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"sync/atomic"
)

// Handler is an HTTP handler with faults before it. It is safe for concurrent
// use.
type Handler struct {
	next     http.Handler
	faults   []Fault
	requests atomic.Int64
}

// New returns a handler that passes requests on to next. The first of the
// faults that matches a request spoils its answer.
func New(next http.Handler, faults ...Fault) *Handler {
	return &Handler{next: next, faults: faults}
}

// Requests returns the number of requests so far, without HEAD requests.
func (h *Handler) Requests() int { return int(h.requests.Load()) }

// ServeHTTP answers one request, with a fault if one matches. HEAD requests ask
// for no document: they are not counted and no fault matches them.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodHead {
		h.next.ServeHTTP(w, r)
		return
	}
	number := int(h.requests.Add(1))
	for _, fault := range h.faults {
		if fault.which.matches(number) {
			fault.strike(exchange{w: w, r: readAhead(r), next: h.next, value: fault.value})
			return
		}
	}
	h.next.ServeHTTP(w, r)
}

// readAhead returns the request with its body read: the server notices that the
// client has left only after that.
func readAhead(r *http.Request) *http.Request {
	body, err := io.ReadAll(io.LimitReader(r.Body, mebibyte))
	ahead := r.WithContext(r.Context())
	ahead.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failed{err}))
	return ahead
}

// failed ends a body with the error that reading it gave; nil is the end.
type failed struct{ err error }

// Read returns the error.
func (f failed) Read([]byte) (int, error) { return 0, cmp.Or(f.err, io.EOF) }

// exchange is one request and all that a fault needs to answer it.
type exchange struct {
	w     http.ResponseWriter
	r     *http.Request
	next  http.Handler
	value string
}

// hang waits until the client leaves.
func (e exchange) hang() { <-e.r.Context().Done() }

// flush sends what was written so far.
func (e exchange) flush() {
	_ = http.NewResponseController(e.w).Flush() // The client may have left.
}
