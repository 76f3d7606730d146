package serve

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// visit is what is known of a request, for the handlers behind.
type visit struct {
	// client is the address of the client, behind trusted proxies; it may be invalid.
	client netip.Addr
	// isTLS says that a trusted proxy has the request by https.
	isTLS bool
	// base is what links begin with.
	base string
}

type visitKey struct{}

func visitOf(ctx context.Context) visit {
	v, _ := ctx.Value(visitKey{}).(visit)
	return v
}

// Base returns what the links in an answer to a request with this context must begin
// with: "" or a path such as "/liftoff" without a slash at its end. A Location header
// that begins with a slash gets it by itself. It may differ from request to request.
func Base(ctx context.Context) string { return visitOf(ctx).base }

// handler returns all that is done with a request. Each step is a handler that refuses
// or goes on.
func (s *Server) handler() http.Handler {
	var h http.Handler = http.HandlerFunc(s.serveBelowBase)
	h = s.requireLogin(h)
	h = s.answerProbes(h)
	h = s.requireSafe(h)
	return s.surround(h)
}

// surround sets the headers that every answer has, logs the request, and turns a panic
// into an answer.
func (s *Server) surround(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.handlers.Add(1)
		defer s.handlers.Done()
		began := s.opts.Now()
		v := s.visit(r)
		ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), visitKey{}, v), requestTimeout)
		defer cancel()
		r = r.WithContext(ctx)
		answer := &answer{ResponseWriter: w, base: v.base}
		setHeaders(answer.Header(), v.isTLS)
		defer func() { s.log(r, answer, began) }()
		defer func() {
			if cause := recover(); cause != nil {
				s.recovered(answer, r, cause)
			}
		}()
		if r.ContentLength != 0 {
			s.boundBody(answer, r)
		}
		next.ServeHTTP(answer, r)
	})
}

// boundBody limits what may be read of a body, which nothing here reads. What comes of it
// later is not waited for: that would let a slow client keep its connection.
func (s *Server) boundBody(w *answer, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBodyBytes)
	w.Header().Set("Connection", "close")
	w.hasBody = true
}

// recovered answers a request whose handler has panicked. An answer that has begun is cut
// off, so that it does not look complete.
func (s *Server) recovered(w *answer, r *http.Request, cause any) {
	if cause == http.ErrAbortHandler { //nolint:errorlint // a panic's value, which nobody wraps
		panic(cause)
	}
	s.opts.Logger.ErrorContext(r.Context(), "A page failed; this is a bug.", "path", r.URL.Path, "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
	if w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	s.opts.Refuse(w, r, http.StatusInternalServerError, "This page failed because of a bug in liftoff. The log has the details.")
}

// log writes one line about a request that has been answered.
func (s *Server) log(r *http.Request, w *answer, began time.Time) {
	s.opts.Logger.DebugContext(r.Context(), "Request answered.", "method", r.Method, "path", r.URL.Path,
		"status", w.status, "bytes", w.bytes, "duration", s.opts.Now().Sub(began), "client", visitOf(r.Context()).client.String())
}

// serveBelowBase hands what is below the base path to the handler.
func (s *Server) serveBelowBase(w http.ResponseWriter, r *http.Request) {
	below, isBelow := s.belowBase(r.URL.Path)
	switch {
	case isBelow && below == "", s.opts.BasePath != "" && r.URL.Path == "/":
		w.Header().Set("Location", s.opts.BasePath+"/")
		w.WriteHeader(http.StatusFound)
	case !isBelow:
		s.opts.Refuse(w, r, http.StatusNotFound, "There is nothing here: the dashboard is at "+s.opts.BasePath+"/ .")
	default:
		s.opts.Handler.ServeHTTP(w, withPath(r, below))
	}
}

// belowBase returns a path without the base path, and whether it is below that. The base
// path itself is "".
func (s *Server) belowBase(path string) (below string, isBelow bool) {
	if s.opts.BasePath == "" {
		return path, true
	}
	below, isBelow = strings.CutPrefix(path, s.opts.BasePath)
	return below, isBelow && (below == "" || below[0] == '/')
}

// withPath returns a request for another path.
func withPath(r *http.Request, path string) *http.Request {
	if path == r.URL.Path {
		return r
	}
	changed := *r
	address := *r.URL
	address.Path, address.RawPath = path, ""
	changed.URL = &address
	return &changed
}

// refuseInText is Refuse in plain text.
func refuseInText(w http.ResponseWriter, _ *http.Request, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, strconv.Itoa(status)+" "+http.StatusText(status)+"\n\n"+text+"\n") //nolint:gosec // it is plain text; the client may have gone
}
