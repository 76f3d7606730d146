package main

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// The report stands between these lines of the document.
const (
	beginMark = "<!-- written by make faults: begin -->"
	endMark   = "<!-- written by make faults: end -->"
)

// render returns the report as Markdown.
func render(chapters []chapter, found results) string {
	var out strings.Builder
	counts := map[string]int{}
	total := 0
	for _, c := range chapters {
		for _, r := range c.rows {
			counts[state(r, found)]++
			total++
		}
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", counts[name], name))
	}
	fmt.Fprintf(&out, "%d rows: %s.\n", total, strings.Join(parts, ", "))
	for _, c := range chapters {
		fmt.Fprintf(&out, "\n### %s\n\n| id | fault | what liftoff does | test | result |\n| --- | --- | --- | --- | --- |\n", c.title)
		for _, r := range c.rows {
			wanted := r.wanted
			if r.note != "" {
				wanted += " *" + r.note + "*"
			}
			fmt.Fprintf(&out, "| %s | %s | %s | %s | %s |\n", r.id, cell(r.fault), cell(wanted), tests(found[r.id]), state(r, found))
		}
	}
	return out.String()
}

// state returns the result of a row, or why it has none.
func state(r row, found results) string {
	outcome := found.outcome(r.id)
	if outcome == "no test" && r.isExcused() {
		word, _, _ := strings.Cut(r.note, ":")
		return word
	}
	return outcome
}

// statementNumber ends the name of a sub-test for one of a command's statements.
var statementNumber = regexp.MustCompile(`_statement_[0-9]+$`)

// tests returns the names of a row's tests, by package. A test is left out when
// sub-tests of it are there. Those for each statement of a command stand as one: how many statements
// there are differs from run to run.
func tests(found []result) string {
	names := map[string][]string{}
	for _, r := range found {
		hasParts := slices.ContainsFunc(found, func(other result) bool {
			return other.pkg == r.pkg && strings.HasPrefix(other.test, r.test+"/")
		})
		if !hasParts {
			names[r.pkg] = append(names[r.pkg], "`"+statementNumber.ReplaceAllString(r.test, "_statement_N")+"`")
		}
	}
	var parts []string
	for _, pkg := range slices.Sorted(maps.Keys(names)) {
		slices.Sort(names[pkg])
		parts = append(parts, pkg+": "+strings.Join(slices.Compact(names[pkg]), ", "))
	}
	return cell(strings.Join(parts, "; "))
}

// cell keeps a text from ending its cell.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// writeDocument puts the report between the marks of the document.
func writeDocument(file, report string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	head, rest, found := strings.Cut(string(content), beginMark+"\n")
	_, tail, ends := strings.Cut(rest, endMark)
	if !found || !ends {
		return fmt.Errorf("%s lacks the lines %q and %q", file, beginMark, endMark)
	}
	text := head + beginMark + "\n" + report + endMark + tail
	return os.WriteFile(file, []byte(text), 0o644) //nolint:gosec // a document for all
}
