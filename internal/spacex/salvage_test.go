package spacex_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff/internal/spacex"
)

// answerWith is a page of documents as they are.
func answerWith(docs ...string) string {
	return fmt.Sprintf(`{"docs":[%s],"totalDocs":%d,"limit":10,"hasNextPage":false,"nextPage":null}`, strings.Join(docs, ","), len(docs))
}

// startTexts serves one answer after the other, the last one for ever.
func startTexts(t *testing.T, answers ...string) (url string, asked *atomic.Int64) {
	t.Helper()
	asked = &atomic.Int64{}
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
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
				for page, err := range newTestClient(t, url).Launches(t.Context(), spacex.Everything()) {
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
	for page, err := range newTestClient(t, url).Launches(context.Background(), spacex.Everything()) {
		if err != nil {
			t.Fatal(err)
		}
		count += len(page.Launches)
	}
	if count != 2 {
		t.Errorf("%d launches, want 2", count)
	}
}
