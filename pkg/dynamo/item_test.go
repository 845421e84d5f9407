package dynamo

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/table"
)

// answering answers each operation with a JSON text.
func answering(texts map[string]string) *DB {
	return New(config(&script{answers: func(_ int, req *http.Request) (*http.Response, error) {
		return answer(req, 200, json.RawMessage(texts[operation(req)])), nil
	}}), "t")
}

func TestForeignItemsAreNamedAndNotRead(t *testing.T) {
	key := table.Key{Partition: "PART", Sort: "SORT"}
	for _, value := range []string{
		`{"BOOL": true}`, `{"NULL": true}`, `{"M": {}}`, `{"SS": ["a"]}`, `{"NS": ["1"]}`, `{"BS": ["AA=="]}`,
		`{"N": "1.5"}`, `{"N": "9223372036854775808"}`, `{"N": "1E3"}`, `{"N": ""}`,
		`{"L": [{"S": "a"}, {"N": "1"}]}`, `{"L": [{"NULL": true}]}`,
	} {
		item := `{"PK": {"S": "PART"}, "SK": {"S": "SORT"}, "foreign": ` + value + `}`
		db := answering(map[string]string{
			"GetItem":      `{"Item": ` + item + `}`,
			"BatchGetItem": `{"Responses": {"t": [` + item + `]}}`,
			"Query":        `{"Items": [` + item + `]}`,
		})
		_, ofGet := db.Get(t.Context(), key)
		_, ofGetAll := db.GetAll(t.Context(), []table.Key{key})
		_, ofQuery := db.Query(t.Context(), table.Query{Partition: "PART", Limit: 1})
		for _, err := range []error{ofGet, ofGetAll, ofQuery} {
			if !errors.Is(err, table.ErrDamaged) || !strings.Contains(err.Error(), "PART/SORT: attribute foreign") {
				t.Errorf("%s: %v", value, err)
			}
		}
	}
}

func TestForeignKeysAreNotRead(t *testing.T) {
	for _, item := range []string{
		`{"PK": {"S": "P"}}`, `{"PK": {"N": "1"}, "SK": {"S": "S"}}`,
		`{"PK": {"S": "P"}, "SK": {"S": "S"}, "dueAt": {"S": "soon"}}`, `{"PK": {"S": "P"}, "SK": {"S": "S"}}`,
	} {
		_, err := answering(map[string]string{"Query": `{"Items": [` + item + `]}`}).Due(t.Context(), 1, time.UnixMilli(9), nil, 1)
		if !errors.Is(err, table.ErrDamaged) {
			t.Errorf("%s: %v", item, err)
		}
	}
}
