package revision_test

import (
	"strings"
	"testing"

	"liftoff"
	"liftoff/internal/revision"
)

// Documents that would take gigabytes to compare are refused with a next step.
func TestM7_DocumentsThatTakeTooMuchMemoryToCompare(t *testing.T) {
	t.Parallel()
	list := func(value string, count int) string { return "[" + strings.Repeat(value+",", count) + "0]" }
	deep := func(inside string) string { return strings.Repeat("[", 4000) + inside + strings.Repeat("]", 4000) }
	for rule, test := range map[string]struct{ before, after, says string }{
		"many values":       {`{}`, list("0", 2_000_000), "read the document after: the document has more than 500000 values"},
		"many names":        {`{` + strings.Repeat(`"a":`, 1) + list(`{"a":0}`, 250_000) + `}`, `{}`, "read the document before: the document has more than 500000 values"},
		"many long paths":   {deep(list("0", 20_000)), deep(list("1", 20_000)), "the documents differ in too many fields, at least "},
		"as many as may be": {`{}`, list("0", 499_000), ""},
		"deep and equal":    {deep(list("0", 20_000)), deep(list("0", 20_000)), ""},
	} {
		changes, err := revision.Changes([]byte(test.before), []byte(test.after))
		switch {
		case test.says == "" && err != nil:
			t.Errorf("%s: %v", rule, err)
		case test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says) || liftoff.CategoryOf(err) != liftoff.Usage || liftoff.HintOf(err) == ""):
			t.Errorf("%s: %d changes, error %v with the hint %q, want %q", rule, len(changes), err, liftoff.HintOf(err), test.says)
		}
	}
}
