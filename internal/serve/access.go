package serve

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode"
)

const (
	minPasswordBytes = 8
	minTokenBytes    = 16
)

// Credentials are the logins of a server. They hold no secret, only its SHA-256.
type Credentials struct {
	// logins are those of "user:password", and tokens those of tokens.
	logins, tokens [][sha256.Size]byte
}

// IsEmpty reports whether there is nothing to log in with: then all may come in.
func (c Credentials) IsEmpty() bool { return len(c.logins) == 0 && len(c.tokens) == 0 }

// ParseCredentials reads the text of a file of logins, one a line: "user:password" for
// browsers, or a token for programs, which has no colon. Empty lines and those that begin
// with # do not count. Its errors name the line, and no secret.
func ParseCredentials(text string) (Credentials, error) {
	var c Credentials
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimRight(line, "\r")
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		user, password, isLogin := strings.Cut(line, ":")
		problem := ""
		switch {
		case isLogin && user == "":
			problem = "has no user before the colon"
		case isLogin && len(password) < minPasswordBytes:
			problem = fmt.Sprintf("has a password with fewer than %d characters", minPasswordBytes)
		case !isLogin && strings.ContainsFunc(line, unicode.IsSpace):
			problem = "is a token with a blank in it"
		case !isLogin && len(line) < minTokenBytes:
			problem = fmt.Sprintf("is a token with fewer than %d characters; a login is user:password", minTokenBytes)
		}
		if problem != "" {
			return Credentials{}, fmt.Errorf("line %d %s", i+1, problem)
		}
		if isLogin {
			c.logins = append(c.logins, sha256.Sum256([]byte(line)))
		} else {
			c.tokens = append(c.tokens, sha256.Sum256([]byte(line)))
		}
	}
	if c.IsEmpty() {
		return c, errors.New("no line has a login (user:password) or a token")
	}
	return c, nil
}

// holds reports whether one of the sums is that of a secret. It takes as long whether
// one is or not, and whichever it is.
func holds(sums [][sha256.Size]byte, secret string) bool {
	given := sha256.Sum256([]byte(secret))
	found := 0
	for _, sum := range sums {
		found |= subtle.ConstantTimeCompare(sum[:], given[:])
	}
	return found == 1
}

// accepts reports whether the Authorization header of a request lets it in.
func (c Credentials) accepts(r *http.Request) bool {
	if user, password, ok := r.BasicAuth(); ok {
		return holds(c.logins, user+":"+password)
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "Bearer") && holds(c.tokens, strings.TrimSpace(token))
}

// requireLogin lets in who has a login. Wrong ones are counted for each address; whoever
// has too many may not try again for a while, and is not told whether the next is right.
func (s *Server) requireLogin(next http.Handler) http.Handler {
	if s.opts.Credentials.IsEmpty() {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		client := visitOf(r.Context()).client
		if r.Header.Get("Authorization") == "" { // a browser asks for it only now
			s.askForLogin(w, r, "Log in to see the dashboard.")
			return
		}
		if wait := s.failures.wait(client); wait > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(max(1, int(wait.Seconds()))))
			s.opts.Refuse(w, r, http.StatusTooManyRequests, "There were too many wrong logins from your address. Try again in a minute.")
			return
		}
		if !s.opts.Credentials.accepts(r) {
			if failed, isDue := s.failures.note(client); isDue {
				s.opts.Logger.WarnContext(r.Context(), "Logins to the dashboard were refused.", "client", client.String(), "refused", failed)
			}
			s.askForLogin(w, r, "This login is wrong.")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// askForLogin answers 401 with the ways to log in.
func (s *Server) askForLogin(w http.ResponseWriter, r *http.Request, text string) {
	if len(s.opts.Credentials.logins) > 0 {
		w.Header().Add("WWW-Authenticate", `Basic realm="liftoff", charset="UTF-8"`)
	}
	if len(s.opts.Credentials.tokens) > 0 {
		w.Header().Add("WWW-Authenticate", `Bearer realm="liftoff"`)
	}
	s.opts.Refuse(w, r, http.StatusUnauthorized, text)
}
