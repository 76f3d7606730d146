package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/joho/godotenv"

	"liftoff"
)

// readEnvFile returns the variables of a .env file without putting them into
// the process's environment, where child processes would inherit them.
func readEnvFile(path string, required bool) (map[string]string, error) {
	if path == "" {
		return nil, nil
	}
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !required {
		return nil, nil
	}
	if err != nil {
		return nil, liftoff.NewError(liftoff.Usage, fmt.Errorf("read settings: %w", err), "name a readable file with --env-file, or remove it")
	}
	text := strings.TrimPrefix(string(content), "\ufeff")
	values, err := godotenv.Unmarshal(text)
	if err != nil {
		// The parser's own text may repeat the line, which may hold a secret.
		return nil, liftoff.NewError(liftoff.Usage,
			fmt.Errorf("%s line %d cannot be read", path, badLine(text)),
			`write it as NAME=value, with single quotes around values that hold spaces, # or $`)
	}
	return values, refuseTypos(path, text, values)
}

// badLine returns the number of the line that the parser stumbles over: the
// one after the longest run of leading lines that can be read. A quoted value
// may span lines, so the runs are tried from the longest down.
func badLine(text string) int {
	lines := strings.SplitAfter(text, "\n")
	for n := len(lines) - 1; n > 0; n-- {
		if _, err := godotenv.Unmarshal(strings.Join(lines[:n], "")); err == nil {
			return n + 1
		}
	}
	return 1
}
