package replay_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"liftoff/internal/replay"
)

const fuzzDoc = `{"name":"N","n":1.5,"l":["p",["q"],{"k":null}],"o":{"x":{"y":[1,2]}},"b":true,"z":null,"id":"a"}`

// FuzzFilter shows that no filter makes the evaluator panic or run away, and
// that a filter and an $and or $or of it alone agree.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"n":{"$gte":1,"$lt":2}}`, `{"l":"p"}`, `{"l":["p",["q"],{"k":null}]}`, `{"$or":[{"n":"1.5"},{"b":"true"}]}`,
		`{"o":{"x":{"y":[1,2]}}}`, `{"":{"$in":[1e3,null]}}`, `{"$and":[{}]}`, `{"a..b":1}`, `{"n":{"$regex":"i"}}`, `{"_id":{"$in":[]}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, filter []byte) {
		if jsontext.Value(filter).Kind() != '{' || !jsontext.Value(filter).IsValid() {
			t.Skip()
		}
		matched, err := replay.MatchFilter(filter, []byte(fuzzDoc))
		if err != nil {
			return
		}
		for _, group := range []string{"$and", "$or"} {
			grouped, err := replay.MatchFilter([]byte(`{"`+group+`":[`+string(filter)+`]}`), []byte(fuzzDoc))
			if err == nil && grouped != matched {
				t.Errorf("filter %s gives %t, within %s %t", filter, matched, group, grouped)
			}
		}
	})
}

// FuzzQuery shows that no body of a query panics, and that every refusal says
// why.
func FuzzQuery(f *testing.F) {
	f.Add([]byte(`{"options":{"sort":{"n":"desc"},"limit":7,"page":-3}}`))
	f.Add([]byte(`{"query":{"name":"N"},"options":{"populate":"rocket","offset":"2"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if err := replay.ParseQuery(body); err != nil && err.Error() == "" {
			t.Errorf("query %s is refused without a word", body)
		}
	})
}

func TestFilter_DepthIsBounded(t *testing.T) {
	for _, group := range []string{"$and", "$or"} {
		filter := strings.Repeat(`{"`+group+`":[`, 500) + `{}` + strings.Repeat(`]}`, 500)
		if _, err := replay.MatchFilter([]byte(filter), []byte(fuzzDoc)); err == nil {
			t.Errorf("500 nested %s are accepted", group)
		}
	}
}
