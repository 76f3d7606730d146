package supplychain_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// licences are the ones that may be linked into the program, each with words
// of its text, and with the licence whose text has the same words and more.
var licences = []struct {
	name, contains string
	words          []string
}{
	{"Apache-2.0", "-", []string{"Apache License", "Version 2.0"}},
	{"MPL-2.0", "-", []string{"Mozilla Public License", "2.0"}},
	{"Unlicense", "-", []string{"This is free and unencumbered software released into the public domain"}},
	{"BSD-3-Clause", "-", []string{"Redistribution and use in source and binary forms", "Neither the name"}},
	{"BSD-2-Clause", "BSD-3-Clause", []string{"Redistribution and use in source and binary forms"}},
	{"MIT", "-", []string{"Permission is hereby granted, free of charge", "The above copyright notice and this permission notice shall be included"}},
	{"ISC", "-", []string{"Permission to use, copy, modify, and", "distribute this software for any purpose", "provided that the above copyright notice"}},
	{"0BSD", "ISC", []string{"Permission to use, copy, modify, and", "distribute this software for any purpose"}},
	{"public domain", "-", []string{"have been put into the public domain"}},
}

// forbidden are words of licences that may not be linked, in case that a text
// holds an allowed one's words too.
var forbidden = regexp.MustCompile(`(?i)GNU (AFFERO |LESSER )?GENERAL PUBLIC|Server Side Public|Business Source|Commons Clause|Elastic License`)

// licenceOf names the licence in a text, or all of them when parts of the module
// have others, or returns "".
func licenceOf(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	// The MPL names the GPL as one that its code may be combined with.
	if forbidden.MatchString(text) && !strings.Contains(text, "Mozilla Public License") {
		return ""
	}
	var found []string
	for _, licence := range licences {
		isThis := true
		for _, words := range licence.words {
			isThis = isThis && strings.Contains(text, words)
		}
		if isThis && !slices.Contains(found, licence.contains) {
			found = append(found, licence.name)
		}
	}
	return strings.Join(found, ", ")
}

// licenceFile returns the text of a module's licence.
func licenceFile(t *testing.T, m module) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(m.folder, "LICEN[CS]E*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Errorf("%s has no licence file", m.path)
		return ""
	}
	text, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Every module in one of the programs has an allowed licence, and docs/licences.md lists it.
func TestH7_LicencesAreAllowedAndListed(t *testing.T) {
	var table strings.Builder
	for _, m := range linked(t, "./cmd/...") {
		licence := licenceOf(licenceFile(t, m))
		if licence == "" {
			t.Errorf("%s has a licence that is not allowed", m.path)
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", m.path, m.version, licence)
	}
	const name = "docs/licences.md"
	want := strings.Replace(licencesPage, "TABLE\n", table.String(), 1)
	if *update {
		if err := os.WriteFile(filepath.Join(root, name), []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, read(t, name)); diff != "" {
		t.Errorf("%s is out of date; run go generate ./... (-want +got):\n%s", name, diff)
	}
}

// The texts of licences that may not be linked are told from the others.
func TestH7_OtherLicencesAreRefused(t *testing.T) {
	for _, text := range []string{
		"GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007", "GNU AFFERO GENERAL PUBLIC LICENSE\nVersion 3",
		"GNU LESSER GENERAL PUBLIC LICENSE", "Business Source License 1.1", "All rights reserved.", "",
		"Apache License\nVersion 2.0\nwith the Commons Clause condition",
	} {
		if got := licenceOf(text); got != "" {
			t.Errorf("%q counts as %s", text, got)
		}
	}
}

// licencesPage is docs/licences.md without its table.
const licencesPage = `# Licences

liftoff is under the Apache License 2.0. The table lists all modules that are linked
into ` + "`liftoff` or `liftoff-fetch-postgres`" + `, on any system. A test of the fault
suite accepts only MIT, BSD, ISC, Apache-2.0, MPL-2.0, Unlicense, 0BSD and the public
domain; all of these allow a program under Apache-2.0 to contain the module. The
standard library and the runtime are Go's, under BSD-3-Clause. The embedded PostgreSQL
is a separate program under the PostgreSQL License, downloaded when it is needed.
Pages and reports are set in Inter, a font under the SIL Open Font License 1.1
(` + "`internal/page/inter-OFL.txt`" + `, which the dashboard serves beside the font).

Written by ` + "`go generate ./...`" + ` from the modules' own licence files.

| module | version | licence |
| --- | --- | --- |
TABLE
`
