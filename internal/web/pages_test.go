package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// hostile is the address of the launch that would take over a page.
var hostile = "/launches/" + url.PathEscape(`hostile<script>"'`)

// TestPages compares each page with what somebody has looked at.
func TestPages(t *testing.T) {
	t.Parallel()
	s := newSite(t, filled)
	for name, address := range map[string]string{
		"launches": "/launches?year=2008", "launch": "/launches/odd12", "launch_hostile": hostile, "runs": "/runs", "run": "/runs/3", "run_good": "/runs/1",
		"quarantine": "/quarantine?resolved=1", "record": "/quarantine/1", "record_binary": "/quarantine/2", "schedules": "/schedules",
	} {
		wantGolden(t, name, s.want(address, http.StatusOK))
	}
	for name, address := range map[string]string{
		"launches_wrong": "/launches?search=star&year=20000", "quarantine_wrong": "/quarantine?reason=none", "run_wrong": "/runs?before=x",
	} {
		wantGolden(t, name, s.want(address, http.StatusBadRequest))
	}
	wantGolden(t, "launch_not_found", s.want("/launches/none", http.StatusNotFound))
}

// Without launches, pages say which command comes next; an empty quarantine is good.
func TestPages_OfAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	s := newSite(t, empty)
	for address, says := range map[string]string{
		"/": "./liftoff ingest --all", "/launches": "./liftoff ingest --all", "/launches?year=2008": "There are no launches yet", "/runs": "./liftoff ingest --all",
		"/quarantine": "Nothing is in quarantine", "/quarantine?reason=invalid_json": "No record matches",
		"/schedules": "./liftoff schedules add hourly",
	} {
		if page := s.want(address, http.StatusOK); !strings.Contains(page, says) {
			t.Errorf("%s does not say %q:\n%s", address, says, page)
		}
	}
}

// The links of the pages lead through all launches, each once, and back.
func TestLaunches_Paging(t *testing.T) {
	t.Parallel()
	s := newSite(t, filled)
	s.base = "/below"
	for _, filter := range []string{"", "?outcome=success&year=", "?search=synthetic"} {
		address := "/launches" + filter
		if strings.HasSuffix(address, "=") {
			address = s.get(address).Header.Get("Location")
			if address != "/below/launches?outcome=success" {
				t.Fatalf("the address without empty parameters is %q", address)
			}
		}
		seen, pages, last := map[string]bool{}, 0, ""
		total := 0
		for address != "" {
			page := s.want(strings.TrimPrefix(address, "/below"), http.StatusOK)
			if _, err := fmt.Sscan(regexp.MustCompile(`<span>(\d+) launches, newest first`).FindStringSubmatch(page)[1], &total); err != nil {
				t.Fatal(err)
			}
			for _, row := range regexp.MustCompile(`<td class="name"><a href="/below(/launches/[^"]+)"`).FindAllStringSubmatch(page, -1) {
				if seen[row[1]] {
					t.Fatalf("%s is on two pages", row[1])
				}
				seen[row[1]] = true
			}
			last, address = address, first(hrefs(page, "Older"))
			if filter != "" && address != "" && !strings.HasPrefix(address, "/below/launches?"+strings.TrimSuffix(strings.TrimPrefix(filter, "?"), "&year=")+"&older=") {
				t.Fatalf("the filter is lost in %s", address)
			}
			pages++
		}
		if len(seen) != total || pages < 3 {
			t.Errorf("%q: %d launches on %d pages, of %d", filter, len(seen), pages, total)
		}
		back := 1
		for address := last; ; back++ {
			newer := first(hrefs(s.want(strings.TrimPrefix(address, "/below"), http.StatusOK), "Newer"))
			if newer == "" {
				break
			}
			address = newer
		}
		if back != pages {
			t.Errorf("%q: %d pages there, %d back", filter, pages, back)
		}
	}
	if page := s.want("/launches?older=~0", http.StatusOK); !strings.Contains(page, "no launches beyond") {
		t.Errorf("behind the last launch there is no way back:\n%s", page)
	}
	if page := s.want("/launches?search=nowhere", http.StatusOK); !strings.Contains(page, "No launch matches") || strings.Contains(page, "ingest") {
		t.Errorf("no match is not told from no data:\n%s", page)
	}
}

