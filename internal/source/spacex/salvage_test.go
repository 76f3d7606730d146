package spacex_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/source/spacex"
	"liftoff/internal/testkit/apitest"
)

// answerWith is a page of documents as they are.
func answerWith(docs ...string) string {
	return fmt.Sprintf(`{"docs":[%s],"totalDocs":%d,"limit":10,"hasNextPage":false,"nextPage":null}`, strings.Join(docs, ","), len(docs))
}

// startTexts serves one answer after the other, the last one for ever.
func startTexts(t *testing.T, answers ...string) (url string, asked *atomic.Int64) {
	t.Helper()
	asked = &atomic.Int64{}
	server := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		n := int(asked.Add(1))
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(answers[min(n, len(answers))-1]))
	})
	return server.URL, asked
}

// newTestClient returns a client that does not pause.
func newTestClient(t *testing.T, url string) *spacex.Client {
	t.Helper()
	options, _ := testOptions(url)
	return newClient(t, options)
}

func TestLaunches_ARecordThatIsNoJSONCostsItself(t *testing.T) {
	t.Parallel()
	doc := func(n int) string {
		return fmt.Sprintf(`{"links":{"a":[{"x":1},{"y":"],{"}]},"name":"Launch %d","id":"%024x","cores":[{"core":"c"},{"core":null}]}`, n, n)
	}
	for name, bad := range map[string]string{
		"cut in a string":        `{"links":{},"name":"Lau`,
		"cut in a list":          `{"links":{},"cores":[{"core":"c"}`,
		"cut after a comma":      `{"links":{},"name":"x",`,
		"cut to its bracket":     `{`,
		"a bracket too few":      strings.TrimSuffix(doc(2), "}"),
		"a bracket of the other": strings.TrimSuffix(doc(2), "}") + "]",
		"a bracket too many":     doc(2) + "}",
		"no document":            `undefined`,
		"white space at the end": `{"links":{},"name":"x `,
		"control character":      strings.Replace(doc(2), "Launch", "Lau\nnch", 1),
		"too deep":               `{"links":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`,
	} {
		for place := range 4 {
			t.Run(fmt.Sprintf("%s at %d", name, place), func(t *testing.T) {
				docs := []string{doc(1), doc(3), doc(5)}
				docs = append(docs[:place:place], append([]string{bad}, docs[place:]...)...)
				url, asked := startTexts(t, answerWith(docs...))
				var launches, rejected []string
				for page, err := range newTestClient(t, url).Launches(t.Context(), liftoff.Query{}) {
					if err != nil {
						t.Fatal(err)
					}
					for _, launch := range page.Launches {
						launches = append(launches, string(launch.Raw))
					}
					for _, record := range page.Rejected {
						rejected = append(rejected, string(record.Reason)+" "+string(record.Body))
					}
				}
				if diff := cmp.Diff([]string{doc(1), doc(3), doc(5)}, launches); diff != "" {
					t.Errorf("launches (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff([]string{"invalid_json " + bad}, rejected); diff != "" {
					t.Errorf("rejected (-want +got):\n%s", diff)
				}
				if n := asked.Load(); n != 2 {
					t.Errorf("asked %d times, want twice: the line may have been at fault", n)
				}
			})
		}
	}
}

// An answer that is whole when it is asked for again costs nothing.
func TestLaunches_AnAnswerBrokenOnceIsAskedForAgain(t *testing.T) {
	t.Parallel()
	whole := answerWith(`{"id":"a"}`, `{"id":"b"}`)
	url, _ := startTexts(t, strings.Replace(whole, `{"id":"a"}`, `{"id":"a"`, 1), whole)
	count := 0
	for page, err := range newTestClient(t, url).Launches(context.Background(), liftoff.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		count += len(page.Launches)
	}
	if count != 2 {
		t.Errorf("%d launches, want 2", count)
	}
}

// An answer that is made to be hard to take apart is given up in good time.
func TestSalvagePage_DoesNotReadForEver(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`[1,{"a":`, 4_000) + `"` + strings.Repeat("x", 2<<20) + `"`
	for name, doc := range map[string]string{
		"open":            `{"a":` + deep,
		"closed too late": `{"a":` + deep + strings.Repeat("}]", 4_000) + "]",
		"many beginnings": strings.Repeat(`{,`, 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			before := time.Now()
			_, _ = spacex.SalvagePage([]byte(answerWith(doc, `{"id":"x"}`)))
			if took := time.Since(before); took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// What is whole is read the same as ever, and nothing is lost or made up.
func FuzzSalvagePage(f *testing.F) {
	d := documents(3)
	for _, seed := range []string{
		answerWith(d...), answerWith(d[0], `{"id":`, d[1]), answerWith(`{`, d[0]), answerWith(d[0], `]`), answerWith(),
		`{"docs":[{]}`, `{"totalDocs":1,"docs":[x]}`, `{"docs":[ {"id":"a"} , {"id":"b" , {"id":"c"} ],"totalDocs":3}`, ``, `[`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		before := bytes.Clone(answer)
		salvaged, ok := spacex.SalvagePage(answer)
		if !bytes.Equal(before, answer) {
			t.Error("the answer was written to")
		}
		whole, err := spacex.ReadPage(answer)
		if ok && err == nil && bytes.Count(answer, []byte("docs")) == 1 {
			if diff := cmp.Diff(whole, salvaged); diff != "" {
				t.Errorf("%q is JSON (-as such +salvaged):\n%s", answer, diff)
			}
		}
		for _, record := range salvaged.Rejected {
			if !bytes.Contains(answer, record.Body) {
				t.Errorf("%q is no part of %q", record.Body, answer)
			}
		}
	})
}
