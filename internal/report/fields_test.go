package report_test

import (
	"strings"
	"testing"

	"liftoff/internal/report"
)

func TestWriteFields_AreAsWideAsTheScreen(t *testing.T) {
	t.Parallel()
	fields := []report.Field{{Name: "state", Value: "running in the background"}, {Name: "port", Value: "5433"}}
	for width, want := range map[int]string{
		0:  "state  running in the background\nport   5433\n",
		25: "state  running in the\n       background\nport   5433\n",
	} {
		var out strings.Builder
		if err := report.WriteFields(&out, fields, report.Options{Width: width}); err != nil || out.String() != want {
			t.Errorf("at width %d:\n%s%v", width, out.String(), err)
		}
	}
}
