package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"liftoff/internal/config"
	"liftoff/internal/report"
)

//go:generate go test -count=1 -run TestDocumentation . -update

// The table of all settings in the documentation comes from the commands:
// `go test ./cmd/liftoff -update` writes it.
func TestDocumentation_HasTheTableOfAllSettings(t *testing.T) {
	const begin, end = "<!-- settings: made by go test ./cmd/liftoff -update -->\n", "<!-- end of settings -->"
	path := filepath.Join("..", "..", "docs", "configuration.md")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(content), begin)
	old, after, foundEnd := strings.Cut(rest, end)
	if !found || !foundEnd {
		t.Fatalf("%s lacks the two marks around the table", path)
	}
	want := settingsTable(newRootCommand(newTestProcess()))
	if *update {
		if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, old); diff != "" {
		t.Errorf("%s is out of date, run go test ./cmd/liftoff -update (-want +got):\n%s", path, diff)
	}
}

func settingsTable(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("| Environment, `.env` | Flag | Default | Commands | Meaning |\n")
	b.WriteString("| --- | --- | --- | --- | --- |\n")
	for _, s := range config.Settings() {
		flag := "none"
		if s.Secret {
			flag = "none: it is a secret"
		}
		if s.Flag != "" {
			flag = "`--" + s.Flag + "`"
		}
		if s.Short != "" {
			flag += ", `-" + s.Short + "`"
		}
		value := ""
		if s.Default != "" {
			value = "`" + s.Default + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", s.Env, flag, value, commandsWith(root, s.Group), s.Help)
	}
	return b.String()
}

// commandsWith names the commands that take the settings of a group.
func commandsWith(root *cobra.Command, group config.Group) string {
	var with []string
	configured := 0
	for _, child := range root.Commands() {
		takes, takesAny := false, false
		for _, cmd := range commands(child) {
			cmd.Flags().VisitAll(func(flag *pflag.Flag) {
				takes = takes || config.GroupOf(flag) == group
				takesAny = takesAny || config.GroupOf(flag) != ""
			})
		}
		if takesAny {
			configured++
		}
		if takes {
			with = append(with, child.Name())
		}
	}
	if len(with) == configured {
		return "all"
	}
	return strings.Join(with, ", ")
}

// A setting that no command takes is dead.
func TestDocumentation_EverySettingBelongsToACommand(t *testing.T) {
	root := newRootCommand(newTestProcess())
	var none []string
	for _, s := range config.Settings() {
		if commandsWith(root, s.Group) == "" {
			none = append(none, s.Env)
		}
	}
	if slices.Sort(none); len(none) > 0 {
		t.Errorf("no command takes %q", none)
	}
}

// The settings list the formats too: package report does not know the settings.
func TestSettings_AcceptEveryFormat(t *testing.T) {
	for _, format := range append(report.Formats(), "raw") {
		if _, err := config.Load(config.Sources{Environ: []string{"LIFTOFF_OUTPUT=" + string(format)}}); err != nil {
			t.Error(err)
		}
	}
}
