//go:build linux

package api_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"liftoff/internal/testkit/clitest"
	"liftoff/internal/testkit/pgtest"
)

// answers says what an API sends to a query of a collection, from an offset and
// with a limit.
type answers func(collection string, offset, limit int) string

// startPacked starts an API that packs its answers, so that little is sent, and
// returns its URL.
func startPacked(t *testing.T, answer answers) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Method != http.MethodPost {
			return
		}
		var query struct{ Options struct{ Offset, Limit int } }
		if err := json.NewDecoder(r.Body).Decode(&query); err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Encoding", "gzip")
		packed, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
		_, _ = io.WriteString(packed, answer(strings.Split(r.URL.Path, "/")[2], query.Options.Offset, query.Options.Limit))
		_ = packed.Close() // the client may have left
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// listOf is a list of so many equal values, within its brackets.
func listOf(value string, count int) string {
	return strings.TrimSuffix(strings.Repeat(value+",", count), ",")
}

// manyNames is so many members with different names, without the braces.
func manyNames(count int) string {
	var out bytes.Buffer
	for n := range count {
		fmt.Fprintf(&out, `"%x":0,`, n)
	}
	return strings.TrimSuffix(out.String(), ",")
}

func pageWith(total int, docs, more string) string {
	return fmt.Sprintf(`{"docs":[%s],"totalDocs":%d%s}`, docs, total, more)
}

// good is a launch with a number for its id.
func good(n int) string {
	return strings.Replace(clitest.LaunchDocument("name", `"x"`), "5eb87cd9ffd86e000604b32a", fmt.Sprintf("5eb87cd9ffd86e%010x", n), 1)
}

// However an API fills its 32 MiB, the program needs little more than that, and
// not much time.
func TestM6_M7_AnAnswerOfManyThings(t *testing.T) {
	t.Parallel()
	const huge = 31 << 20
	once := func(page string) answers { return func(string, int, int) string { return page } }
	cases := []struct {
		rule   string
		answer answers
		args   []string
		code   int
		says   string
		// refers says that references are asked for.
		refers bool
	}{
		{"M6 five million tiny records", once(pageWith(5_000_000, listOf("0", 5_000_000), "")), nil, 4, "more than 4000 records: the API does not keep to the limit asked for", false},
		{"M6 in small pages", once(pageWith(5_000_000, listOf("{}", 5_000_000), "")), []string{"--page-size", "5"}, 4, "more than 1000 records", false},
		{"M6 as references", func(collection string, _, _ int) string {
			if collection == "launches" {
				return pageWith(1, good(1), "")
			}
			return pageWith(5_000_000, listOf("0", 5_000_000), "")
		}, nil, 4, "more than 4000 records", true},
		{"M7 a launch of many names", once(pageWith(2, good(1)+`,{"id":"5eb87cd9ffd86e000604b32b",`+manyNames(2_500_000)+"}", "")), nil, 3, "1 of 2 records went into quarantine", false},
		{"M7 an envelope of many names", once(pageWith(1, good(1), ","+manyNames(2_500_000))), nil, 0, "", false},
		{"M7 a launch of many payloads", once(pageWith(2, good(1)+`,{"id":"5eb87cd9ffd86e000604b32b","payloads":[`+listOf("0", 14_000_000)+"]}", "")), nil, 3, "1 of 2 records went into quarantine", false},
		{"M7 a launch with a long crew", once(pageWith(2, good(1)+`,{"id":"5eb87cd9ffd86e000604b32b","crew":[`+listOf("{}", 9_000_000)+"]}", "")), nil, 3, "1 of 2 records went into quarantine", false},
		{"M7 lists within lists", once(pageWith(2, good(1)+`,{"id":"5eb87cd9ffd86e000604b32b","cores":[`+listOf("[[]]", 6_000_000)+"]}", "")), nil, 3, "1 of 2 records went into quarantine", false},
		{"M7 small launches in large answers", func(_ string, offset, limit int) string {
			var records []string
			for n := offset; n < min(offset+limit, 40); n++ {
				records = append(records, good(n))
			}
			return pageWith(40, strings.Join(records, ","), strings.Repeat(" ", huge))
		}, []string{"--page-size", "1", "--concurrency", "1"}, 0, "", false},
		{"M7 small payloads in large answers", func(collection string, offset, limit int) string {
			if collection != "payloads" {
				return pageWith(1, good(1), "")
			}
			var records []string
			for n := offset; n < min(offset+limit, 20); n++ {
				records = append(records, fmt.Sprintf(`{"no":"%024x"}`, n))
			}
			return pageWith(20, strings.Join(records, ","), strings.Repeat(" ", huge))
		}, []string{"--page-size", "1", "--concurrency", "1"}, 4, "the API does not have 1 payload", true},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			db := pgtest.NewDatabase(t)
			u := clitest.NewUser(t).On(db).With("SPACEX_API_URL="+startPacked(t, c.answer), fmt.Sprintf("REFERENCES=%t", c.refers))
			var stderr strings.Builder
			cmd := u.Command(t.Context(), ingest(append(c.args, "--log-file", "-", "--accept-drift")...)...)
			cmd.Stderr = &stderr
			began := time.Now()
			most := runMeasured(t, cmd)
			lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
			if code, last := cmd.ProcessState.ExitCode(), lines[len(lines)-1]; code != c.code || !strings.Contains(last, c.says) {
				t.Errorf("exit code %d and the last line %q, want %d and %q", code, last, c.code, c.says)
			}
			if most > 192 {
				t.Errorf("%d MiB of memory, want at most 192", most)
			}
			if took := time.Since(began); took > time.Minute {
				t.Errorf("it took %v", took)
			}
			t.Logf("%d MiB of memory", most)
		})
	}
}
