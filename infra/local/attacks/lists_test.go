package attacks_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
	"github.com/private-integrations/private-integrations/pkg/api"
	"github.com/private-integrations/private-integrations/pkg/problem"
)

// cursorOf is the cursor of the second page of a list with entries of one each.
func (w *world) cursorOf(t testing.TB, list, query string) string {
	t.Helper()
	var page struct{ NextCursor string }
	if a := w.obeyed(t, "GET", list+"?limit=1"+query, ""); a.Into(&page) != nil || page.NextCursor == "" {
		t.Fatalf("no cursor: %s", a)
	}
	return page.NextCursor
}

func TestCursorsOpenTheListThatTheyCameWithAndNoOther(t *testing.T) {
	w := start(t)
	one, _ := w.create(t)
	two, _ := w.create(t)
	agency := w.as("agency@acme.test")
	for range 2 {
		agency.obeyed(t, "POST", globex, sample)
	}
	cursors := map[string]string{
		"integrations":                      w.cursorOf(t, acme, ""),
		"integrations by name":              w.cursorOf(t, acme, "&query=one"),
		"integrations by name and status":   w.cursorOf(t, acme, "&query=one&status=active"),
		"active integrations":               w.cursorOf(t, acme, "&status=active"),
		"integrations of another account":   agency.cursorOf(t, globex, ""),
		"events":                            w.cursorOf(t, one+"/events", ""),
		"events of another integration":     w.cursorOf(t, two+"/events", ""),
		"audit":                             w.cursorOf(t, audit, ""),
		"audit of one integration":          w.cursorOf(t, audit, "&integration="+idOf(one)),
		"audit by kind":                     w.cursorOf(t, audit, "&kind=token"),
		"audit from an instant on":          w.cursorOf(t, audit, "&from=2020-01-01T00:00:00Z"),
		"audit of another account":          agency.cursorOf(t, strings.Replace(audit, "acme", "globex", 1), ""),
		"one that nobody gave, empty":       "",
		"one that nobody gave, a number":    "1",
		"one that nobody gave, zeros":       strings.Repeat("A", 60),
		"one that nobody gave, a long one":  strings.Repeat("A", 9_000),
		"one that nobody gave, not base 64": "{}",
	}
	for name, list := range map[string]string{
		"integrations": acme + "?", "integrations by name": acme + "?query=one", "active integrations": acme + "?status=active",
		"integrations by name and status": acme + "?status=active&query=one",
		"events":                          one + "/events?", "events of another integration": two + "/events?",
		"audit": audit + "?", "audit of one integration": audit + "?integration=" + idOf(one), "audit by kind": audit + "?kind=token",
		"audit from an instant on": audit + "?from=2020-01-01T00:00:00Z",
	} {
		for from, cursor := range cursors {
			t.Run(name+" with that of "+from, func(t *testing.T) {
				a := w.ask(t, "GET", list+"&limit=2&cursor="+url.QueryEscape(cursor), "")
				switch {
				case name != from:
					refused(t, a, problem.InvalidCursor)
				case a.Status != http.StatusOK:
					t.Errorf("its own: %s", a)
				}
			})
		}
	}
}

func TestEditedCursorsAreRefused(t *testing.T) {
	w := start(t)
	path, _ := w.create(t)
	w.create(t)
	for name, list := range map[string]string{"integrations": acme, "events": path + "/events", "audit": audit} {
		t.Run(name, func(t *testing.T) {
			cursor := w.cursorOf(t, list, "")
			edited := []string{cursor + "A", cursor + "=", cursor + "==", cursor + "\n", "\n" + cursor, " " + cursor, cursor + cursor, cursor[:5] + "\r\n" + cursor[5:]}
			for n := range cursor {
				edited = append(edited, cursor[:n]) // cut
				for _, other := range []string{"A", "B", "_", "-", "/", "+", ".", "\x00"} {
					if cursor[n:n+1] != other {
						edited = append(edited, cursor[:n]+other+cursor[n+1:])
					}
				}
			}
			for _, e := range edited {
				refused(t, w.ask(t, "GET", list+"?limit=1&cursor="+url.QueryEscape(e), ""), problem.InvalidCursor)
			}
		})
	}
}

