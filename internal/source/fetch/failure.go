package fetch

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"liftoff"
)

// Hints, in which Options.hint puts the names of the user's settings.
const (
	generalHint = "check $url and the network; `liftoff demo` shows the program without the API"
	contentHint = "check that $url is the address of a $api; `liftoff demo` shows the program without the API"
)

// Failure is why one attempt brought no usable answer, and what follows from
// that.
type Failure struct {
	// reason is one line, fit to be shown: no secrets, no control characters.
	reason string
	// hint is the user's next step; empty means generalHint.
	hint string
	// category is the error's; zero means liftoff.Source.
	category liftoff.Category
	// isTransient says that another attempt may succeed.
	isTransient bool
	// pause is how long the server asks to be left alone; nil when it does
	// not say.
	pause *time.Duration
	// until is when the server may be asked again, if that is longer than any
	// call waits; nil when it does not say.
	until *time.Time
	cause error
}

// Error returns the reason.
func (f *Failure) Error() string { return f.reason }

// Unwrap returns the error that the failure was made from, or nil.
func (f *Failure) Unwrap() error { return f.cause }

// Unusable returns the failure of an answer that arrived whole but is not what
// was asked for. It is not tried again.
func Unusable(format string, args ...any) *Failure {
	return &Failure{reason: fmt.Sprintf(format, args...), hint: contentHint}
}

// Garbled returns the failure of an answer that may have been damaged on its
// way, and is therefore asked for again; cause is why it cannot be read.
func Garbled(reason string, cause error) *Failure {
	return &Failure{reason: reason, hint: contentHint, isTransient: true, cause: cause}
}

// asFailure returns err as the failure it is or wraps; any other error becomes
// one that is not tried again.
func asFailure(err error) *Failure {
	if f, ok := errors.AsType[*Failure](err); ok {
		return f
	}
	return &Failure{reason: OneLine(err.Error(), MaxReason), cause: err}
}

// callError is a call's error as the user sees it.
type callError struct {
	text  string
	cause error
}

// Error returns what was being fetched, from where, and what went wrong.
func (e *callError) Error() string { return e.text }

// Unwrap returns the underlying error.
func (e *callError) Unwrap() error { return e.cause }

// Fail returns the error for a call whose answers, though each was usable, do
// not fit together: a liftoff.Source error unless err says otherwise.
func (c *Client) Fail(call Call, err error) error { return c.fail(call, asFailure(err), "") }

// fail returns the error for a call that is given up; effort says after how
// much, "" for one attempt.
func (c *Client) fail(call Call, f *Failure, effort string) error {
	text := fmt.Sprintf("fetch %s from %s: %s%s", call.What, call.URL, f.reason, effort)
	category := cmp.Or(f.category, liftoff.Source)
	return liftoff.NewError(category, &callError{text: text, cause: f}, c.options.hint(cmp.Or(f.hint, generalHint)))
}
