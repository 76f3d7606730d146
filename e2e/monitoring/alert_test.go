package monitoring_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// shortened returns the rules with waits and ages of seconds, for which a test can wait.
// What they are about is not changed, nor the number of records and changes.
func shortened(t *testing.T) string {
	t.Helper()
	return replaced(t, recipe(t, "alerts.yml"),
		"for: 5m", "for: 2s", "for: 1h", "for: 2s", "for: 2m", "for: 2s",
		"> 3 * 3600", "> 5", "> 30 * 86400", "> 5", ">= 5", ">= 1")
}

// story is one database with workers that come and go, and what watches it.
type story struct {
	u          *clitest.User
	server     *pgtest.Server
	address    string
	prometheus prometheus
	webhook    *webhook
}

// TestAlerts_ReachAWebhook makes each alert fire for its real reason: from a worker over
// Prometheus and Alertmanager to a receiver.
func TestAlerts_ReachAWebhook(t *testing.T) {
	s := &story{server: pgtest.NewServer(t), address: "127.0.0.1:" + clitest.FreePort(t), webhook: startWebhook(t)}
	s.u = clitest.NewUser(t).On(s.server.Database())
	s.prometheus = startPrometheus(t, options{worker: s.address, alertmanager: startAlertmanager(t, s.webhook), rules: shortened(t)})
	for _, step := range []struct {
		name string
		run  func(t *testing.T, s *story)
	}{
		{"no worker runs", noWorker},
		{"the API is away from the beginning", neverGood},
		{"a record cannot be stored, and most launches have changed", quarantineAndBurst},
		{"a schedule has no worker", overdueSchedule},
		{"nothing comes any more", nothingNew},
		{"the database is away", databaseAway},
	} {
		if !t.Run(step.name, func(t *testing.T) { step.run(t, s) }) {
			return
		}
	}
	s.webhook.mutex.Lock()
	defer s.webhook.mutex.Unlock()
	for _, n := range s.webhook.notices {
		for name, text := range n.Annotations {
			if text == "" || strings.Contains(text, "<error") || strings.Contains(text, "{{") || strings.Contains(text, "<no value>") {
				t.Errorf("%s: the %s is %q", n.Labels["alertname"], name, text)
			}
		}
		if n.Labels["severity"] == "info" {
			t.Errorf("the webhook is told about %s", n.Labels["alertname"])
		}
	}
}

// startWorker starts a worker, which ends with the test that t belongs to.
func (s *story) startWorker(t *testing.T, api string, args ...string) *clitest.Running {
	t.Helper()
	worker := s.u.With("SPACEX_API_URL="+api).Start(t, append([]string{"worker", "--every", "1h", "--metrics-listen", s.address}, args...)...)
	worker.WaitFor("Serving metrics.", patience)
	return worker
}

func noWorker(t *testing.T, s *story) {
	s.webhook.await(t, "LiftoffMetricsAbsent", "firing")
}

func neverGood(t *testing.T, s *story) {
	worker := s.startWorker(t, clitest.ClosedPort, "--schedule-name", "broken")
	s.webhook.await(t, "LiftoffMetricsAbsent", "resolved")
	s.webhook.await(t, "LiftoffNeverSucceeded", "firing")
	if n := s.webhook.await(t, "LiftoffScheduleFails", "firing"); n.Labels["schedule"] != "broken" {
		t.Errorf("the alert is about %v", n.Labels)
	}
	worker.Signal(syscall.SIGTERM)
	worker.Wait()
}

// quarantineAndBurst ingests a state of the launches, and then one in which many have
// changed and one has lost its id.
func quarantineAndBurst(t *testing.T, s *story) {
	s.u.With("SPACEX_API_URL="+clitest.StartReplay(t)).Succeed(t, "ingest", "--all", "--skip-analytics")
	api := clitest.StartReplay(t, "--revision", "60", "--damage", "missing-id@205")
	worker := s.startWorker(t, api, "--schedule-name", "good")
	s.webhook.await(t, "LiftoffNeverSucceeded", "resolved")
	if n := s.webhook.await(t, "LiftoffQuarantine", "firing"); n.Annotations["summary"] != "liftoff has records in quarantine: 1." {
		t.Errorf("the summary is %q", n.Annotations["summary"])
	}
	row := newestRun(t, s.u)
	n := s.webhook.await(t, "LiftoffRevisionBurst", "firing")
	if want := fmt.Sprintf("A run of liftoff found %v launches changed.", row.Revised); n.Annotations["summary"] != want {
		t.Errorf("the summary is %q, want %q", n.Annotations["summary"], want)
	}
	worker.Signal(syscall.SIGTERM)
	worker.Wait()
}

// overdueSchedule lets the schedule of another source wait for ten minutes, which is not
// this worker's business.
func overdueSchedule(t *testing.T, s *story) {
	clitest.Execute(t, s.server.Database(), "UPDATE ingestion_schedules SET next_due_at = next_due_at - interval '10 minutes', retry_at = NULL WHERE name = 'broken'")
	s.startWorker(t, clitest.StartReplay(t), "--schedule-name", "other")
	s.webhook.await(t, "LiftoffWorkerOverdue", "firing")
}

// nothingNew waits for the ages, while a worker serves them whose runs all fail; nobody is
// told that a source stands still.
func nothingNew(t *testing.T, s *story) {
	s.startWorker(t, clitest.ClosedPort, "--schedule-name", "broken")
	s.webhook.await(t, "LiftoffNoRecentSuccess", "firing")
	s.prometheus.awaitFiring(t, "LiftoffSourceUnchanged")
}

func databaseAway(t *testing.T, s *story) {
	s.startWorker(t, clitest.ClosedPort, "--schedule-name", "broken")
	s.server.Stop(t)
	s.webhook.await(t, "LiftoffDatabaseDown", "firing")
	s.server.Start(t)
	s.webhook.await(t, "LiftoffDatabaseDown", "resolved")
}
