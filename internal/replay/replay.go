// Package replay is a SpaceX-v4-compatible API on localhost. It answers from
// deterministic synthetic launches or from a folder of captures, with the
// envelopes, headers and oddities of the real one. It is read-only. It serves
// the routes and filters that known clients send, which docs/replay.md lists,
// and refuses all others. Synthetic documents say so in name and details.
package replay

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"liftoff"
)

// DefaultCount is the number of synthetic launches when none is given: as
// many as the real API had when it was frozen.
const DefaultCount = realCount

// MaxCount is the largest number of synthetic launches that can be asked for.
const MaxCount = 10_000_000

// Options says what a Server serves. The zero value is 205 synthetic
// launches with seed 0.
type Options struct {
	// Count is the number of synthetic launches; 0 means DefaultCount.
	Count int
	// Seed selects the synthetic data: the same count and seed always give
	// the same bytes.
	Seed uint64
	// DataDir is a folder of captures to serve instead of synthetic data.
	DataDir string
	// Revision is the state of the synthetic data, from 0 to MaxRevision. From
	// one to the next, launches fly, dates slip and so on.
	Revision int
	// Latency is added before each answer.
	Latency time.Duration
	// Damage changes launches on their way out, by their position in the list
	// of all; nil changes none. Filters and sorting see the undamaged launches.
	Damage func(position int, launch []byte) []byte
	// Uncompressed never compresses, whatever the client accepts.
	Uncompressed bool
	// Logger gets one line a request at debug level; nil means silence.
	Logger *slog.Logger
}

// Server is the API. Only SetRevision changes it; it is safe for concurrent
// use. A body over 8 MiB, and a page of a query over 512 KiB, is streamed, in
// memory that does not grow and without an Etag. If a body breaks off, the
// connection is closed, so that the body cannot look complete.
//
// Synthetic documents are rendered once. Those of a large set are kept in a
// temporary file of up to 4 GiB, which is removed with the Server.
//
// Captures are listed in the order in which they were captured; synthetic
// lists ascend by flight number, date and id at once.
type Server struct {
	state  atomic.Pointer[state]
	opts   Options
	logger *slog.Logger
	// universe is the synthetic launches at revision 0, nil for captures.
	universe *universe
}

// state is what is served at a time.
type state struct {
	catalogue   catalogue
	description string
}

// New returns a server for the options. The error is a liftoff.Usage error
// that names the path, and the line where there is one, when DataDir cannot
// be used, or the count or the revision when it is out of range.
func New(opts Options) (*Server, error) {
	s := &Server{opts: opts, logger: cmp.Or(opts.Logger, slog.New(slog.DiscardHandler))}
	if err := s.load(opts); err != nil {
		return nil, err
	}
	if err := s.SetRevision(opts.Revision); err != nil {
		return nil, err
	}
	return s, nil
}

// load reads the captures or lays out the synthetic launches.
func (s *Server) load(opts Options) error {
	if opts.DataDir != "" {
		sets, err := loadCaptures(opts.DataDir, s.logger)
		if err != nil {
			return liftoff.NewError(liftoff.Usage, err,
				"give a folder of *.json files captured from the API, with at least one list of launches")
		}
		description := fmt.Sprintf("%d launches from %s", sets[pathLaunchesV5].Len(), opts.DataDir)
		s.state.Store(&state{newCatalogue(sets, opts.Damage), description})
		return nil
	}
	count := cmp.Or(opts.Count, DefaultCount)
	if count < 1 || count > MaxCount {
		return liftoff.NewError(liftoff.Usage,
			fmt.Errorf("count of synthetic launches %d is not between 1 and %d", count, MaxCount),
			"choose another count")
	}
	s.universe = newUniverse(count, opts.Seed)
	return nil
}

// SetRevision makes the server serve another state of the synthetic data, as
// Options.Revision does. Running requests keep the state that they began
// with. A number out of range, or any but 0 for captures, is a liftoff.Usage
// error and changes nothing.
func (s *Server) SetRevision(number int) error {
	switch {
	case number < 0 || number > MaxRevision:
		return liftoff.NewError(liftoff.Usage,
			fmt.Errorf("revision %d is not between 0 and %d", number, MaxRevision), "choose another revision")
	case s.universe == nil && number == 0:
		return nil
	case s.universe == nil:
		return liftoff.NewError(liftoff.Usage, errors.New("captures have no revisions"),
			"leave the revision out, or serve synthetic launches")
	}
	now := s.universe.at(number)
	description := fmt.Sprintf("%d synthetic launches, seed %d", now.size(), now.seed)
	if number > 0 {
		description += fmt.Sprintf(", revision %d", number)
	}
	s.state.Store(&state{syntheticCatalogue(now, s.opts.Damage), description})
	return nil
}

// Description says in one line what is served, such as
// "205 synthetic launches, seed 1" or "142 launches from DIR".
func (s *Server) Description() string { return s.state.Load().description }

// ServeHTTP answers one request of the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := &reply{w: w, r: r, plain: s.opts.Uncompressed}
	err := out.settle(s.answer(out, r))
	s.logger.DebugContext(r.Context(), "The replay answered a request.", "method", r.Method, "path", r.URL.Path,
		"status", out.status, "error", err)
}

// answer sends the reply; a refusal that it returns has not been sent yet.
func (s *Server) answer(out *reply, r *http.Request) error {
	// The body comes first: the server notices that a client has left only once
	// the body is read.
	body, bodyErr := readBody(out.w, r)
	if s.opts.Latency > 0 {
		if err := liftoff.Sleep(r.Context(), s.opts.Latency); err != nil {
			return err
		}
	}
	target, asked, err := s.state.Load().catalogue.find(r, body)
	if err := cmp.Or(err, bodyErr); err != nil {
		return err
	}
	out.maxAge = target.maxAge(asked)
	if err := target.serve(r.Context(), out, asked); err != nil {
		return err
	}
	return out.finish()
}

// refusal is an answer with an error status and a text/plain body.
type refusal struct {
	status int
	text   string
}

// Error returns the text that the client gets.
func (r *refusal) Error() string { return r.text }

func notFound() error { return &refusal{http.StatusNotFound, "Not Found"} }

func badRequest(format string, args ...any) error {
	return &refusal{http.StatusBadRequest, strings.ToValidUTF8(fmt.Sprintf(format, args...), "\uFFFD")}
}
