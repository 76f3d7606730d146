package serve

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// requireSafe refuses requests that no honest client sends, and those that the server
// does not serve: what is behind it gets no such thing.
func (s *Server) requireSafe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case len(r.RequestURI) > maxURLBytes:
			s.opts.Refuse(w, r, http.StatusRequestURITooLong, "This address has more than "+strconv.Itoa(maxURLBytes)+" characters.")
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			s.opts.Refuse(w, r, http.StatusMethodNotAllowed, "This server only shows things: it takes GET and HEAD.")
		case r.ContentLength > maxBodyBytes:
			s.opts.Refuse(w, r, http.StatusRequestEntityTooLarge, "This server takes no bodies.")
		case !isSafePath(r.URL):
			s.opts.Refuse(w, r, http.StatusBadRequest, "This address has a path that means nothing here, such as one with // or .. in it.")
		case !s.isAllowedHost(r) && !s.isProbe(r.URL.Path):
			s.opts.Refuse(w, r, http.StatusMisdirectedRequest, s.foreignHost(r.Host))
		default:
			if problem := queryProblem(r.URL.RawQuery); problem != "" {
				s.opts.Refuse(w, r, http.StatusBadRequest, problem)
				return
			}
			next.ServeHTTP(w, r)
		}
	})
}

// isSafePath reports whether a path is a plain one: what others might read in another way
// is refused.
func isSafePath(address *url.URL) bool {
	path := address.Path
	if !strings.HasPrefix(path, "/") || !utf8.ValidString(path) || strings.ContainsFunc(path, unicode.IsControl) || strings.ContainsAny(path, `\`) {
		return false
	}
	if strings.Contains(strings.ToLower(address.EscapedPath()), "%2f") {
		return false
	}
	segments := strings.Split(path[1:], "/")
	for i, segment := range segments {
		isLast := i == len(segments)-1
		if segment == "." || segment == ".." || segment == "" && !isLast {
			return false
		}
	}
	return true
}

// queryProblem says what is wrong with a query; "" if nothing is. The database refuses
// what is refused here.
func queryProblem(query string) string {
	values, err := url.ParseQuery(query)
	if err != nil {
		return "The part of this address after the ? cannot be read: write & between parameters, and % as %25."
	}
	for name, texts := range values {
		if !isText(name) {
			return "This address has a parameter whose name is not text."
		}
		if !slices.ContainsFunc(texts, func(text string) bool { return !isText(text) }) {
			continue
		}
		return "The value of the parameter " + strconv.Quote(name) + " is not text: it has a NUL, or is not UTF-8."
	}
	return ""
}

func isText(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

// allowHosts lists the names by which clients may call a server at an address.
func (s *Server) allowHosts(address net.Addr) {
	names := append([]string{"localhost", "127.0.0.1", "::1"}, s.opts.Hosts...)
	if host, _, err := net.SplitHostPort(address.String()); err == nil {
		names = append(names, host)
	}
	for _, name := range names {
		s.hosts[hostOf(name)] = true
	}
}

// isAllowedHost reports whether a request is meant for this server. A page of another
// website whose name suddenly leads here (DNS rebinding) calls it by that name. A server
// on all addresses may be called by the one at which the request has come.
func (s *Server) isAllowedHost(r *http.Request) bool {
	host := hostOf(r.Host)
	if s.hosts[host] {
		return true
	}
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	address, err := netip.ParseAddr(host)
	return ok && err == nil && address.Unmap() == local.AddrPort().Addr().Unmap()
}

// hostOf returns a host without its port, in the form in which hosts are compared.
func hostOf(text string) string {
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	text = strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")
	return strings.ToLower(strings.TrimSuffix(text, "."))
}

// foreignHost says why a host is refused.
func (s *Server) foreignHost(host string) string {
	const most = 100
	if len(host) > most {
		host = host[:most] + "…"
	}
	text := "This server is not called " + strconv.Quote(host) + "."
	if s.opts.HostsSetting != "" {
		text += " To use it by that name, add it to " + s.opts.HostsSetting + "."
	}
	return text
}
