//go:build linux

package secrets_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// child is what every user may see of a process, and what its owner may.
type child struct{ program, arguments, environment string }

// childrenOf returns the processes below one.
func childrenOf(pid int) map[int]child {
	parents := map[int]int{}
	folders, _ := filepath.Glob("/proc/[0-9]*")
	for _, folder := range folders {
		var id, parent int
		var state string
		stat, err := os.ReadFile(folder + "/stat")
		if err != nil {
			continue // it has ended meanwhile
		}
		before, after, _ := strings.Cut(string(stat), " (")
		_, after, _ = strings.Cut(after, ") ")
		if _, err := fmt.Sscan(before, &id); err == nil {
			if _, err := fmt.Sscan(after, &state, &parent); err == nil {
				parents[id] = parent
			}
		}
	}
	children := map[int]child{}
	for id := range parents {
		for above := parents[id]; above != 0; above = parents[above] {
			if above == pid {
				folder := fmt.Sprintf("/proc/%d", id)
				program, _ := os.Readlink(folder + "/exe")
				arguments, _ := os.ReadFile(folder + "/cmdline")
				environment, _ := os.ReadFile(folder + "/environ")
				children[id] = child{filepath.Base(program), string(arguments), string(environment)}
			}
		}
	}
	return children
}

// watcher looks at the children of a process until it is stopped.
type watcher struct {
	seen map[child]bool
	stop chan struct{}
	done sync.WaitGroup
}

func watch(pid int) *watcher {
	w := &watcher{seen: map[child]bool{}, stop: make(chan struct{})}
	w.done.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-w.stop:
				return
			case <-tick.C:
			}
			for _, c := range childrenOf(pid) {
				w.seen[c] = true
			}
		}
	})
	return w
}

// end stops the watch and returns what was seen.
func (w *watcher) end() map[child]bool {
	close(w.stop)
	w.done.Wait()
	return w.seen
}

// The embedded server and what makes its data folder run with nothing of our
// environment, and no command line has a secret in it.
func TestG2_G6_ChildrenGetNoSecret(t *testing.T) {
	t.Parallel()
	url, asked := hangingAPI(t)
	u, _ := keeper(t)
	u = u.With("DATABASE_URL=", "POSTGRES_PASSWORD="+otherPassword, "SPACEX_API_URL="+url)
	cmd := u.Command(t.Context(), "ingest", "--all", "--env-file=/dev/null")
	var output strings.Builder
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w := watch(cmd.Process.Pid)
	awaitRequest(t, asked)
	own, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", cmd.Process.Pid))
	if err != nil {
		t.Error(err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
	seen := w.end()
	_ = cmd.Wait() // it was interrupted
	wantNoSecret(t, "G1 the output", output.String())
	wantNoSecret(t, "G2 our own command line", string(own))
	programs := map[string]bool{}
	for c := range seen {
		if c.program == filepath.Base(u.Path) {
			continue // between fork and exec a child is still ourselves
		}
		programs[c.program] = true
		wantNoSecret(t, "G2 the command line of "+c.program, c.arguments)
		wantNoSecret(t, "G6 the environment of "+c.program, c.environment)
		checkEnvironment(t, c)
	}
	for _, program := range []string{"initdb", "postgres"} {
		if !programs[program] {
			t.Errorf("no %s was seen, but %v", program, programs)
		}
	}
}

// namedByValue are variables that have a secret, which only their values show.
func namedByValue() []string {
	var variables []string
	for i, value := range []string{
		"postgres://u:" + otherPassword + "@h/x", "host=h password=" + otherPassword, "host=h;password=" + otherPassword, "Server=h;Database=d;Password=" + otherPassword, "Server=h;Pwd = " + otherPassword,
		"jdbc:postgresql://h/d?user=u&password=" + otherPassword, "https://h/?token=" + otherPassword, "https://h/?a=b&api_key=" + otherPassword, "https://h/?access_token=" + otherPassword,
		"https://" + otherPassword + "@github.com/x", "-----BEGIN RSA PRIVATE KEY----- " + otherPassword, "-----BEGIN OPENSSH PRIVATE KEY----- " + otherPassword, "Bearer " + otherPassword,
		"Authorization: Basic " + otherPassword, "u:" + otherPassword + "@h:5432/d", `{"auths": {"password": "` + otherPassword + `"}}`, "AccountName=n;AccountKey=" + otherPassword, "Endpoint=sb://h;SharedAccessKey=" + otherPassword,
		"https://h/x?sv=1&sig=" + otherPassword,
	} {
		variables = append(variables, fmt.Sprintf("REPORTS_%d=%s", i, value))
	}
	return variables
}

// harmless are variables that look a little like secrets and are none.
func harmless() []string {
	return []string{
		"MY_VARIABLE=mine", "SSH_ASKPASS=/usr/bin/askpass", "PS1=[\\u@\\h:\\w]$", "LS_COLORS=rs=0:di=01;34:*.x=00", "SSH_AUTH_SOCK=/tmp/ssh-x/agent.1", "MANPATH=:/opt/python@3/man:/usr/man", "GIT_URL=git@example.org:x/y.git",
		"no_proxy=localhost,127.0.0.1", "DOCS=https://h:8443/x?a=b", "PAGER=less -R", "KEYBOARD=us", "XMODIFIERS=@im=ibus", "TIME=12:30", "LESSOPEN=| /usr/bin/lesspipe %s", "PASSPORT_OFFICE=x",
	}
}

// What psql gets is what its user has set for it, the one password that it
// needs, and no other secret: neither ours nor another program's.
func TestQ9_PsqlGetsOnePassword(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		settings func(db pgtest.Database) []string
		keeps    []string
	}{
		{"Q9 with a URL that lacks something", func(db pgtest.Database) []string {
			return []string{"DATABASE_URL=postgres:///" + db.Name + "?sslmode=disable", "PGHOST=" + db.Host, "PGPORT=" + strconv.Itoa(db.Port), "PGUSER=" + db.User, "PGPASSWORD=" + db.Password}
		}, []string{"PGHOST", "PGPORT", "PGUSER"}},
		{"Q9 with settings", func(db pgtest.Database) []string {
			return []string{
				"DATABASE_URL=", "POSTGRES_HOST=" + db.Host, "POSTGRES_PORT=" + strconv.Itoa(db.Port), "POSTGRES_DB=" + db.Name, "POSTGRES_USER=" + db.User,
				"POSTGRES_PASSWORD=" + db.Password, "PGHOST=elsewhere.example.org", "PGSSLMODE=require",
			}
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			u, db := keeper(t)
			proxy := "http://user:" + proxyPassword + "@127.0.0.1:1"
			u = u.With("https_proxy="+proxy, "AWS_SECRET_ACCESS_KEY="+otherPassword, "GITHUB_TOKEN="+otherPassword,
				"DD_APP_KEY="+otherPassword, "ssh_key="+otherPassword, "SMTP_PASS="+otherPassword, "MYSQL_PWD="+otherPassword,
				"DB_PASS="+otherPassword, "db_pwd="+otherPassword, "SSHPASS="+otherPassword, "STRIPE_KEY="+otherPassword, "REDISCLI_AUTH="+otherPassword,
				"PGPASSFILE=/nowhere/passwords", "PSQLRC=/nowhere/psqlrc").With(namedByValue()...).With(harmless()...).With(test.settings(db)...)
			program := "#!/bin/sh\nenv > environment\n"
			if err := os.WriteFile(filepath.Join(u.Folder, "psql"), []byte(program), 0o755); err != nil {
				t.Fatal(err)
			}
			u.With("PATH="+u.Folder+":"+os.Getenv("PATH")).Succeed(t, "psql")
			environment := u.ReadFile(t, "environment")
			wantNoSecret(t, "the environment of psql", environment)
			got := map[string]string{}
			for line := range strings.Lines(environment) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
				got[name] = value
			}
			if got["PGPASSWORD"] != db.Password || got["PGPASSFILE"] == "" || got["PSQLRC"] == "" {
				t.Errorf("psql lacks its password, or what its user has set for it:\n%s", environment)
			}
			for _, variable := range harmless() {
				if name, value, _ := strings.Cut(variable, "="); got[name] != value {
					t.Errorf("psql gets %s=%q, want %q", name, got[name], value)
				}
			}
			for _, name := range []string{"PGHOST", "PGPORT", "PGUSER", "PGSSLMODE", "PGHOSTADDR"} {
				if _, has := got[name]; has != slices.Contains(test.keeps, name) {
					t.Errorf("psql gets %s: %t", name, has)
				}
			}
		})
	}
}

