package chart_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"liftoff/internal/chart"
	"liftoff/internal/table"
)

// hostile are texts that do harm where they are not escaped.
func hostile() []string {
	return []string{
		"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "' onload='alert(1)", "]]><svg onload=alert(1)>", "&lt;&#x3c;script", "{{.}}",
		"\u202eright to left", "\x00NUL", "\xff\xfe not UTF-8", "\uffff\ufffe", "\x1b[31mred", "\u2028line", strings.Repeat("long ", 2048), "火箭🚀", "", "simulated", "javascript:alert(1)",
	}
}

// numbers are values at the edges of what can be drawn.
func numbers() []any {
	return []any{
		nil, 0.0, 1.0, -1.0, 1e12, -1e12, 0.001, -1e-300, 5e-324, math.MaxFloat64, -math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN(), 1e300, 99.9, 59.5,
	}
}

// anyColumn draws a column and its values.
func anyColumn(t *rapid.T, name string, types []table.Type) (table.Column, *rapid.Generator[any]) {
	c := table.Column{Name: name, Type: rapid.SampledFrom(types).Draw(t, name+" type"), IsSimulated: rapid.IntRange(0, 4).Draw(t, name+" simulated") == 0}
	c.Unit = rapid.SampledFrom([]string{"", "%", "kg", "count", "days", "minutes", "<b>"}).Draw(t, name+" unit")
	switch c.Type {
	case table.TypeInteger:
		return c, rapid.OneOf(rapid.Map(rapid.Int64Range(1990, 2030), boxed[int64]), rapid.Map(rapid.Int64(), boxed[int64]), rapid.Just[any](nil))
	case table.TypeFloat:
		return c, rapid.OneOf(rapid.SampledFrom(numbers()), rapid.Map(rapid.Float64(), boxed[float64]))
	case table.TypeTimestamp:
		return c, rapid.Map(rapid.Int64Range(-62_000_000_000, 250_000_000_000), func(s int64) any { return time.Unix(s, 0).UTC() })
	default:
		return c, rapid.OneOf(rapid.Map(rapid.SampledFrom(hostile()), boxed[string]), rapid.Map(rapid.String(), boxed[string]), rapid.Just[any]("2020-01"))
	}
}

func boxed[T any](v T) any { return v }

// anyTable draws a table with any chart.
func anyTable(t *rapid.T) table.Table {
	drawn := table.Table{Name: "drawn", Title: rapid.SampledFrom(hostile()).Draw(t, "title")}
	drawn.Chart.Kind = rapid.SampledFrom([]table.ChartKind{table.BarChart, table.LineChart, table.ColumnChart, table.HistogramChart, table.NumbersChart}).Draw(t, "kind")
	labelName := rapid.SampledFrom([]string{"label", "year"}).Draw(t, "label name")
	label, labels := anyColumn(t, labelName, []table.Type{table.TypeText, table.TypeInteger, table.TypeTimestamp, table.TypeFloat})
	valueName := rapid.SampledFrom([]string{"value", "slip_days", "upcoming", "successes"}).Draw(t, "value name")
	value, values := anyColumn(t, valueName, []table.Type{table.TypeInteger, table.TypeFloat})
	other, others := anyColumn(t, "slip_minutes", []table.Type{table.TypeInteger, table.TypeFloat})
	drawn.Columns = []table.Column{label, value, other}
	if drawn.Chart.Kind != table.NumbersChart {
		drawn.Chart.Label, drawn.Chart.Value = labelName, valueName
	}
	switch drawn.Chart.Kind {
	case table.ColumnChart:
		drawn.Chart.Values = []string{"slip_minutes"}
	case table.LineChart:
		drawn.Chart.HollowBy, drawn.Chart.HollowBelow = "slip_minutes", 20
	}
	rows := rapid.SampledFrom([]int{0, 1, 2, 3, 7, 20, 20, 20, 20, 300, 1000, 1200}).Draw(t, "rows")
	few := min(rows, 20)
	for i := range few {
		drawn.Rows = append(drawn.Rows, []any{labels.Draw(t, fmt.Sprint("label ", i)), values.Draw(t, fmt.Sprint("value ", i)), others.Draw(t, fmt.Sprint("other ", i))})
	}
	for i := few; i < rows; i++ {
		drawn.Rows = append(drawn.Rows, drawn.Rows[i%few])
	}
	if rapid.Bool().Draw(t, "sorted") && label.Type == table.TypeTimestamp {
		slices.SortFunc(drawn.Rows, func(a, b []any) int { return a[0].(time.Time).Compare(b[0].(time.Time)) })
		drawn.Rows = slices.CompactFunc(drawn.Rows, func(a, b []any) bool { return a[0] == b[0] })
	}
	return drawn
}

