package report

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// Document returns a JSON document for people: indented, with escapes for characters that
// would be hidden. Text that is not JSON is an error.
func Document(raw []byte) (string, error) {
	value := jsontext.Value(append([]byte(nil), raw...))
	if err := value.Indent(jsontext.WithIndent("  ")); err != nil {
		return "", fmt.Errorf("indent a document: %w", err)
	}
	return string(safeJSON(value)), nil
}
