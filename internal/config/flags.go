package config

import (
	"slices"

	"github.com/spf13/pflag"
)

// AddFlags adds the flags of the given groups to a command's flags. Their
// values are only collected there; Load parses and checks them together with
// the other sources.
func AddFlags(flags *pflag.FlagSet, groups ...Group) {
	for _, s := range Settings() {
		if s.Flag == "" || !slices.Contains(groups, s.Group) {
			continue
		}
		value := &flagValue{text: s.Default, kind: s.Kind}
		flag := flags.VarPF(value, s.Flag, s.Short, s.Help+" ("+s.Env+")")
		if s.Kind == "bool" {
			flag.NoOptDefVal = "true"
		}
	}
}

// flagValue keeps a flag's text as it was given; a list that is given several
// times gets longer.
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
