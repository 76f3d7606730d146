package docker_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// answer is one part of a query's answer in Trino's REST protocol.
type answer struct {
	ID      string
	NextURI string
	Data    [][]any
	Error   *struct{ ErrorName, Message string }
}

// query runs a statement from the host through Trino's REST protocol and
// returns its rows and the query's id.
func (s *stack) query(t *testing.T, sql string) (rows [][]any, id string, err error) {
	t.Helper()
	part, err := call(t, http.MethodPost, fmt.Sprintf("http://127.0.0.1:%d/v1/statement", s.trino), sql)
	for err == nil {
		rows = append(rows, part.Data...)
		if part.Error != nil {
			return nil, part.ID, fmt.Errorf("%s: %s", part.Error.ErrorName, part.Error.Message)
		}
		if part.NextURI == "" {
			return rows, part.ID, nil
		}
		part, err = call(t, http.MethodGet, part.NextURI, "")
	}
	return nil, "", err
}

// mustQuery runs a statement that must succeed.
func (s *stack) mustQuery(t *testing.T, sql string) (rows [][]any, id string) {
	t.Helper()
	rows, id, err := s.query(t, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return rows, id
}

func call(t *testing.T, method, url, body string) (answer, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("X-Trino-User", "e2e")
	request.Header.Set("X-Trino-Catalog", "postgres")
	request.Header.Set("X-Trino-Schema", "public")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return answer{}, fmt.Errorf("%s %s: status %s", method, url, response.Status)
	}
	var part answer
	err = json.NewDecoder(response.Body).Decode(&part)
	return part, err
}
