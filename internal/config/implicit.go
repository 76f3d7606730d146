package config

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"liftoff"
)

// implicitRule says what an implicit .env file may do with a setting. Such a file
// lies in the current folder, and nobody has named it: it may belong to a stranger
// whose repository was cloned. Each setting has a rule, or several, in its tag.
type implicitRule string

const (
	// implicitAny is for values that harm nobody: numbers, names, and the source
	// API's address, which gets no secret.
	implicitAny implicitRule = "any"
	// implicitInside is for files and folders: they must be inside the folder of
	// the .env file.
	implicitInside implicitRule = "inside"
	// implicitPostgres, implicitTrino and implicitShipping are for what decides where
	// the password, or the key in a header, goes and who can read it. They are refused if
	// it comes from elsewhere.
	implicitPostgres implicitRule = "postgres"
	implicitTrino    implicitRule = "trino"
	implicitShipping implicitRule = "otlp"
	// implicitNever is for folders with programs or queries in them, which liftoff
	// runs: a query has the rights of the role that it runs as.
	implicitNever implicitRule = "never"
	// implicitLoopback is for an address to serve on: only this machine may reach it.
	implicitLoopback implicitRule = "loopback"
	// implicitDashboard is for what decides who may see the dashboard.
	implicitDashboard implicitRule = "dashboard"
)

// rulesOf reads the tag of a setting.
func rulesOf(tag string) []implicitRule {
	var rules []implicitRule
	for rule := range strings.SplitSeq(tag, ",") {
		rules = append(rules, implicitRule(rule))
	}
	return rules
}

// implicitFile is an implicit .env file and the settings that come from it.
type implicitFile struct {
	envFile

	given given
}

// names reports whether a setting of the result comes from the file.
func (f implicitFile) names(env string) bool {
	return f.given.values[env] != "" && f.given.isImplicit[env]
}

// where says where a setting is, for errors.
func (f implicitFile) where(env string) string {
	return fmt.Sprintf("%s in %s line %d", env, f.path, f.lines[env])
}

func (f implicitFile) refuse(env, reason string) error {
	return liftoff.NewError(liftoff.Usage, fmt.Errorf("%s %s", f.where(env), reason),
		fmt.Sprintf("if you trust this file, name it: --env-file %s; or remove the line", f.path))
}

// checkImplicitPath refuses an implicit file that is a link out of its folder, or
// that need not end: a device or a pipe. It is called before the file is opened.
func checkImplicitPath(path string, info fs.FileInfo) error {
	problem := ""
	switch {
	case !isInside(filepath.Dir(path), path):
		problem = "is a link that leads out of its folder"
	case !info.Mode().IsRegular():
		problem = "is not a regular file"
	default:
		return nil
	}
	return liftoff.NewError(liftoff.Usage, fmt.Errorf("%s %s", path, problem), "if you trust this file, name it: --env-file "+path)
}

// check refuses what an implicit file must not do. It is called before any other
// file is read.
func (f implicitFile) check() error {
	if f.path == "" {
		return nil
	}
	folder := filepath.Dir(f.path)
	for _, s := range Settings() {
		if !f.names(s.Env) || slices.Contains(s.implicit, implicitAny) {
			continue
		}
		switch {
		case slices.Contains(s.implicit, implicitNever):
			return f.refuse(s.Env, "names a folder of programs or queries to run, which a file that nobody named may not do")
		case slices.Contains(s.implicit, implicitDashboard):
			return f.refuse(s.Env, "decides who may see the dashboard, which a file that nobody named may not do")
		case slices.Contains(s.implicit, implicitLoopback):
			if !isLoopback(f.given.values[s.Env]) {
				return f.refuse(s.Env, "lets other machines reach this one, which a file that nobody named may not do")
			}
		case !slices.Contains(s.implicit, implicitInside) || (s.Env == "LOG_FILE" && f.given.values[s.Env] == "-"):
		case !isInside(folder, f.given.values[s.Env]):
			return f.refuse(s.Env, "leads out of the folder of that file, which a file that nobody named may not do")
		}
	}
	return nil
}

// isLoopback reports whether an address to serve on is one that only this machine can
// reach.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// passwordOf names the settings of a password, by the rule of the settings that
// decide where it goes.
func passwordOf(rule implicitRule) []string {
	return map[implicitRule][]string{
		implicitPostgres: {"POSTGRES_PASSWORD", "POSTGRES_PASSWORD_FILE"},
		implicitTrino:    {"TRINO_PASSWORD", "TRINO_PASSWORD_FILE"},
		implicitShipping: {
			"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS_FILE",
			"OTEL_EXPORTER_OTLP_LOGS_HEADERS", "OTEL_EXPORTER_OTLP_METRICS_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
		},
	}[rule]
}

// address returns the first setting of the file that decides where a password
// goes, or "".
func (f implicitFile) address(rule implicitRule) string {
	for _, s := range Settings() {
		if slices.Contains(s.implicit, rule) && f.names(s.Env) {
			return s.Env
		}
	}
	return ""
}

// checkPassword refuses a file that decides where a password goes which comes from
// elsewhere.
func (f implicitFile) checkPassword(rule implicitRule) error {
	address := f.address(rule)
	for _, secret := range passwordOf(rule) {
		if address != "" && f.given.values[secret] != "" && !f.names(secret) {
			return f.refuse(address, "decides who gets the secret of "+f.given.origins[secret]+", which a file that nobody named may not do")
		}
	}
	return nil
}

// isInside reports whether a file is inside a folder, wherever links lead. The
// file need not exist; if it is a folder, the links in it count too.
func isInside(folder, path string) bool {
	// The system follows a link before "..", and filepath removes both.
	if slices.Contains(strings.Split(filepath.ToSlash(path), "/"), "..") {
		return false
	}
	root, err := filepath.Abs(folder)
	if err != nil {
		return false
	}
	if root, err = filepath.EvalSymlinks(root); err != nil {
		return false
	}
	if path, err = filepath.Abs(path); err != nil {
		return false
	}
	return leadsInside(root, path) && !holdsLinkOut(root, path)
}

// leadsInside reports whether an absolute path is below root, links resolved.
func leadsInside(root, path string) bool {
	for existing := path; ; existing = filepath.Dir(existing) {
		if _, err := os.Lstat(existing); err != nil && existing != filepath.Dir(existing) {
			continue // it does not exist, so it is no link
		}
		resolved, err := filepath.EvalSymlinks(existing)
		if err != nil {
			return false // a link to nothing: a file would be made there
		}
		rest, err := filepath.Rel(existing, path)
		if err != nil {
			return false
		}
		below, err := filepath.Rel(root, filepath.Join(resolved, rest))
		return err == nil && filepath.IsLocal(below)
	}
}

// holdsLinkOut reports whether path is a folder with a link that leads out of
// root. A folder that cannot be read counts as one.
func holdsLinkOut(root, path string) bool {
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return false
	}
	err := filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type()&fs.ModeSymlink != 0 && !leadsInside(root, name) {
			return fs.ErrPermission
		}
		return err
	})
	return err != nil
}
