package docker_test

import (
	"context"
	"encoding/json"
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

// load reads the compose file as strictly as compose-go can, with all profiles.
func load(t *testing.T, env ...string) *types.Project {
	t.Helper()
	return loadFile(t, "docker/docker-compose.yml", env...)
}

func loadFile(t *testing.T, file string, env ...string) *types.Project {
	t.Helper()
	options, err := cli.NewProjectOptions(
		[]string{filepath.Join(projectRoot(t), file)},
		cli.WithEnv(env), cli.WithResolvedPaths(true), cli.WithProfiles([]string{"scheduled", "monitoring", "dashboard"}),
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
	want := []string{"alertmanager", "dashboard", "grafana", "ingestion", "log-folder", "passwords", "postgres", "prometheus", "replay", "roles", "trino", "trino-worker", "worker"}
	if diff := cmp.Diff(want, project.ServiceNames()); diff != "" {
		t.Errorf("services (-want +got):\n%s", diff)
	}
	// Only these have a profile: down leaves the containers of one that is not on.
	profiles := map[string][]string{"worker": {"scheduled"}, "prometheus": {"monitoring"}, "alertmanager": {"monitoring"}, "grafana": {"monitoring"}, "dashboard": {"dashboard"}}
	var absent []string
	for _, name := range project.ServiceNames() {
		service := project.Services[name]
		if !slices.Equal(service.Profiles, profiles[name]) {
			t.Errorf("%s has the profiles %q", name, service.Profiles)
		}
		if service.GetScale() == 0 {
			absent = append(absent, name)
		}
	}
	if diff := cmp.Diff([]string{"replay", "trino-worker"}, absent); diff != "" {
		t.Errorf("services without a container (-want +got):\n%s", diff)
	}
	volumes := []string{"alertmanager-data", "ingestion-password", "postgres-data", "postgres-socket", "prometheus-data", "reader-password", "superuser-password", "trino-password"}
	if diff := cmp.Diff(volumes, project.VolumeNames()); diff != "" {
		t.Errorf("volumes (-want +got):\n%s", diff)
	}
}

func TestComposeFile_EveryServiceIsHardened(t *testing.T) {
	// They have no network and end at once.
	root := []string{"log-folder", "passwords"}
	for name, service := range load(t).Services {
		t.Run(name, func(t *testing.T) {
			isReadOnly := name != "passwords" // Compose writes the given password into its container
			security := []string{"no-new-privileges:true"}
			if name == "passwords" || name == "roles" { // they need your file, and PostgreSQL's socket
				security = append(security, "label:disable")
			}
			if service.ReadOnly != isReadOnly || service.Privileged || !slices.Equal(service.CapDrop, []string{"ALL"}) || !slices.Equal(service.SecurityOpt, security) {
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
			once := slices.Contains([]string{"ingestion", "log-folder", "passwords", "roles"}, name)
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
		"worker":   "liftoff worker --check",

		"dashboard": "liftoff serve --check",

		"prometheus": "promtool check ready ", "alertmanager": "amtool ", "grafana": "/api/health",
	} {
		if got := strings.Join(load(t).Services[service].HealthCheck.Test, " "); !strings.Contains(got, want) {
			t.Errorf("%s is checked by %q, want it to hold %q", service, got, want)
		}
	}
}

func TestComposeFile_TakesItsValuesFromTheEnvironment(t *testing.T) {
	project := load(t,
		"POSTGRES_IMAGE=registry.example/postgres:18@sha256:0", "TRINO_IMAGE=trino:1", "POSTGRES_PUBLISHED_PORT=15432", "TRINO_PUBLISHED_PORT=18080",
		"PUBLISHED_ADDRESS=0.0.0.0", "POSTGRES_PASSWORD_FILE=/etc/secret", "TRINO_MEMORY=4g", "SPACEX_API_URL=http://replay:8100", "GOPROXY=http://proxy.example",
		"POSTGRES_DB=launches", "POSTGRES_USER=me", "LIFTOFF_UID=1234", "LIFTOFF_REVISION=abc", "LIFTOFF_CREATED=2026-01-02T03:04:05Z", "LIFTOFF_SOURCE=https://git.example/liftoff",
	)
	services := project.Services
	trino, postgres, ingestion := services["trino"], services["postgres"], services["ingestion"]
	got := []string{
		postgres.Image, postgres.Ports[0].HostIP + ":" + postgres.Ports[0].Published, project.Secrets["postgres_password"].File,
		*postgres.Environment["POSTGRES_DB"], *services["roles"].Environment["PGDATABASE"], *ingestion.Environment["POSTGRES_DB"], *trino.Environment["POSTGRES_DB"],
		*postgres.Environment["POSTGRES_USER"], *services["roles"].Environment["PGUSER"], ingestion.User,
		trino.Image, trino.Ports[0].Published, *ingestion.Environment["SPACEX_API_URL"],
		*ingestion.Build.Args["GOPROXY"], *ingestion.Build.Args["REVISION"], *ingestion.Build.Args["CREATED"], *ingestion.Build.Args["SOURCE"],
	}
	want := []string{
		"registry.example/postgres:18@sha256:0", "0.0.0.0:15432", "/etc/secret",
		"launches", "launches", "launches", "launches",
		"me", "me", "1234:65532",
		"trino:1", "18080", "http://replay:8100",
		"http://proxy.example", "abc", "2026-01-02T03:04:05Z", "https://git.example/liftoff",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if trino.MemLimit != 4<<30 {
		t.Errorf("Trino's memory limit is %d", trino.MemLimit)
	}
}

// TestComposeFile_WorkerIsLikeTheIngestion but for where its log goes, and its schedule.
func TestComposeFile_WorkerIsLikeTheIngestion(t *testing.T) {
	services := load(t, "SPACEX_API_URL=http://replay:8100", "SCHEDULE_EVERY=15m", "SCHEDULE_CRON=7 * * * *", "SCHEDULE_TIME_ZONE=Europe/Berlin",
		"SCHEDULE_NAME=mine", "SCHEDULE_SELECTION=all").Services
	worker, ingestion := services["worker"], services["ingestion"]
	different := map[string]string{}
	for name, value := range worker.Environment {
		if of, isSet := ingestion.Environment[name]; !isSet || *of != *value {
			different[name] = *value
		}
	}
	want := map[string]string{
		"LOG_FILE": "-", "SCHEDULE_EVERY": "15m", "SCHEDULE_CRON": "7 * * * *", "SCHEDULE_TIME_ZONE": "Europe/Berlin",
		"SCHEDULE_NAME": "mine", "SCHEDULE_SELECTION": "all", "METRICS_LISTEN": "0.0.0.0:9464",
	}
	if diff := cmp.Diff(want, different); diff != "" {
		t.Errorf("environment that the ingestion does not have (-want +got):\n%s", diff)
	}
	if missing := len(ingestion.Environment) - len(worker.Environment) + len(want) - 1; missing != 0 {
		t.Errorf("%d variables of the ingestion are not the worker's", missing)
	}
	got := []string{strings.Join(ingestion.Command, " "), ingestion.Restart, strings.Join(worker.Command, " "), worker.Restart}
	if diff := cmp.Diff([]string{"ingest", "no", "worker", "unless-stopped"}, got); diff != "" {
		t.Errorf("commands and restart policies (-want +got):\n%s", diff)
	}
	if worker.DependsOn["ingestion"].Condition != types.ServiceConditionCompletedSuccessfully || worker.DependsOn["ingestion"].Required {
		t.Errorf("the worker begins with the ingestion: %+v", worker.DependsOn["ingestion"])
	}
}

// TestComposeFile_MonitoringReadsTheWorker keeps the addresses and paths of the profile
// together, which are in files of three programs.
func TestComposeFile_MonitoringReadsTheWorker(t *testing.T) {
	services := load(t).Services
	if ports := services["worker"].Ports; len(ports) > 0 {
		t.Errorf("the worker's metrics are published: %+v", ports)
	}
	_, port, _ := strings.Cut(*services["worker"].Environment["METRICS_LISTEN"], ":")
	root := projectRoot(t)
	for file, parts := range map[string][]string{
		"docker/prometheus/prometheus.yml": {"names: [worker]", "port: " + port, `targets: ["alertmanager:9093"]`, "rule_files: [alerts.yml]"},
		"docker/grafana/datasource.yml":    {"url: http://prometheus:9090"},
		"docker/grafana/dashboards.yml":    {"path: /etc/grafana/dashboards"},
	} {
		content, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range parts {
			if !strings.Contains(string(content), part) {
				t.Errorf("%s has no %s", file, part)
			}
		}
	}
	for _, name := range []string{"prometheus", "alertmanager", "grafana"} {
		for _, mount := range services[name].Volumes {
			if mount.Type != types.VolumeTypeBind {
				continue
			}
			if _, err := os.Stat(mount.Source); err != nil || !mount.ReadOnly {
				t.Errorf("%s mounts %s, read-only %v: %v", name, mount.Source, mount.ReadOnly, err)
			}
		}
	}
}

// TestComposeFile_PasswordIsInNoService: what a service is made of, docker inspect
// shows.
func TestComposeFile_PasswordIsInNoService(t *testing.T) {
	project := load(t, "POSTGRES_PASSWORD=s3cret")
	if got := project.Configs["given-password"].Content; !strings.Contains(got, "s3cret") {
		t.Errorf("the given password does not reach the stack: %q", got)
	}
	for name, service := range project.Services {
		service.Deploy = nil // Docker does not get it
		if text, err := json.Marshal(service); err != nil || strings.Contains(string(text), "s3cret") {
			t.Errorf("%s has the password (%v): %s", name, err, text)
		}
	}
}

// TestComposeFile_OfTheRootIsTheSame lets users mix the two files.
func TestComposeFile_OfTheRootIsTheSame(t *testing.T) {
	want, got := load(t, "LIFTOFF_UID=1234"), loadFile(t, "compose.yaml", "LIFTOFF_UID=1234")
	for _, project := range []*types.Project{want, got} {
		project.Extensions = nil // the anchors, which only the included file has
	}
	wantYAML, err := want.MarshalYAML()
	if err != nil {
		t.Fatal(err)
	}
	gotYAML, err := got.MarshalYAML()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(wantYAML), string(gotYAML)); diff != "" {
		t.Errorf("(-docker/docker-compose.yml +compose.yaml):\n%s", diff)
	}
}

func TestComposeFile_SourceHasANetworkOfItsOwn(t *testing.T) {
	members := map[string][]string{}
	for name, service := range load(t).Services {
		for network := range service.Networks {
			members[network] = append(members[network], name)
		}
	}
	for _, names := range members {
		slices.Sort(names)
	}
	want := map[string][]string{
		"default": {"dashboard", "ingestion", "postgres", "trino", "trino-worker", "worker"}, "source": {"ingestion", "replay", "worker"},
		"monitoring": {"alertmanager", "grafana", "prometheus", "worker"},
	}
	if diff := cmp.Diff(want, members); diff != "" {
		t.Errorf("services by network (-want +got):\n%s", diff)
	}
}

// TestComposeFile_SELinuxLetsContainersReadTheFiles: a machine with SELinux refuses a
// container each file that has no label for it. The service passwords is not bound by
// such labels: it must not change the label of your own file.
func TestComposeFile_SELinuxLetsContainersReadTheFiles(t *testing.T) {
	for name, service := range load(t).Services {
		for _, mount := range service.Volumes {
			if mount.Type == types.VolumeTypeBind && (mount.Bind == nil || mount.Bind.SELinux != "z") && name != "passwords" {
				t.Errorf("%s mounts %s without z", name, mount.Source)
			}
		}
		if len(service.Secrets) > 0 && name != "passwords" {
			t.Errorf("%s reads your password file", name)
		}
	}
	for _, mount := range load(t, "LOG_FOLDER=/var/log/mine", "LOG_FOLDER_OPTIONS=rw").Services["log-folder"].Volumes {
		if mount.Bind.SELinux != "" {
			t.Errorf("the label of %s is changed", mount.Source)
		}
	}
}

func TestComposeFile_NothingGrowsForEver(t *testing.T) {
	limited := []string{"alertmanager", "dashboard", "grafana", "ingestion", "postgres", "prometheus", "replay", "trino", "trino-worker", "worker"}
	for name, service := range load(t).Services {
		if service.Logging == nil || service.Logging.Options["max-size"] != "10m" || service.Logging.Options["max-file"] != "3" {
			t.Errorf("%s: logging is %+v", name, service.Logging)
		}
		if service.PidsLimit == 0 || (service.MemLimit > 0) != slices.Contains(limited, name) {
			t.Errorf("%s: limits of processes %d and memory %d", name, service.PidsLimit, service.MemLimit)
		}
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
	used := append(names("docker-compose.yml", `[^$]\$\{(\w+):-`), "COMPOSE_PROFILES")
	slices.Sort(used)
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
		{"the root's own file", root, []string{"docker", "compose"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := exec.LookPath(test.command[0]); err != nil {
				t.Skipf("there is no %s here", test.command[0])
			}
			cmd := exec.CommandContext(t.Context(), test.command[0], append(test.command[1:], "config", "--services")...)
			cmd.Dir = test.folder
			var warnings strings.Builder
			cmd.Stderr = &warnings
			output, err := cmd.Output()
			if err != nil || warnings.Len() > 0 {
				t.Fatalf("%v: %v\n%s", cmd.Args, err, warnings.String())
			}
			got := strings.Fields(string(output))
			slices.Sort(got)
			want := []string{"ingestion", "log-folder", "passwords", "postgres", "replay", "roles", "trino", "trino-worker"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("services (-want +got):\n%s", diff)
			}
		})
	}
}
