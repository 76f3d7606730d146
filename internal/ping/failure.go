package ping

import (
	"context"
	"errors"

	"liftoff/internal/endpoint"
)

var (
	// errReplaced is why a ping is given up for the next one.
	errReplaced = errors.New("the next ping took its place")
	// errTooSlow is why a ping is given up at the end of the program.
	errTooSlow = errors.New("no answer before the program's end")
	// errFinal is in the chain of an error that another try does not mend.
	errFinal = errors.New("not to be tried again")
)

// failure is an answer that says no.
type failure struct {
	text    string
	isFinal bool
}

func (f failure) Error() string { return f.text }

// Is makes a final failure an errFinal.
func (f failure) Is(target error) bool { return f.isFinal && target == errFinal }

// reason says in a few words why a ping failed.
func reason(ctx context.Context, err error) string {
	if errors.Is(context.Cause(ctx), errTooSlow) {
		return errTooSlow.Error()
	}
	if f, ok := errors.AsType[failure](err); ok {
		return f.text
	}
	return endpoint.Reason(err)
}
