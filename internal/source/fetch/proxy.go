package fetch

import (
	"context"
	"net/http"
	"net/url"
)

const proxyHint = "check HTTP_PROXY, HTTPS_PROXY and NO_PROXY"

// Proxy returns the proxy that the environment names for a base URL, without
// the proxy's user and password; "" for none.
func Proxy(baseURL string) string {
	base, err := parseBaseURL(baseURL)
	if err != nil {
		return "" // New says what is wrong with it.
	}
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: base})
	if err != nil || proxy == nil {
		return ""
	}
	login := ""
	if proxy.User != nil {
		login = "***@"
	}
	return proxy.Scheme + "://" + login + proxy.Host
}

// checkProxyAnswer turns a proxy's refusal to open a tunnel into a failure.
func checkProxyAnswer(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	f := statusFailure(head{status: answer.StatusCode}, "")
	f.reason = "the proxy answers " + f.reason
	f.hint = proxyHint
	return f
}
