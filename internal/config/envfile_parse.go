package config

import (
	"regexp"
	"strings"
)

// envEntry is one setting of a .env file.
type envEntry struct {
	name, value string
	// line is where it begins, from 1.
	line int
	// isAmbiguous says that other programs would replace a part of the value,
	// such as $NAME. Here the part stays as it is.
	isAmbiguous bool
}

var (
	// envName is the beginning of a line, up to the value. Some programs take a
	// colon for the equals sign.
	envName = regexp.MustCompile(`^[ \t\f\v]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.]*)[ \t]*[=:]`)
	// envVariable is what most other programs replace: $NAME in capitals, ${NAME} and
	// $(command).
	envVariable = regexp.MustCompile(`\$[({A-Z0-9_]`)
)

const envBlanks = " \t\f\v"

// parseEnvFile reads the text of a .env file. badLine is the number of the first
// line that cannot be read, or 0.
//
// A value without quotes ends with the line or before a #. Single quotes take
// everything as it is, also line breaks. In double quotes \n and \r are line
// breaks, and \ before ", $ or \ is left out.
func parseEnvFile(text string) (entries []envEntry, badLine int) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	line := 1
	for text != "" {
		current, rest, _ := cutLine(text)
		if trimmed := strings.Trim(current, envBlanks); trimmed == "" || trimmed[0] == '#' {
			line += strings.Count(text[:len(text)-len(rest)], "\n")
			text = rest
			continue
		}
		name := envName.FindStringSubmatch(current)
		if name == nil {
			return nil, line
		}
		value, ok := readEnvValue(text[len(name[0]):])
		if !ok {
			return nil, line
		}
		entries = append(entries, envEntry{name[1], value.text, line, value.isAmbiguous})
		line += strings.Count(text[:len(text)-len(value.rest)], "\n")
		text = value.rest
	}
	return entries, 0
}

// cutLine returns the first line of a text without its end, and what follows. A
// line may also end with a carriage return alone.
func cutLine(text string) (line, rest string, found bool) {
	if end := strings.IndexAny(text, "\n\r"); end >= 0 {
		return text[:end], text[end+1:], true
	}
	return text, "", false
}

// envValue is a value that was read, and the text after its line.
type envValue struct {
	text, rest  string
	isAmbiguous bool
}

// readEnvValue reads the value at the beginning of a text.
func readEnvValue(text string) (value envValue, ok bool) {
	trimmed := strings.TrimLeft(text, envBlanks)
	switch {
	case strings.HasPrefix(trimmed, "'"):
		value.text, trimmed, ok = strings.Cut(trimmed[1:], "'")
	case strings.HasPrefix(trimmed, `"`):
		value.text, trimmed, value.isAmbiguous, ok = cutDoubleQuoted(trimmed[1:])
	default:
		line, rest, _ := cutLine(text)
		plain := withoutComment(line)
		return envValue{plain, rest, envVariable.MatchString(plain)}, true
	}
	after, rest, _ := cutLine(trimmed)
	value.rest = rest
	after = strings.Trim(after, envBlanks)
	return value, ok && (after == "" || after[0] == '#')
}

// withoutComment removes a comment, which begins with a # after a blank, and the
// blanks at both ends.
func withoutComment(line string) string {
	for at := 1; at < len(line); at++ {
		if line[at] == '#' && strings.IndexByte(envBlanks, line[at-1]) >= 0 {
			line = line[:at]
		}
	}
	return strings.Trim(line, envBlanks)
}

// cutDoubleQuoted reads up to the closing double quote.
func cutDoubleQuoted(text string) (value, rest string, isAmbiguous, ok bool) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			return b.String(), text[i+1:], isAmbiguous, true
		case text[i] == '\\' && i+1 < len(text):
			i++
			switch text[i] {
			case 'n':
				b.WriteByte('\n')
			case 'r':
				b.WriteByte('\r')
			case '"', '\\', '$':
				b.WriteByte(text[i])
			default:
				isAmbiguous = true
				b.WriteString(text[i-1 : i+1])
			}
		default:
			isAmbiguous = isAmbiguous || envVariable.MatchString(text[i:min(i+2, len(text))])
			b.WriteByte(text[i])
		}
	}
	return "", "", false, false
}
