package main

import (
	"os"
	"testing"
)

func TestReplaceTables(t *testing.T) {
	got, err := replaceTables("# Benchmarks\n"+docsBegin+"old\n"+docsEnd+"## More\n", "new\n")
	if want := "# Benchmarks\n" + docsBegin + "new\n" + docsEnd + "## More\n"; err != nil || got != want {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
	for _, document := range []string{"", docsBegin, docsEnd, docsEnd + docsBegin} {
		if _, err := replaceTables(document, "new\n"); err == nil {
			t.Errorf("%q has no place for the tables", document)
		}
	}
}

// make bench ARGS="--docs docs/benchmarks.md" finds its place.
func TestDocs_HasThePlace(t *testing.T) {
	content, err := os.ReadFile("../../docs/benchmarks.md")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := replaceTables(string(content), ""); err != nil {
		t.Error(err)
	}
}
