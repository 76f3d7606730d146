package main

import "strings"

// usageTemplate puts the example first: it is what most readers of --help
// are looking for.
func usageTemplate(template string) string {
	const (
		example = "{{if .HasExample}}\n\nExamples:\n{{.Example}}{{end}}"
		start   = "Usage:{{if .Runnable}}"
	)
	without := strings.Replace(template, example, "", 1)
	return strings.Replace(without, start, "{{if .HasExample}}Examples:\n{{.Example}}\n\n{{end}}"+start, 1)
}
