package spacex_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/testkit/apitest"
)

// paging is what an API says about a page beside its documents.
type paging struct{ offset, limit, total, totalPages, page int }

// honest is what the API's own library says.
func honest(q query, count int) paging {
	limit := q.Options.Limit
	return paging{q.Options.Offset, limit, count, max(1, (count+limit-1)/limit), q.Options.Offset/limit + 1}
}

// envelope writes it; hasNext and the pages before and after follow the library.
func (p paging) envelope(records []string) string {
	next := "null"
	if p.page < p.totalPages {
		next = fmt.Sprint(p.page + 1)
	}
	return fmt.Sprintf(`{"docs":[%s],"totalDocs":%d,"offset":%d,"limit":%d,"totalPages":%d,"page":%d,"pagingCounter":%d,"hasPrevPage":%t,"hasNextPage":%t,"prevPage":null,"nextPage":%s}`,
		strings.Join(records, ","), p.total, p.offset, p.limit, p.totalPages, p.page, (p.page-1)*p.limit+1, p.page > 1, next != "null", next)
}

// contradicting answers queries over launches; say changes what it says of a
// page of them. It returns what came, and how many were announced at the end.
func contradicting(t *testing.T, launches []string, size int, say func(request int, honest paging) string) (raw []string, announced, requests int, err error) {
	t.Helper()
	url := apitest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		q := queryOf(r)
		found := slices.DeleteFunc(slices.Clone(launches), func(document string) bool { return idOf(document) <= q.Query.ID.After })
		from := min(q.Options.Offset, len(found))
		to := min(from+q.Options.Limit, len(found))
		requests++
		p := honest(q, len(found))
		if said := say(requests, p); said != "" {
			apitest.WriteJSON(w, strings.Replace(said, `"docs":[]`, `"docs":[`+strings.Join(found[from:to], ",")+`]`, 1))
			return
		}
		apitest.WriteJSON(w, p.envelope(found[from:to]))
	}).URL
	options, _ := testOptions(url)
	options.PageSize, options.Concurrency = size, 1
	for page, err := range newClient(t, options).Launches(t.Context(), liftoff.Query{}) {
		if err != nil {
			return raw, announced, requests, err
		}
		raw, announced = append(raw, rawOf([]liftoff.Page{page})...), page.TotalLaunches
	}
	return raw, announced, requests, nil
}

// A total that is too low beside the promise of a further page: everything is
// read, and the total still shows that something is wrong.
func TestM8_ATotalThatIsTooLow(t *testing.T) {
	d := documents(23)
	tooLow := func(change func(p *paging)) func(int, paging) string {
		return func(_ int, p paging) string {
			next := p.page < p.totalPages
			change(&p)
			return strings.Replace(p.envelope(nil), fmt.Sprintf(`"hasNextPage":%t`, p.page < p.totalPages), fmt.Sprintf(`"hasNextPage":%t`, next), 1)
		}
	}
	for rule, change := range map[string]func(p *paging){
		"only the total":              func(p *paging) { p.total = min(p.total, 20) },
		"the total and the pages":     func(p *paging) { p.total = min(p.total, 20); p.totalPages = (p.total + p.limit - 1) / p.limit },
		"a total of one page":         func(p *paging) { p.total = min(p.total, 5) },
		"a total of nothing":          func(p *paging) { p.total = 0 },
		"a total of less than a page": func(p *paging) { p.total = min(p.total, 1) },
	} {
		for _, size := range []int{5, 10, 19, 20} {
			raw, announced, _, err := contradicting(t, d, size, tooLow(change))
			if err != nil {
				t.Fatalf("%s, pages of %d: %v", rule, size, err)
			}
			if diff := cmp.Diff(d, raw); diff != "" || announced == len(d) {
				t.Errorf("%s, pages of %d: %d announced, launches (-want +got):\n%s", rule, size, announced, diff)
			}
		}
	}
}

// Each field alone is enough to go on.
func TestM8_WhicheverFieldPromisesMore(t *testing.T) {
	d := documents(23)
	for rule, fields := range map[string]string{
		"hasNextPage":     `"hasNextPage":true`,
		"nextPage":        `"nextPage":2`,
		"totalPages":      `"page":1,"totalPages":2`,
		"hasNextPage, no": `"hasNextPage":false,"nextPage":null,"page":1,"totalPages":2`,
	} {
		raw, announced, _, err := contradicting(t, d, 20, func(request int, p paging) string {
			if request > 1 {
				return fmt.Sprintf(`{"docs":[],"totalDocs":%d,"hasNextPage":false}`, min(20, p.total))
			}
			return `{"docs":[],"totalDocs":20,` + fields + `}`
		})
		if diff := cmp.Diff(d, raw); diff != "" || announced != 20 || err != nil {
			t.Errorf("%s: %d announced, %v, launches (-want +got):\n%s", rule, announced, err, diff)
		}
	}
}