func TestParametersThatAnOperationDoesNotTakeAreRefused(t *testing.T) {
	w := start(t)
	path := w.rotating(t)
	untouched := w.untouched(t, path)
	for _, o := range api.Operations {
		t.Run(o.ID, func(t *testing.T) {
			const unnamed = "a query parameter"
			for query, field := range map[string]string{
				"unknown=1": "unknown", "unknown": "unknown", "Limit=1": "Limit", "accountId=globex": "accountId", "cursor[]=1": "cursor[]",
				"expireOld=now": "expireOld", "force=true": "force",
				"=": unnamed, "limit%00=1": unnamed, "%ff=%ff": unnamed, strings.Repeat("a", 41) + "=1": unnamed,
			} {
				a := w.ask(t, o.Method, fill(t, o, "acme", idOf(path))+"?"+query, bodyOf(t, o))
				refused(t, a, problem.ValidationFailed, field)
				for _, p := range o.Query {
					if !strings.Contains(string(a.Body), p.Name) {
						t.Errorf("%s: the answer does not name %s, which the operation takes: %s", query, p.Name, a)
					}
				}
			}
			many := ""
			for n := range 1000 {
				many += fmt.Sprintf("p%d&", n)
			}
			if a := w.ask(t, o.Method, fill(t, o, "acme", idOf(path))+"?"+many, bodyOf(t, o)); len(a.Body) > 2_000 {
				t.Errorf("1,000 unknown parameters are told in %d bytes", len(a.Body))
			} else {
				refused(t, a, problem.ValidationFailed, "p0")
			}
			for _, query := range []string{"%zz=1", "limit=%", "limit=1;status=active"} {
				refused(t, w.ask(t, o.Method, fill(t, o, "acme", idOf(path))+"?"+query, bodyOf(t, o)), problem.BadRequest)
			}
			for _, p := range o.Query {
				refused(t, w.ask(t, o.Method, fill(t, o, "acme", idOf(path))+"?"+p.Name+"=1&"+p.Name+"=1", ""), problem.ValidationFailed, p.Name)
			}
		})
	}
	untouched()
}

func TestParametersOutOfBoundsAreRefused(t *testing.T) {
	w := start(t)
	path, _ := w.create(t)
	refuse := func(t *testing.T, list, name, value string) {
		t.Helper()
		refused(t, w.ask(t, "GET", list+"?"+name+"="+url.QueryEscape(value), ""), problem.ValidationFailed, name)
	}
	for _, limit := range []string{"0", "101", "-1", "1.5", "1.0", "abc", "", "+1", "01", "1e1", "0x10", " 1", "1 ", "99999999999999999999", "１", "null"} {
		t.Run("limit "+limit, func(t *testing.T) {
			refuse(t, acme, "limit", limit)
			refuse(t, path+"/events", "limit", limit)
			if limit != "101" {
				refuse(t, audit, "limit", limit)
			}
		})
	}
	for name, values := range map[string][]string{
		"limit": {"501"}, "format": {"", "CSV", "xml", "csv,json"},
		"integration": {"", strings.Repeat("0", 321)}, "actor": {"", strings.Repeat("a", 321)}, "kind": {"", strings.Repeat("a", 321), "tokens", "tok", "token.", "token.end", "Token", "token.ended.x"},
		"from": {"", "now", "2027-01-31", "2027-01-31T12:00:00", "2027-02-30T12:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-01:00", "1700000000"},
		"to":   {"", "today", "2027-01-31 12:00:00Z", "0001-01-01T00:00:00Z"},
	} {
		for _, value := range values {
			t.Run(fmt.Sprintf("audit %s %.20q", name, value), func(t *testing.T) { refuse(t, audit, name, value) })
		}
	}
	refused(t, w.ask(t, "GET", audit+"?from=2027-01-31T12:00:00Z&to=2027-01-31T13:00:00%2B01:00", ""), problem.ValidationFailed, "to")
	for _, status := range []string{"", "Active", "ACTIVE", "deleted,active", "living", " active", "*"} {
		t.Run("status "+status, func(t *testing.T) { refuse(t, acme, "status", status) })
	}
	t.Run("long query", func(t *testing.T) { refuse(t, acme, "query", strings.Repeat("a", 201)) })
	for _, query := range []string{"%", "_", "\\", "'", "\x00", "\xff", "(", "😀", strings.Repeat("a", 200)} {
		t.Run(fmt.Sprintf("query %.10q finds nothing", query), func(t *testing.T) {
			var page struct{ Integrations []any }
			if a := w.obeyed(t, "GET", acme+"?query="+url.QueryEscape(query), ""); a.Into(&page) != nil || len(page.Integrations) != 0 {
				t.Errorf("found: %s", a)
			}
		})
	}
}

func TestListsHoldNothingOfOtherAccounts(t *testing.T) {
	w := start(t)
	w.create(t)
	other := w.as("admin@globex.test")
	theirs := other.obeyed(t, "POST", globex, `{"name":"Theirs","scopes":["contacts.readonly"]}`)
	public, _, _ := strings.Cut(strings.TrimPrefix(theirs.Token(), "pit_"), "_")
	for _, query := range []string{"", "?query=Theirs", "?query=" + public, "?query=pit_" + public} {
		for _, user := range []string{localtest.Admin, "agency@acme.test"} {
			if a := w.as(user).obeyed(t, "GET", acme+query, ""); strings.Contains(string(a.Body), theirs.ID()) {
				t.Errorf("%s lists the other account's: %s", query, a)
			}
		}
	}
}
