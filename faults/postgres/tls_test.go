package postgres_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, name string) authority {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	key := newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{certificate, key}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// write writes the authority's certificate for a client and returns the path.
func (a authority) write(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "authority.pem")
	if err := os.WriteFile(path, encode("CERTIFICATE", a.certificate.Raw), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// sign returns a certificate for 127.0.0.1 and its key.
func (a authority) sign(t *testing.T) (certificate, key []byte) {
	t.Helper()
	serverKey := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "server"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &serverKey.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(serverKey)
	if err != nil {
		t.Fatal(err)
	}
	return encode("CERTIFICATE", der), encode("PRIVATE KEY", keyDER)
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// Whom we send launches and the password to is checked, and a refusal is not
// tried again.
func TestC32_TLS(t *testing.T) {
	t.Parallel()
	ours, others := newAuthority(t, "ours"), newAuthority(t, "another one")
	server := pgtest.NewServer(t)
	db := server.Database()
	oursFile, othersFile := ours.write(t), others.write(t)
	u := newUser(t, "").With("DATABASE_URL=", "POSTGRES_HOST=127.0.0.1", "POSTGRES_PORT="+port(db), "POSTGRES_DB="+db.Name,
		"POSTGRES_USER="+db.User, "POSTGRES_PASSWORD="+db.Password, "PGSSLROOTCERT="+oursFile)
	fails := func(name, says string, code int, env ...string) {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			clitest.WantFailure(t, u.With(env...).Run(t, ingestAll()...), code, says)
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %s, want it not to be tried again", took)
			}
		})
	}
	fails("C32 a server without TLS", "server refused TLS connection", 5, "POSTGRES_SSLMODE=verify-full")

	certificate, key := ours.sign(t)
	server.WriteFile(t, "server.crt", certificate)
	server.WriteFile(t, "server.key", key)
	server.Set(t, "ssl", "on")
	fails("C32 an authority we do not trust", "certificate signed by unknown authority", 5, "POSTGRES_SSLMODE=verify-full", "PGSSLROOTCERT="+othersFile)
	fails("C32 another host's certificate", "wanted to match localhost", 5, "POSTGRES_SSLMODE=verify-full", "POSTGRES_HOST=localhost")
	fails("C32 an authority's file that is not there", "connection settings cannot be read", 2, "POSTGRES_SSLMODE=verify-full", "PGSSLROOTCERT=/nowhere")
	t.Run("C32 verify-full", func(t *testing.T) {
		u.With("POSTGRES_SSLMODE=verify-full").Succeed(t, ingestAll()...)
		wantAllStored(t, db)
	})
	t.Run("C32 verify-full in a URL", func(t *testing.T) {
		newUser(t, through(db, hostPort(db), "sslmode=verify-full&sslrootcert="+oursFile)).Succeed(t, ingestAll()...)
	})
	t.Run("C32 prefer uses it", func(t *testing.T) {
		u.Succeed(t, "ingest")
	})

	t.Run("C32 the doctor tells", func(t *testing.T) {
		for mode, says := range map[string]string{"verify-full": "the certificate is verified", "disable": "not encrypted"} {
			if r := u.With("POSTGRES_SSLMODE="+mode).Run(t, "doctor"); !strings.Contains(r.Stdout, says) {
				t.Errorf("with sslmode %s the doctor does not say %q:\n%s", mode, says, r.Stdout)
			}
		}
	})

	server.WriteFile(t, "pg_hba.conf", []byte("hostssl all all all scram-sha-256\n"))
	clitest.Execute(t, db, "SELECT pg_reload_conf()")
	until(t, func() bool { return u.With("POSTGRES_SSLMODE=disable").Run(t, "runs").Code == 7 })
	fails("C32 a server that wants TLS", "no encryption", 7, "POSTGRES_SSLMODE=disable")
	t.Run("C32 prefer finds out", func(t *testing.T) { u.Succeed(t, "runs") })
}
