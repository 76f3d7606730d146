package spacex

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"liftoff"
)

const (
	generalHint = "check SPACEX_API_URL and the network; `liftoff demo` shows the program without the API"
	contentHint = "check that SPACEX_API_URL names a SpaceX API v4; `liftoff demo` shows the program without the API"
)

// ErrNotFound is what an error wraps when the API has no such route, as one
// that serves launches alone has none for payloads.
var ErrNotFound = errors.New("not found")

// fault is why one attempt brought nothing, and what follows from that.
type fault struct {
	// reason is one line, fit to be shown: no secrets, no control characters.
	reason string
	// hint is the user's next step; empty means generalHint.
	hint string
	// category is the error's; zero means liftoff.Source.
	category liftoff.Category
	// retry says that another attempt may go better.
	retry bool
	// pause is how long the server asks to be left alone; nil when it does
	// not say.
	pause *time.Duration
	// until is when the server may be asked again, where that is longer than
	// anybody waits; nil when it does not say.
	until *time.Time
	cause error
}

// Error returns the reason.
func (f *fault) Error() string { return f.reason }

// Unwrap returns the error that the fault was made from, or nil.
func (f *fault) Unwrap() error { return f.cause }

// contentFault is an answer that arrived whole and is not what was asked for.
func contentFault(format string, args ...any) *fault {
	return &fault{reason: fmt.Sprintf(format, args...), hint: contentHint}
}

// callError is the failure of a call as the user sees it.
type callError struct {
	text  string
	cause error
}

// Error returns what was being fetched, from where, and what went wrong.
func (e *callError) Error() string { return e.text }

// Unwrap returns the underlying error.
func (e *callError) Unwrap() error { return e.cause }

// failure returns the error for a call that is given up; effort says after how
// much, "" for one attempt.
func failure(call call, f *fault, effort string) error {
	text := fmt.Sprintf("fetch %s from %s: %s%s", call.what, call.url, f.reason, effort)
	category := cmp.Or(f.category, liftoff.Source)
	return liftoff.NewError(category, &callError{text: text, cause: f}, cmp.Or(f.hint, generalHint))
}
