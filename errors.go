package liftoff

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
)

// Category says what kind of failure an error is. It decides the exit code
// and whether a scheduler should try again; the set is closed.
type Category int

const (
	// Internal is a bug or the unexpected: any error without a category.
	Internal Category = iota
	// Usage is a wrong flag, setting or argument.
	Usage
	// Quarantined means that the run was stored, but not every record of it.
	Quarantined
	// Source means that the launch API is unreachable, refused the request, or
	// sent something that is not a launch.
	Source
	// Database means that PostgreSQL is unreachable or failed.
	Database
	// QueryEngine means that the engine for analytics (Trino) failed.
	QueryEngine
	// Privilege means that a login, role or privilege is missing.
	Privilege
	// Guard means that a safety check refused to write.
	Guard
	// Locked means that another process holds a lock that this one needs.
	Locked
	// Interrupted means that a signal or a cancelled context ended the work.
	Interrupted
)

// facts are what follows from a category.
type facts struct {
	name      string
	exitCode  int
	retryable bool
}

// facts is the one table of what follows from each category.
func (c Category) facts() facts {
	switch c {
	case Usage:
		return facts{"usage", 2, false}
	case Quarantined:
		return facts{"quarantined", 3, false}
	case Source:
		return facts{"source", 4, true}
	case Database:
		return facts{"database", 5, true}
	case QueryEngine:
		return facts{"query engine", 6, true}
	case Privilege:
		return facts{"privilege", 7, false}
	case Guard:
		return facts{"guard", 8, false}
	case Locked:
		return facts{"locked", 75, true}
	case Interrupted:
		return facts{"interrupted", 130, false}
	default:
		return facts{"internal", 1, true}
	}
}

// String returns the category's name in lower case, for logs.
func (c Category) String() string { return c.facts().name }

// ExitCode returns the exit code that docs/exit-codes.md promises for the
// category. A process that a signal ended should report 128 plus the
// signal's number instead of Interrupted's code.
func (c Category) ExitCode() int { return c.facts().exitCode }

// Retryable reports whether the same command may succeed later with nothing
// changed by hand.
func (c Category) Retryable() bool { return c.facts().retryable }

// Error is a failure whose meaning is known. It is made where the meaning is
// known, in an adapter; a caller may add to its hint, but keeps its category.
type Error struct {
	Category Category
	// Err says what was being done, to what, and what went wrong.
	Err error
	// Hint is the user's next step as a sentence fragment in the imperative,
	// such as "check POSTGRES_PASSWORD"; it may be empty.
	Hint string
}

// NewError returns err with a category and a next step for the user.
func NewError(category Category, err error, hint string) *Error {
	return &Error{Category: category, Err: err, Hint: hint}
}

// Error returns the text of the wrapped error, without the hint.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the wrapped error.
func (e *Error) Unwrap() error { return e.Err }

// CategoryOf returns the category of the outermost Error in err's chain. Without
// one it is Interrupted for a cancelled context, and Internal for anything else.
func CategoryOf(err error) Category {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Category
	}
	if errors.Is(err, context.Canceled) {
		return Interrupted
	}
	return Internal
}

// HintOf returns the hint of the outermost Error in err's chain, or "".
func HintOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Hint
	}
	return ""
}

// ErrNotFound is in the chain of an error for something that is not there: a source has
// nothing of the requested kind, as an API that serves only launches has no payloads; or
// nothing with that id or number is stored.
var ErrNotFound = errors.New("not found")

// Count returns a number with its noun: "1 launch", "2 launches".
func Count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Alternatives lists words to choose from, as in "a, b or c".
func Alternatives[T ~string](words ...T) string {
	var text strings.Builder
	for i, word := range words {
		switch {
		case i > 0 && i == len(words)-1:
			text.WriteString(" or ")
		case i > 0:
			text.WriteString(", ")
		}
		text.WriteString(string(word))
	}
	return text.String()
}

// OneLine returns the text of err on one line, for logs and tables: the parts of
// joined errors are separated by "; ".
func OneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' }), "; ")
}

// PanicError is the error of work that panicked, which is a bug.
type PanicError struct {
	// Cause is what the work panicked with, and Stack where.
	Cause any
	Stack []byte
}

// Error says that this is a bug, and names the cause.
func (e *PanicError) Error() string { return fmt.Sprintf("a bug in liftoff: %v", e.Cause) }

// Safely does work and turns a panic into a PanicError, so that what was begun
// is finished properly. Each goroutine needs a Safely of its own: a panic that
// leaves a goroutine ends the process.
func Safely(work func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = &PanicError{Cause: cause, Stack: debug.Stack()}
		}
	}()
	return work()
}
