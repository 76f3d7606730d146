package monitoring_test

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestFiles_TheProgramsAcceptThem(t *testing.T) {
	succeed(t, "promtool", "check", "rules", "--lint=all", "--lint-fatal", recipePath("alerts.yml"))
	succeed(t, "promtool", "test", "rules", recipePath("alerts_test.yml"))
	succeed(t, "promtool", "check", "config", recipePath("prometheus.yml"))
	succeed(t, "amtool", "check-config", recipePath("alertmanager.yml"))
	// In the container the rules lie beside it.
	folder := t.TempDir()
	write(t, filepath.Join(folder, "alerts.yml"), recipe(t, "alerts.yml"))
	succeed(t, "promtool", "check", "config", write(t, filepath.Join(folder, "prometheus.yml"), recipe(t, "../../docker/prometheus/prometheus.yml")))
}

// TestFiles_TheRulesTestsNoticeEachNumber changes each condition of the rules a little:
// alerts_test.yml must fail.
func TestFiles_TheRulesTestsNoticeEachNumber(t *testing.T) {
	rules := recipe(t, "alerts.yml")
	for _, change := range [][2]string{
		{"expr: absent(liftoff_database_up)\n        for: 5m", "expr: absent(liftoff_database_up)\n        for: 4m"},
		{"expr: absent(liftoff_database_up)\n        for: 5m", "expr: absent(liftoff_database_up)\n        for: 6m"},
		{"== 0\n        for: 5m", "== 0\n        for: 4m"},
		{"== 0\n        for: 5m", "== 0\n        for: 6m"},
		{"min by (job) (liftoff_database_up)", "max by (job) (liftoff_database_up)"},
		{"max by (job) (liftoff_last_success_timestamp_seconds)", "liftoff_last_success_timestamp_seconds"},
		{"> 3 * 3600", ">= 3 * 3600"},
		{"> 3 * 3600", "> 3.1 * 3600"},
		{" unless on (job) liftoff_last_success_timestamp_seconds", ""},
		{"== 1 unless", ">= 0 unless"},
		{"for: 1h", "for: 59m"},
		{"for: 1h", "for: 61m"},
		{"for: 2m", "for: 1m"},
		{"for: 2m", "for: 3m"},
		{">= 5", "> 5"},
		{">= 5", ">= 4"},
		{"max by (job, schedule)", "max by (job)"},
		{"(liftoff_quarantined_records) > 0", "(liftoff_quarantined_records) >= 0"},
		{"(liftoff_quarantined_records) > 0", "(liftoff_quarantined_records) > 1"},
		{"max by (job) (liftoff_quarantined_records)", "sum by (job) (liftoff_quarantined_records)"},
		{"> 50", ">= 50"},
		{"> 50", "> 51"},
		{`{outcome="revised"}`, ""},
		{"< 6 * 3600", "<= 6 * 3600"},
		{"< 6 * 3600", "< 5 * 3600"},
		{"> 30 * 86400", ">= 30 * 86400"},
		{"> 30 * 86400", "> 31 * 86400"},
	} {
		folder := t.TempDir()
		write(t, filepath.Join(folder, "alerts.yml"), replaced(t, rules, change[0], change[1]))
		output, err := try(t, "promtool", "test", "rules", write(t, filepath.Join(folder, "alerts_test.yml"), recipe(t, "alerts_test.yml")))
		if err == nil {
			t.Errorf("no test notices %q instead of %q", change[1], change[0])
		} else if !strings.Contains(output, "FAILED") {
			t.Errorf("%q instead of %q: %v\n%s", change[1], change[0], err, output)
		}
	}
}
