package api

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json/jsontext"

	"liftoff"
	"liftoff/internal/report"
	"liftoff/internal/table"
)

const description = "What liftoff has stored: launches, ingestion runs and the answers to analytics queries. " +
	"It only reads. All times are UTC. Values whose names begin with simulated_ are random numbers that this program made up. " +
	"Errors are application/problem+json. If the server asks for a login, send it with each request: a token as Authorization: Bearer, " +
	"or user and password as Basic."

// config says how huma works here: it serves no pages of its own, whose scripts come from
// other hosts, and adds nothing to answers.
func (a *API) config() huma.Config {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	for original, alias := range map[reflect.Type]reflect.Type{
		reflect.TypeFor[jsontext.Value]():    reflect.TypeFor[json.RawMessage](),
		reflect.TypeFor[liftoff.Outcome]():   reflect.TypeFor[outcomeWord](),
		reflect.TypeFor[liftoff.RunStatus](): reflect.TypeFor[statusWord](),
		reflect.TypeFor[table.ChartKind]():   reflect.TypeFor[chartWord](),
		reflect.TypeFor[table.Type]():        reflect.TypeFor[typeWord](),
		reflect.TypeFor[report.Row]():        reflect.TypeFor[rowObject](),
	} {
		registry.RegisterTypeAlias(original, alias)
	}
	format := huma.Format{Marshal: writeJSON}
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI:    "3.1.0",
			Info:       &huma.Info{Title: "liftoff", Description: description, Version: a.Version},
			Components: &huma.Components{Schemas: registry},
		},
		Formats:                      map[string]huma.Format{"application/json": format, "json": format},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{asProblem},
	}
}

// writeJSON writes a value as the commands print it.
func writeJSON(w io.Writer, value any) error {
	var text bytes.Buffer
	if err := report.WriteValue(&text, value); err != nil {
		return err
	}
	_, _ = w.Write(text.Bytes()) // the client may have gone
	return nil
}

// operation describes one operation. One of a thing with an id may be 404.
func operation(id, path, tag, summary string) huma.Operation {
	op := huma.Operation{
		OperationID: id, Method: http.MethodGet, Path: path, Summary: summary, Tags: []string{tag},
		Responses: map[string]*huma.Response{},
	}
	problem := map[string]*huma.MediaType{problemType: {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}}}
	statuses := []int{http.StatusBadRequest, http.StatusInternalServerError}
	if strings.Contains(path, "{") {
		statuses = append(statuses, http.StatusNotFound)
	}
	for _, status := range statuses {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status), Content: problem}
	}
	if links := linksOf(path); links != nil {
		op.Responses["200"] = &huma.Response{Links: links}
	}
	op.Responses["304"] = &huma.Response{Description: "The client has the answer already"}
	op.Responses["503"] = &huma.Response{
		Description: "The database or the engine of the analytics does not answer, or has no tables of this version", Content: problem,
		Headers: map[string]*huma.Param{"Retry-After": {Description: "In how many seconds to try again", Schema: &huma.Schema{Type: huma.TypeInteger}}},
	}
	op.Responses["default"] = &huma.Response{Description: "Refused before it was looked at, such as 401 without a login", Content: problem}
	return op
}

// linksOf says which operations the answer of a list leads to.
func linksOf(path string) map[string]*huma.Link {
	link := func(operation, parameter, value string) *huma.Link {
		return &huma.Link{OperationID: operation, Parameters: map[string]any{parameter: "$response.body#" + value}}
	}
	switch path {
	case "/api/v1/launches":
		return map[string]*huma.Link{
			"launch": link("getLaunch", "id", "/launches/0/id"), "history": link("getLaunchHistory", "id", "/launches/0/id"),
		}
	case "/api/v1/runs":
		return map[string]*huma.Link{"run": link("getRun", "id", "/runs/0/run_id")}
	case "/api/v1/analytics":
		return map[string]*huma.Link{"answer": link("getAnswer", "name", "/queries/0/name")}
	default:
		return nil
	}
}

// finishSchemas adds what the types do not say.
func finishSchemas(openapi *huma.OpenAPI) {
	schemas := openapi.Components.Schemas
	schemas.Schema(reflect.TypeFor[Problem](), true, "")
	delete(schemas.Map(), "ErrorModel")
	delete(schemas.Map(), "ErrorDetail")
	for _, schema := range schemas.Map() {
		for _, property := range schema.Properties {
			if property.Type == huma.TypeArray {
				property.Nullable = false // an empty list is written as []
			}
		}
	}
}

// sendOpenAPI sends the description of the API.
func (a *API) sendOpenAPI(w http.ResponseWriter, r *http.Request) {
	described := *a.openapi
	if base := a.Base(r.Context()); base != "" {
		described.Servers = []*huma.Server{{URL: base}}
	}
	text, err := json.MarshalIndent(&described, "", "  ")
	if err != nil {
		a.Logger.ErrorContext(r.Context(), "The description of the API could not be made.", "error", err)
		WriteProblem(w, http.StatusInternalServerError, "The description of the API could not be made. The log has the details.")
		return
	}
	w.Header().Set("Content-Type", "application/openapi+json")
	_, _ = w.Write(append(text, '\n')) // the client may have gone
}

// The words of closed sets, with the schemas that list them.
type (
	outcomeWord string
	statusWord  string
	chartWord   string
	typeWord    string
	rowObject   struct{}
)

func (outcomeWord) Schema(huma.Registry) *huma.Schema { return oneOf(liftoff.Outcomes()...) }

func (statusWord) Schema(huma.Registry) *huma.Schema {
	return oneOf(liftoff.RunRunning, liftoff.RunSucceeded, liftoff.RunPartial, liftoff.RunFailed, liftoff.RunInterrupted, liftoff.RunCrashed)
}

func (chartWord) Schema(huma.Registry) *huma.Schema {
	return oneOf(table.NoChart, table.NumbersChart, table.BarChart, table.LineChart, table.ColumnChart, table.HistogramChart)
}

func (typeWord) Schema(huma.Registry) *huma.Schema {
	return oneOf(table.TypeText, table.TypeInteger, table.TypeFloat, table.TypeBoolean, table.TypeTimestamp)
}

func (rowObject) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Description: "A value for each column by its name; null for NULL, and for floats that JSON cannot represent"}
}

// oneOf is the schema of a closed set of words.
func oneOf[T ~string](words ...T) *huma.Schema {
	schema := &huma.Schema{Type: huma.TypeString}
	for _, word := range words {
		schema.Enum = append(schema.Enum, string(word))
	}
	return schema
}
