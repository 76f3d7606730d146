package monitoring_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"

	"liftoff"
	"liftoff/internal/metrics"
)

// expressions returns all of the alerts and the dashboard, by where they are.
func expressions(t *testing.T) map[string]string {
	t.Helper()
	var alerts struct {
		Groups []struct {
			Rules []struct{ Alert, Expr string }
		}
	}
	if err := yaml.Unmarshal([]byte(recipe(t, "alerts.yml")), &alerts); err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ RefID, Expr string }
		}
	}
	if err := json.Unmarshal([]byte(recipe(t, "grafana-dashboard.json")), &board); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, group := range alerts.Groups {
		for _, rule := range group.Rules {
			found[rule.Alert] = rule.Expr
		}
	}
	for _, panel := range board.Panels {
		for _, target := range panel.Targets {
			found[panel.Title+" "+target.RefID] = target.Expr
		}
	}
	if len(found) < 20 {
		t.Fatalf("%d expressions", len(found))
	}
	return found
}

// served returns the labels of each metric of a worker, by its name.
func served(t *testing.T) map[string][]string {
	t.Helper()
	now := time.Now()
	m := metrics.New("1.2.3")
	m.AddProcess()
	m.NoteRun(liftoff.RunSummary{StartedAt: now, FinishedAt: now, Status: liftoff.RunSucceeded, Statistics: liftoff.Statistics{
		SourceStatistics: liftoff.SourceStatistics{Statuses: map[int]int64{200: 1}}, PeakMemory: 1,
	}}, 0)
	m.NoteState(&metrics.State{
		Health:         liftoff.Health{LastGood: liftoff.LedgerRow{FinishedAt: now}, LastChange: liftoff.LedgerRow{FinishedAt: now}},
		NewestLaunchAt: now, Schedules: []liftoff.Schedule{{Name: "hourly", NextDueAt: now}},
	})
	families, err := m.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	// Prometheus' own.
	found := map[string][]string{"ALERTS": {"alertname", "alertstate", "severity", "schedule"}}
	for _, family := range families {
		of := []string{}
		for _, label := range family.GetMetric()[0].GetLabel() {
			of = append(of, label.GetName())
		}
		found[family.GetName()] = of
	}
	return found
}

// TestExpressions_ParseAndAreAboutTheProgramsMetrics asks Prometheus' own parser.
func TestExpressions_ParseAndAreAboutTheProgramsMetrics(t *testing.T) {
	known := served(t)
	for where, text := range expressions(t) {
		t.Run(where, func(t *testing.T) {
			expression, err := parser.NewParser(parser.Options{}).ParseExpr(text)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			wantKnownNames(t, expression, known)
		})
	}
}

// wantKnownNames wants each metric and label of an expression to be among the known.
func wantKnownNames(t *testing.T, expression parser.Expr, known map[string][]string) {
	t.Helper()
	var used []string
	possible := []string{"job", "instance"}
	parser.Inspect(expression, func(node parser.Node, _ []parser.Node) error {
		switch node := node.(type) {
		case *parser.VectorSelector:
			of, isKnown := known[node.Name]
			if !isKnown {
				t.Errorf("the program has no %s", node.Name)
			}
			possible = append(possible, of...)
			for _, matcher := range node.LabelMatchers {
				if matcher.Name != "__name__" && !slices.Contains(append([]string{"job", "instance"}, of...), matcher.Name) {
					t.Errorf("%s has no label %s", node.Name, matcher.Name)
				}
			}
		case *parser.AggregateExpr:
			used = append(used, node.Grouping...)
		case *parser.BinaryExpr:
			if node.VectorMatching != nil {
				used = append(used, node.VectorMatching.MatchingLabels...)
			}
		}
		return nil
	})
	for _, label := range used {
		if !slices.Contains(possible, label) {
			t.Errorf("no metric of it has the label %s", label)
		}
	}
}

// documentedMetrics returns the metrics in the table of docs/monitoring.md.
func documentedMetrics(t *testing.T) []string {
	t.Helper()
	content, err := os.ReadFile("../../docs/monitoring.md")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(content)) {
		if cells := strings.Split(line, "|"); strings.HasPrefix(line, "| `liftoff_") {
			names = append(names, regexp.MustCompile(`liftoff_\w+`).FindAllString(cells[1], -1)...)
		}
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) < 20 {
		t.Fatalf("%d metrics: %q", len(names), names)
	}
	return names
}
