package app_test

import (
	"errors"
	"fmt"
	"testing"

	"liftoff"
	"liftoff/internal/app"
	"liftoff/internal/pipeline"
)

func TestWithFlags(t *testing.T) {
	t.Parallel()
	guard := func(cause error) error {
		return liftoff.NewError(liftoff.Guard, fmt.Errorf("nothing was written: %w", cause), "check the API")
	}
	gaps := liftoff.NewError(liftoff.Source, fmt.Errorf("partial: %w", pipeline.ErrGaps), "fetch the gaps")
	broken := liftoff.NewError(liftoff.QueryEngine, errors.New("Trino is down"), "start Trino")
	tests := []struct {
		name string
		err  error
		hint string
	}{
		{"a source that has shrunk", guard(pipeline.ErrShrunk), "check the API with `liftoff ingest --all --accept-shrink`"},
		{"drift", guard(pipeline.ErrDrift), "check the API; --accept-drift continues, and puts what cannot be stored into quarantine"},
		{"an older state", guard(pipeline.ErrRewound), "check the API; --accept-rewind stores it anyway"},
		{
			"a frozen contract", guard(pipeline.ErrFrozen),
			"check the API; --contract store stores such launches, --contract quarantine keeps them in quarantine",
		},
		{"gaps", gaps, "fetch the gaps: `liftoff ingest --new`"},
		{"a wrapped error", fmt.Errorf("ingest: %w", gaps), "fetch the gaps: `liftoff ingest --new`"},
		{"gaps before another error", errors.Join(gaps, broken), "fetch the gaps: `liftoff ingest --new`"},
		{"gaps behind another error, whose hint is shown", errors.Join(broken, gaps), "start Trino"},
		{"any other error", broken, "start Trino"},
		{"an error without a category", errors.New("a bug"), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := app.WithFlags(test.err)
			if hint := liftoff.HintOf(got); hint != test.hint {
				t.Errorf("hint %q, want %q", hint, test.hint)
			}
			if liftoff.CategoryOf(got) != liftoff.CategoryOf(test.err) || got.Error() != test.err.Error() || !errors.Is(got, test.err) {
				t.Errorf("%v error %q, want the same category, text and cause as %v %q",
					liftoff.CategoryOf(got), got, liftoff.CategoryOf(test.err), test.err)
			}
		})
	}
	if app.WithFlags(nil) != nil {
		t.Error("no error became one")
	}
}