// The API's own library promises pages that overlapping ones have covered
// already. That is no contradiction and costs one request at the most.
func TestM9_AnHonestAPIIsReadInFewRequests(t *testing.T) {
	for _, count := range []int{0, 1, 9, 10, 11, 19, 20, 21, 29, 30, 99, 100, 101} {
		raw, announced, requests, err := contradicting(t, documents(count), 10, func(int, paging) string { return "" })
		most := max(1, (count+9)/10) + 1
		if err != nil || len(raw) != count || announced != count || requests > most {
			t.Errorf("%d launches: %d came, %d announced, %d requests (at most %d), %v", count, len(raw), announced, requests, most, err)
		}
	}
}

// What else may contradict itself. The ids say where a page belongs; its number,
// offset, limit and counter are not looked at.
func TestM9_OtherContradictions(t *testing.T) {
	d := documents(23)
	for _, c := range []struct {
		rule string
		say  func(request int, p paging) string
		// announced is what the run compares with the 23 that come; 23 is a
		// run that succeeds.
		announced int
	}{
		{"no further page, but the total says so", func(_ int, p paging) string {
			p.totalPages = 1
			return p.envelope(nil)
		}, 23},
		{"a total that is too high", func(_ int, p paging) string { p.total += 5; return p.envelope(nil) }, 28},
		{"more documents than the total", func(_ int, p paging) string {
			return fmt.Sprintf(`{"docs":[],"totalDocs":%d}`, p.total-1)
		}, 22},
		{"a total that grows with each page", func(n int, p paging) string { p.total += n; return p.envelope(nil) }, -1},
		{"a total that shrinks with each page", func(n int, p paging) string { p.total -= n; return p.envelope(nil) }, -1},
		{"another offset, limit, page and counter", func(_ int, p paging) string {
			return fmt.Sprintf(`{"docs":[],"totalDocs":%d,"offset":7000,"limit":1,"page":-3,"pagingCounter":-5,"totalPages":"many","hasNextPage":"yes","nextPage":"/next","prevPage":9}`, p.total)
		}, 23},
		{"absurd pages", func(_ int, p paging) string {
			return fmt.Sprintf(`{"docs":[],"totalDocs":%d,"page":1,"totalPages":999999999999999999999999,"nextPage":1e99}`, p.total)
		}, 23},
		{"a promise that is not kept", func(_ int, p paging) string {
			return fmt.Sprintf(`{"docs":[],"totalDocs":%d,"hasNextPage":true,"nextPage":9}`, p.total)
		}, 23},
	} {
		t.Run("M9 "+c.rule, func(t *testing.T) {
			raw, announced, requests, err := contradicting(t, d, 10, c.say)
			if err != nil || requests > 8 {
				t.Fatalf("%d requests, %v", requests, err)
			}
			if diff := cmp.Diff(d, raw); diff != "" {
				t.Errorf("launches (-want +got):\n%s", diff)
			}
			if isGood := announced == len(d); isGood != (c.announced == len(d)) || (c.announced > 0 && announced != c.announced) {
				t.Errorf("%d are announced, want %d", announced, c.announced)
			}
		})
	}
}

// Nothing else compares what is announced with what came.
func TestM10_ReferencesThatAreNotAllSent(t *testing.T) {
	for announced, wantErr := range map[int]string{2: "", 3: "the API announces 3 payloads and sent 2", 1: "the API announces 1 payloads and sent 2"} {
		url := apitest.Serve(t, scripted(envelope(1, 0, announced, `{"id":"a"}`, `{"id":"b"}`), envelope(1, 0, announced))).URL
		options, _ := testOptions(url)
		options.PageSize = 10
		var came []string
		var failure error
		for some, err := range newClient(t, options).References(t.Context(), liftoff.Payloads, nil) {
			failure = err
			for _, each := range some {
				came = append(came, each.ID)
			}
		}
		if !slices.Equal(came, []string{"a", "b"}) {
			t.Errorf("%d announced: %v came", announced, came)
		}
		if wantErr != "" {
			apitest.WantError(t, failure, liftoff.Source, wantErr)
		} else if failure != nil {
			t.Error(failure)
		}
	}
}
