package deploy_test

import (
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// jobOutcome reads what Kubernetes does with a Job of the CronJob, which the chart repeats.
// Kubernetes' own controller is asked by `make test-kubernetes`.
func jobOutcome(t *testing.T, code int) outcome {
	t.Helper()
	var manifest struct {
		Spec struct {
			JobTemplate struct {
				Spec struct {
					BackoffLimit     int `yaml:"backoffLimit"`
					PodFailurePolicy struct {
						Rules []struct {
							Action      string
							OnExitCodes struct{ Values []int } `yaml:"onExitCodes"`
						}
					} `yaml:"podFailurePolicy"`
					Template struct {
						Spec struct{ Containers []struct{ Args []string } }
					}
				}
			} `yaml:"jobTemplate"`
		}
	}
	decode(t, "kubernetes/base/cron-job.yaml", &manifest)
	job := manifest.Spec.JobTemplate.Spec
	if code == 0 {
		return success
	}
	// liftoff itself makes 0 of it.
	if code == 75 && strings.Contains(strings.Join(job.Template.Spec.Containers[0].Args, " "), "--if-locked skip") {
		return skipped
	}
	for _, rule := range job.PodFailurePolicy.Rules {
		if rule.Action == "FailJob" && slices.Contains(rule.OnExitCodes.Values, code) {
			return failure
		}
	}
	if job.BackoffLimit == 0 {
		return failure
	}
	return retry
}

// deploymentOutcome reads what Kubernetes does with a worker that ended: a Deployment
// knows no other policy than Always.
func deploymentOutcome(t *testing.T, _ int) outcome {
	t.Helper()
	var manifest struct {
		Kind string
		Spec struct {
			Template struct {
				Spec struct {
					RestartPolicy string `yaml:"restartPolicy"`
				}
			}
		}
	}
	decode(t, "kubernetes/base/workers.yaml", &manifest)
	if manifest.Kind == "Deployment" && manifest.Spec.Template.Spec.RestartPolicy == "Always" {
		return retry
	}
	return failure
}

// taskOutcome runs the DAG's own task with a liftoff that ends with code, and a stand-in for
// Airflow. `make test-airflow` asks Airflow itself.
func taskOutcome(t *testing.T, code int) outcome {
	t.Helper()
	text := runPython(t, "airflow/testdata/codes.py", strconv.Itoa(code))
	_, told, _ := strings.Cut(text, "told "+strconv.Itoa(code)+" ")
	told, _, _ = strings.Cut(strings.TrimSpace(told), ":")
	return map[string]outcome{
		"success": success, "AirflowSkipException": skipped, "AirflowFailException": failure, "AirflowException": retry,
	}[told]
}

// podOperatorOutcome reads the operator's arguments: one of them is about exit codes.
func podOperatorOutcome(t *testing.T, code int) outcome {
	t.Helper()
	text := runPython(t, "-c", "import liftoff_kubernetes_dag\nfrom airflow.providers.cncf.kubernetes.operators import pod\n"+
		"print(pod.made[0]['skip_on_exit_code'], pod.made[0]['retries'])")
	skip, retries, _ := strings.Cut(strings.TrimSpace(text), " ")
	switch {
	case code == 0:
		return success
	case skip == strconv.Itoa(code):
		return skipped
	case retries == "0":
		return failure
	default:
		return retry
	}
}

func decode(t *testing.T, path string, manifest any) {
	t.Helper()
	// The first document: the PodDisruptionBudget of the workers comes after it.
	if err := yaml.NewDecoder(strings.NewReader(read(t, path))).Decode(manifest); err != nil {
		t.Fatal(err)
	}
}

// runPython runs Python among the DAGs and returns what it prints.
func runPython(t *testing.T, args ...string) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	folder += "/airflow"
	cmd := exec.CommandContext(t.Context(), "python3", args...)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+folder+":"+folder+"/testdata/stub", "PYTHONDONTWRITEBYTECODE=1",
		"PATH="+folder+"/testdata:"+os.Getenv("PATH"))
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("python3 %v: %v\n%s", args, err, output)
	}
	return string(output)
}
