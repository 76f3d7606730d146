package airflow_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
	"liftoff/internal/testkit/pythontest"
)

// airflow is an Airflow with a home of its own, whose DAGs are those of this folder.
type airflow struct {
	programs string
	env      []string
}

func needsAirflow(t *testing.T) {
	t.Helper()
	if os.Getenv("LIFTOFF_AIRFLOW") == "" {
		t.Skip("not run: `make test-airflow` runs it")
	}
}

func newAirflow(t *testing.T, env ...string) airflow {
	t.Helper()
	home, dags := t.TempDir(), t.TempDir()
	for _, name := range []string{"liftoff_dag.py", "liftoff_kubernetes_dag.py"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dags, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return airflow{programs: pythontest.Programs(t, "../../.bin/airflow-venv"), env: append([]string{
		"AIRFLOW_HOME=" + home, "AIRFLOW__CORE__DAGS_FOLDER=" + dags, "AIRFLOW__CORE__LOAD_EXAMPLES=False",
	}, env...)}
}

// command returns a command of the virtual environment, with this folder's stand-in for liftoff.
func (a airflow) command(t *testing.T, program string, args ...string) *exec.Cmd {
	t.Helper()
	// A signal to the test is not one to Airflow.
	cmd := withPath(t, exec.CommandContext(context.WithoutCancel(t.Context()), filepath.Join(a.programs, program), args...))
	cmd.Env = append(cmd.Env, a.env...)
	return cmd
}

func connection(address string) string {
	return "AIRFLOW_CONN_LIFTOFF_POSTGRES=" + address
}

// withoutEmpty is a pod without the lists and objects that the operator leaves empty, and
// what it says of the host's network, which is the default.
func withoutEmpty(value any) any {
	switch v := value.(type) {
	case map[string]any:
		delete(v, "hostNetwork")
		for key, inner := range v {
			if text := fmt.Sprint(inner); text == "[]" || text == "map[]" {
				delete(v, key)
				continue
			}
			v[key] = withoutEmpty(inner)
		}
	case []any:
		for i := range v {
			v[i] = withoutEmpty(v[i])
		}
	}
	return value
}

// The same as with the stand-in, with Airflow's own exceptions and connections.
func TestReal_TellsAirflowWhatEveryExitCodeMeans(t *testing.T) {
	needsAirflow(t)
	a := newAirflow(t, connection("postgres://somebody:s3cret@db.example.org:5433/launches"))
	wantCodes(t, func(args ...string) *exec.Cmd { return a.command(t, "python", args...) })
}

func TestReal_DAGStoresTheLaunches(t *testing.T) {
	needsAirflow(t)
	db := pgtest.NewDatabase(t)
	address, err := url.Parse(db.DSN)
	if err != nil {
		t.Fatal(err)
	}
	a := newAirflow(t, connection(address.String()), "SPACEX_API_URL="+clitest.StartReplay(t), "CODE=75")
	output(t, a.command(t, "airflow", "db", "migrate"))

	t.Run("no errors of import", func(t *testing.T) {
		if text := output(t, a.command(t, "airflow", "dags", "list-import-errors", "--local")); !strings.Contains(text, "No data found") {
			t.Error(text)
		}
	})
	t.Run("the pod", func(t *testing.T) {
		kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
		// The operator wants to know a cluster before it makes a pod. It does not connect.
		text := `{"apiVersion": "v1", "kind": "Config", "current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
  "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}], "users": [{"name": "u", "user": {"token": "t"}}]}`
		if err := os.WriteFile(kubeconfig, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := a.command(t, "python", "-c", "import json, liftoff_kubernetes_dag as d; from kubernetes.client import ApiClient\n"+
			"pod = d.liftoff_kubernetes().get_task('ingest').build_pod_request_obj()\n"+
			"print('\\npod ' + json.dumps(ApiClient().sanitize_for_serialization(pod)))")
		cmd.Env = append(cmd.Env, "KUBECONFIG="+kubeconfig)
		_, text, _ = strings.Cut(output(t, cmd), "\npod ")
		var pod struct{ Spec map[string]any }
		if err := json.Unmarshal([]byte(text), &pod); err != nil {
			t.Fatal(err)
		}
		if pod.Spec["hostNetwork"] == true {
			t.Error("the pod is in the host's network")
		}
		want := podOf(t, cronJobPod(t)).(map[string]any)
		want["activeDeadlineSeconds"] = 3000.0
		want["containers"].([]any)[0].(map[string]any)["terminationMessagePolicy"] = "FallbackToLogsOnError"
		if diff := cmp.Diff(any(want), withoutEmpty(podOf(t, pod.Spec))); diff != "" {
			t.Errorf("the pods differ (-CronJob +Airflow):\n%s", diff)
		}
	})
	t.Run("another run is at work", func(t *testing.T) {
		text := output(t, a.command(t, "airflow", "dags", "test", "liftoff"))
		if !strings.Contains(text, "another run is at work (75): why. Next: do this") || !strings.Contains(text, "new_state=skipped") {
			t.Error(text)
		}
	})
	t.Run("launches", func(t *testing.T) {
		cmd := a.command(t, "airflow", "dags", "test", "liftoff")
		// The built program before the stand-in.
		binary := clitest.Binary(t)
		folder := t.TempDir()
		if err := os.Symlink(binary, filepath.Join(folder, "liftoff")); err != nil {
			t.Fatal(err)
		}
		cmd.Env = append(cmd.Env, "PATH="+folder+string(os.PathListSeparator)+os.Getenv("PATH"))
		text := output(t, cmd)
		if stored := clitest.Scan[int](t, db, "SELECT count(*) FROM raw_launches"); stored < 100 {
			t.Errorf("%d launches are stored:\n%s", stored, text)
		}
		if runs := clitest.Scan[int](t, db, "SELECT count(*) FROM ingestion_runs WHERE status = 'succeeded'"); runs != 1 {
			t.Errorf("%d runs succeeded:\n%s", runs, text)
		}
	})
}
