// Package kubernetes_test checks the manifests of deploy/kubernetes and the chart of
// deploy/helm: what they say of exit codes and security, and that both say the same.
package kubernetes_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"
)

// object is what the tests read of any object; spec is all of it.
type object struct {
	Kind     string
	Metadata struct {
		Name, Namespace string
		Labels          map[string]string
	}
	Spec json.RawMessage
	Data map[string]string
	// Of a ServiceAccount.
	AutomountServiceAccountToken *bool
}

type cronJob struct {
	Schedule, TimeZone, ConcurrencyPolicy string
	StartingDeadlineSeconds               int
	JobTemplate                           struct{ Spec job }
}

type job struct {
	ActiveDeadlineSeconds, BackoffLimit int
	PodFailurePolicy                    struct{ Rules []rule }
	Template                            template
}

type rule struct {
	Action      string
	OnExitCodes *struct {
		ContainerName, Operator string
		Values                  []int
	}
	OnPodConditions []struct{ Type, Status string }
}

type deployment struct {
	Replicas int
	Selector struct{ MatchLabels map[string]string }
	Template template
}

type template struct {
	Metadata struct{ Labels map[string]string }
	Spec     pod
}

type pod struct {
	RestartPolicy                       string
	ServiceAccountName                  string
	AutomountServiceAccountToken        *bool
	EnableServiceLinks                  *bool
	HostNetwork, HostPID, HostIPC       bool
	TerminationGracePeriodSeconds       int
	Volumes                             []map[string]any
	Containers                          []container
	InitContainers, EphemeralContainers []container
	SecurityContext                     securityContext
}

type container struct {
	Name, Image    string
	Command, Args  []string
	LivenessProbe  *probe
	ReadinessProbe *probe
	Resources      struct{ Requests, Limits map[string]string }
	Ports          []map[string]any
	EnvFrom        []struct{ ConfigMapRef struct{ Name string } }

	SecurityContext securityContext
}

type probe struct {
	Exec                                               struct{ Command []string }
	PeriodSeconds, TimeoutSeconds, InitialDelaySeconds int
}

type securityContext struct {
	RunAsNonRoot, AllowPrivilegeEscalation, ReadOnlyRootFilesystem *bool
	Privileged                                                     bool
	RunAsUser                                                      int
	SeccompProfile                                                 struct{ Type string }
	Capabilities                                                   struct{ Drop, Add []string }
}

// render returns the YAML that kubectl makes of a kustomization.
func render(t *testing.T, folder string) []byte {
	t.Helper()
	return run(t, exec.CommandContext(t.Context(), program(t, "kubectl", "kubectl"), "kustomize", folder))
}

// program returns the path of a program that not every machine has. Without it the test
// is skipped, or fails with CI=true.
func program(t *testing.T, name, hint string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("CI needs %s", hint)
		}
		t.Skipf("this test needs %s", hint)
	}
	return path
}

// run returns what a command prints, and fails the test if it fails.
func run(t *testing.T, cmd *exec.Cmd) []byte {
	t.Helper()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s%s", cmd.Args, err, output, &stderr)
	}
	return output
}

// parse returns the objects of some YAML documents.
func parse(t *testing.T, text []byte) []object {
	t.Helper()
	var objects []object
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var document any
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			t.Fatal(err)
		}
		// As JSON, because its decoder finds fields whatever their capitals.
		text, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		var o object
		if err := json.Unmarshal(text, &o); err != nil {
			t.Fatal(err)
		}
		if o.Kind != "" {
			objects = append(objects, o)
		}
	}
}

// find returns the spec of the one object of a kind.
func find[T any](t *testing.T, objects []object, kind string) T {
	t.Helper()
	var spec T
	if err := json.Unmarshal(only(t, objects, kind).Spec, &spec); err != nil {
		t.Fatal(err)
	}
	return spec
}

// only returns the one object of a kind.
func only(t *testing.T, objects []object, kind string) object {
	t.Helper()
	found := slices.DeleteFunc(slices.Clone(objects), func(o object) bool { return o.Kind != kind })
	if len(found) != 1 {
		t.Fatalf("%d objects of kind %s, want one", len(found), kind)
	}
	return found[0]
}
