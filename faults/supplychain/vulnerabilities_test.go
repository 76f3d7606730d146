package supplychain_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// try runs a tool in a folder and returns what it prints and whether it was
// well.
func try(t *testing.T, folder, name string, args ...string) (string, bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), commandTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = folder
	text, err := cmd.CombinedOutput()
	return string(text), err == nil
}

// A vulnerability that the program can reach fails the check; a database that
// cannot be reached does not, and is told.
func TestH6_AVulnerabilityFailsTheCheck(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		script, want string
		ok           bool
	}{
		"H6 a finding":                {"echo 'Vulnerability #1: GO-2026-0001'; exit 3", "GO-2026-0001", false},
		"H6 no finding":               {"echo 'No vulnerabilities found.'", "No vulnerabilities found.", true},
		"H6 a broken tool":            {"echo 'no such package' >&2; exit 1", "no such package", false},
		"H6 no way to the database":   {"echo 'govulncheck: fetching vulnerabilities: no route' >&2; exit 1", "not checked", true},
		"H6 a tool that is not there": {"", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tool := filepath.Join(t.TempDir(), "govulncheck")
			if test.script != "" {
				if err := os.WriteFile(tool, []byte("#!/bin/sh\n"+test.script+"\n"), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			text, ok := try(t, root, "tools/vuln.sh", tool)
			if ok != test.ok || !strings.Contains(text, test.want) {
				t.Errorf("well is %v, want %v, and it says %q, want %q", ok, test.ok, text, test.want)
			}
		})
	}
}

// gosec reads every file of the program: it is on, nothing but tests is left
// out, a silenced finding has a reason, and CI runs it and govulncheck.
func TestH6_GosecIsOn(t *testing.T) {
	t.Parallel()
	var rules struct {
		Linters struct {
			Enable   []string `yaml:"enable"`
			Settings struct {
				Nolintlint map[string]bool `yaml:"nolintlint"`
			} `yaml:"settings"`
			Exclusions struct {
				Rules []struct {
					Path    string   `yaml:"path"`
					Linters []string `yaml:"linters"`
				} `yaml:"rules"`
			} `yaml:"exclusions"`
		} `yaml:"linters"`
	}
	if err := yaml.Unmarshal([]byte(read(t, ".golangci.yml")), &rules); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(rules.Linters.Enable, " ")+" ", "gosec ") || !rules.Linters.Settings.Nolintlint["require-explanation"] {
		t.Errorf("linters %q, nolintlint %v", rules.Linters.Enable, rules.Linters.Settings.Nolintlint)
	}
	for _, rule := range rules.Linters.Exclusions.Rules {
		if strings.Contains(strings.Join(rule.Linters, " "), "gosec") && rule.Path != `_test\.go$` {
			t.Errorf("gosec does not read %s", rule.Path)
		}
	}
	for _, step := range []string{"make lint", "make vuln"} {
		if !strings.Contains(read(t, ".ci/run"), step) {
			t.Errorf("CI does not run %s", step)
		}
	}
}
