package config

import (
	"fmt"
	"strings"

	"liftoff"
)

// refuseTypos refuses a name that is nearly that of a setting: its value would
// be ignored silently. Any other name may belong to another program that reads
// the same file.
func refuseTypos(path string, entries []envEntry) error {
	known := settingsByName()
	for _, entry := range entries {
		if _, isOurs := known[entry.name]; isOurs {
			continue
		}
		for _, s := range Settings() {
			if IsTypo(strings.ToUpper(entry.name), s.Env) {
				return liftoff.NewError(liftoff.Usage,
					fmt.Errorf("%s line %d: there is no setting %s", path, entry.line, entry.name), "did you mean "+s.Env+"?")
			}
		}
	}
	return nil
}

// IsTypo reports whether two words differ by at most one typing error: a
// letter that is wrong, missing, added, or swapped with the next.
func IsTypo(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	at := 0
	for at < len(a) && a[at] == b[at] {
		at++
	}
	restA, restB := a[at:], b[at:]
	switch {
	case len(restB) == len(restA)+1:
		return restA == restB[1:]
	case len(restA) != len(restB):
		return false
	case restA == "" || restA[1:] == restB[1:]:
		return true
	default:
		return len(restA) > 1 && restA[0] == restB[1] && restA[1] == restB[0] && restA[2:] == restB[2:]
	}
}
