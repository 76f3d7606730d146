package web

import (
	"net/url"
	"strings"
)

// address collects the parameters of an address, in their order. Empty ones are left out.
type address struct{ query strings.Builder }

func (a *address) add(name, value string) {
	if value == "" {
		return
	}
	if a.query.Len() > 0 {
		a.query.WriteByte('&')
	}
	a.query.WriteString(name + "=" + readable(value))
}

// of returns a path with the parameters.
func (a *address) of(path string) string {
	if a.query.Len() == 0 {
		return path
	}
	return path + "?" + a.query.String()
}

// readable escapes a value, but not the colons of times, which need it not.
func readable(value string) string {
	return strings.ReplaceAll(url.QueryEscape(value), "%3A", ":")
}
