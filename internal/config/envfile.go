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

// readEnvFile returns the variables of a .env file. It does not put them into
// the environment of the process, where child processes would inherit them.
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
		// The parser's message may repeat the line, which may contain a secret.
		return nil, liftoff.NewError(liftoff.Usage,
			fmt.Errorf("%s line %d cannot be read", path, badLine(text)),
			`write it as NAME=value, with single quotes around a value that contains spaces, # or $`)
	}
	return values, refuseTypos(path, text, values)
}

// badLine returns the number of the line that the parser cannot read: the one
// after the longest readable beginning of the text. Quoted values may span
// lines, so it tries the longest beginning first.
func badLine(text string) int {
	lines := strings.SplitAfter(text, "\n")
	for n := len(lines) - 1; n > 0; n-- {
		if _, err := godotenv.Unmarshal(strings.Join(lines[:n], "")); err == nil {
			return n + 1
		}
	}
	return 1
}
