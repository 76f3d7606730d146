package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// event is one line of "go test -json" (see go doc test2json).
type event struct {
	Action, Package, Test string
}

// result is how one test ended.
type result struct {
	pkg, test string
	// action is pass, fail or skip.
	action string
}

// results are the results of the tests of each row.
type results map[string][]result

var (
	// topName is the name of a test that belongs to rows.
	topName = regexp.MustCompile(`^Test((?:[A-R][0-9]+_)+)`)
	// subName is the name of a sub-test that belongs to rows.
	subName = regexp.MustCompile(`^((?:[A-R][0-9]+_)*[A-R][0-9]+)(?:_|$)`)
)

// readResults reads the events and sorts them by row.
func readResults(file string) (results, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	found := results{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue // what a test printed past the events
		}
		if slices.Contains([]string{"pass", "fail", "skip"}, e.Action) {
			found.add(e)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return found, nil
}

// add keeps the result of a test that belongs to rows by its name.
func (r results) add(e event) {
	for _, id := range ids(e.Test) {
		r[id] = append(r[id], result{pkg: strings.TrimPrefix(e.Package, "liftoff/"), test: e.Test, action: e.Action})
	}
}

// ids returns the rows that a test belongs to. A sub-test belongs to those that
// it names itself; a test of several rows to each of them as well.
func ids(test string) []string {
	parts := strings.Split(test, "/")
	pattern := topName
	if len(parts) > 1 {
		pattern = subName
	}
	match := pattern.FindStringSubmatch(parts[len(parts)-1])
	if match == nil {
		return nil
	}
	return strings.Split(strings.TrimRight(match[1], "_"), "_")
}

// outcome returns how a row's tests ended: failed if one failed, else passed if
// one passed.
func (r results) outcome(id string) string {
	outcome := "no test"
	for _, result := range r[id] {
		switch {
		case result.action == "fail":
			return "failed"
		case result.action == "pass":
			outcome = "passed"
		case outcome != "passed":
			outcome = "skipped"
		}
	}
	return outcome
}

// findProblems returns a line for each row that is not well.
func findProblems(chapters []chapter, found results, strict bool) []string {
	known := map[string]bool{}
	var problems []string
	for _, c := range chapters {
		for _, r := range c.rows {
			known[r.id] = true
			outcome := found.outcome(r.id)
			isWell := outcome == "passed" || (outcome == "no test" && r.isExcused()) || (outcome == "skipped" && !strict)
			if !isWell {
				problems = append(problems, fmt.Sprintf("%s (%s): %s", r.id, r.fault, outcome))
			}
		}
	}
	for id := range found {
		if !known[id] {
			problems = append(problems, fmt.Sprintf("%s is tested, but not in the catalogue", id))
		}
	}
	slices.Sort(problems)
	return problems
}
