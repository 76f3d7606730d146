package app_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"liftoff/internal/app"
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
		{"postgres://u:s3cret@h:5433,i:5434/d", "postgres://u@h:5433,i:5434/d"},
	}
	for _, test := range tests {
		t.Run(test.connection, func(t *testing.T) {
			t.Parallel()
			got := app.WithoutPassword(test.connection)
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
