package config

import (
	"github.com/spf13/pflag"
)

// groupAnnotation is the annotation of a flag that names its Group.
const groupAnnotation = "liftoff_group"

// AddFlags adds the flags of the given groups, in their order. The flags only
// collect values; Load parses and checks them together with the other sources.
func AddFlags(flags *pflag.FlagSet, groups ...Group) {
	settings := Settings()
	for _, group := range groups {
		for _, s := range settings {
			if s.Flag != "" && s.Group == group {
				addFlag(flags, s)
			}
		}
	}
}

// AddFlag adds the flag of one setting, by its environment variable, for a command
// that has no use for the rest of its group.
func AddFlag(flags *pflag.FlagSet, env string) {
	for _, s := range Settings() {
		if s.Env == env {
			addFlag(flags, s)
		}
	}
}

func addFlag(flags *pflag.FlagSet, s Setting) {
	flag := flags.VarPF(&flagValue{text: s.Default, kind: s.Kind}, s.Flag, s.Short, s.Help+" ("+s.Env+")")
	flag.Annotations = map[string][]string{groupAnnotation: {string(s.Group)}}
	if s.Kind == "bool" {
		flag.NoOptDefVal = "true"
	}
}

// GroupOf returns the group of a flag that AddFlags added, or "" for any other.
func GroupOf(flag *pflag.Flag) Group {
	if groups := flag.Annotations[groupAnnotation]; len(groups) > 0 {
		return Group(groups[0])
	}
	return ""
}

// flagValue holds the text of a flag unchanged. Each further value of a list
// is added to it.
type flagValue struct {
	text, kind string
}

func (v *flagValue) Set(text string) error {
	if v.kind == kindList && v.text != "" {
		text = v.text + "," + text
	}
	v.text = text
	return nil
}
func (v *flagValue) String() string { return v.text }
func (v *flagValue) Type() string   { return v.kind }

// fromFlags returns what was given by flags of AddFlags.
func fromFlags(flags *pflag.FlagSet) map[string]string {
	values := map[string]string{}
	if flags == nil {
		return values
	}
	for _, s := range Settings() {
		// Two settings may have a flag of the same name, for different commands, and a command
		// one of its own, such as the output of a report.
		if flag := flags.Lookup(s.Flag); s.Flag != "" && flag != nil && flag.Changed && GroupOf(flag) == s.Group {
			values[s.Env] = flag.Value.String()
		}
	}
	return values
}
