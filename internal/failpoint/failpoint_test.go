package failpoint_test

import (
	"testing"

	"liftoff/internal/failpoint"
)

func TestAll_EachPointHasANameOfItsOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range failpoint.All() {
		if name := p.String(); name == "" || seen[name] {
			t.Errorf("point %d is called %q", p, name)
		} else {
			seen[name] = true
		}
	}
}
