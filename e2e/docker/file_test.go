package docker_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/google/go-cmp/cmp"
)

// load reads the compose file as strictly as compose-go can.
func load(t *testing.T, env ...string) *types.Project {
	t.Helper()
	options, err := cli.NewProjectOptions(
		[]string{filepath.Join(projectRoot(t), "docker", "docker-compose.yml")},
		cli.WithEnv(env), cli.WithResolvedPaths(true),
	)
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return project
}

func TestComposeFile_HasTheServices(t *testing.T) {
	project := load(t)
	want := []string{"ingestion", "log-folder", "postgres", "replay", "roles", "trino", "trino-worker"}
	if diff := cmp.Diff(want, project.ServiceNames()); diff != "" {
		t.Errorf("services (-want +got):\n%s", diff)
	}
	// None has a profile: down would leave the containers of one that is not on.
	var absent []string
	for _, name := range project.ServiceNames() {
		service := project.Services[name]
		if len(service.Profiles) > 0 {
			t.Errorf("%s has the profiles %q", name, service.Profiles)
		}
		if service.GetScale() == 0 {
			absent = append(absent, name)
		}
	}
	if diff := cmp.Diff([]string{"replay", "trino-worker"}, absent); diff != "" {
		t.Errorf("services without a container (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"postgres-data"}, project.VolumeNames()); diff != "" {
		t.Errorf("volumes (-want +got):\n%s", diff)
	}
}

func TestComposeFile_EveryServiceIsHardened(t *testing.T) {
	// The one that prepares the log folder; it has no network and ends at once.
	root := []string{"log-folder"}
	for name, service := range load(t).Services {
		t.Run(name, func(t *testing.T) {
			if !service.ReadOnly || service.Privileged || !slices.Equal(service.CapDrop, []string{"ALL"}) || !slices.Equal(service.SecurityOpt, []string{"no-new-privileges:true"}) {
				t.Errorf("read_only %v, privileged %v, cap_drop %v, security_opt %v", service.ReadOnly, service.Privileged, service.CapDrop, service.SecurityOpt)
			}
			if isRoot := service.User == "root"; isRoot != slices.Contains(root, name) {
				t.Errorf("user is %q", service.User)
			}
			if service.User == "root" && service.NetworkMode != "none" {
				t.Error("root has a network")
			}
			if service.PullPolicy != "" {
				t.Errorf("pull_policy is %q: a machine with the images needs no registry", service.PullPolicy)
			}
			if !regexp.MustCompile(`:[\w.-]+$`).MatchString(service.Image) || strings.HasSuffix(service.Image, ":latest") {
				t.Errorf("image %q is not pinned", service.Image)
			}
			for _, port := range service.Ports {
				if port.HostIP != "127.0.0.1" {
					t.Errorf("port %s is published on %q", port.Published, port.HostIP)
				}
			}
			once := name == "ingestion" || name == "log-folder" || name == "roles"
			if hasCheck := service.HealthCheck != nil; hasCheck == once {
				t.Errorf("health check: %v", hasCheck)
			}
		})
	}
}

func TestComposeFile_HealthChecksAskTheRealThing(t *testing.T) {
	for service, want := range map[string]string{
		"postgres": "psql -X -h 127.0.0.1 ", // the socket answers during the first start, too early
		"trino":    "health-check.sh query",
		"replay":   "liftoff replay --check",
	} {
		if got := strings.Join(load(t).Services[service].HealthCheck.Test, " "); !strings.Contains(got, want) {
			t.Errorf("%s is checked by %q, want it to hold %q", service, got, want)
		}
	}
}

func TestComposeFile_TakesItsValuesFromTheEnvironment(t *testing.T) {
	services := load(t,
		"POSTGRES_IMAGE=registry.example/postgres:18@sha256:0", "TRINO_IMAGE=trino:1", "POSTGRES_PUBLISHED_PORT=15432", "TRINO_PUBLISHED_PORT=18080",
		"PUBLISHED_ADDRESS=0.0.0.0", "POSTGRES_PASSWORD=s3cret", "TRINO_POSTGRES_PASSWORD=trin0", "INGESTION_POSTGRES_PASSWORD=ing3st", "TRINO_MEMORY=4g", "SPACEX_API_URL=http://replay:8100", "GOPROXY=http://proxy.example",
	).Services
	trino, postgres, ingestion := services["trino"], services["postgres"], services["ingestion"]
	got := []string{
		postgres.Image, postgres.Ports[0].HostIP + ":" + postgres.Ports[0].Published, *postgres.Environment["POSTGRES_PASSWORD"],
		trino.Image, trino.Ports[0].Published, *trino.Environment["POSTGRES_PASSWORD"], *services["roles"].Environment["TRINO_PASSWORD"],
		*ingestion.Environment["POSTGRES_PASSWORD"], *services["roles"].Environment["OWNER_PASSWORD"], *ingestion.Environment["SPACEX_API_URL"], *ingestion.Build.Args["GOPROXY"],
	}
	want := []string{
		"registry.example/postgres:18@sha256:0", "0.0.0.0:15432", "s3cret",
		"trino:1", "18080", "trin0", "trin0",
		"ing3st", "ing3st", "http://replay:8100", "http://proxy.example",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// With passwords of their own, no service but postgres and roles has the superuser's.
	for name, service := range services {
		for variable, value := range service.Environment {
			if value != nil && *value == "s3cret" && name != "postgres" && name != "roles" {
				t.Errorf("%s has the superuser's password in %s", name, variable)
			}
		}
	}
	if trino.MemLimit != 4<<30 {
		t.Errorf("Trino's memory limit is %d", trino.MemLimit)
	}
}

// TestComposeFile_ExampleNamesEveryVariable keeps .env.example and the compose
// file together.
func TestComposeFile_ExampleNamesEveryVariable(t *testing.T) {
	names := func(file, pattern string) []string {
		content, err := os.ReadFile(filepath.Join(projectRoot(t), "docker", file))
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(content), -1) {
			found = append(found, match[1])
		}
		slices.Sort(found)
		return slices.Compact(found)
	}
	used := names("docker-compose.yml", `[^$]\$\{(\w+):-`)
	if diff := cmp.Diff(used, names(".env.example", `(?m)^#?([A-Z_]+)=`)); diff != "" {
		t.Errorf("(-compose file +example):\n%s", diff)
	}
}

func TestDockerfile_NeedsNoFrontendFromARegistry(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(projectRoot(t), "docker", "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	if regexp.MustCompile(`(?im)^#\s*syntax\s*=`).Match(content) {
		t.Error("the Dockerfile has a syntax line")
	}
}

// TestCompose_AcceptsTheFile asks the real docker compose, from both folders
// that a user may stand in, and by both spellings.
func TestCompose_AcceptsTheFile(t *testing.T) {
	requireDocker(t)
	root := projectRoot(t)
	tests := []struct {
		name, folder string
		command      []string
	}{
		{"from the root", root, []string{"docker", "compose", "-f", "docker/docker-compose.yml"}},
		{"from docker/", filepath.Join(root, "docker"), []string{"docker", "compose"}},
		{"old spelling", root, []string{"docker-compose", "-f", "docker/docker-compose.yml"}},
		{"offline", root, []string{"docker", "compose", "-f", "docker/docker-compose.yml", "--env-file", "docker/offline.env"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := exec.LookPath(test.command[0]); err != nil {
				t.Skipf("there is no %s here", test.command[0])
			}
			cmd := exec.CommandContext(t.Context(), test.command[0], append(test.command[1:], "config", "--services")...)
			cmd.Dir = test.folder
			output, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: %v", cmd.Args, err)
			}
			got := strings.Fields(string(output))
			slices.Sort(got)
			want := []string{"ingestion", "log-folder", "postgres", "replay", "roles", "trino", "trino-worker"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("services (-want +got):\n%s", diff)
			}
		})
	}
}
