package api

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/token"
)

func TestCellsThatASpreadsheetCouldTakeForFormulasAreDefused(t *testing.T) {
	for cell, want := range map[string]string{
		"": "", "Shop": "Shop", "a=1": "a=1", " =1": " =1", "'": "'", "[1]": "[1]",
		"=1+1": "'=1+1", "+49 30": "'+49 30", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t1": "'\t1", "\r1": "'\r1", "\n1": "'\n1",
		"a;=1": "a;'=1", "a; b;1": "a; b;1", "a\t+1": "a\t'+1", "a\r\n-1": "a\r\n'-1", "a;\"\"@1;=2": "a;\"\"'@1;'=2", "=1;＝1": "'=1;'＝1", ";\t=1": ";\t'=1",

		"＝1": "'＝1", "＋1": "'＋1", "－1": "'－1", "＠1": "'＠1",
	} {
		if got := harmless(cell); got != want {
			t.Errorf("%q becomes %q, want %q", cell, got, want)
		}
	}
}

func TestFormatIsTheOneThatAcceptLikesBest(t *testing.T) {
	for header, want := range map[string]string{
		"": "json", "*/*": "json", "text/html": "json", "application/json": "json", "text/*": "json",
		"text/csv": "csv", "TEXT/CSV": "csv", "text/csv; charset=utf-8": "csv", "text/html, text/csv": "csv",
		"application/jsonl": "jsonl", "application/x-ndjson": "jsonl",
		"text/csv, application/json": "csv", "application/json, text/csv": "json",
		"text/csv;q=0.5, application/json": "json", "text/csv;q=0.5, application/json;q=0.4": "csv",
		"text/csv;q=0": "json", "text/csv;q=x": "json", ",;,": "json",
	} {
		if got := accepted(header); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}

// Of one who has read docs/audit.md and an export, and nothing else.
func hashOf(t *testing.T, account string, e map[string]any) string {
	t.Helper()
	var b []byte
	text := func(s string) { b = append(binary.BigEndian.AppendUint64(b, uint64(len(s))), s...) }
	add := func(name string, value any) {
		if s, _ := value.(string); s != "" {
			text(name)
			text(s)
		}
	}
	at := func(name string, value any) {
		if value == nil {
			return
		}
		instant, err := time.Parse(time.RFC3339, value.(string))
		if err != nil {
			t.Fatal(err)
		}
		add(name, strconv.FormatInt(instant.UnixMilli(), 10))
	}
	object := func(name string) map[string]any { o, _ := e[name].(map[string]any); return o }
	address, callerAddress := e["address"], any(nil)
	if object("caller") != nil {
		address, callerAddress = nil, address
	}
	add("prev", e["prev"])
	add("account", account)
	add("integration", e["integrationId"])
	add("seq", e["id"].(string)[strings.LastIndex(e["id"].(string), ".")+1:])
	add("type", e["type"])
	at("at", e["at"])
	add("actor", object("actor")["id"])
	add("email", object("actor")["email"])
	add("address", address)
	add("token", e["tokenId"])
	add("member", object("member")["id"])
	add("memberEmail", object("member")["email"])
	add("operation", e["operation"])
	add("reason", e["reason"])
	add("callerAddress", callerAddress)
	add("callerAgent", object("caller")["userAgent"])
	if object("caller")["knownBefore"] == true {
		add("callerKnown", "true")
	}
	at("callerAt", object("caller")["at"])
	for _, c := range e["changes"].([]any) {
		change := c.(map[string]any)
		add("field", change["field"])
		add("from", change["from"])
		add("to", change["to"])
	}
	return fmt.Sprintf("v1:%x", sha256.Sum256(b))
}

// everything is facts that have all that facts can have.
func everything() []fact.Fact {
	at := time.Date(2027, 1, 2, 3, 4, 5, 678e6, time.UTC)
	all := []fact.Fact{
		{Integration: "I", Type: fact.Updated, Changes: []fact.Delta{{Field: "name", From: "a", To: "<b> & \u2028"}, {Field: "description", To: "c\n"}}},
		{Integration: "I", Type: fact.TokenEnded, Token: "SAMPLE0000000000000000", Reason: "expired"},
		{Integration: "I", Type: fact.ReuseDetected, Token: "SAMPLE0000000000000000", Caller: fact.Caller{Address: "192.0.2.7", Agent: "=x;=y", Known: true, At: at}},
		{Integration: "I", Type: fact.ReuseDetected, Token: "SAMPLE0000000000000000", Caller: fact.Caller{At: at}},
		{Type: fact.AccessDenied, Member: "M", MemberEmail: "bob@acme.test", Operation: "get-usage", Reason: "forbidden", Count: 7},
	}
	var prev fact.Hash
	for n := range all {
		f := &all[n]
		f.Account, f.Seq, f.At, f.Actor = "acme", int64(n)+1, at.Add(time.Duration(n)*time.Hour), fact.System
		if f.Caller.At.IsZero() {
			f.Actor = fact.Actor{ID: "user-1", Email: "ada@acme.test", Address: "203.0.113.7"}
		}
		*f = fact.Link(prev, *f)
		prev = f.Hash
	}
	return all
}

func TestExportAsJSONHasAllThatIsHashed(t *testing.T) {
	format, err := token.NewFormat(token.DefaultPrefix)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range everything() {
		text, err := json.Marshal(shapes{format}.audited(manage.Entry{Fact: f, Name: "Shop"}))
		if err != nil {
			t.Fatal(err)
		}
		var e map[string]any
		if err := json.Unmarshal(text, &e); err != nil {
			t.Fatal(err)
		}
		if got := hashOf(t, "acme", e); got != string(f.Hash) {
			t.Errorf("%s has the hash %s, and by the documentation %s", text, f.Hash, got)
		}
	}
}

func TestCSVHasWhoUsedADeadTokenAndSaysWhatIsMissing(t *testing.T) {
	format, err := token.NewFormat(token.DefaultPrefix)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(AuditCSV([]manage.Entry{{Fact: everything()[2]}}, "There is more.", format)))).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatal(rows, err)
	}
	got := map[string]string{}
	for n, column := range rows[0] {
		got[column] = rows[1][n]
	}
	for column, want := range map[string]string{
		"address": "192.0.2.7", "token": "pit_SAMPLE", "tokenId": "SAMPLE0000000000000000",
		"callerAgent": "'=x;'=y", "callerKnown": "true", "callerAt": "2027-01-02T03:04:05.678Z",
	} {
		if got[column] != want {
			t.Errorf("%s is %q, want %q", column, got[column], want)
		}
	}
	if rows[2][0] != "There is more." || strings.Join(rows[2][1:], "") != "" {
		t.Errorf("%q", rows[2])
	}
}
