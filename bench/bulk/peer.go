package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

//go:embed peer.sh
var peerScript string

// peerContender is a case of ../shared/bench, run as cases.sh there says.
type peerContender struct {
	bench    *bench
	caseName string
}

func (c peerContender) name() string { return c.caseName }

func (c peerContender) prepare(ctx context.Context, j job) error {
	if err := c.bench.server.create(ctx, j.database, "template0"); err != nil {
		return err
	}
	_, err := c.ask(ctx, j, "prepare", c.caseName)
	return err
}

func (c peerContender) table(ctx context.Context, j job) (string, error) {
	output, err := c.ask(ctx, j, "table", c.caseName)
	return strings.TrimSpace(string(output)), err
}

func (c peerContender) command(ctx context.Context, j job) (command, error) {
	output, err := c.ask(ctx, j, "command", c.caseName, j.what(), strconv.Itoa(j.n))
	if err != nil {
		return command{}, err
	}
	arguments, environment, found := bytes.Cut(output, []byte("\x00\x00"))
	if !found {
		return command{}, fmt.Errorf("cases.sh says no command for %s: %q", c.caseName, output)
	}
	cmd := command{
		arguments:   strings.Split(string(arguments), "\x00"),
		environment: strings.Split(strings.Trim(string(environment), "\x00"), "\x00"),
	}
	if cmd.arguments[0] == "false" { // its way to say that there is no such run
		return command{}, nil
	}
	return cmd, nil
}

// ask runs peer.sh in the environment that env.sh of ../shared/bench reads.
func (c peerContender) ask(ctx context.Context, j job, question ...string) ([]byte, error) {
	api, err := url.Parse(j.api)
	if err != nil {
		return nil, err
	}
	connection := c.bench.server.embedded.Connection()
	cmd := exec.CommandContext(ctx, "bash", append([]string{"-c", peerScript, "peer", c.bench.shared}, question...)...)
	cmd.Env = append(os.Environ(), "WORK="+c.bench.peers, "OUT="+c.bench.out, "DB="+j.database, "PORT="+api.Port(),
		"PG_HOST="+connection.Host, "PG_PORT="+strconv.Itoa(connection.Port), "PG_USER="+connection.User, "PG_PASSWORD="+connection.Password)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %v: %w: %s", c.caseName, question, err, bytes.TrimSpace(stderr.Bytes()))
	}
	return output, nil
}

// providePeers leaves the peers out where their folder is missing and installs
// what is not there yet.
func (o *options) providePeers(ctx context.Context) error {
	if !o.does(partPeers) || !slices.ContainsFunc(o.cases, func(name string) bool { return !isOurs(name) }) {
		return nil
	}
	if _, err := os.Stat(filepath.Join(o.shared, "cases.sh")); errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(os.Stderr, "bench/bulk: no peers, because there is no %s\n", o.shared)
		o.cases = slices.DeleteFunc(o.cases, func(name string) bool { return !isOurs(name) })
		return nil
	}
	var missing []string
	for _, name := range o.cases {
		group, file := installation(name)
		if _, err := os.Stat(filepath.Join(o.peers, file)); err != nil && !isOurs(name) && !slices.Contains(missing, group) {
			missing = append(missing, group)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if err := need(missing); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "bench/bulk: installing into %s, once: %s\n", o.peers, strings.Join(missing, " "))
	cmd := exec.CommandContext(ctx, "bash", append([]string{filepath.Join(o.shared, "install.sh")}, missing...)...)
	cmd.Env = append(os.Environ(), "WORK="+o.peers)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}

// installation is the name that install.sh has for what a case needs, and a
// file that is there afterwards.
func installation(caseName string) (group, file string) {
	prefix, _, _ := strings.Cut(caseName, "-")
	switch prefix {
	case "benthos":
		return "go", "bin/benthos"
	case "go":
		return "go", "bin/gopeer"
	case "py":
		return "naive", "venv/naive/bin/python"
	case "pyairbyte":
		return "airbyte", "venv/airbyte/bin/python"
	default:
		return prefix, "venv/" + prefix + "/bin/python"
	}
}

// isOurs tells the cases that ../shared/bench does not have.
func isOurs(name string) bool { return name == own || name == script }

// need says which tool is missing to install the peers.
func need(groups []string) error {
	if len(groups) == 1 && groups[0] == "go" {
		return nil
	}
	if _, err := exec.LookPath("python3"); err != nil {
		return errors.New("the peers need Python 3.10 or newer with venv (Debian, Ubuntu: apt-get install python3-venv); " +
			"without it measure --cases \"own benthos\"")
	}
	return nil
}
