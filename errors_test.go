package liftoff_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"liftoff"
)

func TestCategory_EachHasItsExitCodeNameAndRetryRule(t *testing.T) {
	tests := []struct {
		category  liftoff.Category
		name      string
		exitCode  int
		retryable bool
	}{
		{liftoff.Internal, "internal", 1, true},
		{liftoff.Usage, "usage", 2, false},
		{liftoff.Quarantined, "quarantined", 3, false},
		{liftoff.Source, "source", 4, true},
		{liftoff.Database, "database", 5, true},
		{liftoff.QueryEngine, "query engine", 6, true},
		{liftoff.Privilege, "privilege", 7, false},
		{liftoff.Guard, "guard", 8, false},
		{liftoff.Locked, "locked", 75, true},
		{liftoff.Interrupted, "interrupted", 130, false},
		{liftoff.Category(99), "internal", 1, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.category.String(); got != test.name {
				t.Errorf("String() = %q, want %q", got, test.name)
			}
			if got := test.category.ExitCode(); got != test.exitCode {
				t.Errorf("ExitCode() = %d, want %d", got, test.exitCode)
			}
			if got := test.category.Retryable(); got != test.retryable {
				t.Errorf("Retryable() = %v, want %v", got, test.retryable)
			}
		})
	}
}

func TestCategoryOf(t *testing.T) {
	cause := errors.New("connection refused")
	source := liftoff.NewError(liftoff.Source, cause, "check the network")
	tests := []struct {
		name string
		err  error
		want liftoff.Category
		hint string
	}{
		{"an error without a category is internal", cause, liftoff.Internal, ""},
		{"a wrapped error keeps its category", fmt.Errorf("ingest: %w", source), liftoff.Source, "check the network"},
		{"the outermost category counts", liftoff.NewError(liftoff.Guard, source, "look"), liftoff.Guard, "look"},
		{"a cancelled context is an interruption", fmt.Errorf("fetch: %w", context.Canceled), liftoff.Interrupted, ""},
		{"a category beats the cancelled context inside", liftoff.NewError(liftoff.Database, context.Canceled, ""), liftoff.Database, ""},
		{"a deadline alone is internal", context.DeadlineExceeded, liftoff.Internal, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := liftoff.CategoryOf(test.err); got != test.want {
				t.Errorf("CategoryOf() = %v, want %v", got, test.want)
			}
			if got := liftoff.HintOf(test.err); got != test.hint {
				t.Errorf("HintOf() = %q, want %q", got, test.hint)
			}
		})
	}
}

func TestError_ShowsAndUnwrapsTheCauseWithoutTheHint(t *testing.T) {
	cause := errors.New("connection refused")
	err := liftoff.NewError(liftoff.Source, fmt.Errorf("fetch latest launch: %w", cause), "check the network")
	if got, want := err.Error(), "fetch latest launch: connection refused"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	if !errors.Is(err, cause) {
		t.Error("errors.Is() does not find the cause")
	}
}

func TestOneLine(t *testing.T) {
	joined := errors.Join(errors.New("first"), errors.Join(errors.New("second"), errors.New("third")))
	if got, want := liftoff.OneLine(joined), "first; second; third"; got != want {
		t.Errorf("OneLine() = %q, want %q", got, want)
	}
}

func TestAlternatives(t *testing.T) {
	t.Parallel()
	for want, words := range map[string][]string{"": nil, "a": {"a"}, "a or b": {"a", "b"}, "a, b or c": {"a", "b", "c"}} {
		if got := liftoff.Alternatives(words...); got != want {
			t.Errorf("Alternatives(%q) = %q, want %q", words, got, want)
		}
	}
}
