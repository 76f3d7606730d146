package web

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"liftoff"
	"liftoff/internal/plain"
)

// errRequest is in the chain of an error for an address that has a mistake.
var errRequest = errors.New("the address has a mistake")

// fieldError is the error for a parameter of the address; errRequest is in its chain.
type fieldError struct{ field, problem string }

func (e fieldError) Error() string { return e.field + ": " + e.problem }

func (e fieldError) Unwrap() error { return errRequest }

// wrongField returns an error for a parameter of the address.
func wrongField(field, format string, arguments ...any) error {
	return fieldError{field: field, problem: fmt.Sprintf(format, arguments...)}
}

// peekState returns the newest state without waiting for a newer one.
func (s *Site) peekState() state {
	current, _ := s.cache.peek()
	return current
}

// draw draws a page.
func (s *Site) draw(name string, f frame) ([]byte, error) {
	var out bytes.Buffer
	if err := s.pages["templates/"+name+".html"].ExecuteTemplate(&out, "layout", f); err != nil {
		return nil, fmt.Errorf("draw page %s: %w", name, err)
	}
	return out.Bytes(), nil
}

// show sends a page.
func (s *Site) show(w http.ResponseWriter, r *http.Request, name string, f frame) {
	body, err := s.draw(name, f)
	if err != nil {
		s.Logger.ErrorContext(r.Context(), "A page could not be drawn.", "page", name, "error", err)
		http.Error(w, "The page could not be drawn. The log of the server says why.", http.StatusInternalServerError)
		return
	}
	compress(body).sendAs(w, r, "text/html; charset=utf-8", cmp.Or(f.Status, http.StatusOK))
}

// Refuse shows a page for a request that the server has refused, with a sentence that says
// why.
func (s *Site) Refuse(w http.ResponseWriter, r *http.Request, status int, text string) {
	below := *s
	below.BasePath = s.Base(r.Context())
	f := below.newFrame("", http.StatusText(status), below.peekState())
	f.Status = status
	f.Content = failurePage{Status: status, Problem: plain.Visible(text)}
	f.Notes = nil // they are no business of who may not come in
	f.State, f.Footer = "", f.Footer[:1]
	below.show(w, r, "failure", f)
}

// showNotFound shows the page for an address that leads nowhere.
func (s *Site) showNotFound(w http.ResponseWriter, r *http.Request) {
	s.fail(w, r, "", liftoff.NewError(liftoff.Usage, fmt.Errorf("there is no page at this address: %w", liftoff.ErrNotFound), "begin at the overview"))
}

// checkParameters refuses parameters of an address that the page does not know, and those
// that are given twice.
func checkParameters(r *http.Request, known ...string) error {
	values, err := parseQuery(r)
	if err != nil {
		return err
	}
	for name, given := range values {
		switch {
		case len(known) == 0:
			return wrongField(fmt.Sprintf("%.40q", name), "this page takes no parameters")
		case !slices.Contains(known, name):
			return wrongField(fmt.Sprintf("%.40q", name), "no such parameter; this page knows %s", liftoff.Alternatives(known...))
		case len(given) > 1:
			return wrongField(name, "given more than once")
		}
	}
	return nil
}
