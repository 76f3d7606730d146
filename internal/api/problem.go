package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"liftoff"
)

// retryAfter is after how many seconds a program may ask again when a database is away.
const retryAfter = "5"

// useProblems makes huma answer what it refuses itself with 400 instead of 422. The
// hook is huma's only one for that, and it is for the whole process.
//
//nolint:gochecknoglobals // once a process, as the hook is
var useProblems = sync.OnceFunc(func() {
	problem := huma.NewError
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		if status == http.StatusUnprocessableEntity {
			status = http.StatusBadRequest
		}
		return problem(status, message, errs...)
	}
})

// refuse returns the error for a value of a request, such as of query.cursor.
func refuse(location, message string) error {
	return huma.Error400BadRequest("validation failed", &huma.ErrorDetail{Location: location, Message: message})
}

// problem returns the answer for an error. notFound says what is not there. Errors that
// nobody expected are logged and not shown.
func (s *server) problem(ctx context.Context, err error, notFound string) error {
	category := liftoff.CategoryOf(err)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, liftoff.ErrNotFound):
		return huma.Error404NotFound(notFound)
	case category == liftoff.Internal && !errors.Is(err, context.DeadlineExceeded):
		s.Logger.ErrorContext(ctx, "The API could not answer a request.", "error", err)
		return huma.Error500InternalServerError("liftoff could not answer; its log says why")
	}
	// Whatever is wrong here is not the request: that has been checked.
	text := liftoff.OneLine(err)
	if hint := liftoff.HintOf(err); hint != "" {
		text += ". Next: " + s.AsCalled(hint)
	}
	return huma.ErrorWithHeaders(huma.Error503ServiceUnavailable(text), http.Header{"Retry-After": {retryAfter}})
}

// writeProblem answers a request that no route has seen.
func writeProblem(w http.ResponseWriter, status int, detail string, details ...*huma.ErrorDetail) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	// The client may have gone.
	_ = json.NewEncoder(w).Encode(&huma.ErrorModel{Title: http.StatusText(status), Status: status, Detail: detail, Errors: details})
}

// Refuse answers a request that the server has refused, with a sentence that says why.
func Refuse(w http.ResponseWriter, status int, text string) { writeProblem(w, status, text) }

// noRoute answers what no route takes: the method or the path is wrong.
func noRoute(w http.ResponseWriter, r *http.Request, mux *http.ServeMux) {
	get := r.Clone(r.Context())
	get.Method = http.MethodGet
	if _, pattern := mux.Handler(get); pattern == "/" {
		writeProblem(w, http.StatusNotFound, "there is nothing at this path; "+Root+"/openapi.json lists what there is")
		return
	}
	w.Header().Set("Allow", "GET, HEAD")
	writeProblem(w, http.StatusMethodNotAllowed, fmt.Sprintf("this path takes GET and HEAD, not %.20q", r.Method))
}
