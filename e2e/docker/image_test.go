package docker_test

import (
	"debug/elf"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// maxImageBytes is the promise of the documentation.
const maxImageBytes = 39_500_000

func TestImage_IsSmallLabelledAndNotRoot(t *testing.T) {
	s := newStack(t, "image")
	s.compose(t, "build", "ingestion")
	size, err := strconv.Atoi(docker(t, "image", "inspect", "--format", "{{.Size}}", image))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the image has %.1f MB", float64(size)/1e6)
	if size > maxImageBytes {
		t.Errorf("the image has %d bytes, want at most %d", size, maxImageBytes)
	}
	var config struct {
		User       string
		Entrypoint []string
		Cmd        []string
		Labels     map[string]string
	}
	if err := json.Unmarshal([]byte(docker(t, "image", "inspect", "--format", "{{json .Config}}", image)), &config); err != nil {
		t.Fatal(err)
	}
	got := []string{
		config.User, strings.Join(config.Entrypoint, " "), strings.Join(config.Cmd, " "),
		config.Labels["org.opencontainers.image.title"], config.Labels["org.opencontainers.image.version"], config.Labels["org.opencontainers.image.licenses"],
		config.Labels["org.opencontainers.image.revision"], config.Labels["org.opencontainers.image.created"], config.Labels["org.opencontainers.image.source"],
	}
	want := []string{"65532:65532", "/usr/local/bin/liftoff", "ingest", "liftoff", "v0.0.0-e2e", "Apache-2.0", "0123abcd", "2026-01-02T03:04:05Z", "https://git.example/liftoff"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
	version := docker(t, "run", "--rm", "--read-only", "--cap-drop", "ALL", "--network", "none", image, "version")
	if !strings.Contains(version, "v0.0.0-e2e") {
		t.Errorf("the program calls itself %q", version)
	}
}

func TestImage_ProgramIsStaticOnBothArchitectures(t *testing.T) {
	requireDocker(t)
	for arch, machine := range map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64} {
		t.Run(arch, func(t *testing.T) {
			folder := t.TempDir()
			build := exec.CommandContext(t.Context(), "docker", "buildx", "build", "--platform", "linux/"+arch, "--file", "docker/Dockerfile",
				"--target", "binary", "--output", "type=local,dest="+folder, ".")
			build.Dir = projectRoot(t)
			if output, err := build.CombinedOutput(); err != nil {
				t.Fatalf("build: %v\n%s", err, output)
			}
			program, err := elf.Open(filepath.Join(folder, "liftoff"))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = program.Close() }()
			if program.Machine != machine {
				t.Errorf("machine is %v, want %v", program.Machine, machine)
			}
			for _, segment := range program.Progs {
				if segment.Type == elf.PT_INTERP {
					t.Error("the program needs a dynamic loader")
				}
			}
		})
	}
}
