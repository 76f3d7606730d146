package spacex

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"liftoff"
)

const proxyHint = "check HTTP_PROXY, HTTPS_PROXY and NO_PROXY"

// Proxy returns the proxy that the environment names for an API, without its
// user and password; "" for none, and for a base URL that cannot be used. An
// address of a proxy that cannot be used is a liftoff.Usage error, which does
// not repeat it.
func Proxy(baseURL string) (string, error) {
	base, err := parseBaseURL(baseURL)
	if err != nil {
		return "", nil //nolint:nilerr // New tells what is wrong with it
	}
	proxy, err := proxyFor(&http.Request{URL: base})
	if err != nil {
		return "", liftoff.NewError(liftoff.Usage, err, proxyHint)
	}
	if proxy == nil {
		return "", nil
	}
	shown := url.URL{Scheme: proxy.Scheme, Host: proxy.Host}
	if proxy.User != nil {
		return fmt.Sprintf("%s://***@%s", shown.Scheme, shown.Host), nil
	}
	return shown.String(), nil
}

// proxyFor returns the proxy for a request. The standard library's error holds
// the address, and with it the password.
func proxyFor(request *http.Request) (*url.URL, error) {
	proxy, err := http.ProxyFromEnvironment(request)
	if err != nil {
		return nil, &fault{reason: "the proxy's address in the environment is not a valid URL", hint: proxyHint, category: liftoff.Usage}
	}
	return proxy, nil
}

// checkProxyAnswer turns a proxy's refusal to open a tunnel into a fault.
func checkProxyAnswer(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	f := statusFault(head{status: answer.StatusCode}, "")
	f.reason = "the proxy answers " + f.reason
	f.hint = proxyHint
	return f
}
