package analytics_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"liftoff/internal/analytics"
)

// bannedSQL is what one of the two engines does not have, or where they
// differ without a word.
var bannedSQL = map[string]*regexp.Regexp{
	"a JSON operator":               regexp.MustCompile(`->|#>|@>|\?\||jsonb?\b`),
	"raw_data, which Trino hauls":   regexp.MustCompile(`\braw_data\b`),
	"SELECT *":                      regexp.MustCompile(`(?i)select\s+\*|\.\*`),
	"a cast with ::":                regexp.MustCompile(`::`),
	"the type text":                 regexp.MustCompile(`(?i)\bas\s+text\b`),
	"numeric or decimal":            regexp.MustCompile(`(?i)\b(numeric|decimal)\b`),
	"a decimal number":              regexp.MustCompile(`\d\.\d`),
	"round":                         regexp.MustCompile(`(?i)\bround\s*\(`),
	"a function of one engine":      regexp.MustCompile(`(?i)\b(date_diff|date_part|age|now|to_char|percentile_cont|approx_\w+|try_cast|string_agg|generate_series|width_bucket)\s*\(`),
	"LATERAL, DISTINCT ON or ILIKE": regexp.MustCompile(`(?i)\b(lateral|ilike|distinct\s+on)\b`),
	"IS TRUE":                       regexp.MustCompile(`(?i)\bis\s+(not\s+)?(true|false)\b`),
	"a part of a date that differs": regexp.MustCompile(`(?i)\bextract\s*\(\s*(dow|isodow|epoch|century|decade|millennium|isoyear|julian)\b`),
	"an argument":                   regexp.MustCompile(`\$\d|\?`),
	"a local clock":                 regexp.MustCompile(`(?i)\b(localtimestamp|current_date|current_time)\b`),
}

func TestD13_LoadSQLIsForBothEngines(t *testing.T) {
	for _, q := range load(t) {
		t.Run(q.Name, func(t *testing.T) {
			code := codeOf(t, q)
			for what, pattern := range bannedSQL {
				if found := pattern.FindString(code); found != "" {
					t.Errorf("the statement has %s: %q", what, found)
				}
			}
		})
	}
}

// codeOf returns a query's statement without quotes and comments.
func codeOf(t *testing.T, q analytics.Query) string {
	t.Helper()
	code, err := analytics.CodeOf(q.SQL)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestD13_LoadEachStatementEndsWithItsOnlyOrder(t *testing.T) {
	for _, q := range load(t) {
		t.Run(q.Name, func(t *testing.T) {
			outer := outermost(codeOf(t, q))
			if got := strings.Count(outer, "ORDER BY"); got != 1 {
				t.Fatalf("%d ORDER BY outside brackets, want 1", got)
			}
			_, keys, _ := strings.Cut(outer, "ORDER BY")
			if regexp.MustCompile(`\b(FROM|WHERE|GROUP|SELECT|HAVING|UNION)\b`).MatchString(keys) {
				t.Errorf("something follows the ORDER BY: %q", keys)
			}
			keys, _, _ = strings.Cut(keys, "LIMIT")
			for key := range strings.SplitSeq(keys, ",") {
				// The engines put NULL at different ends by default; an id is never NULL.
				if key = strings.TrimSpace(key); key != "id" && !strings.HasSuffix(key, " NULLS LAST") {
					t.Errorf("sort key %q does not say NULLS LAST", key)
				}
			}
		})
	}
}

// outermost returns a statement without all that stands in brackets.
func outermost(code string) string {
	var out strings.Builder
	depth := 0
	for _, r := range code {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case depth == 0:
			out.WriteRune(r)
		}
	}
	return out.String()
}

func TestLoad_ReadsTheViewsOnly(t *testing.T) {
	source := regexp.MustCompile(`\b(?:FROM|JOIN)\s+(\w+)`)
	named := regexp.MustCompile(`\b(\w+) AS \(\s*SELECT`)
	for _, q := range load(t) {
		t.Run(q.Name, func(t *testing.T) {
			code := codeOf(t, q)
			known := []string{"launches", "launch_aggregates_view", "rockets", "launchpads"}
			for _, match := range named.FindAllStringSubmatch(code, -1) {
				known = append(known, match[1])
			}
			// "extract(YEAR FROM launched_at)" is no source.
			code = regexp.MustCompile(`extract\(\w+ FROM`).ReplaceAllString(code, "extract(")
			for _, match := range source.FindAllStringSubmatch(code, -1) {
				if !slices.Contains(known, match[1]) {
					t.Errorf("reads %q", match[1])
				}
			}
		})
	}
}

func TestLoad_SaysWhatIsSimulated(t *testing.T) {
	for _, q := range load(t) {
		shows := strings.Contains(q.SQL, "simulated_") || strings.Contains(q.SQL, "average_payload_mass")
		if says := strings.Contains(q.Title, "simulated"); says != shows {
			t.Errorf("%s: title %q says simulated: %v, but the query shows simulated values: %v", q.Name, q.Title, says, shows)
		}
		if marks := len(q.Simulated) > 0 || strings.Contains(q.SQL, "'simulated'"); marks != shows {
			t.Errorf("%s: marks columns or rows as simulated: %v, but the query shows simulated values: %v", q.Name, marks, shows)
		}
	}
}
