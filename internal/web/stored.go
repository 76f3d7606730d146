package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"liftoff"
	"liftoff/internal/page"
	"liftoff/internal/plain"
	"liftoff/internal/postgres"
)

const (
	// rowsPerPage is how many rows a list shows at once.
	rowsPerPage = 50
	// pageTimeout bounds the reading for a page: a database that hangs is not waited for.
	pageTimeout = 10 * time.Second
)

// open returns the database for a page that shows what is stored right now, and the state
// that the frame tells of.
func (s *Site) open(ctx context.Context) (*postgres.Store, state, error) {
	current := s.cache.get(ctx)
	if current.err != nil {
		return nil, current, current.err
	}
	store, err := s.Store(ctx)
	return store, current, err
}

// ageNow says when the rows of a page were read, and how long ago a run last went well.
func (s *Site) ageNow(current state) string {
	if current.snapshot == nil || current.snapshot.health.LastGood.ID == 0 {
		return s.readAt()
	}
	good := current.snapshot.health.LastGood
	return fmt.Sprintf("%s; last good run: %d, %s", s.readAt(), good.ID, page.Ago(good.FinishedAt, s.Now()))
}

// isEmpty reports whether no launch is stored, as far as is known.
func (s state) isEmpty() bool { return s.snapshot != nil && s.snapshot.isEmpty }

// mistake returns the note about a wrong parameter, and which it is.
func mistake(err error) (field string, n note) {
	wrong, _ := errors.AsType[fieldError](err)
	return wrong.field, note{IsBad: true, Strong: "This address has a mistake: " + plain.Visible(wrong.field) + ".", Text: sentence(plain.Visible(wrong.problem))}
}

// sentence returns a text with a capital letter and a full stop.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.TrimSuffix(plain.Capital(text), ".") + "."
}

// numberOf returns the number in an address; ok is false for anything else.
func numberOf(text string) (id int64, ok bool) {
	id, err := strconv.ParseInt(text, 10, 64)
	return id, err == nil && id > 0 && strconv.FormatInt(id, 10) == text
}

// absent is the error for something that is not stored.
type absent string

func (a absent) Error() string { return string(a) }

func (a absent) Unwrap() error { return liftoff.ErrNotFound }

// notFound returns the error for something that is not stored, such as `launch "x"`. A page
// of the site lists what is.
func notFound(what, page string) error {
	return liftoff.NewError(liftoff.Usage, absent("there is no "+what+" here"), "the page "+page+" lists what there is")
}

// orNotFound returns an error for people who do not know where the data comes from.
func orNotFound(err error, what, page string) error {
	if errors.Is(err, liftoff.ErrNotFound) {
		return notFound(what, page)
	}
	return err
}

// cleanAddress sends a browser to the same page without empty parameters, which forms
// send, and reports whether it did.
func (s *Site) cleanAddress(w http.ResponseWriter, r *http.Request, known ...string) bool {
	values, err := parseQuery(r)
	if err != nil {
		return false
	}
	var kept address
	hasEmpty := false
	for _, name := range known {
		hasEmpty = hasEmpty || values.Has(name) && values.Get(name) == ""
		kept.add(name, values.Get(name))
	}
	if !hasEmpty || checkParameters(r, known...) != nil {
		return false
	}
	http.Redirect(w, r, kept.of(s.BasePath+r.URL.Path), http.StatusSeeOther) //nolint:gosec // the path is one of this site's own
	return true
}
