package runner_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
	"github.com/private-integrations/private-integrations/pkg/bolt"
	"github.com/private-integrations/private-integrations/pkg/fsck"
	"github.com/private-integrations/private-integrations/pkg/table"
)

const audit = "/api/v1/accounts/acme/audit"

// entry is what a test looks at of an audit's entry.
type entry struct {
	ID, At, Type, Operation, Reason, Prev, Hash string
	IntegrationID, IntegrationName              *string
	Actor                                       struct{ ID, Email string }
	Member                                      *struct{ ID, Email string }
	Count                                       int
}

func (e entry) String() string {
	name := "the account"
	if e.IntegrationName != nil {
		name = *e.IntegrationName
	}
	words := []string{e.Type, "of", name, "by", e.Actor.Email}
	if e.Operation != "" {
		words = append(words, fmt.Sprintf("%s × %d: %s", e.Operation, e.Count, e.Reason))
	}
	return strings.Join(words, " ")
}

// lives has an admin and somebody of the staff do things in two accounts.
func lives(t *testing.T) *localtest.Runner {
	t.Helper()
	r := localtest.Start(t)
	ask := func(r *localtest.Runner, status int, method, path, body string) localtest.Answer {
		t.Helper()
		a := r.Manage(method, path, body)
		if a.Status != status {
			t.Fatalf("%s %s: %s", method, path, a)
		}
		r.Manage("POST", "/dev/clock", `{"advance":"1s"}`) // so that no two have the same instant
		return a
	}
	id := ask(r, 201, "POST", integrations, `{"name":"=1+1","scopes":["contacts.readonly"]}`).ID()
	ask(r, 200, "POST", integrations+"/"+id+"/expire", "{}")
	for range 3 {
		ask(r.As("staff@acme.test"), 403, "GET", integrations, "")
	}
	ask(r, 200, "PUT", "/api/v1/accounts/acme/settings", `{"graceHours":24}`)
	other := ask(r, 201, "POST", integrations, `{"name":"Büro, \"Süd\"","description":"@home\nand away","scopes":["contacts.readonly"]}`).ID()
	ask(r, 204, "DELETE", integrations+"/"+other, "")
	return r
}

func entries(t *testing.T, a localtest.Answer) (all []entry, next string) {
	t.Helper()
	var page struct {
		Entries    []entry
		NextCursor *string
	}
	if err := a.Into(&page); err != nil || a.Status != http.StatusOK {
		t.Fatalf("%s", a)
	}
	if page.NextCursor != nil {
		next = *page.NextCursor
	}
	return page.Entries, next
}

var lived = []string{
	`integration.deleted of Büro, "Süd" by admin@acme.test`,
	`token.ended of Büro, "Süd" by admin@acme.test`,
	`token.created of Büro, "Süd" by admin@acme.test`,
	`integration.created of Büro, "Süd" by admin@acme.test`,
	`settings.changed of the account by admin@acme.test`,
	`access.denied of the account by staff@acme.test list-integrations × 3: forbidden`,
	`token.ended of =1+1 by admin@acme.test`,
	`token.created of =1+1 by admin@acme.test`,
	`integration.created of =1+1 by admin@acme.test`,
}

