package config

import (
	"fmt"
	"reflect"
	"strings"
)

// kindList is the kind of a setting with several values, which commas separate.
const kindList = "list"

// Setting describes one setting: its spellings, default and help.
type Setting struct {
	// Env is the environment variable and the name in .env.
	Env string
	// Flag is the command-line flag without dashes; "" for a secret.
	Flag string
	// Short is the flag's one-letter form, or "".
	Short string
	// Default is the value when nothing is set, as it would be written.
	Default string
	// Help is one line without a full stop.
	Help string
	// Group says which commands take the flag.
	Group Group
	// Kind is the value's kind for --help: string, int, duration, bool, list.
	Kind string
	// Secret means that the value must not be shown.
	Secret bool

	field string
}

// Settings returns all settings in the order of Config's fields.
func Settings() []Setting {
	t := reflect.TypeFor[Config]()
	settings := make([]Setting, 0, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			continue
		}
		settings = append(settings, Setting{
			Env:     f.Tag.Get("env"),
			Flag:    f.Tag.Get("flag"),
			Short:   f.Tag.Get("short"),
			Default: f.Tag.Get("envDefault"),
			Help:    f.Tag.Get("help"),
			Group:   Group(f.Tag.Get("group")),
			Kind:    kindOf(f.Type),
			Secret:  f.Type == reflect.TypeFor[Secret](),
			field:   f.Name,
		})
	}
	return settings
}

func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "bool"
	case reflect.Slice:
		return kindList
	case reflect.Int, reflect.Uint64:
		return "int"
	case reflect.Int64:
		if t.Name() == "Duration" {
			return "duration"
		}
		return "int"
	default:
		return "string"
	}
}

//go:generate go test -count=1 -run TestDocumentation . -update

// MarkdownTable returns the table of all settings that stands in
// docs/configuration.md.
func MarkdownTable() string {
	var b strings.Builder
	b.WriteString("| Environment, `.env` | Flag | Default | Commands | Meaning |\n")
	b.WriteString("| --- | --- | --- | --- | --- |\n")
	for _, s := range Settings() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n",
			s.Env, flagCell(s), code(s.Default), s.Group.commands(), s.Help)
	}
	return b.String()
}

func flagCell(s Setting) string {
	switch {
	case s.Flag == "":
		return "none: it is a secret"
	case s.Short != "":
		return code("--"+s.Flag) + ", " + code("-"+s.Short)
	default:
		return code("--" + s.Flag)
	}
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

// commands names the commands that take the group's flags.
func (g Group) commands() string {
	switch g {
	case GroupSource:
		return "ingest, demo, doctor"
	case GroupIngest:
		return "ingest, demo"
	case GroupDatabase:
		return "ingest, analyze, export, history, runs, migrate, psql, doctor"
	case GroupEmbedded:
		return "ingest, demo, analyze, export, history, runs, migrate, psql, doctor"
	case GroupEngine:
		return "ingest, analyze"
	case GroupDemo:
		return "demo"
	case GroupOutput:
		return "ingest, demo, analyze, history, runs"
	case GroupReplay:
		return "replay"
	case GroupSynthetic:
		return "replay, demo"
	default:
		return "all"
	}
}
