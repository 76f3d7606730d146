package revision

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// memberPath is the path of an object's member.
func memberPath(parent, name string) string {
	if !isPlain(name) {
		quoted, _ := jsontext.AppendQuote(nil, name) // the parser refuses the only error, invalid UTF-8
		return parent + "[" + string(quoted) + "]"
	}
	if parent == "" {
		return name
	}
	return parent + "." + name
}

// elementPath is the path of an array's element.
func elementPath(parent string, index int) string {
	return parent + "[" + strconv.Itoa(index) + "]"
}

// isPlain reports whether a name can be part of a path without quotes.
func isPlain(name string) bool {
	for i, r := range name {
		isLetter := r == '_' || (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z')
		isDigit := r >= '0' && r <= '9'
		if !isLetter && (i == 0 || (!isDigit && r != '-')) {
			return false
		}
	}
	return name != ""
}