func first(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	return texts[0]
}

// A mistake in an address is a 400 that names the field and keeps the form, or a 404.
func TestF3_F8_MistakesInAddresses(t *testing.T) {
	t.Parallel()
	s := newSite(t, filled)
	for address, field := range map[string]string{
		"/launches?page=2": "&#34;page&#34;", "/launches?year=2008&year=2009": "year", "/launches?year=99999": "year", "/launches?year=x": "year",
		"/launches?outcome=won": "outcome", "/launches?search=ab": "search", "/launches?search=%2D%2D%2D%2D": "search", "/launches?search=" + strings.Repeat("a", 10<<10): "search",
		"/launches?older=yesterday": "older", "/launches?older=2022-13-05T02:09:00Z~x": "older", "/launches?older=~a&newer=~b": "newer",
		"/launches?search=%00abc": "the address", "/launches?search=%ff%feabc": "the address", "/launches?%zz": "the address", "/launches?rocket=" + strings.Repeat("r", 2000): "rocket",
		"/quarantine?reason=x": "reason", "/quarantine?resolved=yes": "resolved", "/quarantine?run=0": "run", "/quarantine?before=-1": "before",
	} {
		page := s.want(address, http.StatusBadRequest)
		if !strings.Contains(page, "This address has a mistake: "+field) || !strings.Contains(page, "<form") {
			t.Errorf("%.100s: the page does not name %s or has no form:\n%.3000s", address, field, page)
		}
	}
	for _, text := range []string{"'; DROP TABLE raw_launches; --", "x' OR 'a'='a", "abc\\", "%' UNION SELECT 1 --", "$1; SELECT pg_sleep(9)"} {
		for _, field := range []string{"search", "rocket", "launchpad"} {
			if page := s.want("/launches?"+field+"="+url.QueryEscape(text), http.StatusOK); !strings.Contains(page, "No launch matches") {
				t.Errorf("%s=%q finds launches:\n%.3000s", field, text, page)
			}
		}
	}
	for address, status := range map[string]int{
		"/runs?before=0": 400, "/runs?x=1": 400, "/runs/3?x=1": 400, "/schedules?x=1": 400, "/launches/odd12?all=2": 400,
		"/runs/0": 404, "/runs/x": 404, "/runs/99999999999999999999": 404, "/runs/12345": 404, "/runs/03": 404, "/quarantine/x": 404, "/quarantine/999": 404,
		"/launches/none": 404, "/launches/%00": 404, "/launches/%ff": 404, "/launches/" + strings.Repeat("x", 5000): 404, "/launches/none/document": 404,
		"/launches/..%2f..%2fetc%2fpasswd": 404, "/launches/odd12/images": 404, "/launches/odd01/document": 404,
	} {
		s.want(address, status)
	}
}

// The document is a file to download, byte for byte as it is stored.
func TestDocument(t *testing.T) {
	t.Parallel()
	s := newSite(t, filled)
	body := s.want("/launches/odd12/document", http.StatusOK)
	if !strings.Contains(body, `"newest"`) {
		t.Errorf("the document is %s", body)
	}
	header := s.get("/launches/odd12/document").Header
	if header.Get("Content-Type") != "application/json" || header.Get("Content-Disposition") != `attachment; filename="launch-odd12.json"` {
		t.Errorf("the header is %v", header)
	}
	if got := s.get(hostile + "/document").Header.Get("Content-Disposition"); got != `attachment; filename="launch.json"` {
		t.Errorf("an odd id is in the name of the file: %s", got)
	}
}
