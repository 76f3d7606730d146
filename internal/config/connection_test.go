package config_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/pflag"

	"liftoff/internal/config"
)

// What psql gets on its command line is readable for every user.
func TestG2_WithoutPasswordLeavesEverythingElse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		connection, want string
	}{
		{"postgres://u:s3cret@h:5433/d?sslmode=require", "postgres://u@h:5433/d?sslmode=require"},
		{"postgres://u:s3cret%40x@h/d", "postgres://u@h/d"},
		{"postgresql://u@h/d?password=s3cret&sslmode=disable", "postgresql://u@h/d?sslmode=disable"},
		{"postgres://h/d", "postgres://h/d"},
		{"host=h password=s3cret dbname=d", "host=h  dbname=d"},
		{"host=h PASSWORD = s3cret dbname=d", "host=h  dbname=d"},
		{`host=h password='s3cret \' and s3cret' dbname=d`, "host=h  dbname=d"},
		{`host=h password=s3\ cret dbname=d`, "host=h  dbname=d"},
		{"host=h dbname=d", "host=h dbname=d"},
		{"host=h password=s3cret://x dbname=d", "host=h  dbname=d"},
		{"host=h sslpassword=s3cret dbname=d", "host=h  dbname=d"},
		{"postgres://h/d?sslpassword=s3cret", "postgres://h/d"},
		{"postgres://h/d?pass%77ord=s3cret", "postgres://h/d"},
		{"postgres://u:s3cret#s3cret@h/d?a=b", "postgres://u@h/d?a=b"},
		{"postgres://u:s3cret?x@h/d", "postgres://u@h/d"},
		{"postgres://", "postgres://"},
		{"application_name='my password=x' host=h", "application_name='my password=x' host=h"},
		{"postgres://u:s3cret@h:5433,i:5434/d", "postgres://u@h:5433,i:5434/d"},
	}
	for _, test := range tests {
		t.Run(test.connection, func(t *testing.T) {
			t.Parallel()
			got := config.WithoutPassword(test.connection)
			if got != test.want || strings.Contains(got, "cret") {
				t.Errorf("WithoutPassword() = %q, want %q", got, test.want)
			}
			before, err := pgx.ParseConfig(test.connection)
			if err != nil {
				t.Fatal(err)
			}
			after, err := pgx.ParseConfig(got)
			if err != nil {
				t.Fatal(err)
			}
			if before.Host != after.Host || before.Port != after.Port || before.Database != after.Database {
				t.Errorf("%q leads elsewhere", got)
			}
		})
	}
}

// FuzzWithoutPassword checks that what psql gets on its command line leads to
// the same database, without the password, as the driver reads both.
func FuzzWithoutPassword(f *testing.F) {
	for _, seed := range []string{
		"postgres://u:p@h:5433/d?sslmode=require", "postgres://u:p@h1:1,h2:2/d", "postgresql://u@h/d?password=p", "postgres://h/d?pass%77ord=p",
		"host=h password=p dbname=d", `host=h password='a \' b' dbname=d`, `host=h password=a\ b`, "PASSWORD = x host=h", "password=a://b",
		"application_name='my password=x' host=h", "host=h passfile=/x", "user=password host='='", "postgres://u:p@[::1]:5433/d", "password='' host=h",
		"postgres:///d?host=/tmp&password=x", "dbname=a password=b password=c",
	} {
		f.Add(seed)
	}
	// Neither this machine's settings nor its passwords.
	for _, name := range []string{"PGPASSWORD", "PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGSERVICE"} {
		f.Setenv(name, "")
	}
	f.Setenv("PGPASSFILE", "/nowhere")
	f.Fuzz(func(t *testing.T, connection string) {
		before, err := pgx.ParseConfig(connection)
		if err != nil {
			return
		}
		shown := config.WithoutPassword(connection)
		after, err := pgx.ParseConfig(shown)
		if err != nil {
			t.Fatalf("%q has become %q, which cannot be read: %v", connection, shown, err)
		}
		if after.Password != "" {
			t.Errorf("%q has become %q, which still has the password %q", connection, shown, after.Password)
		}
		if before.Host != after.Host || before.Port != after.Port || before.Database != after.Database || before.User != after.User || len(before.Fallbacks) != len(after.Fallbacks) {
			t.Errorf("%q has become %q, which leads elsewhere", connection, shown)
		}
	})
}

// FuzzPasswordInFlag checks that no connection with a password gets past the
// refusal of --database-url, as the driver reads it.
func FuzzPasswordInFlag(f *testing.F) {
	for _, seed := range []string{
		"postgres://u:p@h/d", "postgres://u:@h/d", "postgres://h/d?password=p", "postgres://h/d?pass%77ord=p", "host=h password=p", "host=h PASSWORD = p",
		"host=h passfile=/x", "postgres://u:p@h1:1,h2:2/d", "postgres://u:p@[::1]/d", "host=h user=u", "postgres:///d?host=/tmp", "password='p' host=h",
		"postgres://u:p%zz@h", "host=h pass\\word=p", "postgres://u%3Ap@h/d", "postgres://h/d;password=p", "postgres://h/d?a=1;password=p",
	} {
		f.Add(seed)
	}
	f.Setenv("PGPASSWORD", "")
	f.Setenv("PGPASSFILE", "/nowhere")
	f.Fuzz(func(t *testing.T, connection string) {
		parsed, err := pgx.ParseConfig(connection)
		if err != nil || parsed.Password == "" {
			return
		}
		flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
		config.AddFlags(flags, config.GroupDatabase)
		if err := flags.Set("database-url", connection); err != nil {
			t.Fatal(err)
		}
		if _, err := config.Load(config.Sources{Flags: flags}); err == nil {
			t.Errorf("--database-url %q is accepted although it holds the password %q", connection, parsed.Password)
		}
	})
}
