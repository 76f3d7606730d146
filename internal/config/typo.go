package config

import (
	"fmt"
	"regexp"
	"strings"

	"liftoff"
)

// assignment finds the name at the beginning of a line of a .env file.
var assignment = regexp.MustCompile(`^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*[=:]`)

// refuseTypos refuses a name that is nearly that of a setting: its value would
// be ignored silently. Any other name may belong to another program that reads
// the same file.
func refuseTypos(path, text string, values map[string]string) error {
	settings := Settings()
	known := make(map[string]bool, len(settings))
	for _, s := range settings {
		known[s.Env] = true
	}
	for n, line := range strings.Split(text, "\n") {
		found := assignment.FindStringSubmatch(line)
		if found == nil || known[found[1]] {
			continue
		}
		if _, isName := values[found[1]]; !isName {
			continue // it is part of another value
		}
		for _, s := range settings {
			if IsTypo(strings.ToUpper(found[1]), s.Env) {
				return liftoff.NewError(liftoff.Usage,
					fmt.Errorf("%s line %d: there is no setting %s", path, n+1, found[1]), "did you mean "+s.Env+"?")
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
