package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// command is the package of the program.
const command = "./cmd/liftoff"

// program is what the go command knows of the binary.
type program struct {
	chain  []string // the longest one of imports between our own packages
	widest string   // the package that imports the most of our own
	fanOut int      // how many it imports
	// packages and modules are those that the binary links, without our own.
	packages, modules map[string]bool
	size              int // of the stripped binary, in bytes
	direct            int // dependencies that go.mod names as direct
}

// inspect lists and builds the program of a checkout. It leaves nothing there.
func inspect(ctx context.Context, dir string) (*program, error) {
	list, err := goTool(ctx, dir, "list", "-deps",
		"-f", `{{.ImportPath}};{{with .Module}}{{.Path}};{{.Main}}{{else}};{{end}};{{join .Imports " "}}`, command)
	if err != nil {
		return nil, err
	}
	p := readList(string(list))
	if err := p.countDirect(ctx, dir); err != nil {
		return nil, err
	}
	return p, p.build(ctx, dir)
}

// readList relies on the order of go list -deps: a package comes after all
// that it imports.
func readList(list string) *program {
	p := &program{packages: map[string]bool{}, modules: map[string]bool{}}
	chains := map[string][]string{} // the longest one from each of our packages down
	for line := range strings.Lines(list) {
		fields := strings.Split(strings.TrimSpace(line), ";")
		name, module, isOwn, imports := fields[0], fields[1], fields[2] == "true", strings.Fields(fields[3])
		if !isOwn {
			p.packages[name] = true
			if module != "" {
				p.modules[module] = true
			}
			continue
		}
		var below []string
		fanOut := 0
		for _, imported := range imports {
			if chain, ok := chains[imported]; ok {
				fanOut++
				if len(chain) > len(below) {
					below = chain
				}
			}
		}
		short := strings.TrimPrefix(strings.Replace(name, module, "(root)", 1), "(root)/")
		chains[name] = append([]string{short}, below...)
		if len(chains[name]) > len(p.chain) {
			p.chain = chains[name]
		}
		if fanOut > p.fanOut {
			p.widest, p.fanOut = short, fanOut
		}
	}
	return p
}

func (p *program) countDirect(ctx context.Context, dir string) error {
	text, err := goTool(ctx, dir, "mod", "edit", "-json")
	if err != nil {
		return err
	}
	var mod struct{ Require []struct{ Indirect bool } }
	if err := json.Unmarshal(text, &mod); err != nil {
		return fmt.Errorf("read go.mod: %w", err)
	}
	for _, r := range mod.Require {
		if !r.Indirect {
			p.direct++
		}
	}
	return nil
}

// buildArguments are those of make build, with another version.
func buildArguments() []string {
	return []string{"build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -X main.buildVersion=figures"}
}

func (p *program) build(ctx context.Context, dir string) error {
	folder, err := os.MkdirTemp("", "figures")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	binary := filepath.Join(folder, "liftoff")
	if _, err := goTool(ctx, dir, append(buildArguments(), "-o", binary, command)...); err != nil {
		return err
	}
	info, err := os.Stat(binary)
	if err != nil {
		return err
	}
	p.size = int(info.Size())
	return nil
}

// goTool runs the go command in the checkout and returns what it prints.
func goTool(ctx context.Context, dir string, args ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, "go", args...)
	c.Dir = dir
	c.Env = append(c.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w: %s", args[0], err, bytes.TrimSpace(stderr.Bytes()))
	}
	return out, nil
}
