package replay_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"liftoff/internal/replay"
)

const fuzzDoc = `{"name":"N","n":1.5,"l":["p",["q"],{"k":null}],"o":{"x":{"y":[1,2]}},"b":true,"z":null,"id":"a"}`

// FuzzFilter shows that no filter makes the evaluator panic or run away, and
// that a filter and its $nor never agree.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"n":{"$gte":1,"$not":{"$in":[1,"x",null]}}}`, `{"l.2.k":{"$exists":true}}`, `{"l":{"$elemMatch":{"$regex":"p"}}}`,
		`{"$or":[{"o.x.y":1},{"b":"true"}]}`, `{"l":{"$all":[["q"]]}}`, `{"o":{"x":{"y":[1,2]}}}`, `{"":{"$size":1e3}}`,
		`{"$and":[{}]}`, `{"a..b":1}`, `{"n":{"$options":"i"}}`, `{"l.-1":1}`, `{"l.99999999999999999999":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, filter []byte) {
		if !jsontext.Value(filter).IsValid() {
			t.Skip()
		}
		matched, err := replay.MatchFilter(filter, []byte(fuzzDoc))
		if err != nil || jsontext.Value(filter).Kind() != '{' {
			return
		}
		negated, err := replay.MatchFilter([]byte(`{"$nor":[`+string(filter)+`]}`), []byte(fuzzDoc))
		if err == nil && negated == matched {
			t.Errorf("filter %s and its $nor both give %t", filter, matched)
		}
	})
}

// FuzzQuery shows that no body of a query panics, and that whatever is
// selected and populated is still JSON.
func FuzzQuery(f *testing.F) {
	f.Add([]byte(`{"options":{"select":"name -id","populate":["rocket",{"path":"payloads","select":{"a.b":0}}]}}`))
	f.Add([]byte(`{"options":{"select":{"o.x.y":1,"l.k":1},"sort":{"n":"desc"},"limit":"7x","page":-3}}`))
	f.Add([]byte(`{"query":{"name":"N"},"options":{"pagination":0,"offset":"2"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		shaped, err := replay.QueryDocument(body, []byte(fuzzDoc))
		if err == nil && !jsontext.Value(shaped).IsValid() {
			t.Errorf("query %s gives %s", body, shaped)
		}
	})
}

func TestFilter_DepthIsBounded(t *testing.T) {
	for name, filter := range map[string]string{
		"$and":       strings.Repeat(`{"$and":[`, 500) + `{}` + strings.Repeat(`]}`, 500),
		"$not":       `{"a":` + strings.Repeat(`{"$not":`, 500) + `{"$eq":1}` + strings.Repeat(`}`, 500) + `}`,
		"$elemMatch": `{"a":` + strings.Repeat(`{"$elemMatch":{"a":`, 500) + `1` + strings.Repeat(`}}`, 500) + `}`,
	} {
		if _, err := replay.MatchFilter([]byte(filter), []byte(fuzzDoc)); err == nil {
			t.Errorf("500 nested %s are accepted", name)
		}
	}
}
