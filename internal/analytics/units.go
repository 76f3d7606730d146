package analytics

import (
	"fmt"
	"strings"
)

// parseUnits reads "COLUMN UNIT, COLUMN UNIT, …"; a unit is one word, such as kg,
// % or count. An empty text has no units.
func parseUnits(text string) (map[string]string, error) {
	if text == "" {
		return nil, nil
	}
	units := map[string]string{}
	for pair := range strings.SplitSeq(text, ",") {
		words := strings.Fields(pair)
		if len(words) != 2 || !isColumnName(words[0]) {
			return nil, fmt.Errorf("units %q: %q is not COLUMN UNIT, as in: launches count, mass_kg kg", text, strings.TrimSpace(pair))
		}
		if _, isRepeated := units[words[0]]; isRepeated {
			return nil, fmt.Errorf("units %q: column %q appears twice", text, words[0])
		}
		units[words[0]] = words[1]
	}
	return units, nil
}
