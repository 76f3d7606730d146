package kubernetes_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const chart = "../helm/liftoff"

// helm returns a command of helm: that of the PATH, or the one that `make test-kubernetes`
// builds. Without it the test is skipped, but not in that target.
func helm(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("helm")
	if err != nil {
		path, _ = filepath.Abs("../../.bin/helm")
	}
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("KUBERNETES_BIN") != "" {
			t.Fatal("`make .bin/helm` builds helm, which is not here")
		}
		t.Skip("this test needs helm, which `make .bin/helm` builds in some minutes")
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	home := t.TempDir()
	cmd.Env = append(os.Environ(), "HELM_CACHE_HOME="+home, "HELM_CONFIG_HOME="+home, "HELM_DATA_HOME="+home)
	return cmd
}

// chartObjects are the objects of the chart with values such as "workers.replicas=3".
func chartObjects(t *testing.T, values ...string) []object {
	t.Helper()
	return parse(t, run(t, chartCommand(t, values...)))
}

func chartCommand(t *testing.T, values ...string) *exec.Cmd {
	t.Helper()
	args := []string{"template", "liftoff", chart}
	for _, v := range values {
		args = append(args, "--set-json", v)
	}
	return helm(t, args...)
}

var hashOfSettings = regexp.MustCompile(`^liftoff-[a-z0-9]{10}$`)

// plain takes away what the chart and the base may spell differently: labels of the release,
// the tag, the hash in the name of the settings, and what is the default anyway.
func plain(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			switch key {
			case "annotations", "imagePullPolicy", "suspend", "app.kubernetes.io/instance",
				"app.kubernetes.io/version", "app.kubernetes.io/managed-by", "helm.sh/chart":
				delete(v, key)
			case "image":
				v[key], _, _ = strings.Cut(inner.(string), ":")
			default:
				v[key] = plain(inner)
			}
		}
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case string:
		if hashOfSettings.MatchString(v) {
			return "liftoff"
		}
	}
	return value
}

// plainSpec returns the spec of the one object of a kind.
func plainSpec(t *testing.T, objects []object, kind string) any {
	t.Helper()
	var spec any
	if err := json.Unmarshal(only(t, objects, kind).Spec, &spec); err != nil {
		t.Fatal(err)
	}
	return plain(spec)
}

func TestChart_MakesWhatTheBaseMakes(t *testing.T) {
	objects, base := chartObjects(t), parse(t, render(t, "base"))
	if len(objects) != len(base) {
		t.Errorf("%d objects, want %d", len(objects), len(base))
	}
	for _, kind := range []string{"CronJob", "Deployment", "NetworkPolicy", "PodDisruptionBudget"} {
		if diff := cmp.Diff(plainSpec(t, base, kind), plainSpec(t, objects, kind)); diff != "" {
			t.Errorf("%s: base and chart differ (-base +chart):\n%s", kind, diff)
		}
		if got, want := only(t, objects, kind).Metadata.Name, only(t, base, kind).Metadata.Name; got != want {
			t.Errorf("%s is called %s, want %s", kind, got, want)
		}
	}
	settings := only(t, objects, "ConfigMap").Data
	for name, want := range only(t, base, "ConfigMap").Data {
		if settings[name] != want {
			t.Errorf("%s is %q, want %q", name, settings[name], want)
		}
	}
	if automount := only(t, objects, "ServiceAccount").AutomountServiceAccountToken; automount == nil || *automount {
		t.Error("the service account has a token")
	}
	// Not only equal to the base, whose own tests may be skipped.
	wantExitCodes(t, find[cronJob](t, objects, "CronJob").JobTemplate.Spec)
	wantRestricted(t, find[deployment](t, objects, "Deployment").Template.Spec)
}

func TestChart_HasEitherModeAlone(t *testing.T) {
	for values, want := range map[string]string{
		`workers.enabled=false`: "CronJob",
		`cronJob.enabled=false`: "Deployment",
	} {
		var kinds []string
		for _, o := range chartObjects(t, values) {
			if o.Kind == "CronJob" || o.Kind == "Deployment" {
				kinds = append(kinds, o.Kind)
			}
		}
		if diff := cmp.Diff([]string{want}, kinds); diff != "" {
			t.Errorf("%s: %s", values, diff)
		}
	}
}

