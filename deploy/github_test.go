package deploy_test

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

const workflowFile = "github-actions/liftoff.yml"

// workflow is what the tests read of the workflow.
type workflow struct {
	On struct {
		Schedule []struct{ Cron string }
	}
	Permissions map[string]string
	Concurrency struct {
		Group            string
		CancelInProgress bool `yaml:"cancel-in-progress"`
	}
	Jobs map[string]struct {
		RunsOn         string `yaml:"runs-on"`
		TimeoutMinutes int    `yaml:"timeout-minutes"`
		Environment    string
		Permissions    map[string]string
		Steps          []step
	}
}

type step struct {
	Name, Uses, Shell, Run string
	Env                    map[string]string
}

func readWorkflow(t *testing.T) workflow {
	t.Helper()
	var w workflow
	if err := yaml.Unmarshal([]byte(read(t, workflowFile)), &w); err != nil {
		t.Fatal(err)
	}
	return w
}

// fetchStep returns the step that runs the program.
func fetchStep(t *testing.T) step {
	t.Helper()
	for _, s := range readWorkflow(t).Jobs["ingest"].Steps {
		if s.Name == "Fetch what is new" {
			return s
		}
	}
	t.Fatal("no step fetches launches")
	return step{}
}

// runStep runs the step as GitHub runs `shell: bash`, with a program as bin/liftoff. It
// returns what the step printed and its exit code; a pause takes no time and is printed.
func runStep(t *testing.T, program string, env ...string) (output string, code int) {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skipf("the step is for bash: %v", err)
	}
	s := fetchStep(t)
	if s.Shell != "bash" {
		t.Fatalf("the step's shell is %q", s.Shell)
	}
	folder := t.TempDir()
	write(t, filepath.Join(folder, "bin/liftoff"), "#!/bin/sh\nexec '"+program+"' \"$@\"\n", 0o755)
	write(t, filepath.Join(folder, "pause/sleep"), "#!/bin/sh\necho \"paused for $1\"\n", 0o755)
	script := write(t, filepath.Join(folder, "step.sh"), s.Run, 0o644)
	cmd := exec.CommandContext(t.Context(), bash, "--noprofile", "--norc", "-eo", "pipefail", script)
	cmd.Dir = folder
	cmd.Env = append([]string{"HOME=" + folder, "PATH=" + filepath.Join(folder, "pause") + ":/usr/bin:/bin", "LOG_FILE=" + s.Env["LOG_FILE"]}, env...)
	var all bytes.Buffer
	cmd.Stdout, cmd.Stderr = &all, &all
	err = cmd.Run()
	if _, isExit := errors.AsType[*exec.ExitError](err); err != nil && !isExit {
		t.Fatal(err)
	}
	return all.String(), cmd.ProcessState.ExitCode()
}

// workflowOutcome runs the step with a program that ends with the code each time.
func workflowOutcome(t *testing.T, code int) outcome {
	t.Helper()
	program := write(t, filepath.Join(t.TempDir(), "liftoff"), fmt.Sprintf("#!/bin/sh\nexit %d\n", code), 0o755)
	output, got := runStep(t, program, "DATABASE_URL=postgres://db.example/spacex")
	switch {
	case got == 0 && output == "":
		return success
	case got == 0 && strings.HasPrefix(output, "::notice "):
		return skipped
	case got != code || !strings.Contains(output, fmt.Sprintf("::error title=liftoff ended with %d::", code)):
		t.Errorf("exit code %d makes the step end with %d:\n%s", code, got, output)
		return "neither"
	case strings.Contains(output, "paused for "):
		return retry
	default:
		return failure
	}
}

func TestWorkflow_EachFailureHasItsMessage(t *testing.T) {
	seen := map[string]int{}
	for _, code := range exitCodes {
		program := write(t, filepath.Join(t.TempDir(), "liftoff"), fmt.Sprintf("#!/bin/sh\nexit %d\n", code), 0o755)
		output, _ := runStep(t, program, "DATABASE_URL=postgres://db.example/spacex")
		_, message, isError := strings.Cut(clitest.LastLine(output), "::error title=liftoff ended with ")
		_, message, _ = strings.Cut(message, "::")
		if other, isTwice := seen[message]; isError && isTwice && code < 129 {
			t.Errorf("exit codes %d and %d have the same message: %s", other, code, message)
		}
		seen[message] = code
	}
}

