package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"liftoff"
	"liftoff/internal/plain"
	"liftoff/internal/report"
)

const (
	problemType = "application/problem+json"
	// retryAfter is in how many seconds a client should try again when the database or the
	// engine does not answer.
	retryAfter = "5"
)

// Problem is the body of every error (RFC 9457).
type Problem struct {
	Title  string `json:"title" doc:"The HTTP status in words" example:"Bad Request"`
	Status int    `json:"status" doc:"The HTTP status" minimum:"400" maximum:"599" example:"400"`
	Detail string `json:"detail" doc:"What is wrong, in words for people" example:"limit: expected number <= 200"`
	// Next is empty for nothing.
	Next string `json:"next,omitempty" doc:"What can be done about it, such as a command to run" example:"run liftoff ingest --all"`
	// Errors name the parameters that are wrong.
	Errors []FieldError `json:"errors,omitempty" doc:"The parameters that are wrong"`
}

// FieldError says what is wrong with a parameter.
type FieldError struct {
	Location string `json:"location" doc:"Where the parameter is: query, path or header, a dot, and its name" example:"query.limit"`
	Message  string `json:"message" doc:"What is wrong with it" example:"expected number <= 200"`
}

// Error returns the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is the media type of problems.
func (p *Problem) ContentType(string) string { return problemType }

// newProblem returns a problem whose detail is a sentence for people.
func newProblem(status int, detail string) *Problem {
	return &Problem{Title: http.StatusText(status), Status: status, Detail: detail}
}

// wrongField returns the problem of a parameter that is wrong.
func wrongField(location, message string) *Problem {
	_, name, _ := strings.Cut(location, ".")
	p := newProblem(http.StatusBadRequest, name+": "+message)
	p.Errors = []FieldError{{Location: location, Message: message}}
	return p
}

// write sends the problem.
func (p *Problem) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = report.WriteValue(w, p) // the client may have gone
}

// WriteProblem sends a problem with a status and a sentence for people. Headers such as
// Allow must be set before.
func WriteProblem(w http.ResponseWriter, status int, detail string) {
	newProblem(status, detail).write(w)
}

// asProblem turns what huma says about a request into a problem.
func asProblem(_ huma.Context, _ string, body any) (any, error) {
	said, isError := body.(*huma.ErrorModel)
	if !isError {
		return body, nil
	}
	p := newProblem(said.Status, said.Detail)
	var details []string
	for _, each := range said.Errors {
		location := strings.ToValidUTF8(each.Location, "\uFFFD")
		p.Errors = append(p.Errors, FieldError{Location: location, Message: each.Message})
		_, name, _ := strings.Cut(location, ".")
		details = append(details, name+": "+each.Message)
	}
	if said.Status == http.StatusUnprocessableEntity {
		p.Status, p.Title = http.StatusBadRequest, http.StatusText(http.StatusBadRequest)
	}
	if len(details) > 0 {
		p.Detail = strings.Join(details, "; ")
	}
	return p, nil
}

// plainStatus sends 400 for what huma calls 422: the address is wrong, and there is no
// body that could be unprocessable.
type plainStatus struct{ http.ResponseWriter }

func (w plainStatus) WriteHeader(status int) {
	if status == http.StatusUnprocessableEntity {
		status = http.StatusBadRequest
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap returns the writer inside, for http.ResponseController.
func (w plainStatus) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// failure turns an error of the database or the engine into a problem. The request itself
// has been checked, so what is wrong otherwise is not its fault.
func (a *API) failure(call *call, err error) error {
	if errors.Is(err, liftoff.ErrNotFound) {
		p := newProblem(http.StatusNotFound, plain.Visible(liftoff.OneLine(err)))
		p.Next = a.NextStep(err)
		return p
	}
	if known, ok := errors.AsType[*Problem](err); ok {
		return known
	}
	if category := liftoff.CategoryOf(err); category == liftoff.Internal && !errors.Is(err, context.DeadlineExceeded) {
		a.Logger.ErrorContext(call.ctx, "A request to the API failed; this is a bug.", "path", call.path, "error", err)
		return newProblem(http.StatusInternalServerError, "This failed because of a bug in liftoff. The log has the details.")
	}
	a.Logger.WarnContext(call.ctx, "A request to the API could not be answered.", "path", call.path, "error", err)
	p := newProblem(http.StatusServiceUnavailable, plain.Visible(liftoff.OneLine(err)))
	p.Next = a.NextStep(err)
	return huma.ErrorWithHeaders(p, http.Header{"Retry-After": {retryAfter}})
}
