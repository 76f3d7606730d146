package serve

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	// readyTimeout bounds one call of Options.Ready.
	readyTimeout = 3 * time.Second
	// readyFor is how long its answer counts: a probe needs no login, and must not be a
	// way to keep the database busy.
	readyFor = time.Second
)

// Check is one part of whether the server can do its work.
type Check struct {
	// Name is one word, such as database.
	Name string `json:"name"`
	IsOK bool   `json:"ok"`
	// Detail says in words for people what is wrong. Everybody may read it.
	Detail string `json:"detail,omitempty"`
}

// readiness is the last answer of Options.Ready.
type readiness struct {
	mutex  sync.Mutex
	at     time.Time
	checks []Check
}

// answerProbes answers /livez and /readyz, at the root and below the base path. They need
// no login and no name: a probe of Kubernetes calls a pod by its address.
func (s *Server) answerProbes(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !s.isProbe(r.URL.Path):
			next.ServeHTTP(w, r)
		case probeOf(s, r.URL.Path) == "/livez":
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = w.Write([]byte("ok\n")) // the client may have gone
		default:
			s.answerReady(w, r)
		}
	})
}

// isProbe reports whether a path is one of a health probe.
func (s *Server) isProbe(path string) bool { return probeOf(s, path) != "" }

// probeOf returns the probe at a path, "" for none.
func probeOf(s *Server, path string) string {
	probes := []string{"/livez", "/readyz"}
	if slices.Contains(probes, path) {
		return path
	}
	if below, isBelow := s.belowBase(path); isBelow && slices.Contains(probes, below) {
		return below
	}
	return ""
}

// answerReady answers /readyz. Who calls the server by a name that is not its own gets no
// details.
func (s *Server) answerReady(w http.ResponseWriter, r *http.Request) {
	checks := s.ready(r.Context())
	reply := struct {
		Status string  `json:"status"`
		Checks []Check `json:"checks,omitempty"`
	}{Status: "ready"}
	status := http.StatusOK
	if slices.ContainsFunc(checks, func(c Check) bool { return !c.IsOK }) {
		reply.Status, status = "not ready", http.StatusServiceUnavailable
	}
	if s.isAllowedHost(r) {
		reply.Checks = checks
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(reply) // the client may have gone
}

// ready returns all checks.
func (s *Server) ready(ctx context.Context) []Check {
	if s.isDraining.Load() {
		return []Check{{Name: "draining", Detail: "the server is stopping"}}
	}
	checks := []Check{{Name: "draining", IsOK: true}}
	if s.opts.Ready == nil {
		return checks
	}
	s.readiness.mutex.Lock()
	defer s.readiness.mutex.Unlock()
	if now := s.opts.Now(); s.readiness.checks == nil || now.Sub(s.readiness.at) >= readyFor {
		// Others wait for this answer too: it does not end with the first who asked.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyTimeout)
		defer cancel()
		s.readiness.checks = s.opts.Ready(ctx)
		s.readiness.at = s.opts.Now()
	}
	return append(checks, s.readiness.checks...)
}
