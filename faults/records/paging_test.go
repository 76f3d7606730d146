package records_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"liftoff/internal/testkit/clitest"
)

// miscounting serves launches in pages, and announces total of them, which may be
// wrong. As the API's own library does, it works out from that whether there is a
// next page.
func miscounting(t *testing.T, records [][]byte, total int) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Method != http.MethodPost {
			return
		}
		var query struct {
			Query struct {
				ID struct {
					After string `json:"$gt"`
				} `json:"_id"`
			}
			Options struct{ Offset, Limit int }
		}
		if err := json.NewDecoder(r.Body).Decode(&query); err != nil {
			t.Error(err)
		}
		found := records
		for len(found) > 0 && idOf(found[0]) <= query.Query.ID.After {
			found = found[1:]
		}
		from := min(query.Options.Offset, len(found))
		to := min(from+query.Options.Limit, len(found))
		page, pages := from/query.Options.Limit+1, (len(found)+query.Options.Limit-1)/query.Options.Limit
		_, _ = fmt.Fprintf(w, `{"docs":[%s],"totalDocs":%d,"hasNextPage":%t}`, bytes.Join(found[from:to], []byte(",")), min(total, len(found)), page < pages)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// The run stores everything, and says that the API contradicts itself.
func TestM8_ATotalThatIsTooLowBesideAFurtherPage(t *testing.T) {
	t.Parallel()
	var records [][]byte
	for n := range 23 {
		records = append(records, bytes.Replace([]byte(clitest.LaunchDocument("name", `"x"`)), []byte("5eb87cd9ffd86e000604b32a"), fmt.Appendf(nil, "5eb87cd9ffd86e%010x", n), 1))
	}
	for _, size := range []string{"5", "10", "20"} {
		u, db := userOf(t, miscounting(t, records, 20))
		clitest.WantFailure(t, u.Run(t, ingestAll("--page-size", size)...), 4, "the run is partial: the API announces 20 launches and sent 23")
		wantRows(t, db, 23, 0, 0)
		honest := u.With("SPACEX_API_URL=" + miscounting(t, records, 23))
		honest.Succeed(t, ingestAll("--page-size", size)...)
		wantRows(t, db, 23, 0, 0)
	}
}
