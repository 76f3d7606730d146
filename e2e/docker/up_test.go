package docker_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// trinoStart is how long Trino may take to become healthy on a busy machine.
const trinoStart = 4 * time.Minute

// TestR8_R12_R13_Up is one stack from nothing to nothing; each step is one promise and
// stands on those before it.
func TestR8_R12_R13_Up(t *testing.T) {
	s := newStack(t, "up")
	for _, step := range []struct {
		name string
		run  func(t *testing.T, s *stack)
	}{
		{"up from nothing, and the ingestion ends with 0", ingestionEndsWithZero},
		{"the log reaches the host and its folder's group may read it", logReachesHost},
		{"PostgreSQL has the launch and the view", postgresHasLaunchAndView},
		{"Trino becomes healthy by a query through the catalog", trinoBecomesHealthy},
		{"Trino answers the same as PostgreSQL", trinoAnswersTheSame},
		{"analyze prints the same on both engines", analyzePrintsTheSame},
		{"R8 Trino may read and no more", trinoMayReadAndNoMore},
		{"R8 only the user of the settings is a superuser", onlyYouAreASuperuser},
		{"no configuration of a container shows a password", noConfigurationShowsAPassword},
		{"the source's network cannot reach the database", sourceCannotReachTheDatabase},
		{"the database has checksums", databaseHasChecksums},
		{"what containers print is rotated", outputIsRotated},
		{"R12 what runs on is restarted", whatRunsOnIsRestarted},
		{"another ingestion inserts nothing", anotherIngestionInsertsNothing},
		{"docker compose run --rm ingestion in the root is the same stack", rootFileIsTheSameStack},
		{"the ingestion is not started again by itself", ingestionIsNotRestarted},
		{"no process runs as root and no root file system can be written", nothingRunsAsRoot},
		{"each service has its volumes, and no other", volumesAreNamed},
		{"Trino survives a restart of PostgreSQL", trinoSurvivesRestart},
		{"a query runs on more than one node", queryRunsOnSeveralNodes},
		{"down keeps the data", downKeepsTheData},
		{"R13 plain down -v leaves nothing, with the replay and workers up", downLeavesNothing},
	} {
		if !t.Run(step.name, func(t *testing.T) { step.run(t, s) }) {
			t.Log(s.compose(t, "logs", "--tail", "30"))
			return
		}
	}
}

func ingestionEndsWithZero(t *testing.T, s *stack) {
	start := time.Now()
	s.compose(t, "up", "--detach", "--build")
	id := s.container(t, "ingestion")
	if code := docker(t, "wait", id); code != "0" {
		t.Fatalf("exit code %s:\n%s", code, docker(t, "logs", id))
	}
	t.Logf("from up --build to the ingestion's end: %v", time.Since(start).Round(time.Second/10))
	wantText(t, s.compose(t, "logs", "--no-log-prefix", "ingestion"), "fetched=1 inserted=1 unchanged=0")
}

func logReachesHost(t *testing.T, s *stack) {
	path := filepath.Join(s.logFolder, "ingestion.log")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wantLastLine(t, string(content), "fetched=1 inserted=1 unchanged=0")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o640 {
		t.Errorf("mode is %o, want 640", got)
	}
	// The group's number, seen from a container: it is the folder's.
	same := docker(t, "run", "--rm", "--entrypoint", "stat", "--volume", s.logFolder+":/logs:ro", "postgres:17", "-c", "%u %g", "/logs", "/logs/ingestion.log")
	folder, file, _ := strings.Cut(same, "\n")
	_, group, _ := strings.Cut(folder, " ")
	if file != "65532 "+group {
		t.Errorf("folder and file have the owners %q", same)
	}
}

func postgresHasLaunchAndView(t *testing.T, s *stack) {
	if n := s.launches(t); n != 1 {
		t.Errorf("%d launches, want 1", n)
	}
	var launches int
	if err := s.connect(t).QueryRow(t.Context(), "SELECT total_launches FROM launch_aggregates_view").Scan(&launches); err != nil || launches != 1 {
		t.Errorf("the view counts %d launches (%v), want 1", launches, err)
	}
}

