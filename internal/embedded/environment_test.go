//go:build linux

package embedded_test

import (
	"path/filepath"
	"testing"

	"liftoff"
	"liftoff/internal/embedded"
)

func TestStart_VariablesOfPostgreSQLDoNotLeadItAstray(t *testing.T) {
	for name, value := range map[string]string{
		"PGHOST": "192.0.2.1", "PGPORT": "many", "PGUSER": "nobody", "PGDATABASE": "none", "PGPASSWORD": "wrong",
		"PGTARGETSESSIONATTRS": "standby", "PGCHANNELBINDING": "require", "PGREQUIREAUTH": "none",
		"PGCONNECT_TIMEOUT": "soon", "PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/nowhere", "PGSSLCERTMODE": "require",
		"PGSSLNEGOTIATION": "direct", "PGMINPROTOCOLVERSION": "9.9", "PGMAXPROTOCOLVERSION": "none",
		"PGOPTIONS": "-c work_mem=none", "PGTZ": "Mars/Base", "PGAPPNAME": "other",
	} {
		t.Setenv(name, value)
	}
	stop(t, start(t, options(t)))
}

func TestStart_ServiceThatIsNotThereIsAUsageErrorThatNamesTheVariable(t *testing.T) {
	t.Setenv("PGSERVICE", "none")
	t.Setenv("PGSERVICEFILE", filepath.Join(t.TempDir(), "none"))
	opts := options(t)
	_, err := embedded.Start(t.Context(), opts)
	checkError(t, err, liftoff.Usage, "PGSERVICE, PGSERVICEFILE")
	_, err = embedded.Inspect(t.Context(), opts)
	checkError(t, err, liftoff.Usage, "PGSERVICE, PGSERVICEFILE")
}
