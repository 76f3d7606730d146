package spacex_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liftoff"
	"liftoff/internal/testkit/apitest"
)

// The id of a rejected record is kept where it can be read, so that the launch can
// be asked for again.
func TestO14_TheIDOfARejectedRecord(t *testing.T) {
	id := strings.Repeat("a", 24)
	for name, test := range map[string]struct {
		docs string
		want []string
	}{
		"O14 payloads that are no list":   {`{"payloads":"oops","id":"` + id + `"}`, []string{id}},
		"O14 a name twice, after the id":  {`{"id":"` + id + `","name":"b","name":"c"}`, []string{id}},
		"O14 a name twice, before the id": {`{"name":"b","name":"c","id":"` + id + `"}`, []string{""}},
		"O14 no id":                       {`{"id":null}`, []string{""}},
		"O14 an invalid id":               {`{"id":"a/b"}`, []string{""}},
		"O14 two states":                  {`{"id":"` + id + `","name":"b"},{"id":"` + id + `","name":"c"}`, []string{id, id}},
	} {
		t.Run(name, func(t *testing.T) {
			server := apitest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
				apitest.WriteJSON(w, `{"docs":[`+test.docs+`],"totalDocs":`+string(rune('0'+len(test.want)))+`}`)
			})
			options, _ := testOptions(server.URL)
			var got []string
			for page, err := range newClient(t, options).Launches(t.Context(), liftoff.Query{}) {
				if err != nil {
					t.Fatal(err)
				}
				for _, record := range page.Rejected {
					got = append(got, record.LaunchID)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("ids of rejected records (-want +got):\n%s", diff)
			}
		})
	}
}
