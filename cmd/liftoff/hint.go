package main

import (
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"liftoff/internal/config"
)

// hintedCommand is a command of this program in a hint.
var hintedCommand = regexp.MustCompile("`liftoff((?: [^`]*)?)`")

// plainWord is a word that no shell changes.
var plainWord = regexp.MustCompile(`^[\w./:=,@%+~-]+$`)

// asCalled returns a text whose commands work as they are printed: they name the
// program as the user called it, and the same database by the flags that were given.
func (p *process) asCalled(text string) string {
	return hintedCommand.ReplaceAllStringFunc(text, func(found string) string {
		words := hintedCommand.FindStringSubmatch(found)[1]
		return "`" + shellWord(p.args[0]) + words + p.givenFor(words) + "`"
	})
}

// givenFor returns the flags that were given and say which database is meant, as far
// as the command with these words has them.
func (p *process) givenFor(words string) string {
	if p.called == nil || strings.Contains(words, " -- ") || strings.Contains(words, "--help") {
		return ""
	}
	target, _, err := p.called.Root().Find(strings.Fields(words))
	if err != nil {
		return ""
	}
	var flags strings.Builder
	p.called.Flags().Visit(func(flag *pflag.Flag) {
		if leadsToDatabase(flag) && hasFlag(target, flag.Name) && !strings.Contains(words, "--"+flag.Name) {
			flags.WriteString(" --" + flag.Name)
			if flag.NoOptDefVal == "" {
				flags.WriteString(" " + shellWord(flag.Value.String()))
			} else if value := flag.Value.String(); value != flag.NoOptDefVal {
				flags.WriteString("=" + shellWord(value))
			}
		}
	})
	return flags.String()
}

// leadsToDatabase reports whether a flag says which database is meant.
func leadsToDatabase(flag *pflag.Flag) bool {
	switch config.GroupOf(flag) {
	case config.GroupDatabase, config.GroupEmbedded:
		return flag.Name != "postgres-statement-timeout" && flag.Name != "postgres-wait"
	default:
		return flag.Name == "env-file"
	}
}

func hasFlag(cmd *cobra.Command, name string) bool { return cmd.Flag(name) != nil }

// shellWord returns text as one word of a shell's command line.
func shellWord(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
