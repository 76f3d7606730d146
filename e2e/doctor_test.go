package e2e_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// findings returns the first two words of each line: verdict and subject.
func findings(stdout string) []string {
	var all []string
	for line := range strings.Lines(stdout) {
		words := strings.Fields(line)
		all = append(all, words[0]+" "+words[1])
	}
	return all
}

func TestDoctor_FindsNothingWrongWithAHealthySetUp(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL=" + clitest.StartReplay(t))
	fresh := u.Succeed(t, "doctor")
	pending := fmt.Sprintf(" %d migrations to apply, which the next run does", len(schemaVersions(t)))
	if !strings.Contains(fresh.Stdout, pending) {
		t.Errorf("the doctor does not tell the pending migrations:\n%s", fresh.Stdout)
	}
	u.Succeed(t, "ingest")
	r := u.Succeed(t, "doctor")
	want := []string{"ok API", "ok database", "ok transport", "ok encoding", "ok schema", "ok views", "ok launches", "ok columns", "ok search", "ok clock", "ok telemetry", "ok disk"}
	if diff := cmp.Diff(want, findings(r.Stdout)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if line := lineOf(r.Stdout, "database"); !regexp.MustCompile(`^ok     database +[0-9.]+m?s  PostgreSQL `).MatchString(line) {
		t.Errorf("the line has no time: %s", line)
	}
}

func TestDoctor_LooksAtTheEmbeddedServerToo(t *testing.T) {
	t.Parallel()
	u := newKeeper(t).With("SPACEX_API_URL=" + clitest.StartReplay(t))
	fresh := u.Succeed(t, "doctor")
	want := []string{"ok API", "ok embedded", "ok database", "ok clock", "ok telemetry", "ok disk", "ok disk"}
	if diff := cmp.Diff(want, findings(fresh.Stdout)); diff != "" || !strings.HasSuffix(lineOf(fresh.Stdout, "database"), `Database "spacex" is not there yet: the next ingest makes it`) {
		t.Errorf("findings (-want +got):\n%s\n%s", diff, fresh.Stdout)
	}
	u.Succeed(t, "ingest")
	want = []string{"ok API", "ok embedded", "ok database", "ok transport", "ok encoding", "ok schema", "ok views", "ok launches", "ok columns", "ok search", "ok clock", "ok telemetry", "ok disk", "ok disk"}
	if diff := cmp.Diff(want, findings(u.Succeed(t, "doctor").Stdout)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	other := u.With("POSTGRES_DB=other").Succeed(t, "doctor")
	if !strings.HasSuffix(lineOf(other.Stdout, "database"), `Database "other" is not there yet: the next ingest makes it. These are there: spacex`) {
		t.Errorf("stdout:\n%s", other.Stdout)
	}
	u.Succeed(t, "db", "start")
	if databases := statusOf(t, u).Databases; len(databases) != 1 {
		t.Errorf("the doctor has made a database: %+v", databases)
	}
}

// A receiver of telemetry that does not answer, or a setting for it that is wrong, is a
// failed check, although no run would fail for it.
func TestDoctor_AsksTheReceiverOfTelemetry(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL=" + clitest.StartReplay(t))
	u.Succeed(t, "ingest")
	well := u.With("OTEL_EXPORTER_OTLP_ENDPOINT="+clitest.StartAnswering(t, 200, "application/x-protobuf", ""), "OTEL_TRACES_EXPORTER=none").Succeed(t, "doctor")
	if line := lineOf(well.Stdout, "telemetry"); !strings.Contains(line, "logs go to http://127.0.0.1:") || strings.Contains(well.Stdout, "traces go to") {
		t.Errorf("stdout:\n%s", well.Stdout)
	}
	for setting, wants := range map[string]struct {
		code int
		text string
	}{
		"OTEL_EXPORTER_OTLP_ENDPOINT=" + clitest.ClosedPort: {1, "the receiver: connection refused"},
		"OTEL_EXPORTER_OTLP_ENDPOINT=localhost:4318":        {2, "OTEL_EXPORTER_OTLP_ENDPOINT in the environment: it must begin with http:// or https://"},
	} {
		r := u.With(setting).Run(t, "doctor")
		if r.Code != wants.code || !strings.Contains(r.Stdout, "FAILED telemetry") || !strings.Contains(r.Stdout, wants.text) {
			t.Errorf("%s: exit code %d, stdout:\n%s", setting, r.Code, r.Stdout)
		}
	}
}

// lineOf returns the line about a subject.
func lineOf(stdout, subject string) string {
	for line := range strings.Lines(stdout) {
		if strings.Fields(line)[1] == subject {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

func TestDoctor_PrintsForProgramsToo(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t)).With("SPACEX_API_URL=" + clitest.ClosedPort)
	r := u.Run(t, "doctor", "-o", "json")
	var checks []struct {
		Check  string
		OK     bool
		Detail string
		Next   *string
		Took   *int64 `json:"duration_ms"`
	}
	if err := json.Unmarshal([]byte(r.Stdout), &checks); err != nil {
		t.Fatalf("%v:\n%s", err, r.Stdout)
	}
	api, database := checks[0], checks[1]
	if r.Code != 4 || len(checks) != 8 || api.Check != "API" || api.OK || api.Next == nil || database.Check != "database" || !database.OK || database.Detail == "" || database.Next != nil {
		t.Errorf("exit code %d, checks %+v", r.Code, checks)
	}
	took := int64(0)
	for _, c := range checks {
		if c.Took == nil || *c.Took < 0 {
			t.Fatalf("there is no time at %+v", c)
		}
		took += *c.Took
	}
	if took == 0 {
		t.Error("no check took any time")
	}
	if csv := u.Run(t, "doctor", "-o", "csv").Stdout; !strings.HasPrefix(csv, "check,ok,detail,next,duration_ms\nAPI,false,") || !strings.Contains(csv, "\nschema,true,") {
		t.Errorf("CSV:\n%s", csv)
	}
}

func TestMigrateStatus_PrintsForProgramsToo(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).On(pgtest.NewDatabase(t))
	pending := u.Succeed(t, "migrate", "status", "-o", "csv").Stdout
	u.Succeed(t, "migrate", "up")
	var migrations []struct {
		Version      int64
		Name, Status string
		AppliedAt    time.Time `json:"applied_at"`
	}
	if err := json.Unmarshal([]byte(u.Succeed(t, "migrate", "status", "-o", "json").Stdout), &migrations); err != nil {
		t.Fatal(err)
	}
	if len(migrations) != len(schemaVersions(t)) {
		t.Errorf("%d migrations", len(migrations))
	}
	want := "version,name,status,applied_at\n"
	for _, m := range migrations {
		if m.Status != "applied" || time.Since(m.AppliedAt) > time.Hour {
			t.Errorf("%+v", m)
		}
		want += fmt.Sprintf("%d,%s,pending,\n", m.Version, m.Name)
	}
	if pending != want {
		t.Errorf("before, CSV is\n%s", pending)
	}
}

func TestDoctor_TellsEachFaultAndWhatToDo(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	u := clitest.NewUser(t).With("SPACEX_API_URL="+clitest.StartReplay(t), "POSTGRES_HOST="+db.Host, fmt.Sprintf("POSTGRES_PORT=%d", db.Port),
		"POSTGRES_DB="+db.Name, "POSTGRES_USER="+db.User, "POSTGRES_PASSWORD="+db.Password)
	newer := pgtest.NewDatabase(t)
	u.With("POSTGRES_DB="+newer.Name).Succeed(t, "migrate", "up")
	clitest.Execute(t, newer, "INSERT INTO liftoff_schema_version (version_id, is_applied) VALUES (9000, TRUE)")
	tests := []struct {
		name    string
		setting string
		code    int
		want    string
	}{
		{"API unreachable", "SPACEX_API_URL=" + clitest.ClosedPort, 4, "FAILED API"},
		{"wrong password", "POSTGRES_PASSWORD=s3cret", 7, "FAILED database"},
		{"database down", "POSTGRES_PORT=1", 5, "FAILED database"},
		{"a schema newer than the program", "POSTGRES_DB=" + newer.Name, 2, "FAILED schema"},
		{"no automatic migration", "AUTO_MIGRATE=false", 2, "FAILED schema"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := u.With(test.setting).Run(t, "doctor")
			if r.Code != test.code || !strings.Contains(strings.Join(findings(r.Stdout), "\n"), test.want) {
				t.Errorf("exit code %d, want %d and %q:\n%s", r.Code, test.code, test.want, r.Stdout)
			}
			for line := range strings.Lines(r.Stdout) {
				if strings.HasPrefix(line, "FAILED") && !strings.Contains(line, ". Next: ") {
					t.Errorf("the finding %q has no next step", line)
				}
			}
			if strings.Contains(r.Stdout+r.Stderr, "s3cret") {
				t.Error("the password is shown")
			}
		})
	}
}