func trinoBecomesHealthy(t *testing.T, s *stack) {
	eventually(t, trinoStart, func() error { return s.healthy(t, "trino") })
	// It must notice what /v1/info cannot know.
	s.compose(t, "pause", "postgres")
	_, code := s.try(t, "exec", "trino", "timeout", "20", "bash", "/etc/trino/health-check.sh", "query")
	s.compose(t, "unpause", "postgres")
	if code == 0 {
		t.Error("the health check succeeds without PostgreSQL")
	}
}

func trinoAnswersTheSame(t *testing.T, s *stack) {
	const sql = `SELECT total_launches, total_successful_launches, average_payload_mass,
		average_launch_delay_minutes FROM launch_aggregates_view`
	var total, successful int64
	var mass, delay float64
	if err := s.connect(t).QueryRow(t.Context(), sql).Scan(&total, &successful, &mass, &delay); err != nil {
		t.Fatal(err)
	}
	rows, _ := s.mustQuery(t, sql)
	want := [][]any{{float64(total), float64(successful), mass, delay}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("PostgreSQL and Trino differ (-PostgreSQL +Trino):\n%s", diff)
	}
}

func analyzePrintsTheSame(t *testing.T, s *stack) {
	queries := []string{"analyze", "-o", "json", "launches_per_rocket", "launches_per_year", "aggregate_view"}
	want := s.liftoff(t, queries...)
	got := s.liftoff(t, append(queries, "--engine", "trino")...)
	if diff := cmp.Diff(want, got); diff != "" || !strings.Contains(want, ",") {
		t.Errorf("(-PostgreSQL +Trino):\n%s", diff)
	}
}

func anotherIngestionInsertsNothing(t *testing.T, s *stack) {
	wantText(t, s.compose(t, "run", "--rm", "--no-TTY", "ingestion"), "fetched=1 inserted=0 unchanged=1")
	if n := s.launches(t); n != 1 {
		t.Errorf("%d launches, want 1", n)
	}
}

// rootFileIsTheSameStack runs what people type in the root without thinking: the
// containers of docker/docker-compose.yml stay, and the exit code is the ingestion's.
func rootFileIsTheSameStack(t *testing.T, s *stack) {
	before := s.container(t, "postgres") + s.container(t, "trino")
	root := *s
	root.files = nil
	wantText(t, root.compose(t, "run", "--rm", "--no-TTY", "ingestion"), "fetched=1 inserted=0 unchanged=1")
	if after := s.container(t, "postgres") + s.container(t, "trino"); after != before {
		t.Error("the containers were made anew")
	}
}

func ingestionIsNotRestarted(t *testing.T, s *stack) {
	id := s.container(t, "ingestion")
	got := docker(t, "inspect", "--format", "{{.HostConfig.RestartPolicy.Name}} {{.RestartCount}} {{.State.Status}}", id)
	if got != "no 0 exited" {
		t.Errorf("policy, restarts and state are %q", got)
	}
}

func nothingRunsAsRoot(t *testing.T, s *stack) {
	for service, user := range map[string]string{"postgres": "postgres", "trino": "trino", "replay": "65532:65532", "ingestion": "65532:65532"} {
		id := s.container(t, service)
		const format = "{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.Privileged}} {{.HostConfig.CapDrop}} {{.HostConfig.CapAdd}} {{.HostConfig.SecurityOpt}}"
		want := user + " true false [ALL] [] [no-new-privileges:true]"
		if got := docker(t, "inspect", "--format", format, id); got != want {
			t.Errorf("%s is %q, want %q", service, got, want)
		}
		if service == "ingestion" {
			continue // it has ended
		}
		for _, line := range strings.Split(docker(t, "top", id, "-eo", "pid,uid,args"), "\n")[1:] {
			if uid := strings.Fields(line)[1]; uid == "0" {
				t.Errorf("%s has a process of root: %s", service, line)
			}
		}
	}
	for _, service := range []string{"postgres", "trino"} {
		output, code := s.try(t, "exec", service, "touch", "/usr/local/bin/x")
		if code == 0 || !strings.Contains(output, "Read-only file system") {
			t.Errorf("%s: touch ended with %d: %s", service, code, output)
		}
	}
}

