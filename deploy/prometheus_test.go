package deploy_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"liftoff"
	"liftoff/internal/metrics"
)

// What needs the parser of PromQL, promtool or a Prometheus is tested in e2e/monitoring.

// alertRule is a rule of deploy/prometheus/alerts.yml.
type alertRule struct {
	Alert, Expr, For    string
	Labels, Annotations map[string]string
}

// alertRules returns the rules, read as strictly as can be.
func alertRules(t *testing.T) []alertRule {
	t.Helper()
	var file struct {
		Groups []struct {
			Name  string
			Rules []alertRule
		}
	}
	readYAML(t, "prometheus/alerts.yml", &file)
	var rules []alertRule
	for _, group := range file.Groups {
		rules = append(rules, group.Rules...)
	}
	if len(rules) < 7 {
		t.Fatalf("%d alerts", len(rules))
	}
	return rules
}

// readYAML reads a file into a struct that must have all of its keys.
func readYAML(t *testing.T, path string, into any) {
	t.Helper()
	decoder := yaml.NewDecoder(strings.NewReader(read(t, path)))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// panel is one of the dashboard.
type panel struct {
	ID          int
	Title, Type string
	Description string
	Datasource  datasource
	GridPos     struct{ X, Y, W, H int }
	FieldConfig struct{ Defaults struct{ Unit string } }
	Targets     []struct {
		Datasource  datasource
		RefID, Expr string
	}
}

type datasource struct{ Type, UID string }

// chosen is the datasource that the user of the dashboard chooses.
var chosen = datasource{"prometheus", "${datasource}"}

// dashboardPanels returns the panels of the dashboard.
func dashboardPanels(t *testing.T) []panel {
	t.Helper()
	var board struct{ Panels []panel }
	if err := json.Unmarshal([]byte(read(t, "prometheus/grafana-dashboard.json")), &board); err != nil {
		t.Fatal(err)
	}
	if len(board.Panels) < 10 {
		t.Fatalf("%d panels", len(board.Panels))
	}
	return board.Panels
}

// programMetrics returns the labels of each metric that a worker serves, by its name.
func programMetrics(t *testing.T) map[string][]string {
	t.Helper()
	noon := time.Date(2024, 4, 27, 12, 0, 0, 0, time.UTC)
	m := metrics.New("1.2.3")
	m.AddProcess()
	m.NoteRun(liftoff.RunSummary{
		RunCounts: liftoff.RunCounts{Inserted: 1}, StartedAt: noon, FinishedAt: noon.Add(time.Second), Status: liftoff.RunSucceeded,
		Statistics: liftoff.Statistics{SourceStatistics: liftoff.SourceStatistics{Statuses: map[int]int64{200: 1}}, PeakMemory: 1},
	}, 0)
	m.NoteState(&metrics.State{
		Health:         liftoff.Health{LastGood: liftoff.LedgerRow{FinishedAt: noon}, LastChange: liftoff.LedgerRow{FinishedAt: noon}},
		NewestLaunchAt: noon, Schedules: []liftoff.Schedule{{Name: "hourly", NextDueAt: noon}},
	})
	families, err := m.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, family := range families {
		labels := []string{}
		for _, label := range family.GetMetric()[0].GetLabel() {
			labels = append(labels, label.GetName())
		}
		found[family.GetName()] = labels
	}
	return found
}

func TestPrometheus_EachAlertSaysWhatToDo(t *testing.T) {
	var seen []string
	for _, rule := range alertRules(t) {
		t.Run(rule.Alert, func(t *testing.T) {
			if !strings.HasPrefix(rule.Alert, "Liftoff") || slices.Contains(seen, rule.Alert) {
				t.Errorf("the name %q is not liftoff's own, or there twice", rule.Alert)
			}
			seen = append(seen, rule.Alert)
			if severity := rule.Labels["severity"]; !slices.Contains([]string{"critical", "warning", "info"}, severity) {
				t.Errorf("the severity is %q", severity)
			}
			summary, description := rule.Annotations["summary"], rule.Annotations["description"]
			if summary == "" || len(summary) > 100 || strings.Contains(summary, "\n") {
				t.Errorf("the summary is not one line: %q", summary)
			}
			if _, next, found := strings.Cut(description, " Next: "); !found || len(next) < 20 {
				t.Errorf("the description does not say what to do next: %q", description)
			}
			wantDocument(t, rule.Annotations["documentation"])
			if !strings.Contains(read(t, "prometheus/alerts_test.yml"), rule.Alert) {
				t.Error("alerts_test.yml does not test it")
			}
			row := regexp.MustCompile("(?m)^\\| `" + rule.Alert + "` \\|.*\\| " + rule.Labels["severity"] + " \\|$")
			if !row.MatchString(read(t, "../docs/monitoring.md")) {
				t.Error("the table of docs/monitoring.md has no row for it with its severity")
			}
		})
	}
}

// wantDocument wants a page of the documentation, and its heading if one is named.
func wantDocument(t *testing.T, link string) {
	t.Helper()
	path, anchor, hasAnchor := strings.Cut(link, "#")
	if filepath.Dir(path) != "docs" {
		t.Errorf("the documentation is %q, which is no page", link)
		return
	}
	heading := regexp.MustCompile(`(?mi)^#+ ` + strings.ReplaceAll(regexp.QuoteMeta(anchor), "-", " ") + `$`)
	if page := read(t, filepath.Join("..", path)); hasAnchor && !heading.MatchString(page) {
		t.Errorf("%s has no heading for #%s", path, anchor)
	}
}

// TestPrometheus_KnowsTheProgramsMetrics: a name or label that the program does not have
// gives no error in Prometheus, only an alert that never fires.
func TestPrometheus_KnowsTheProgramsMetrics(t *testing.T) {
	expressions := map[string]string{}
	for _, rule := range alertRules(t) {
		expressions[rule.Alert] = rule.Expr
	}
	for _, panel := range dashboardPanels(t) {
		for _, target := range panel.Targets {
			expressions[panel.Title+" "+target.RefID] = target.Expr
		}
	}
	known := programMetrics(t)
	everywhere := []string{"job", "instance", "alertname"} // Prometheus adds them
	selector := regexp.MustCompile(`\b((?:liftoff|process|go)_\w+)(?:\{([^}]*)\})?`)
	matcher := regexp.MustCompile(`(\w+)\s*[=!]~?\s*"`)
	grouping := regexp.MustCompile(`\b(?:by|on|without|ignoring)\s*\(([^)]*)\)`)
	for where, expression := range expressions {
		of := slices.Clone(everywhere)
		found := selector.FindAllStringSubmatch(expression, -1)
		if len(found) == 0 && !strings.HasPrefix(expression, "ALERTS{") {
			t.Errorf("%s is about no metric: %s", where, expression)
		}
		for _, each := range found {
			labels, isKnown := known[each[1]]
			if !isKnown {
				t.Errorf("%s: the program has no %s", where, each[1])
			}
			of = append(of, labels...)
			for _, label := range matcher.FindAllStringSubmatch(each[2], -1) {
				if !slices.Contains(append(labels, everywhere...), label[1]) {
					t.Errorf("%s: %s has no label %s", where, each[1], label[1])
				}
			}
		}
		for _, each := range grouping.FindAllStringSubmatch(expression, -1) {
			for label := range strings.SplitSeq(each[1], ",") {
				if !slices.Contains(of, strings.TrimSpace(label)) {
					t.Errorf("%s: no metric has the label %q", where, label)
				}
			}
		}
	}
}

// TestPrometheus_DocumentationNamesNoOtherMetric is the other direction of
// TestMetrics_AreInTheDocumentation.
func TestPrometheus_DocumentationNamesNoOtherMetric(t *testing.T) {
	known := programMetrics(t)
	for _, page := range []string{"../docs/monitoring.md", "prometheus/alerts.yml", "prometheus/alerts_test.yml", "prometheus/README.md"} {
		for _, name := range regexp.MustCompile(`\bliftoff_\w+`).FindAllString(read(t, page), -1) {
			if _, isKnown := known[name]; !isKnown {
				t.Errorf("%s names %s, which the program does not have", page, name)
			}
		}
	}
}

func TestPrometheus_DashboardIsForAnyGrafana(t *testing.T) {
	var ids []int
	for _, panel := range dashboardPanels(t) {
		t.Run(panel.Title, func(t *testing.T) {
			if panel.ID == 0 || slices.Contains(ids, panel.ID) {
				t.Errorf("the id %d is there twice, or none", panel.ID)
			}
			ids = append(ids, panel.ID)
			if panel.FieldConfig.Defaults.Unit == "" || panel.Description == "" {
				t.Error("it has no unit or description")
			}
			if g := panel.GridPos; g.W < 1 || g.X+g.W > 24 || g.Y+g.H > 24 {
				t.Errorf("it is not on one screen: %+v", g)
			}
			if panel.Datasource != chosen || len(panel.Targets) == 0 {
				t.Errorf("%d targets of the datasource %+v", len(panel.Targets), panel.Datasource)
			}
			for _, target := range panel.Targets {
				if target.Datasource != chosen {
					t.Errorf("%s asks the datasource %+v", target.RefID, target.Datasource)
				}
				if !strings.Contains(target.Expr, `{job="$job"}`) && !strings.HasPrefix(target.Expr, "ALERTS{") {
					t.Errorf("%s is about all jobs: %s", target.RefID, target.Expr)
				}
			}
		})
	}
	// The variable, and no other datasource anywhere.
	text := read(t, "prometheus/grafana-dashboard.json")
	for _, uid := range regexp.MustCompile(`"uid": "([^"]*)"`).FindAllStringSubmatch(text, -1) {
		if uid[1] != chosen.UID && uid[1] != "liftoff" {
			t.Errorf("the uid %q is of one Grafana only", uid[1])
		}
	}
	for _, part := range []string{`"name": "datasource"`, `"type": "datasource"`, `"uid": "liftoff"`, `"schemaVersion": 41`, `"id": null`} {
		if !strings.Contains(text, part) {
			t.Errorf("there is no %s", part)
		}
	}
}

// TestPrometheus_PanelsDoNotOverlap each field of the grid belongs to one panel.
func TestPrometheus_PanelsDoNotOverlap(t *testing.T) {
	taken := map[[2]int]string{}
	for _, panel := range dashboardPanels(t) {
		for x := range panel.GridPos.W {
			for y := range panel.GridPos.H {
				at := [2]int{panel.GridPos.X + x, panel.GridPos.Y + y}
				if other := taken[at]; other != "" {
					t.Fatalf("%q lies over %q", panel.Title, other)
				}
				taken[at] = panel.Title
			}
		}
	}
}

// TestPrometheus_FilesFitTogether: each names the other by its path, and the addresses
// are those of the documentation.
func TestPrometheus_FilesFitTogether(t *testing.T) {
	var config struct {
		RuleFiles     []string `yaml:"rule_files"`
		ScrapeConfigs []struct {
			JobName       string                       `yaml:"job_name"`
			StaticConfigs []struct{ Targets []string } `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "prometheus/prometheus.yml")), &config); err != nil {
		t.Fatal(err)
	}
	for _, file := range config.RuleFiles {
		if _, err := os.Stat(filepath.Join("prometheus", file)); err != nil {
			t.Error(err)
		}
	}
	if target := config.ScrapeConfigs[0].StaticConfigs[0].Targets[0]; !strings.Contains(read(t, "../docs/monitoring.md"), "--metrics-listen "+target) {
		t.Errorf("the target %s is not what docs/monitoring.md starts", target)
	}
	var manager struct {
		Receivers []struct{ Name string }
		Route     struct {
			Receiver string
			Routes   []struct{ Receiver string }
		}
	}
	if err := yaml.Unmarshal([]byte(read(t, "prometheus/alertmanager.yml")), &manager); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, receiver := range manager.Receivers {
		names = append(names, receiver.Name)
	}
	for _, route := range append(manager.Route.Routes, struct{ Receiver string }{manager.Route.Receiver}) {
		if !slices.Contains(names, route.Receiver) {
			t.Errorf("there is no receiver %q", route.Receiver)
		}
	}
}
