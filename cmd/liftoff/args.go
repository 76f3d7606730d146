package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"liftoff"
	"liftoff/internal/config"
)

// noArguments refuses any argument. The hint names the command or flag that
// the user may have meant.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !cmd.HasSubCommands() {
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("%s takes no argument %q", nameOf(cmd), args[0]), guess(cmd, args[0]))
	}
	hint := seeHelp(cmd)
	if _, err := strconv.ParseUint(args[0], 10, 63); err == nil && cmd.HasParent() && subcommand(cmd, "show") != nil {
		hint = "did you mean `" + cmd.CommandPath() + " show " + args[0] + "`?"
	} else if near := cmd.SuggestionsFor(args[0]); len(near) > 0 && (!isCompletion(cmd) || config.IsTypo(args[0], near[0])) {
		hint = "did you mean `" + cmd.CommandPath() + " " + near[0] + "`?"
	} else if cmd.HasParent() { // the program itself has too many to name
		var names []string
		for _, child := range cmd.Commands() {
			names = append(names, child.Name())
		}
		hint = "give one of: " + strings.Join(names, ", ")
	}
	return liftoff.NewError(liftoff.Usage, fmt.Errorf("%s has no command %q", nameOf(cmd), args[0]), hint)
}

// subcommand returns the subcommand of that name, or nil.
func subcommand(cmd *cobra.Command, name string) *cobra.Command {
	for _, child := range cmd.Commands() {
		if child.Name() == name {
			return child
		}
	}
	return nil
}

// guess names the flag that the user may have meant by a word without one: one that is
// like it, or the one that takes such words.
func guess(cmd *cobra.Command, word string) string {
	for command, flag := range map[string]string{"launches": "search", "export": "output-file"} {
		if nameOf(cmd) == command && hintFor(cmd, word) == seeHelp(cmd) {
			return "did you mean `" + cmd.CommandPath() + " --" + flag + " " + shellWord(word) + "`?"
		}
	}
	return hintFor(cmd, word)
}

// isCompletion reports whether a command prints the scripts of shells: their names are
// so short that most are alike.
func isCompletion(cmd *cobra.Command) bool { return cmd.Name() == "completion" }

// oneArgument requires exactly one argument; example is one.
func oneArgument(what, example string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch len(args) {
		case 0:
			return liftoff.NewError(liftoff.Usage, fmt.Errorf("%s needs a %s, as in: %s %s", nameOf(cmd), what, cmd.CommandPath(), example), seeHelp(cmd))
		case 1:
			values, err := valuesOf(args)
			if err == nil && len(values) > 1 {
				err = liftoff.NewError(liftoff.Usage, fmt.Errorf("%s takes one %s, not %d", nameOf(cmd), what, len(values)), seeHelp(cmd))
			}
			return err
		default:
			return liftoff.NewError(liftoff.Usage, fmt.Errorf("%s takes one %s, not %d arguments", nameOf(cmd), what, len(args)), seeHelp(cmd))
		}
	}
}

// atMostOneArgument takes one argument or none; what says what the argument is.
func atMostOneArgument(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return oneArgument(what, "")(cmd, args)
	}
}

// oneLaunch requires the id or name of one launch.
func oneLaunch(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("%s needs the id or name of a launch, as in: %s Crew-2", nameOf(cmd), cmd.CommandPath()), seeHelp(cmd))
	case len(args) > 1:
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("%s takes one launch, not %d arguments", nameOf(cmd), len(args)), "put a name with blanks into quotes")
	case launchIn(args) == "":
		return liftoff.NewError(liftoff.Usage, errors.New("an argument is empty"), "give the id or name of a launch")
	case strings.ContainsAny(launchIn(args), "\r\n"):
		return liftoff.NewError(liftoff.Usage, fmt.Errorf("%s takes one launch, not several lines", nameOf(cmd)), "give the id or name of one launch")
	default:
		return nil
	}
}

// launchIn returns the launch that oneLaunch has accepted. Names have blanks and commas.
func launchIn(args []string) string { return strings.TrimSpace(args[0]) }

