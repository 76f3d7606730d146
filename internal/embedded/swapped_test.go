//go:build linux

package embedded_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"liftoff/internal/embedded"
	"liftoff/internal/testkit/pgtest"
)

// Whoever has taken over the download server serves another archive with a
// checksum that fits it, over a connection that is trusted: only the hash in
// the source tells.
func TestH10_ASwappedArchiveIsRefused(t *testing.T) {
	t.Parallel()
	folder := pgtest.TempDir(t)
	good := readFile(t, keptArchive(t))
	swapped := append([]byte(nil), good...)
	swapped[len(swapped)/2] ^= 1
	jarPath := filepath.Join(folder, "swapped.jar")
	writeJar(t, jarPath, "postgres.txz", swapped)
	server := newImpostor(t, readFile(t, jarPath))
	authority := filepath.Join(folder, "ca.pem")
	writeFile(t, authority, server.authority)

	opts, cache := options(t), filepath.Join(folder, "cache")
	proxy := "http://" + server.listener.Addr().String()
	o := startOther(t, "server", append(through(proxy),
		"TEST_DATA_DIR="+opts.DataDir, "TEST_CACHE_DIR="+cache, "SSL_CERT_FILE="+authority)...)
	r := o.report(t)
	o.end(t)
	if server.jars.Load() == 0 {
		t.Fatalf("the archive was not fetched: %s (%s)", r.Error, r.Log)
	}
	if !strings.Contains(r.Error, "what arrived is not the archive that this program knows") || !strings.Contains(r.Hint, "--embedded-archive") {
		t.Errorf("error %q with hint %q", r.Error, r.Hint)
	}
	if embedded.Serves(filepath.Join(opts.DataDir, "data")) {
		t.Error("a server runs")
	}
	for _, left := range []string{".*", "*.txz", "postgresql-*"} {
		if found := globbed(t, filepath.Join(cache, left)); len(found) > 0 {
			t.Errorf("left behind in the cache: %q", found)
		}
	}
}

// impostor is a proxy that answers for every host itself.
type impostor struct {
	listener  net.Listener
	authority []byte
	jars      atomic.Int32
}

// newImpostor serves a .jar, and its hash at the same address with .sha256.
func newImpostor(t *testing.T, jar []byte) *impostor {
	t.Helper()
	certificates := newAuthority(t)
	server := &impostor{listener: listen(t), authority: certificates.pem}
	sum := sha256.Sum256(jar)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".sha256") {
			_, _ = w.Write([]byte(hex.EncodeToString(sum[:])))
			return
		}
		server.jars.Add(1)
		_, _ = w.Write(jar)
	})
	inner := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	tunnels := make(tunnels)
	t.Cleanup(func() {
		// The inner server ends with the tunnels, and they with the listener.
		_ = server.listener.Close()
		_ = inner.Close()
	})
	go func() { _ = inner.Serve(tls.NewListener(tunnels, &tls.Config{GetCertificate: certificates.forName})) }()
	go func() {
		for {
			conn, err := server.listener.Accept()
			if err != nil {
				close(tunnels)
				return
			}
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
				_ = conn.Close()
				continue
			}
			_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
			tunnels <- conn
		}
	}()
	return server
}

// tunnels are connections through the proxy, as a listener.
type tunnels chan net.Conn

func (c tunnels) Accept() (net.Conn, error) {
	conn, ok := <-c
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (tunnels) Close() error   { return nil }
func (tunnels) Addr() net.Addr { return &net.TCPAddr{} }

// authority signs certificates for any host.
type authority struct {
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
	pem         []byte
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	certificate := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "impostor"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, certificate, certificate, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return authority{key, certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

func (a authority) forName(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{hello.ServerName}, NotBefore: a.certificate.NotBefore,
		NotAfter: a.certificate.NotAfter, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, a.certificate, a.key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.key}, nil
}
