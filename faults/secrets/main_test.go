//go:build unix

// Package secrets_test holds the fault suite's rows about secrets: the built
// program runs with a value of its own in every secret, well and in each way
// that fails, and none of the values may be anywhere that others can look.
package secrets_test

import (
	"encoding/base64"
	"os"
	"strings"
	"testing"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

func TestMain(m *testing.M) {
	os.Exit(clitest.MainForFaults(func() int { return pgtest.Main(m) }))
}

// The secrets of the tests.
const (
	rolePassword  = "canary-role-8c1f"
	wrongPassword = "canary-wrong-77ab"
	trinoPassword = "canary-trino-20e9"
	pingToken     = "canary-ping"
	proxyPassword = "canary-proxy-5d3c"
	otherPassword = "canary-other-91b4"
)

// wantNoSecret fails the test when a text has one of the secrets in it, as it
// is or as a header carries it.
func wantNoSecret(t testing.TB, where, text string) {
	t.Helper()
	encoded := base64.StdEncoding.EncodeToString([]byte("user:" + proxyPassword))
	for _, secret := range []string{"canary", encoded} {
		if at := strings.Index(text, secret); at >= 0 {
			t.Errorf("%s has a secret in it: …%q…", where, text[max(0, at-80):min(len(text), at+80)])
		}
	}
}

// keeper returns a user with a secret wherever there can be one, on a new
// database with a role whose password is one, and that database.
func keeper(t *testing.T) (*clitest.User, pgtest.Database) {
	t.Helper()
	db := pgtest.NewDatabase(t)
	role := pgtest.NewRole(t, db, "CREATE, USAGE ON SCHEMA public")
	clitest.Execute(t, db, "ALTER ROLE "+role.User+" PASSWORD '"+rolePassword+"'")
	role.DSN = strings.Replace(role.DSN, role.Password, rolePassword, 1)
	role.Password = rolePassword
	proxy := "http://user:" + proxyPassword + "@127.0.0.1:1"
	u := clitest.NewUser(t).On(role).With(
		"TRINO_PASSWORD="+trinoPassword, "PING_URL=https://monitor.example.org/"+pingToken,
		"HTTP_PROXY="+proxy, "HTTPS_PROXY="+proxy, "ALL_PROXY="+proxy,
		"PGPASSWORD="+otherPassword, "PGSSLPASSWORD="+otherPassword,
		"LOG_LEVEL=debug",
	)
	return u, db
}