func TestChart_ValuesReachTheObjects(t *testing.T) {
	digest := "sha256:" + strings.Repeat("0a", 32)
	objects := chartObjects(t,
		`image={"repository": "registry.example.com/liftoff", "tag": "1.2.3", "digest": "`+digest+`"}`,
		`database={"host": "db.example.com", "port": 6432, "existingSecret": "mine", "secretKey": "word"}`,
		`cronJob.schedule="23 */2 * * *"`, `cronJob.timeZone="Europe/Berlin"`, `cronJob.selection="all"`,
		`workers.schedule={"cron": "5 4 * * *", "timeZone": "Asia/Tokyo"}`, `workers.replicas=5`,
		`settings={"SPACEX_RATE_LIMIT": "10"}`, `runAsUser=1000650000`,
		`networkPolicy.extraEgress=[{"ports": [{"protocol": "TCP", "port": 3128}]}]`)
	c := find[cronJob](t, objects, "CronJob")
	d := find[deployment](t, objects, "Deployment")
	if c.Schedule != "23 */2 * * *" || c.TimeZone != "Europe/Berlin" || c.JobTemplate.Spec.Template.Spec.Containers[0].Args[1] != "--all" || d.Replicas != 5 {
		t.Errorf("the values did not arrive: %+v", c)
	}
	if want, got := "registry.example.com/liftoff@"+digest, d.Template.Spec.Containers[0].Image; got != want {
		t.Errorf("image %s, want %s", got, want)
	}
	if got := d.Template.Spec.SecurityContext.RunAsUser; got != 1000650000 {
		t.Errorf("runAsUser is %d", got)
	}
	for _, p := range []pod{c.JobTemplate.Spec.Template.Spec, d.Template.Spec} {
		if secret, _ := p.Volumes[0]["secret"].(map[string]any); secret["secretName"] != "mine" {
			t.Errorf("the pod mounts %v", secret)
		}
	}
	data := only(t, objects, "ConfigMap").Data
	for name, want := range map[string]string{
		"POSTGRES_HOST": "db.example.com", "POSTGRES_PORT": "6432", "POSTGRES_PASSWORD_FILE": "/run/secrets/liftoff/word",
		"SCHEDULE_CRON": "5 4 * * *", "SCHEDULE_TIME_ZONE": "Asia/Tokyo", "SPACEX_RATE_LIMIT": "10",
	} {
		if data[name] != want {
			t.Errorf("%s is %q, want %q", name, data[name], want)
		}
	}
	policy := find[struct{ Egress []peer }](t, objects, "NetworkPolicy")
	if policy.Egress[1].Ports[0].Port != 6432 || policy.Egress[3].Ports[0].Port != 3128 {
		t.Errorf("egress: %+v", policy.Egress)
	}
}

func TestChart_NamesItsObjectsAfterTheRelease(t *testing.T) {
	long := strings.Repeat("x", 53)
	for release, want := range map[string]string{"liftoff": "liftoff", "my-liftoff": "my-liftoff", "space": "space-liftoff", long: long[:44] + "-liftoff"} {
		objects := parse(t, run(t, helm(t, "template", release, chart)))
		if got := only(t, objects, "CronJob").Metadata.Name; got != want {
			t.Errorf("release %s: %s, want %s", release, got, want)
		}
		if account := find[deployment](t, objects, "Deployment").Template.Spec.ServiceAccountName; account != want {
			t.Errorf("release %s: its workers are %s", release, account)
		}
	}
}

func TestChart_RefusesWrongValuesByName(t *testing.T) {
	for values, says := range map[string]string{
		`database.password="s3cret"`:                         "password",
		`settings={"PAGE_SIZE": 1000000}`:                    "PAGE_SIZE",
		`settings={"POSTGRES_PASSWORD": "s3cret"}`:           "POSTGRES_PASSWORD",
		`cronJob.schedule="@hourly"`:                         "schedule",
		`cronJob.selection="latest launch"`:                  "selection",
		`workers.schedule={"cron":"* * * * *","every":"1h"}`: "schedule",
		`image.digest="latest"`:                              "digest",
		`runAsUser=0`:                                        "runAsUser",
		`workers.replica=3`:                                  "replica",
	} {
		output, err := chartCommand(t, values).CombinedOutput()
		if err == nil || !strings.Contains(string(output), says) {
			t.Errorf("%s: %v\n%s", values, err, output)
		}
	}
}

func TestChart_LintHasNoWarnings(t *testing.T) {
	output := string(run(t, helm(t, "lint", "--strict", chart)))
	if !strings.Contains(output, "0 chart(s) failed") || strings.Contains(output, "[WARNING]") {
		t.Error(output)
	}
}
