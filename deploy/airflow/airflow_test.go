// Package airflow_test checks the DAGs of deploy/airflow. The everyday tests know Airflow
// by a stand-in of a few lines, and so only what the DAGs' own code does; `make test-airflow`
// runs them in Airflow itself.
package airflow_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"liftoff"
	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

func TestMain(m *testing.M) {
	// Only Airflow itself needs the program and a database.
	if os.Getenv("LIFTOFF_AIRFLOW") == "" {
		os.Exit(m.Run())
	}
	os.Exit(clitest.Main(func() int { return pgtest.Main(m) }))
}

// python returns a command of Python that finds the DAGs, the stand-in for Airflow and
// a stand-in for liftoff, which ends with the exit code that it is given.
func python(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("CI needs Python 3")
		}
		t.Skip("this test needs Python 3")
	}
	return withPath(t, exec.CommandContext(t.Context(), path, args...), "testdata/stub")
}

// withPath gives a command the folders where it finds Python's modules and liftoff.
func withPath(t *testing.T, cmd *exec.Cmd, modules ...string) *exec.Cmd {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	folders := here
	for _, m := range modules {
		folders += string(os.PathListSeparator) + filepath.Join(here, m)
	}
	cmd.Env = append(os.Environ(), "PYTHONPATH="+folders, "PYTHONDONTWRITEBYTECODE=1",
		"PATH="+filepath.Join(here, "testdata")+string(os.PathListSeparator)+os.Getenv("PATH"))
	return cmd
}

// output returns what a command prints, and fails the test if it fails.
func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	text, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, text)
	}
	return string(text)
}

// What Airflow does next, by the exception that the task raises.
const (
	succeeds = "success"
	skips    = "AirflowSkipException"
	fails    = "AirflowFailException"
	retries  = "AirflowException"
)

// codes are all exit codes of liftoff, and one that it never has.
var codes = map[string]string{
	"0": succeeds,
	"1": retries, "4": retries, "5": retries, "6": retries, "129": retries, "130": retries, "143": retries, "99": retries,
	"2": fails, "3": fails, "7": fails, "8": fails,
	"75": skips,
}