// valuesOf returns the values in arguments. Each argument may be a list, such as the
// content of a file. An argument without a value, such as an unset variable of a
// script, is refused: without arguments, a command means everything.
func valuesOf(args []string) ([]string, error) {
	var values []string
	for _, arg := range args {
		list := config.SplitList(arg)
		if len(list) == 0 {
			return nil, liftoff.NewError(liftoff.Usage, errors.New("an argument is empty"), "give it a value, or leave it out")
		}
		values = append(values, list...)
	}
	return values, nil
}

// flagError says in our words what pflag says in its own.
func flagError(cmd *cobra.Command, err error) error {
	hint := seeHelp(cmd)
	var (
		unknown *pflag.NotExistError
		missing *pflag.ValueRequiredError
		invalid *pflag.InvalidValueError
		syntax  *pflag.InvalidSyntaxError
	)
	switch {
	case errors.As(err, &unknown):
		dashes, name := "--", unknown.GetSpecifiedName()
		if letters := unknown.GetSpecifiedShortnames(); letters != "" {
			dashes = "-"
			name, _, _ = strings.Cut(letters, "=")
		}
		err, hint = fmt.Errorf("%s has no flag %s%s", nameOf(cmd), dashes, name), hintFor(cmd, name)
	case errors.As(err, &missing):
		err = fmt.Errorf("--%s needs a value", missing.GetFlag().Name)
	case errors.As(err, &invalid):
		flag := invalid.GetFlag()
		err = fmt.Errorf("--%s %s, not %q", flag.Name, config.Needs(flag.Value.Type(), invalid.Unwrap()), invalid.GetValue())
	case errors.As(err, &syntax):
		err = fmt.Errorf("%q is not a flag", syntax.GetSpecifiedFlag())
	}
	return liftoff.NewError(liftoff.Usage, err, hint)
}

// listValue is a flag with a list of values, which commas, blanks or line breaks
// separate, such as the content of a file. Each further flag adds to it.
type listValue struct{ values *[]string }

func (v *listValue) Set(text string) error {
	*v.values = append(*v.values, config.SplitList(text)...)
	return nil
}

func (v *listValue) String() string {
	if v.values == nil {
		return ""
	}
	return strings.Join(*v.values, ",")
}
func (v *listValue) Type() string { return "list" }

// filesValue is a flag with the name of a file, which may have any character. Each
// further flag adds to it.
type filesValue struct{ files *[]string }

func (v *filesValue) Set(text string) error {
	*v.files = append(*v.files, text)
	return nil
}

func (v *filesValue) String() string {
	if v.files == nil {
		return ""
	}
	return strings.Join(*v.files, ",")
}
func (v *filesValue) Type() string { return "list" }

// refuseEmpty refuses flags with an empty value, such as an unset variable of a
// script; otherwise they would count as not given.
func refuseEmpty(flags *pflag.FlagSet, names ...string) error {
	for _, name := range names {
		flag := flags.Lookup(name)
		if text := flag.Value.String(); flag.Changed && (text == "" || text == "[]") {
			return liftoff.NewError(liftoff.Usage, fmt.Errorf("--%s needs a value", name), "give it one, or leave it out")
		}
	}
	return nil
}

// nameOf returns the words that call a command, without those of the program
// unless it is the command.
func nameOf(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
}

func seeHelp(cmd *cobra.Command) string { return "see `" + cmd.CommandPath() + " --help`" }

// hintFor names the flag that is like word, or else the help.
func hintFor(cmd *cobra.Command, word string) string {
	near := ""
	if word == "output" && cmd.Flags().Lookup("format") != nil {
		near = "format" // its -o is what is short for --output elsewhere
	}
	if word == "port" && cmd.Flags().Lookup("listen") != nil {
		near = "listen" // which takes the port too
	}
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		if near == "" && len(word) > 1 && (strings.HasPrefix(flag.Name, word) || config.IsTypo(word, flag.Name)) {
			near = flag.Name
		}
	})
	if near == "" {
		return seeHelp(cmd)
	}
	return "did you mean --" + near + "?"
}
