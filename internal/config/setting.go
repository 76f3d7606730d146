package config

import (
	"reflect"
	"strings"
	"sync"
	"time"
)

// kindList is the kind of a setting with several values, separated by commas.
const kindList = "list"

// Setting describes one setting: its spellings, default and help.
type Setting struct {
	// Env is the environment variable and the name in .env.
	Env string
	// Flag is the command-line flag without dashes, or "" for a secret.
	Flag string
	// Short is the flag's one-letter form, or "".
	Short string
	// Default is the value if nothing is set, as a user would write it.
	Default string
	// Help is one line without a full stop.
	Help string
	// Group is the group of the flag.
	Group Group
	// Kind is the kind of the value for --help: string, int, uint, duration,
	// bool or list.
	Kind string
	// Choices are all values, if they are a closed set.
	Choices []string
	// Secret means that the value must not be shown.
	Secret bool

	field string
	// implicit are the rules for an implicit .env file.
	implicit []implicitRule
}

// Settings returns all settings in the order of Config's fields. The slice is shared:
// do not change it.
func Settings() []Setting { return readSettings() }

// readSettings reads the tags once: every command's flags come from them.
//
//nolint:gochecknoglobals // never changes
var readSettings = sync.OnceValue(func() []Setting {
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
			Choices: strings.FieldsFunc(f.Tag.Get("choices"), func(r rune) bool { return r == ',' }),
			Secret:  f.Type == reflect.TypeFor[Secret](),
			field:   f.Name,

			implicit: rulesOf(f.Tag.Get("implicit")),
		})
	}
	return settings
})

// IsFolder reports whether the value is a folder.
func (s Setting) IsFolder() bool {
	return strings.HasSuffix(s.Env, "_DIR") || s.Env == "REPLAY_DATA"
}

// IsFile reports whether the value is a file.
func (s Setting) IsFile() bool {
	return strings.HasSuffix(s.Env, "_FILE") || s.Env == "EMBEDDED_ARCHIVE"
}

// settingsByName returns all settings by their environment name.
func settingsByName() map[string]Setting {
	byName := map[string]Setting{}
	for _, s := range Settings() {
		byName[s.Env] = s
	}
	return byName
}

func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "bool"
	case reflect.Slice:
		return kindList
	case reflect.Uint64:
		return "uint"
	case reflect.Int, reflect.Int64:
		if t == reflect.TypeFor[time.Duration]() {
			return "duration"
		}
		return "int"
	default:
		return "string"
	}
}
