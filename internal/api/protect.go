package api

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"liftoff"
)

// maxURL is how long a request's URL may be, in bytes.
const maxURL = 8 << 10

// protect refuses what no route should see, and answers for a route that panics.
func (s *server) protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if len(r.URL.RequestURI()) > maxURL {
			writeProblem(w, http.StatusRequestURITooLong, fmt.Sprintf("a URL may have %d bytes", maxURL))
			return
		}
		// The mux would answer with a redirect.
		if path.Clean(r.URL.Path) != r.URL.Path {
			writeProblem(w, http.StatusNotFound, "there is nothing at this path; "+Root+"/openapi.json lists what there is")
			return
		}
		if wrong := checkTexts(r.URL); wrong != nil {
			writeProblem(w, http.StatusBadRequest, "validation failed", wrong)
			return
		}
		// All answers are JSON, whatever is asked for.
		r = r.Clone(r.Context())
		r.Header.Del("Accept")
		err := liftoff.Safely(func() error {
			next.ServeHTTP(w, r)
			return nil
		})
		if err != nil {
			s.Logger.ErrorContext(r.Context(), "The API could not answer a request.", "error", err)
			writeProblem(w, http.StatusInternalServerError, "liftoff could not answer; its log says why")
		}
	})
}

// checkTexts returns what is wrong with a request's texts, whatever its route is.
func checkTexts(address *url.URL) *huma.ErrorDetail {
	if !isText(address.Path) {
		return &huma.ErrorDetail{Location: "path", Message: "is not UTF-8, or has a NUL character"}
	}
	query, err := url.ParseQuery(address.RawQuery)
	if err != nil {
		return &huma.ErrorDetail{Location: "query", Message: "is not a list of name=value, separated by &"}
	}
	for name, values := range query {
		location := "query." + strings.ToValidUTF8(name, "\uFFFD")
		switch value := values[0]; {
		case len(values) > 1:
			return &huma.ErrorDetail{Location: location, Message: "is there more than once"}
		case !isText(name) || !isText(value):
			return &huma.ErrorDetail{Location: location, Message: "is not UTF-8, or has a NUL character"}
		case value == "":
			return &huma.ErrorDetail{Location: location, Message: "is empty; leave it out for any"}
		}
	}
	return nil
}

func isText(text string) bool { return utf8.ValidString(text) && !strings.Contains(text, "\x00") }
