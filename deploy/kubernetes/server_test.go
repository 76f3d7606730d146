package kubernetes_test

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// The namespace of the README, where only restricted pods may be.
const namespace = `
apiVersion: v1
kind: Namespace
metadata:
  name: liftoff
  labels: {pod-security.kubernetes.io/enforce: restricted, pod-security.kubernetes.io/warn: restricted}
`

func TestServer(t *testing.T) {
	c := newCluster(t)
	c.succeed(t, namespace, "create", "-f", "-")
	t.Run("takes the manifests", c.takesTheManifests)
	t.Run("refuses broken manifests", c.refusesBrokenManifests)
	c.succeed(t, string(render(t, "base")), "apply", "--namespace=liftoff", "-f", "-")
	t.Run("makes the workers", c.makesTheWorkers)
	t.Run("acts on every exit code", c.actsOnEveryExitCode)
}

// dryRun is what the server says to manifests, which it checks and does not keep.
func (c cluster) dryRun(t *testing.T, manifests []byte) (string, error) {
	t.Helper()
	return c.output(t, string(manifests), "apply", "--namespace=liftoff", "--dry-run=server", "--validate=strict", "-f", "-")
}

func (c cluster) takesTheManifests(t *testing.T) {
	secret, err := os.ReadFile("secret.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, manifests := range map[string][]byte{
		"base":    render(t, "base"),
		"example": render(t, "example"),
		"chart":   run(t, chartCommand(t)),
		"chart with other values": run(t, chartCommand(t, `runAsUser=null`, `image.pullSecrets=["one"]`, `podAnnotations={"a": "b"}`,
			`nodeSelector={"a": "b"}`, `tolerations=[{"key": "a", "operator": "Exists"}]`,
			`networkPolicy.extraEgress=[{"ports": [{"protocol": "TCP", "port": 3128}]}]`)),
		"secret": secret,
	} {
		t.Run(name, func(t *testing.T) {
			output, err := c.dryRun(t, manifests)
			objects := len(parse(t, manifests))
			if err != nil || strings.Contains(output, "Warning:") || strings.Count(output, "created (server dry run)") != objects {
				t.Errorf("%d objects: %v\n%s", objects, err, output)
			}
		})
	}
}

// The check above would see a mistake.
func (c cluster) refusesBrokenManifests(t *testing.T) {
	base := render(t, "base")
	for name, test := range map[string]struct{ old, replacement, says string }{
		"podFailurePolicy with OnFailure": {"restartPolicy: Never", "restartPolicy: OnFailure", "podFailurePolicy"},
		"a rule for another container":    {"containerName: liftoff", "containerName: other", "containerName"},
		"a misspelt field":                {"backoffLimit:", "backOffLimit:", "backOffLimit"},
		"a wrong enum":                    {"concurrencyPolicy: Forbid", "concurrencyPolicy: Never", "concurrencyPolicy"},
		"a time zone that does not exist": {"timeZone: Etc/UTC", "timeZone: Europe/Berln", "timeZone"},
		"pods that are not restricted":    {"runAsNonRoot: true", "runAsNonRoot: false", "Warning: would violate PodSecurity"},
	} {
		t.Run(name, func(t *testing.T) {
			broken := bytes.Replace(base, []byte(test.old), []byte(test.replacement), 1)
			if bytes.Equal(broken, base) {
				t.Fatalf("the base has no %q", test.old)
			}
			output, err := c.dryRun(t, broken)
			if (err == nil) != strings.HasPrefix(test.says, "Warning") || !strings.Contains(output, test.says) {
				t.Errorf("not refused: %v\n%s", err, output)
			}
		})
	}
}

// ended is what a node says of a pod whose container ended with a code.
const ended = `{"status": {"phase": %q, "conditions": [%s], "containerStatuses": [{"name": "liftoff", "image": "liftoff",
  "imageID": "", "ready": false, "restartCount": 0, "state": {"terminated": {"exitCode": %d}}}]}}`

// What Kubernetes' own controller does with a Job of the CronJob after each exit code: the
// judge of verdict, which the everyday tests ask.
func (c cluster) actsOnEveryExitCode(t *testing.T) {
	rules := find[cronJob](t, parse(t, render(t, "base")), "CronJob").JobTemplate.Spec
	query := func(kind, name, path string) string {
		text, err := c.output(t, "", "--namespace=liftoff", "get", kind, name, "-o", "jsonpath="+path)
		if err != nil {
			return ""
		}
		return text
	}
	// Else all but the last failed Jobs are removed.
	c.succeed(t, "", "--namespace=liftoff", "patch", "cronjob", "liftoff", "--patch", `{"spec": {"failedJobsHistoryLimit": 100}}`)
	type end struct {
		code        int
		isDisrupted bool
	}
	names := map[string]end{}
	for _, code := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 75, 130, 137, 143} {
		names["code-"+strconv.Itoa(code)] = end{code, false}
	}
	names["drained"], names["drained-quarantine"] = end{143, true}, end{3, true}
	for name := range names {
		c.succeed(t, "", "--namespace=liftoff", "create", "job", name, "--from=cronjob/liftoff")
	}
	for name, e := range names {
		var pod string
		c.until(t, "job "+name+" has a pod", func() bool {
			pod = query("pods", "--selector=job-name="+name, "{.items[0].metadata.name}")
			return pod != ""
		})
		phase, condition := "Failed", ""
		if e.code == 0 {
			phase = "Succeeded"
		}
		if e.isDisrupted {
			condition = `{"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI"}`
		}
		c.succeed(t, "", "--namespace=liftoff", "patch", "pod", pod, "--subresource=status", "--patch", fmt.Sprintf(ended, phase, condition, e.code))
	}
	for name, e := range names {
		want := verdict(rules, e.code, e.isDisrupted)
		var got string
		c.until(t, "job "+name+" is dealt with", func() bool {
			// Conditions, pods that count as failed, and pods that were made.
			status := query("job", name, `{range .status.conditions[?(@.status=="True")]}{.type}/{.reason} {end}failed={.status.failed}`)
			pods := strings.Fields(query("pods", "--selector=job-name="+name, "{.items[*].metadata.name}"))
			switch {
			case strings.Contains(status, "Failed/PodFailurePolicy"):
				got = failed
			case strings.Contains(status, "Complete/"):
				got = complete
			case strings.HasSuffix(status, "failed=1") && len(pods) == 2:
				got = triedAgain
			case strings.HasSuffix(status, "failed=") && len(pods) == 2:
				got = notCounted
			}
			return got != ""
		})
		if got != want {
			t.Errorf("%s: Kubernetes says %s, want %s", name, got, want)
		}
	}
}

// The workers' pods are made where only restricted ones may be.
func (c cluster) makesTheWorkers(t *testing.T) {
	c.until(t, "there are two workers", func() bool {
		pods, err := c.output(t, "", "--namespace=liftoff", "get", "pods", "-o", "name")
		return err == nil && strings.Count(pods, "pod/liftoff-worker-") == 2
	})
}
