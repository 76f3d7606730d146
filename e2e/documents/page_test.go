//go:build unix

// Package documents runs the commands of the documentation as a reader would: it
// pastes them into a shell on a terminal, in a clean clone, one page after the
// other. Its tests run when LIFTOFF_DOCUMENTS is set, as make test-documents does.
package documents

import (
	"fmt"
	"os"
	"strings"
)

// The kinds of a block of code. A comment <!-- walk: KIND --> above a block names
// its kind; a block without one is for everybody.
const (
	kindCommands = ""
	// kindOutput is not typed but shown.
	kindOutput = "output"
	// kindOffline is for a reader without a network only, kindReplay for one whose
	// API answers.
	kindOffline = "offline"
	kindReplay  = "replay"
	// kindSecondTerminal is a command that goes on, in a terminal of its own.
	kindSecondTerminal = "second terminal"
	// kindPostgres is for a reader who has a PostgreSQL server and an API.
	kindPostgres = "postgres"
	// kindDocker needs Docker: the tests of the container stack run the same.
	kindDocker = "docker"
	// kindUpgrade needs a newer state of the repository.
	kindUpgrade = "upgrade"
	// kindPython needs Python packages: make test-connect runs the same.
	kindPython = "python"
	// kindMonitoring needs Prometheus and Alertmanager: make test-monitoring runs the same.
	// kindMonitoringTerminal is a command of it that goes on, in a terminal of its own.
	kindMonitoring         = "monitoring"
	kindMonitoringTerminal = "monitoring, own terminal"
)

// isKind reports whether a kind is one of the above.
func isKind(kind string) bool {
	switch kind {
	case kindCommands, kindOutput, kindOffline, kindReplay, kindSecondTerminal, kindPostgres, kindDocker, kindUpgrade, kindPython, kindMonitoring,
		kindMonitoringTerminal:
		return true
	default:
		return false
	}
}

// block is a block of code of a page.
type block struct {
	kind string
	// line is that of its first line, counted from 1.
	line int
	// commands are what is typed: a command of several lines is one.
	commands []string
}

// readPage returns the blocks of a page that a reader may type: those that are
// indented by four spaces, and those fenced as sh. Other fenced blocks are files to
// write.
func readPage(path string) ([]block, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p := pageReader{}
	for i, line := range strings.Split(string(content), "\n") {
		if err := p.read(i+1, line); err != nil {
			return nil, fmt.Errorf("%s line %d: %w", path, i+1, err)
		}
	}
	p.end()
	return p.blocks, nil
}

// pageReader collects the blocks of a page line by line.
type pageReader struct {
	blocks []block
	// open is the block that is being read; its commands are lines.
	open block
	// fence is what the open fence begins with, or "".
	fence string
}

// read reads the next line.
func (p *pageReader) read(number int, line string) error {
	code, isIndented := strings.CutPrefix(line, "    ")
	kind, isKindLine := strings.CutPrefix(line, "<!-- walk: ")
	switch {
	case strings.HasPrefix(line, "```"):
		p.end()
		if p.fence != "" {
			line = ""
		}
		p.fence = line
	case p.fence == "```sh":
		p.add(number, line)
	case p.fence != "":
	case isIndented:
		p.add(number, code)
	case line == "" && len(p.open.commands) > 0 && isHeredoc(p.open.commands):
		p.add(number, "")
	case isKindLine:
		p.end()
		p.open.kind = strings.TrimSuffix(kind, " -->")
		if !isKind(p.open.kind) {
			return fmt.Errorf("unknown kind %q", p.open.kind)
		}
	case line != "":
		p.end()
		p.open.kind = ""
	}
	return nil
}

func (p *pageReader) add(number int, line string) {
	if len(p.open.commands) == 0 {
		p.open.line = number
	}
	p.open.commands = append(p.open.commands, line)
}

// end ends the open block, if it has a line.
func (p *pageReader) end() {
	if len(p.open.commands) > 0 {
		p.open.commands = commandsOf(p.open.commands)
		p.blocks = append(p.blocks, p.open)
		p.open = block{}
	}
}

// isHeredoc reports whether the last command of some lines is not complete.
func isHeredoc(lines []string) bool {
	commands := commandsOf(lines)
	return !isComplete(strings.Split(commands[len(commands)-1], "\n"))
}

// commandsOf joins the lines of a block to commands.
func commandsOf(lines []string) []string {
	var commands, open []string
	for _, line := range lines {
		open = append(open, line)
		if isComplete(open) {
			commands, open = append(commands, strings.Join(open, "\n")), nil
		}
	}
	if open != nil {
		commands = append(commands, strings.Join(open, "\n"))
	}
	return commands
}

// isComplete reports whether lines are a whole command: none ends with a backslash,
// and a text that begins with <<'WORD' has ended.
func isComplete(lines []string) bool {
	last := lines[len(lines)-1]
	if _, word, isText := strings.Cut(lines[0], "<<'"); isText {
		word, _, _ = strings.Cut(word, "'")
		return len(lines) > 1 && last == word
	}
	return !strings.HasSuffix(last, `\`)
}
