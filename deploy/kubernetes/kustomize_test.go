package kubernetes_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff"
)

// What Kubernetes does with a pod that ended, in the words of docs/deploy.md.
const (
	complete     = "complete"
	failed       = "failed at once"
	triedAgain   = "tried again"
	notCounted   = "tried again, not counted"
	unknownRules = "unknown"
)

// verdict is what Kubernetes does with a Job whose pod ended with code: the first rule
// that fits decides; without one the end counts towards backoffLimit.
func verdict(j job, code int, isDisrupted bool) string {
	if code == 0 {
		return complete
	}
	actions := map[string]string{"FailJob": failed, "Ignore": notCounted, "Count": triedAgain}
	for _, r := range j.PodFailurePolicy.Rules {
		fits := false
		if r.OnExitCodes != nil {
			if r.OnExitCodes.ContainerName != j.Template.Spec.Containers[0].Name {
				return unknownRules
			}
			fits = slices.Contains(r.OnExitCodes.Values, code) == (r.OnExitCodes.Operator == "In")
		}
		for _, condition := range r.OnPodConditions {
			fits = fits || isDisrupted && condition.Type == "DisruptionTarget" && condition.Status == "True"
		}
		if fits {
			return actions[r.Action]
		}
	}
	return triedAgain
}

// wantExitCodes wants every exit code of liftoff to mean what docs/exit-codes.md says.
func wantExitCodes(t *testing.T, j job) {
	t.Helper()
	for code, want := range map[int]string{
		0: complete,
		1: triedAgain, 4: triedAgain, 5: triedAgain, 6: triedAgain,
		2: failed, 3: failed, 7: failed, 8: failed,
		// Only where another run took over: --if-locked skip makes it 0 otherwise.
		75:  triedAgain,
		130: triedAgain, 143: triedAgain,
	} {
		if got := verdict(j, code, false); got != want {
			t.Errorf("exit code %d: %s, want %s", code, got, want)
		}
	}
	for c := liftoff.Internal; c <= liftoff.Interrupted; c++ {
		mayRetry := c.Retryable() || c == liftoff.Interrupted
		if got := verdict(j, c.ExitCode(), false); (got == triedAgain) != mayRetry {
			t.Errorf("category %s (%d): %s", c, c.ExitCode(), got)
		}
	}
	for code, want := range map[int]string{143: notCounted, 137: notCounted, 3: failed} {
		if got := verdict(j, code, true); got != want {
			t.Errorf("exit code %d on a drained node: %s, want %s", code, got, want)
		}
	}
	if j.BackoffLimit < 1 || j.ActiveDeadlineSeconds < 60 || j.Template.Spec.RestartPolicy != "Never" {
		t.Errorf("backoffLimit %d, activeDeadlineSeconds %d, restartPolicy %q: nothing is tried again in a bounded time",
			j.BackoffLimit, j.ActiveDeadlineSeconds, j.Template.Spec.RestartPolicy)
	}
	want := []string{"ingest", "--new", "--if-locked", "skip", "--skip-analytics"}
	if diff := cmp.Diff(want, j.Template.Spec.Containers[0].Args); diff != "" {
		t.Error(diff)
	}
}