// inspect reads XML to its end. It returns the fills of all marks by their class.
func inspect(t *rapid.T, text string) (hatched, other int) {
	reader := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := reader.Token()
		if errors.Is(err, io.EOF) {
			return hatched, other
		}
		if err != nil {
			t.Fatalf("%v in %.2000q", err, text)
		}
		element, isElement := token.(xml.StartElement)
		if !isElement {
			continue
		}
		switch element.Name.Local {
		case "script", "style", "img", "image", "use", "foreignObject", "a", "link":
			t.Fatalf("element %s", element.Name.Local)
		}
		fill := ""
		for _, attribute := range element.Attr {
			name, value := attribute.Name.Local, attribute.Value
			if name == "style" || name == "href" || name == "src" || strings.HasPrefix(name, "on") {
				t.Fatalf("attribute %s=%q", name, value)
			}
			if strings.Contains(value, "NaN") && name != "aria-label" && name != "title" || name != "title" && name != "aria-label" && strings.Contains(value, "Inf") {
				t.Fatalf("attribute %s=%q", name, value)
			}
			if name == "fill" {
				fill = value
			}
		}
		switch {
		case strings.HasPrefix(fill, "url("):
			hatched++
		case element.Name.Local == "rect", element.Name.Local == "circle":
			other++
		}
	}
}

// isSimulatedAt reports whether any value or all that a chart draws are simulated.
func simulatedOf(drawn table.Table) (anyValue, all bool) {
	used := drawn.Columns[:2]
	if drawn.Chart.Kind == table.ColumnChart {
		used = drawn.Columns
	}
	all = drawn.Columns[0].IsSimulated || drawn.Columns[1].IsSimulated && (drawn.Chart.Kind != table.ColumnChart || drawn.Columns[2].IsSimulated)
	for _, c := range used {
		anyValue = anyValue || c.IsSimulated
	}
	for _, row := range drawn.Rows {
		anyValue = anyValue || row[0] == "simulated"
	}
	return anyValue, all
}

// Whatever a table holds, it is drawn as well-formed XML without anything that a page's
// policy forbids, or the chart says why not; and only simulated values are hatched.
func TestChart_OfAnyValues(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		drawn := anyTable(t)
		c := chart.Of(drawn)
		page, err := c.HTML()
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := c.WriteSVG(&file); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{string(page), file.String()} {
			if strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control) }) {
				t.Fatalf("a character is hidden in %.2000q", text)
			}
		}
		inFile, _ := inspect(t, file.String())
		hatched, other := inspect(t, "<root>"+string(page)+"</root>")
		if c.Empty() != "" {
			if hatched+other > 0 {
				t.Fatalf("%s, and yet there are marks", c.Empty())
			}
			return
		}
		anyValue, all := simulatedOf(drawn)
		if hatched+inFile > 0 && !anyValue {
			t.Fatal("something is hatched that is not simulated")
		}
		if all && drawn.Chart.Kind != table.NumbersChart && other > 0 {
			t.Fatalf("%d marks of simulated values are not hatched", other)
		}
		if anyValue != c.IsSimulated() && hatched+inFile > 0 {
			t.Fatalf("IsSimulated() = %v", c.IsSimulated())
		}
		if err := c.WriteText(io.Discard, chart.TextOptions{Width: 60}); err != nil {
			t.Fatal(err)
		}
	})
}

// Files of hostile tables can be read, and are no larger than people can look at.
func TestWritePNG_OfAnyValues(t *testing.T) {
	t.Parallel()
	for _, kind := range []table.ChartKind{table.BarChart, table.LineChart, table.ColumnChart, table.HistogramChart} {
		drawn := table.Table{Title: strings.Join(hostile(), " "), Chart: table.Chart{Kind: kind, Label: "label", Value: "value"}}
		drawn.Columns = []table.Column{table.Text("label"), table.Float("value")}
		for i := range 1000 {
			drawn.Rows = append(drawn.Rows, []any{hostile()[i%len(hostile())], numbers()[i%len(numbers())]})
		}
		var out bytes.Buffer
		if err := chart.Of(drawn).WritePNG(&out); err != nil {
			t.Fatal(err)
		}
		size, err := png.DecodeConfig(&out)
		if err != nil || size.Width != 1440 || size.Height > 5000 {
			t.Errorf("%s: %v, %v", kind, size, err)
		}
	}
}