// volumesAreNamed matters because a volume without a name stays behind after down, and
// because a service sees no password but its own.
func volumesAreNamed(t *testing.T, s *stack) {
	for service, want := range map[string]string{
		"postgres": "postgres-data postgres-socket superuser-password", "trino": "trino-password", "ingestion": "ingestion-password",
		"passwords": "ingestion-password reader-password superuser-password trino-password", "roles": "ingestion-password postgres-socket reader-password superuser-password trino-password",
		"log-folder": "", "replay": "",
	} {
		const format = `{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}} {{end}}{{end}}`
		names := strings.Fields(strings.ReplaceAll(docker(t, "inspect", "--format", format, s.container(t, service)), s.project+"_", ""))
		slices.Sort(names)
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s has the volumes %q, want %q", service, got, want)
		}
	}
}

func trinoSurvivesRestart(t *testing.T, s *stack) {
	const sql = "SELECT count(*) FROM launches"
	s.compose(t, "restart", "postgres")
	eventually(t, time.Minute, func() error {
		rows, _, err := s.query(t, sql)
		if err == nil && !cmp.Equal(rows, [][]any{{1.0}}) {
			err = fmt.Errorf("got %v", rows)
		}
		return err
	})
}

func queryRunsOnSeveralNodes(t *testing.T, s *stack) {
	s.compose(t, "up", "--detach", "--no-recreate", "--no-deps", "--scale", "trino-worker=2", "trino-worker")
	eventually(t, trinoStart, func() error {
		rows, _, err := s.query(t, "SELECT count(*) FROM system.runtime.nodes WHERE state = 'active'")
		if err == nil && !cmp.Equal(rows, [][]any{{3.0}}) {
			err = fmt.Errorf("active nodes: %v, want 3", rows)
		}
		return err
	})
	// The scheduler takes new nodes into account some seconds after they are
	// active, so the first query may still be alone.
	eventually(t, time.Minute, func() error {
		// PostgreSQL cannot do this part, so it is shared out by the group's hash.
		_, id := s.mustQuery(t, "SELECT rocket_id, approx_distinct(id) FROM launches GROUP BY rocket_id")
		rows, _ := s.mustQuery(t, "SELECT count(DISTINCT node_id) FROM system.runtime.tasks WHERE query_id = '"+id+"'")
		if nodes := rows[0][0].(float64); nodes < 2 {
			return fmt.Errorf("query %s ran on %v nodes, want more than one", id, nodes)
		}
		return nil
	})
	eventually(t, trinoStart, func() error { return s.healthy(t, "trino-worker") })
	t.Log(docker(t, append([]string{"stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}"}, s.running(t)...)...))
}

// running returns the ids of the stack's running containers.
func (s *stack) running(t *testing.T) []string {
	t.Helper()
	return strings.Fields(docker(t, "ps", "--quiet", "--filter", "label=com.docker.compose.project="+s.project))
}

func downKeepsTheData(t *testing.T, s *stack) {
	s.compose(t, "down")
	s.compose(t, "up", "--detach", "postgres")
	eventually(t, time.Minute, func() error { return s.healthy(t, "postgres") })
	if n := s.launches(t); n != 1 {
		t.Errorf("%d launches, want 1", n)
	}
}

func downLeavesNothing(t *testing.T, s *stack) {
	s.compose(t, "up", "--detach", "--scale", "trino-worker=1", "trino-worker", "ingestion", "replay")
	if len(s.running(t)) < 4 {
		t.Errorf("only %d containers run", len(s.running(t)))
	}
	// As somebody who has forgotten what the stack was started with.
	online := *s
	online.envFile = ""
	online.compose(t, "down", "--volumes", "--timeout", "5")
	filter := "label=com.docker.compose.project=" + s.project
	left := docker(t, "ps", "--all", "--quiet", "--filter", filter) +
		docker(t, "volume", "ls", "--quiet", "--filter", filter) + docker(t, "network", "ls", "--quiet", "--filter", filter)
	if left != "" {
		t.Errorf("left behind: %s", left)
	}
}

// wantLastLine fails the test unless the last line says want.
func wantLastLine(t *testing.T, output, want string) {
	t.Helper()
	if last := lastLine(output); !strings.Contains(last, want) {
		t.Errorf("the last line is %q, want it to say %q; all of it:\n%s", last, want, output)
	}
}

// wantText fails the test unless output says want somewhere: after a success
// the report and the log lines have two streams, which Docker joins in any
// order.
func wantText(t *testing.T, output, want string) {
	t.Helper()
	if !strings.Contains(output, want) {
		t.Errorf("%q is nowhere in:\n%s", want, output)
	}
}
