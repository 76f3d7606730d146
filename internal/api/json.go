package api

import (
	"io"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// moment is how times are written: as in the JSON of the commands.
const moment = "2006-01-02T15:04:05.000000Z07:00"

// format writes all bodies.
func format() huma.Format {
	moments := json.WithMarshalers(json.MarshalToFunc(func(out *jsontext.Encoder, at time.Time) error {
		return out.WriteToken(jsontext.String(at.UTC().Format(moment)))
	}))
	return huma.Format{
		Marshal: func(w io.Writer, value any) error {
			return json.MarshalWrite(w, value, moments, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
		},
		Unmarshal: huma.DefaultJSONFormat.Unmarshal,
	}
}
