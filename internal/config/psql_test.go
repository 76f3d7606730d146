package config_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"liftoff/internal/config"
)

// PostgreSQL's own programs refuse what the driver takes; they must get the same
// database and the same settings all the same.
func TestForPsql_PassesOnWhatTheDriverTakes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		connection, options, want string
	}{
		{"postgres://u@h:5433/d?sslmode=require", "", "postgres://u@h:5433/d?sslmode=require"},
		{"postgres://u:s3cret@h/d?search_path=spx", "", "postgres://u@h/d?options=-c%20search_path%3Dspx"},
		{"postgres://u@h/d?search_path=a,b%20c&sslmode=disable", "", `postgres://u@h/d?sslmode=disable&options=-c%20search_path%3Da%2Cb%5C%20c`},
		{"postgres://u@h/d?pool_max_conns=4&statement_cache_capacity=1", "", "postgres://u@h/d"},
		{"postgres://u@h/d?statement_timeout=5s&pool_max_conns=4&application_name=x", "", "postgres://u@h/d?application_name=x&options=-c%20statement_timeout%3D5s"},
		{"postgres://u@h/d?options=-c%20work_mem%3D8MB&search_path=spx", "-c a.b=c", "postgres://u@h/d?options=-c%20work_mem%3D8MB%20-c%20search_path%3Dspx"},
		{"postgres://u@h/d?search_path=spx", "-c work_mem=8MB", "postgres://u@h/d?options=-c%20work_mem%3D8MB%20-c%20search_path%3Dspx"},
		{"postgres://u@h/d", "-c work_mem=8MB", "postgres://u@h/d?options=-c%20work_mem%3D8MB"},
		{"host=h dbname=d password=s3cret", "", "host=h dbname=d"},
		{"host=h search_path='a b' dbname=d pool_max_conns=3", "", `host=h dbname=d options='-c search_path=a\\ b'`},
		{"host=h options='' dbname=d", "", "host=h dbname=d"},
	}
	for _, test := range tests {
		t.Run(test.connection, func(t *testing.T) {
			t.Parallel()
			got := config.ForPsql(test.connection, test.options)
			if got != test.want {
				t.Errorf("ForPsql() = %q, want %q", got, test.want)
			}
			before, err := pgx.ParseConfig(test.connection)
			if err != nil {
				t.Fatal(err)
			}
			after, err := pgx.ParseConfig(got)
			if err != nil {
				t.Fatal(err)
			}
			if before.Host != after.Host || before.Port != after.Port || before.Database != after.Database || before.User != after.User {
				t.Errorf("%q leads elsewhere", got)
			}
		})
	}
}
