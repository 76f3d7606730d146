package main

import (
	"regexp"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Every user of a machine can read the flags of all processes: none of any
// command takes a secret, only the file that holds one.
func TestG2_NoFlagTakesASecret(t *testing.T) {
	secret := regexp.MustCompile(`(?i)(password|passwd|secret|token|credential|key)$`)
	flags := 0
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			flags++
			if secret.MatchString(f.Name) {
				t.Errorf("%s has the flag --%s", cmd.CommandPath(), f.Name)
			}
		})
		for _, child := range cmd.Commands() {
			walk(child)
		}
	}
	walk(newRootCommand(newTestProcess()))
	if flags < 100 {
		t.Errorf("only %d flags were looked at", flags)
	}
}