func TestWorkflow_TriesAgainTwiceWithPauses(t *testing.T) {
	program := write(t, filepath.Join(t.TempDir(), "liftoff"), "#!/bin/sh\necho tried\nexit 4\n", 0o755)
	output, _ := runStep(t, program, "DATABASE_URL=postgres://db.example/spacex")
	var events []string
	for line := range strings.Lines(output) {
		if !strings.HasPrefix(line, "::") {
			events = append(events, strings.TrimSpace(line))
		}
	}
	if diff := cmp.Diff([]string{"tried", "paused for 60", "tried", "paused for 300", "tried"}, events); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestWorkflow_FetchesWithTheProgram runs the step with the built program.
func TestWorkflow_FetchesWithTheProgram(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	api := clitest.StartReplay(t)
	env := []string{"DATABASE_URL=" + db.DSN, "SPACEX_API_URL=" + api}
	if output, code := runStep(t, clitest.Binary(t), env...); code != 0 || strings.Contains(output, "::") {
		t.Fatalf("exit code %d:\n%s", code, output)
	}
	clitest.WantPromises(t, db, api)
	clitest.Execute(t, db, "SELECT pg_advisory_lock(x'6c696674'::INTEGER, hashtext('"+api+"'))") // until the test's end
	if output, code := runStep(t, clitest.Binary(t), env...); code != 0 || !strings.Contains(output, "::notice title=liftoff was skipped::") {
		t.Errorf("a second run at once ends with %d:\n%s", code, output)
	}
}

// TestWorkflow_WithoutADatabaseItFails: else each run would fill a database of its own,
// and end well.
func TestWorkflow_WithoutADatabaseItFails(t *testing.T) {
	output, code := runStep(t, "/bin/true", "DATABASE_URL=")
	if code != 2 || !strings.Contains(output, "has no secret DATABASE_URL") {
		t.Errorf("exit code %d:\n%s", code, output)
	}
}

func TestWorkflow_MayDoLittleAndNotForLong(t *testing.T) {
	w := readWorkflow(t)
	job := w.Jobs["ingest"]
	if len(w.Permissions) != 0 || !strings.Contains(read(t, workflowFile), "\npermissions: {}\n") {
		t.Errorf("every job has the permissions %v", w.Permissions)
	}
	if diff := cmp.Diff(map[string]string{"contents": "read"}, job.Permissions); diff != "" {
		t.Errorf("permissions of the job (-want +got):\n%s", diff)
	}
	if w.Concurrency.Group == "" || w.Concurrency.CancelInProgress {
		t.Errorf("concurrency is %+v: a run must not end the one before", w.Concurrency)
	}
	if job.TimeoutMinutes == 0 || job.TimeoutMinutes > 60 {
		t.Errorf("a run may take %d minutes", job.TimeoutMinutes)
	}
	if job.Environment != "liftoff" || fetchStep(t).Env["DATABASE_URL"] != "${{ secrets.DATABASE_URL }}" {
		t.Errorf("environment %q, DATABASE_URL %q", job.Environment, fetchStep(t).Env["DATABASE_URL"])
	}
	if n := strings.Count(read(t, workflowFile), "secrets."); n != 1 {
		t.Errorf("secrets are named %d times, want once, in the step that needs it", n)
	}
}

func TestWorkflow_ActionsArePinned(t *testing.T) {
	pinned := regexp.MustCompile(`uses: [\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+\n`)
	text := read(t, workflowFile)
	if uses, pins := strings.Count(text, "uses:"), len(pinned.FindAllString(text, -1)); uses == 0 || uses != pins {
		t.Errorf("%d of %d actions are pinned by commit, with the version beside it", pins, uses)
	}
}

func TestWorkflow_IsNotAtTheFullHour(t *testing.T) {
	schedules := readWorkflow(t).On.Schedule
	if len(schedules) != 1 {
		t.Fatalf("%d schedules, want 1", len(schedules))
	}
	if minute, _, _ := strings.Cut(schedules[0].Cron, " "); !regexp.MustCompile(`^[1-5]?[1-9]$`).MatchString(minute) {
		t.Errorf("it runs at minute %q", minute)
	}
}

// TestWorkflow_PassesActionlint checks the shell script too.
func TestWorkflow_PassesActionlint(t *testing.T) {
	actionlint, shellcheck := tool(t, "actionlint"), tool(t, "shellcheck")
	if output := succeed(t, exec.CommandContext(t.Context(), actionlint, "-shellcheck", shellcheck, workflowFile)); output != "" {
		t.Error(output)
	}
}
