package postgres

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"liftoff"
)

// ignoredKeywords are keywords of PostgreSQL's own clients that the driver does
// not know and that do not change what is sent or who can read it. Left alone they
// would go to the server, which refuses them.
func ignoredKeywords() []string {
	return []string{
		"keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout", // the dialer has its own
		"sslcompression", "load_balance_hosts", "gsslib", "gssdelegation", "sslkeylogfile", "ssl",
		"oauth_issuer", "oauth_client_id", "oauth_client_secret", "oauth_scope", "scram_client_key", "scram_server_key",
	}
}

// honourKeywords does for keywords that the driver does not know what PostgreSQL's
// own clients do. A keyword that protects the connection and that we cannot honour
// is a liftoff.Usage error.
func honourKeywords(cfg *pgx.ConnConfig) error {
	take := func(keyword string) string {
		value := cfg.RuntimeParams[keyword]
		delete(cfg.RuntimeParams, keyword)
		return value
	}
	for _, keyword := range ignoredKeywords() {
		take(keyword)
	}
	for _, unsupported := range []struct{ keyword, harmless string }{
		{"gssencmode", "disable prefer"}, {"replication", "false off no 0"}, {"requirepeer", ""}, {"sslcrl", ""}, {"sslcrldir", ""},
	} {
		value := strings.ToLower(take(unsupported.keyword))
		if value != "" && !slices.Contains(strings.Fields(unsupported.harmless), value) {
			return liftoff.NewError(liftoff.Usage, fmt.Errorf("liftoff cannot do what the parameter %s of the connection asks for", unsupported.keyword),
				"remove it from DATABASE_URL")
		}
	}
	if fallback := take("fallback_application_name"); fallback != "" && cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = fallback
	}
	if err := bindVersions(cfg, take("ssl_min_protocol_version"), take("ssl_max_protocol_version")); err != nil {
		return err
	}
	return dialAddresses(cfg, take("hostaddr"))
}

// bindVersions bounds the versions of TLS.
func bindVersions(cfg *pgx.ConnConfig, least, most string) error {
	versions := map[string]uint16{"": 0, "tlsv1": tls.VersionTLS10, "tlsv1.1": tls.VersionTLS11, "tlsv1.2": tls.VersionTLS12, "tlsv1.3": tls.VersionTLS13}
	minimum, isMinimum := versions[strings.ToLower(least)]
	maximum, isMaximum := versions[strings.ToLower(most)]
	if !isMinimum || !isMaximum {
		return liftoff.NewError(liftoff.Usage, errors.New("ssl_min_protocol_version or ssl_max_protocol_version is not a version of TLS"),
			"write TLSv1.2 or TLSv1.3 in DATABASE_URL")
	}
	for _, each := range allTLS(cfg) {
		if minimum != 0 {
			each.MinVersion = minimum
		}
		if maximum != 0 {
			each.MaxVersion = maximum
		}
	}
	return nil
}

// allTLS returns the TLS settings of each way to connect.
func allTLS(cfg *pgx.ConnConfig) []*tls.Config {
	var all []*tls.Config
	for _, way := range append([]*pgconn.FallbackConfig{{TLSConfig: cfg.TLSConfig}}, cfg.Fallbacks...) {
		if way.TLSConfig != nil {
			all = append(all, way.TLSConfig)
		}
	}
	return all
}

// dialAddresses connects to the addresses of hostaddr instead of those that the
// names of the hosts have.
func dialAddresses(cfg *pgx.ConnConfig, hostaddr string) error {
	if hostaddr == "" {
		return nil
	}
	hosts := []string{cfg.Host}
	for _, other := range cfg.Fallbacks {
		if !slices.Contains(hosts, other.Host) {
			hosts = append(hosts, other.Host)
		}
	}
	addresses := strings.Split(hostaddr, ",")
	isName := func(address string) bool { return net.ParseIP(address) == nil }
	isSocket := func(host string) bool { return strings.HasPrefix(host, "/") }
	if len(addresses) != len(hosts) || slices.ContainsFunc(hosts, isSocket) || slices.ContainsFunc(addresses, isName) {
		return liftoff.NewError(liftoff.Usage, errors.New("the parameter hostaddr of the connection does not fit its hosts"),
			"name one host for each address in DATABASE_URL, or write the address as the host")
	}
	cfg.LookupFunc = func(_ context.Context, host string) ([]string, error) {
		if at := slices.Index(hosts, host); at >= 0 {
			return []string{addresses[at]}, nil
		}
		return []string{host}, nil
	}
	return nil
}

// refuseForeignSecrets refuses to send a secret to a server that only
// Options.UntrustedAddress names, unless it is a password of the options: it is the
// user's, for another server. A client certificate is not shown.
func (o Options) refuseForeignSecrets(cfg *pgx.ConnConfig) error {
	if o.UntrustedAddress == "" {
		return nil
	}
	for _, each := range allTLS(cfg) {
		each.Certificates, each.GetClientCertificate = nil, nil
	}
	if cfg.Password == "" || o.Password != "" || o.URLHasPassword {
		return nil
	}
	return liftoff.NewError(liftoff.Usage,
		fmt.Errorf("%s names a server that would get the password of PGPASSWORD, a password file or a service file, which a file that nobody named may not do", o.UntrustedAddress),
		"if you trust this file, name it: --env-file .env; or put the password into it")
}
