package api

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// mistakeOf refuses what no parameter may be: given twice, empty, or not a text. nil if
// nothing is wrong.
func mistakeOf(address *url.URL) *Problem {
	if !isText(address.Path) {
		return newProblem(400, "The path of this address is not text: it has a NUL, or is not UTF-8.")
	}
	values, err := url.ParseQuery(address.RawQuery)
	if err != nil {
		return newProblem(400, "The part of this address after the ? cannot be read: write & between parameters, and % as %25.")
	}
	for name, given := range values {
		switch {
		case !isText(name):
			return newProblem(400, "A parameter has a name that is not text: it has a NUL, or is not UTF-8.")
		case len(given) > 1:
			return wrongField("query."+name, "given "+strconv.Itoa(len(given))+" times; give it once")
		case given[0] == "":
			return wrongField("query."+name, "has no value; leave it out")
		case !isText(given[0]):
			return wrongField("query."+name, "is not text: it has a NUL, or is not UTF-8")
		}
	}
	return nil
}

func isText(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

// addressKey is the key of contexts that carry the address of a request.
type addressKey struct{}

// withAddress returns a context that carries what identifies an answer: the path with its
// parameters in a fixed order.
func withAddress(ctx context.Context, address *url.URL) context.Context {
	return context.WithValue(ctx, addressKey{}, address.Path+"?"+address.Query().Encode())
}

func addressOf(ctx context.Context) string {
	address, _ := ctx.Value(addressKey{}).(string)
	return address
}