// wantCodes wants the task to tell Airflow what codes says, and the last line of the log with it.
func wantCodes(t *testing.T, command func(args ...string) *exec.Cmd) {
	t.Helper()
	args := []string{"testdata/codes.py"}
	for code := range codes {
		args = append(args, code)
	}
	text := output(t, command(args...))
	for code, want := range codes {
		_, line, found := strings.Cut("\n"+text, "\ntold "+code+" ")
		line, _, _ = strings.Cut(line, "\n")
		told, message, _ := strings.Cut(line, ": ")
		if !found || told != want {
			t.Errorf("exit code %s: Airflow is told %q, want %s", code, line, want)
		}
		hasNextStep := strings.Contains(message, code) && strings.HasSuffix(message, "why. Next: do this")
		if want != succeeds && !hasNextStep {
			t.Errorf("exit code %s: the message %q has no code or no next step", code, message)
		}
		if code == "3" && !strings.Contains(message, "launches are stored") {
			t.Errorf("exit code 3: the message %q does not say that launches are stored", message)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

func TestDAG_TellsAirflowWhatEveryExitCodeMeans(t *testing.T) {
	wantCodes(t, func(args ...string) *exec.Cmd { return python(t, args...) })
}

// Each category of errors.go is in the table, as retryable as there.
func TestCodes_AreThoseOfTheCategories(t *testing.T) {
	for c := liftoff.Internal; c <= liftoff.Interrupted; c++ {
		code, _ := json.Marshal(c.ExitCode())
		told, ok := codes[string(code)]
		mayRetry := c.Retryable() || c == liftoff.Interrupted
		if !ok || (told == fails) == mayRetry {
			t.Errorf("category %s (%s): %q", c, code, told)
		}
	}
}

func TestDAG_RunsLiftoffOnTheConnectionsDatabase(t *testing.T) {
	text := output(t, python(t, "testdata/codes.py", "0"))
	want := "ingest --new --if-locked fail --skip-analytics\n" +
		"db.example.org 5433 launches somebody s3cret verify-full -\n" +
		"why. Next: do this\ntold 0 success\n"
	if diff := cmp.Diff(want, text); diff != "" {
		t.Error(diff)
	}
}

func TestDAG_IsTriedAgainEverLater(t *testing.T) {
	text := output(t, python(t, "-c", "import liftoff_dag; a = liftoff_dag.ingest.kwargs; print(a['retries'] >= 2, a['retry_exponential_backoff'] > 1, 'execution_timeout' in a)"))
	if text != "True True True\n" {
		t.Error(text)
	}
}

// Without a host liftoff would start a PostgreSQL of its own, and the task would succeed.
func TestDAG_RefusesAConnectionWithoutAHost(t *testing.T) {
	const script = "import os, runpy, sys; from airflow.sdk import Connection; Connection.host = None; %s; sys.argv[1:] = ['0']; runpy.run_path('testdata/codes.py')"
	cmd := python(t, "-c", fmt.Sprintf(script, "os.environ.pop('POSTGRES_HOST', None); os.environ.pop('DATABASE_URL', None)"))
	if text := output(t, cmd); !strings.HasPrefix(text, "told 0 AirflowFailException: the connection liftoff_postgres has no host. Next: ") {
		t.Error(text)
	}
	cmd = python(t, "-c", fmt.Sprintf(script, "os.environ['DATABASE_URL'] = 'postgres://db.example/spacex'"))
	if text := output(t, cmd); !strings.HasSuffix(text, "told 0 success\n") {
		t.Errorf("with the worker's own DATABASE_URL: %s", text)
	}
}

func TestDAG_SaysThatLiftoffIsMissing(t *testing.T) {
	cmd := python(t, "-c", "import os, runpy, sys; os.environ['PATH'] = '/none'; sys.argv[1:] = ['0']; runpy.run_path('testdata/codes.py')")
	if text := output(t, cmd); !strings.HasPrefix(text, "told 0 AirflowFailException: liftoff is not on the PATH") {
		t.Error(text)
	}
}

// Airflow ends a task that takes too long by an exception. The task returns only
// when liftoff has ended too.
func TestDAG_EndsLiftoffAfterItsTime(t *testing.T) {
	text := output(t, python(t, "-c", `
import os, signal, liftoff_dag
def late(*_):
    raise TimeoutError("late")
os.environ["CODE"] = "wait"
signal.signal(signal.SIGALRM, late)
signal.setitimer(signal.ITIMER_REAL, 1)
try:
    liftoff_dag.ingest.function()
except TimeoutError as error:
    print("raised", error)
`))
	if !strings.HasSuffix(text, "\nraised late\n") {
		t.Error(text)
	}
}

// The pod is that of the CronJob, but for what Airflow does itself.
func TestKubernetesDAG_PodIsThatOfTheCronJob(t *testing.T) {
	text := output(t, python(t, "-c", "import json, liftoff_kubernetes_dag\n"+
		"from airflow.providers.cncf.kubernetes.operators import pod\n"+
		"print(json.dumps(pod.made, default=str))"))
	var made []struct {
		SkipOnExitCode int            `json:"skip_on_exit_code"`
		Retries        int            `json:"retries"`
		Container      string         `json:"base_container_name"`
		Pod            map[string]any `json:"pod_template_dict"`
	}
	if err := json.Unmarshal([]byte(text), &made); err != nil {
		t.Fatal(err)
	}
	if len(made) != 1 || made[0].SkipOnExitCode != 75 || made[0].Retries != 1 || made[0].Container != "liftoff" {
		t.Fatalf("the operator: %s", text)
	}
	if diff := cmp.Diff(podOf(t, cronJobPod(t)), podOf(t, made[0].Pod["spec"])); diff != "" {
		t.Errorf("the pods differ (-CronJob +Airflow):\n%s", diff)
	}
}

// cronJobPod returns the spec of the CronJob's pod.
func cronJobPod(t *testing.T) map[string]any {
	t.Helper()
	manifest, err := os.ReadFile("../kubernetes/base/cron-job.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var cronJob struct {
		Spec struct {
			JobTemplate struct {
				Spec struct {
					Template struct{ Spec map[string]any }
				}
			} `yaml:"jobTemplate"`
		}
	}
	if err := yaml.Unmarshal(manifest, &cronJob); err != nil {
		t.Fatal(err)
	}
	return cronJob.Spec.JobTemplate.Spec.Template.Spec
}

// podOf returns a pod's spec without its command, its image and its settings.
func podOf(t *testing.T, spec any) any {
	t.Helper()
	text, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	var pod map[string]any
	if err := json.Unmarshal(text, &pod); err != nil {
		t.Fatal(err)
	}
	for _, c := range pod["containers"].([]any) {
		for _, key := range []string{"args", "image", "env", "envFrom"} {
			delete(c.(map[string]any), key)
		}
	}
	return pod
}
