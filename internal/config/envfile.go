package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"liftoff"
)

// envFile is what a .env file says.
type envFile struct {
	path   string
	values map[string]string
	// lines has the number of the line of each value.
	lines map[string]int
}

// maxEnvFileBytes limits a .env file: a longer one is something else.
const maxEnvFileBytes = 1 << 20

// quoteHint is the next step for a line of a .env file that cannot be read.
const quoteHint = `write it as NAME=value, with single quotes around a value that contains spaces, # or $`

// readEnvFile reads a .env file. It does not put the variables into the
// environment of the process, where child processes would inherit them.
func readEnvFile(path string, required bool) (envFile, error) {
	if path == "" {
		return envFile{}, nil
	}
	content, err := readEnvBytes(path, required)
	if errors.Is(err, fs.ErrNotExist) && !required {
		return envFile{}, nil
	}
	if err != nil {
		return envFile{}, err
	}
	file := envFile{path: path, values: map[string]string{}, lines: map[string]int{}}
	entries, badLine := parseEnvFile(withoutBOM(string(content)))
	if badLine > 0 {
		// The text is not repeated, because it may contain a secret.
		return envFile{}, liftoff.NewError(liftoff.Usage, fmt.Errorf("%s line %d cannot be read", path, badLine), quoteHint)
	}
	known := settingsByName()
	for _, entry := range entries {
		if _, isOurs := known[entry.name]; isOurs && entry.isAmbiguous {
			return envFile{}, liftoff.NewError(liftoff.Usage,
				fmt.Errorf(`%s line %d: the value of %s has a $ or a \ that programs read in different ways`, path, entry.line, entry.name),
				"put single quotes around the value, which liftoff then takes as it is")
		}
		file.values[entry.name], file.lines[entry.name] = entry.value, entry.line
	}
	return file, refuseTypos(path, entries)
}

// readEnvBytes returns the content of a .env file. One that nobody has named is
// judged before it is opened: opening a pipe waits for its writer.
func readEnvBytes(path string, required bool) ([]byte, error) {
	const hint = "name a readable file with --env-file, or remove it"
	info, err := os.Stat(path)
	if err == nil && !required {
		if err := checkImplicitPath(path, info); err != nil {
			return nil, err
		}
	}
	var content []byte
	if err == nil {
		content, _, err = readBounded(path, maxEnvFileBytes)
	}
	if err != nil {
		return nil, liftoff.NewError(liftoff.Usage, fmt.Errorf("read settings: %w", err), hint)
	}
	if len(content) > maxEnvFileBytes {
		return nil, liftoff.NewError(liftoff.Usage, fmt.Errorf("read settings: %s has more than %d bytes", path, maxEnvFileBytes), hint)
	}
	return content, nil
}

// withoutBOM removes what some editors put before the text.
func withoutBOM(text string) string { return strings.TrimPrefix(text, "\ufeff") }