func TestAnAuditTellsAllThatHappenedInAnAccount(t *testing.T) {
	r := lives(t)
	told := []string{}
	for cursor := ""; ; {
		page, next := entries(t, r.Manage("GET", audit+"?limit=2"+cursor, ""))
		for _, e := range page {
			told = append(told, e.String())
		}
		if next == "" {
			break
		}
		cursor = "&cursor=" + url.QueryEscape(next)
	}
	if diff := cmp.Diff(lived, told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	all, _ := entries(t, r.Manage("GET", audit, ""))
	heads := map[string]string{}
	for n := range all {
		e := all[len(all)-1-n]
		subject, _, _ := strings.Cut(e.ID, ".")
		if e.Hash == "" || e.Prev != heads[subject] {
			t.Errorf("%s follows %q, want %q", e.ID, e.Prev, heads[subject])
		}
		heads[subject] = e.Hash
	}
	none, _ := entries(t, r.As("admin@globex.test").Manage("GET", "/api/v1/accounts/globex/audit", ""))
	if len(none) != 0 {
		t.Errorf("the other account's: %v", none)
	}
	for user, status := range map[string]int{"staff@acme.test": 403, "admin@globex.test": 404} {
		if a := r.As(user).Manage("GET", audit, ""); a.Status != status {
			t.Errorf("%s: %s", user, a)
		}
	}
}

var nextLink = regexp.MustCompile(`^<(/[^>]+)>; rel="next"$`)

// export reads an export page by page, as the Link headers lead.
func export(t *testing.T, r *localtest.Runner, path, contentType string, headers ...string) (whole []byte, pages int) {
	t.Helper()
	for path != "" {
		a := r.Manage("GET", path, "", headers...)
		if got := a.Header.Get("Content-Type"); a.Status != http.StatusOK || !strings.HasPrefix(got, contentType) {
			t.Fatalf("%s: %d, %s", path, a.Status, got)
		}
		whole, pages = append(whole, a.Body...), pages+1
		path = ""
		if link := a.Header.Get("Link"); link != "" {
			match := nextLink.FindStringSubmatch(link)
			if match == nil {
				t.Fatalf("Link: %s", link)
			}
			path = match[1]
		}
	}
	return whole, pages
}

func TestAnAuditIsExportedAsCSV(t *testing.T) {
	r := lives(t)
	for _, c := range []struct {
		query   string
		headers []string
		pages   int
	}{
		{"?format=csv", nil, 1}, {"?format=csv&limit=2", nil, 5}, {"?limit=4", []string{"Accept", "text/csv"}, 3},
		{"?format=csv", []string{"Accept", "application/json"}, 1},
	} {
		whole, pages := export(t, r, audit+c.query, "text/csv; charset=utf-8; header=", c.headers...)
		if pages != c.pages {
			t.Errorf("%s: %d pages, want %d", c.query, pages, c.pages)
		}
		checkCSV(t, whole)
	}
}

func checkCSV(t *testing.T, whole []byte) {
	t.Helper()
	if lines := bytes.Count(whole, []byte("\r\n")); lines != len(lived)+1 || bytes.Count(whole, []byte("\n")) != lines {
		t.Errorf("%d lines, want %d:\n%s", lines, len(lived)+1, whole)
	}
	rows, err := csv.NewReader(bytes.NewReader(whole)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if rows[0][0] != "id" || rows[0][4] != "integrationName" {
		t.Errorf("%q", rows[0])
	}
	for n, row := range rows[1:] {
		for _, cell := range row {
			if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@\t\r\n") {
				t.Errorf("row %d has the cell %q", n, cell)
			}
		}
	}
	if name := rows[len(rows)-1][4]; name != "'=1+1" {
		t.Errorf("a name is told as %q", name)
	}
	if name, changes := rows[4][4], rows[4][14]; name != `Büro, "Süd"` || !strings.Contains(changes, `{"field":"description","to":"@home\nand away"}`) {
		t.Errorf("%q, %q", name, changes)
	}
}

func TestAnAuditIsExportedAsJSONLines(t *testing.T) {
	r := lives(t)
	for query, headers := range map[string][]string{
		"?format=jsonl": nil, "?format=jsonl&limit=2": nil, "?limit=3": {"Accept", "text/csv;q=0.5, application/jsonl"},
	} {
		whole, _ := export(t, r, audit+query, "application/jsonl", headers...)
		told := []string{}
		for _, line := range bytes.Split(bytes.TrimSuffix(whole, []byte("\n")), []byte("\n")) {
			var e entry
			if err := json.Unmarshal(line, &e); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			told = append(told, e.String())
		}
		if diff := cmp.Diff(lived, told); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

func TestAnAuditIsNarrowedByWhoWhatAndWhen(t *testing.T) {
	r := lives(t)
	all, _ := entries(t, r.Manage("GET", audit, ""))
	for query, want := range map[string][]string{
		"actor=staff@acme.test": lived[5:6], "actor=STAFF@ACME.TEST": lived[5:6], "kind=settings": lived[4:5], "kind=access.denied": lived[5:6],
		"integration=" + *all[0].IntegrationID:   lived[:4],
		"integration=" + *all[8].IntegrationID:   lived[6:],
		"from=" + all[5].At:                      lived[:6], // everything has an instant of its own, but what is done at once
		"to=" + all[4].At:                        lived[5:],
		"kind=token&to=" + all[4].At:             lived[6:8],
		"actor=system":                           {},
		"integration=01KAN2W8QG7T5Y9C3ZB4D6EXMP": {},
	} {
		found, next := entries(t, r.Manage("GET", audit+"?"+query, ""))
		told := []string{}
		for _, e := range found {
			told = append(told, e.String())
		}
		if diff := cmp.Diff(want, told); diff != "" || next != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

func TestTheDataOfARunIsFoundWhole(t *testing.T) {
	r := lives(t)
	r.Stop()
	db, err := bolt.OpenReadOnly(r.Config.DataDir + "/data.db")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	report, err := fsck.Check(t.Context(), table.New(db), nil, nil)
	if err != nil || len(report.Faults) > 0 || report.Facts != len(lived) || report.Unchained > 0 {
		t.Errorf("%+v, %v", report, err)
	}
}
