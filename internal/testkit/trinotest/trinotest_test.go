package trinotest_test

import (
	"database/sql"
	"net"
	"net/url"
	"os"
	"strings"
	"testing"

	"liftoff/internal/testkit/pgtest"
	"liftoff/internal/testkit/trinotest"
)

func TestMain(m *testing.M) {
	os.Exit(trinotest.Main(func() int { return pgtest.Main(m) }))
}

func open(t *testing.T, address, catalog string) *sql.DB {
	t.Helper()
	db, err := sql.Open("trino", strings.Replace(address, "http://", "http://test@", 1)+"?catalog="+catalog+"&schema=public")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestTrino_EachTestHasACatalogOfItsOwn(t *testing.T) {
	address := trinotest.URL(t)
	var name string
	for _, want := range []string{"first", "second"} {
		t.Run(want, func(t *testing.T) {
			db := pgtest.NewDatabase(t)
			if _, err := pgtest.Connect(t, db.DSN).Exec(t.Context(), "CREATE TABLE whose AS SELECT '"+want+"'::text AS owner"); err != nil {
				t.Fatal(err)
			}
			name = trinotest.NewCatalog(t, db)
			var got string
			if err := open(t, address, name).QueryRowContext(t.Context(), "SELECT owner FROM whose").Scan(&got); err != nil || got != want {
				t.Errorf("read %q with error %v, want %q", got, err, want)
			}
		})
	}
	var got string
	err := open(t, address, name).QueryRowContext(t.Context(), "SELECT owner FROM whose").Scan(&got)
	if err == nil || !strings.Contains(err.Error(), "Catalog") {
		t.Errorf("after the test its catalog answers %q with error %v, want no catalog", got, err)
	}
}

func TestTrino_ListensOnTheLoopbackAddressOnly(t *testing.T) {
	address, err := url.Parse(trinotest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		network, ok := a.(*net.IPNet)
		if !ok || network.IP.IsLoopback() || network.IP.IsLinkLocalUnicast() {
			continue
		}
		if conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", net.JoinHostPort(network.IP.String(), address.Port())); err == nil {
			_ = conn.Close()
			t.Errorf("Trino answers on %s", network.IP)
		}
	}
}

func TestTrino_IsSkippedUnlessAskedFor(t *testing.T) {
	t.Setenv("LIFTOFF_TRINO", "")
	reached := false
	t.Run("inner", func(t *testing.T) {
		trinotest.URL(t)
		reached = true
	})
	if reached {
		t.Error("the test went on without a Trino")
	}
}