// psql needs the role's one connection: none of liftoff's own may stay open.
func TestQ11_PsqlHasTheOneConnectionOfItsRole(t *testing.T) {
	t.Parallel()
	db := pgtest.NewDatabase(t)
	role := pgtest.NewRole(t, db)
	clitest.Execute(t, db, "ALTER ROLE "+role.User+" CONNECTION LIMIT 1")
	u := clitest.NewUser(t).On(role)
	r := u.Succeed(t, "psql", "--", "-XAtc", "SELECT current_user, count(*) FROM pg_stat_activity WHERE usename = current_user AND backend_type = 'client backend'")
	if want := role.User + "|1\n"; r.Stdout != want {
		t.Errorf("psql says %q, want %q", r.Stdout, want)
	}
}

// checkEnvironment wants the fixed minimum, beside what PostgreSQL's programs
// set for one another.
func checkEnvironment(t *testing.T, c child) {
	t.Helper()
	if c.program != "initdb" && c.program != "postgres" {
		return
	}
	for variable := range strings.SplitSeq(strings.Trim(c.environment, "\x00"), "\x00") {
		name, _, _ := strings.Cut(variable, "=")
		if name != "" && !slices.Contains([]string{"LC_ALL", "TZ", "PATH", "PWD"}, name) && !strings.HasPrefix(name, "PG") {
			t.Errorf("G6 %s gets %q", c.program, variable)
		}
	}
}

// Every file that a run makes is for its user alone, or for the group at most,
// whatever the umask is.
func TestG3_FilesAreForTheirUserAlone(t *testing.T) {
	t.Parallel()
	u := clitest.NewUser(t).With("SPACEX_API_URL=" + clitest.StartReplay(t, "--count", "5"))
	if err := os.WriteFile(filepath.Join(u.Folder, "liftoff"), []byte("#!/bin/sh\numask 0\nexec "+u.Path+" \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	u.Path = filepath.Join(u.Folder, "liftoff")
	u.Succeed(t, "ingest", "--all")
	u.Succeed(t, "export", "--output-file", "launches.jsonl")
	if err := os.Remove(u.Path); err != nil {
		t.Fatal(err)
	}
	files := 0
	err := filepath.WalkDir(u.Folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || path == u.Folder {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		allowed := os.FileMode(0o640)
		if entry.IsDir() {
			// Root's server runs as another user, who has to pass.
			allowed = 0o711
		} else {
			files++
		}
		if info.Mode().Perm()&^allowed != 0 && info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s has the mode %v", path, info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Errorf("%d files, want those of a whole server", files)
	}
	for _, name := range []string{"ingestion.log", "launches.jsonl"} {
		if u.ReadFile(t, name) == "" {
			t.Errorf("%s is empty", name)
		}
	}
}