// wantRestricted wants a pod that the Pod Security Standard "restricted" allows, with
// a read-only file system, no token and no variables of Services. The real judge is
// the API server of `make test-kubernetes`.
func wantRestricted(t *testing.T, p pod) {
	t.Helper()
	isTrue := func(b *bool) bool { return b != nil && *b }
	isFalse := func(b *bool) bool { return b != nil && !*b }
	for what, ok := range map[string]bool{
		"runAsNonRoot":              isTrue(p.SecurityContext.RunAsNonRoot),
		"seccompProfile":            p.SecurityContext.SeccompProfile.Type == "RuntimeDefault",
		"runAsUser as in the image": p.SecurityContext.RunAsUser == 65532,
		"no namespace of the host":  !p.HostNetwork && !p.HostPID && !p.HostIPC,
		"no token":                  isFalse(p.AutomountServiceAccountToken) && p.ServiceAccountName == "liftoff",
		"no service links":          isFalse(p.EnableServiceLinks),
		"one container":             len(p.Containers) == 1 && len(p.InitContainers) == 0 && len(p.EphemeralContainers) == 0,
		"time to end":               p.TerminationGracePeriodSeconds >= 20,
	} {
		if !ok {
			t.Errorf("the pod lacks: %s", what)
		}
	}
	for _, c := range p.Containers {
		s := c.SecurityContext
		for what, ok := range map[string]bool{
			"allowPrivilegeEscalation: false": isFalse(s.AllowPrivilegeEscalation) && !s.Privileged,
			"readOnlyRootFilesystem":          isTrue(s.ReadOnlyRootFilesystem),
			"drop: [ALL]":                     slices.Equal(s.Capabilities.Drop, []string{"ALL"}) && len(s.Capabilities.Add) == 0,
			"resources":                       c.Resources.Requests["cpu"] != "" && c.Resources.Requests["memory"] != "" && c.Resources.Limits["memory"] != "",
			"no livenessProbe, no port":       c.LivenessProbe == nil && len(c.Ports) == 0,
		} {
			if !ok {
				t.Errorf("container %s lacks: %s", c.Name, what)
			}
		}
	}
	for _, v := range p.Volumes {
		if v["secret"] == nil && v["configMap"] == nil && v["emptyDir"] == nil {
			t.Errorf("a volume of another kind: %v", v)
		}
	}
}

func TestBase_CronJobActsOnEveryExitCode(t *testing.T) {
	c := find[cronJob](t, parse(t, render(t, "base")), "CronJob")
	wantExitCodes(t, c.JobTemplate.Spec)
	minute, _, _ := strings.Cut(c.Schedule, " ")
	if minute == "0" || strings.ContainsAny(minute, "*/,") {
		t.Errorf("schedule %q: want one minute of the hour, not :00", c.Schedule)
	}
	if c.TimeZone == "" || c.ConcurrencyPolicy != "Forbid" || c.StartingDeadlineSeconds < 10 {
		t.Errorf("time zone %q, concurrencyPolicy %q, startingDeadlineSeconds %d", c.TimeZone, c.ConcurrencyPolicy, c.StartingDeadlineSeconds)
	}
}

// A verdict that cannot be wrong would prove nothing.
func TestVerdict_SeesBrokenRules(t *testing.T) {
	whole := find[cronJob](t, parse(t, render(t, "base")), "CronJob").JobTemplate.Spec
	broken := whole
	broken.PodFailurePolicy.Rules = whole.PodFailurePolicy.Rules[1:]
	if got := verdict(broken, 2, false); got != triedAgain {
		t.Errorf("without the first rule, code 2 is %s", got)
	}
	other := *whole.PodFailurePolicy.Rules[0].OnExitCodes
	other.ContainerName = "other"
	broken.PodFailurePolicy.Rules = []rule{{Action: "FailJob", OnExitCodes: &other}}
	if got := verdict(broken, 2, false); got != unknownRules {
		t.Errorf("with a rule for another container, code 2 is %s", got)
	}
}

func TestBase_PodsAreRestricted(t *testing.T) {
	objects := parse(t, render(t, "base"))
	wantRestricted(t, find[cronJob](t, objects, "CronJob").JobTemplate.Spec.Template.Spec)
	wantRestricted(t, find[deployment](t, objects, "Deployment").Template.Spec)
	if automount := only(t, objects, "ServiceAccount").AutomountServiceAccountToken; automount == nil || *automount {
		t.Error("the service account has a token")
	}
	for _, o := range objects {
		if o.Kind == "Secret" {
			t.Error("a password is in the manifests")
		}
	}
}

func TestBase_WorkersAreReadyByCheck(t *testing.T) {
	objects := parse(t, render(t, "base"))
	d := find[deployment](t, objects, "Deployment")
	c := d.Template.Spec.Containers[0]
	if d.Replicas != 2 || !slices.Equal(c.Args, []string{"worker"}) || d.Template.Spec.RestartPolicy != "Always" {
		t.Errorf("%d replicas of %v, restarted %s", d.Replicas, c.Args, d.Template.Spec.RestartPolicy)
	}
	p := c.ReadinessProbe
	if p == nil || !slices.Equal(p.Exec.Command[:3], []string{"/usr/local/bin/liftoff", "worker", "--check"}) {
		t.Fatalf("readinessProbe: %+v", p)
	}
	if p.PeriodSeconds < 10 || p.TimeoutSeconds <= 5 || p.TimeoutSeconds >= p.PeriodSeconds {
		t.Errorf("a check comes every %d s and may take %d s; it waits 5 s for the database", p.PeriodSeconds, p.TimeoutSeconds)
	}
	budget := find[struct {
		MaxUnavailable             int
		UnhealthyPodEvictionPolicy string
		Selector                   struct{ MatchLabels map[string]string }
	}](t, objects, "PodDisruptionBudget")
	if budget.MaxUnavailable != 1 || budget.UnhealthyPodEvictionPolicy != "AlwaysAllow" {
		t.Errorf("budget: %+v", budget)
	}
	if diff := cmp.Diff(d.Selector.MatchLabels, budget.Selector.MatchLabels); diff != "" {
		t.Error(diff)
	}
}

