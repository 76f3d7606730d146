package api_test

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"liftoff/internal/analytics"
	"liftoff/internal/testkit/pythontest"
)

// Schemathesis asks for thousands of things by the description, right ones and wrong
// ones, and checks each answer against it.
func TestSchemathesis(t *testing.T) {
	if os.Getenv("LIFTOFF_API") == "" {
		t.Skip("run by `make test-api`, or with LIFTOFF_API=1: it needs Python 3 and takes a minute or two")
	}
	programs := pythontest.Programs(t, "../../.bin/api-venv")
	s := newService(t)
	// A second run, so that there are two pages of runs.
	execute(t, s, `INSERT INTO ingestion_runs (source_id, selection, command, program_version, status, started_at, finished_at)
		SELECT source_id, selection, command, program_version, status, started_at, finished_at FROM ingestion_runs LIMIT 1`)
	server := httptest.NewServer(s)
	defer server.Close()
	real, err := json.Marshal(realValues(t, s))
	if err != nil {
		t.Fatal(err)
	}
	hooks, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(programs, "python"), "-m", "schemathesis.cli", "run", server.URL+"/api/v1/openapi.json",
		"--phases", "examples,coverage,fuzzing,stateful", "--mode", "all", "--checks", "all", "--seed", "17", "--max-examples", "60",
		"--generation-database", "none", "--no-color")
	cmd.Dir = t.TempDir() // it may leave files
	cmd.Env = append(os.Environ(), "SCHEMATHESIS_HOOKS=hooks", "PYTHONPATH="+hooks, "PYTHONDONTWRITEBYTECODE=1", "LIFTOFF_REAL="+string(real))
	pythontest.Run(t, cmd)
}

// realValues are ids that the API knows.
func realValues(t *testing.T, s service) map[string][]string {
	t.Helper()
	queries, err := analytics.Load()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string][]string{"launches": read[page](t, s, "/api/v1/launches?limit=20").ids(), "runs": {"1"}}
	for _, q := range queries {
		values["queries"] = append(values["queries"], q.Name)
	}
	return values
}
