package config

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"unicode"
)

// clean returns the value of a setting as it was meant. Windows line ends and
// docker's --env-file leave blanks, line breaks and quotes at its ends, which the
// environment takes as part of it. A password keeps its blanks and quotes.
func clean(s Setting, value string) (string, error) {
	switch {
	case s.Env == "SIMULATION_SEED":
		return value, nil // other blanks would give other launches
	case s.Secret && !strings.HasPrefix(s.Env, "DATABASE_URL"):
		return strings.TrimRight(value, "\r\n"), nil
	}
	value = strings.TrimSpace(withoutBOM(value))
	if s.Group == GroupShipping {
		return value, nil // what is wrong with it must not stop a run, and is found later
	}
	if len(value) > 1 && strings.ContainsRune(`'"`, rune(value[0])) && value[0] == value[len(value)-1] {
		return "", errors.New("has quotes around its value")
	}
	if s.Kind == kindList {
		value = strings.Join(SplitList(value), ",")
	}
	return value, nil
}

// SplitList returns the values of a list, which commas, blanks or line breaks
// separate: the content of a file may be a list.
func SplitList(texts ...string) []string {
	var values []string
	for _, text := range texts {
		values = append(values, strings.FieldsFunc(withoutBOM(text), func(r rune) bool { return r == ',' || unicode.IsSpace(r) })...)
	}
	return values
}

// ignoreServiceLinks removes what Kubernetes puts into the environment of each
// container beside a service that is called postgres.
func ignoreServiceLinks(environ map[string]string) []Notice {
	value := strings.TrimSpace(environ["POSTGRES_PORT"])
	if !strings.HasPrefix(value, "tcp://") && !strings.HasPrefix(value, "udp://") {
		return nil
	}
	delete(environ, "POSTGRES_PORT")
	return []Notice{{slog.LevelWarn, "POSTGRES_PORT in the environment is a service link of Kubernetes and was ignored. " +
		"Next: set enableServiceLinks: false in the pod, or name the service differently."}}
}

// unreadFiles warns of variables such as POSTGRES_USER_FILE: other programs read a
// file for each setting, this one for each secret.
func unreadFiles(sources ...map[string]string) []Notice {
	var notices []Notice
	known := settingsByName()
	for _, s := range Settings() {
		name := s.Env + "_FILE"
		isSet := slices.ContainsFunc(sources, func(values map[string]string) bool { return values[name] != "" })
		if _, isSetting := known[name]; isSet && !isSetting && !strings.HasSuffix(s.Env, "_FILE") {
			notices = append(notices, Notice{slog.LevelWarn, name + " is no setting of liftoff and has no effect. Next: set " + s.Env + "."})
		}
	}
	return notices
}