// peer is what the tests read of a rule of egress.
type peer struct {
	To []struct {
		IPBlock           *struct{ CIDR string }
		NamespaceSelector *struct{ MatchLabels map[string]string }
	}
	Ports []struct {
		Protocol string
		Port     int
	}
}

func TestBase_NetworkIsDNSAndPostgreSQLAndAPI(t *testing.T) {
	objects := parse(t, render(t, "base"))
	policy := find[struct {
		PodSelector     struct{ MatchLabels map[string]string }
		PolicyTypes     []string
		Ingress, Egress []peer
	}](t, objects, "NetworkPolicy")
	if !slices.Equal(policy.PolicyTypes, []string{"Ingress", "Egress"}) || len(policy.Ingress) != 0 {
		t.Errorf("policyTypes %v, ingress %v", policy.PolicyTypes, policy.Ingress)
	}
	var ports []int
	for _, rule := range policy.Egress {
		for _, p := range rule.Ports {
			ports = append(ports, p.Port)
		}
		if len(rule.Ports) == 0 || len(rule.To) == 0 && rule.Ports[0].Port != 5432 {
			t.Errorf("a rule allows too much: %+v", rule)
		}
	}
	if !slices.Equal(ports, []int{53, 53, 5432, 443}) {
		t.Errorf("ports %v", ports)
	}
	labels := []map[string]string{
		find[cronJob](t, objects, "CronJob").JobTemplate.Spec.Template.Metadata.Labels,
		find[deployment](t, objects, "Deployment").Template.Metadata.Labels,
	}
	for _, l := range labels {
		for name, value := range policy.PodSelector.MatchLabels {
			if l[name] != value {
				t.Errorf("the policy selects %s=%s, and the pod has %q", name, value, l[name])
			}
		}
	}
}

func TestExample_HasOneScheduleAndADigest(t *testing.T) {
	objects := parse(t, render(t, "example"))
	for _, o := range objects {
		if o.Kind == "CronJob" {
			t.Error("the example has both schedules")
		}
		if o.Metadata.Namespace != "liftoff" {
			t.Errorf("%s is in namespace %q", o.Kind, o.Metadata.Namespace)
		}
	}
	settings := only(t, objects, "ConfigMap")
	if settings.Data["SCHEDULE_CRON"] == "" || settings.Data["POSTGRES_HOST"] != "db.example.com" || settings.Data["LOG_FILE"] != "-" {
		t.Errorf("settings: %v", settings.Data)
	}
	spec := find[deployment](t, objects, "Deployment").Template.Spec
	wantRestricted(t, spec)
	if !strings.Contains(spec.Containers[0].Image, "@sha256:") || spec.Containers[0].EnvFrom[0].ConfigMapRef.Name != settings.Metadata.Name {
		t.Errorf("image %q, settings %q", spec.Containers[0].Image, spec.Containers[0].EnvFrom[0].ConfigMapRef.Name)
	}
}

// The Secret of the example is the one that the pods mount.
func TestSecret_IsWhatPodsRead(t *testing.T) {
	text, err := os.ReadFile("secret.yaml")
	if err != nil {
		t.Fatal(err)
	}
	name := only(t, parse(t, text), "Secret").Metadata.Name
	objects := parse(t, render(t, "base"))
	for _, p := range []pod{find[cronJob](t, objects, "CronJob").JobTemplate.Spec.Template.Spec, find[deployment](t, objects, "Deployment").Template.Spec} {
		if secret, _ := p.Volumes[0]["secret"].(map[string]any); secret["secretName"] != name {
			t.Errorf("the pod mounts %v, want %s", secret, name)
		}
	}
}
