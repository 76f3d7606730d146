package fetch_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"liftoff"
	"liftoff/internal/source/fetch"
	"liftoff/internal/testkit/apitest"
)

func TestA4_TLSFaultsAreNotTriedAgain(t *testing.T) {
	old := httptest.NewUnstartedServer(http.NotFoundHandler())
	old.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}
	expired := httptest.NewUnstartedServer(nil)
	expired.TLS = &tls.Config{Certificates: []tls.Certificate{expiredCertificate(t)}, MinVersion: tls.VersionTLS12}
	cases := []struct {
		rule   string
		server *httptest.Server
		host   string
		trust  bool
		text   string
		hint   string
	}{
		{"an unknown authority", httptest.NewUnstartedServer(nil), "", false, "certificate signed by unknown authority", "--spacex-ca-file"},
		{"another host's certificate", httptest.NewUnstartedServer(nil), "wrong.example.org", true, "certificate is valid for", "SPACEX_API_URL"},
		{"an expired certificate", expired, "", true, "certificate has expired", "clock"},
		{"TLS 1.0 only", old, "", true, "TLS handshake: ", "TLS 1.2"},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			c.server.Config.ErrorLog = log.New(io.Discard, "", 0) // Its handshakes are made to go wrong.
			c.server.StartTLS()
			t.Cleanup(c.server.Close)
			options, pauses := testOptions(c.server.URL)
			if c.trust {
				options.RootCAs = apitest.AuthorityOf(c.server)
			}
			if c.host != "" {
				options.BaseURL = "https://" + c.host
				options = fetch.WithDial(options, dialInstead(map[string]string{c.host + ":443": c.server.Listener.Addr().String()}))
			}
			_, err := latest(t.Context(), newClient(t, options))
			apitest.WantError(t, err, liftoff.Source, c.text)
			if hint := liftoff.HintOf(err); !strings.Contains(hint, c.hint) {
				t.Errorf("hint = %q, want it to name %s", hint, c.hint)
			}
			if len(pauses.Recorded()) != 0 {
				t.Error("it was tried again")
			}
		})
	}
}

func TestLatest_HTTPSToAnHTTPServer(t *testing.T) {
	server := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { apitest.WriteJSON(w, document) })
	options, pauses := testOptions(strings.Replace(server.URL, "http:", "https:", 1))
	_, err := latest(t.Context(), newClient(t, options))
	apitest.WantError(t, err, liftoff.Source, "the server speaks http, not https")
	if len(pauses.Recorded()) != 0 {
		t.Error("it was tried again")
	}
}

// expiredCertificate returns a certificate for 127.0.0.1 that is its own
// authority and ended an hour ago.
func expiredCertificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotBefore:             time.Now().Add(-2 * time.Hour),
		NotAfter:              time.Now().Add(-time.Hour),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
