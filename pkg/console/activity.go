package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/private-integrations/private-integrations/pkg/api"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
)

const (
	activityPath = "/settings/activity"
	activityFile = activityPath + "/csv"
)

// sorts are the kinds of what happens that one can ask for.
var sorts = []choice{
	{Value: "integration", Text: "Integrations"}, {Value: "token", Text: "Tokens"}, {Value: "rotation", Text: "Rotations"},
	{Value: "expiry", Text: "Expiry"}, {Value: "idle", Text: "Unused tokens"}, {Value: "permission", Text: "Permissions"},
	{Value: "settings", Text: "Preferences"}, {Value: "labs", Text: "Labs"}, {Value: "access", Text: "Denials"},
}

// active is the data of the page of everything that happened.
type active struct {
	Entries         []entryOf
	Actor, From, To string
	Kinds           []choice
	Filtered        bool
	Older           string // address of the next page; empty: there is none
	Later           bool   // this is not the first page
	File            string // address of the same for a spreadsheet
	Most            int    // entries that that has at most
}

// entryOf is an event and the integration that it is about.
type entryOf struct {
	event
	Name, Path string // empty: the account itself
}

// activity tells what happened in the account, to integrations, people and
// settings, newest first.
func (c *Console) activity(v *visit) (*page, error) {
	query := v.URL.Query()
	filter, a := activityFilter(v, query)
	after := query.Get("after")
	if len(after) > maxFilter || !utf8.ValidString(after) {
		after = ""
	}
	entries, next, err := c.Service.Audit(v.Context(), v.caller(), v.Account(), filter, manage.Page{After: after, Limit: pageSize})
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		shown := entryOf{event: c.tell(v, e.Fact)}
		if e.Integration != "" {
			shown.Name, shown.Path = e.Name, home+"/"+url.PathEscape(e.Integration)
		}
		a.Entries = append(a.Entries, shown)
	}
	a.Later = after != ""
	if next != "" {
		query.Set("after", next)
		a.Older = activityPath + "?" + query.Encode()
	}
	query.Del("after")
	a.File, a.Most = activityFile+"?"+query.Encode(), maxFile
	return &page{template: "activity", title: "Activity", crumbs: way(crumb{"Activity", activityPath}), data: a}, nil
}

// What a file holds at most, and how many times is looked for more that fits, each
// time at some thousand entries: so that there is time to read it and room in an
// answer of a Lambda function. How much is read at once.
const (
	maxFile    = 5000
	maxLooks   = 15
	fileStride = 500
)

// activityCSV sends the newest of what fits, as the API does.
func (c *Console) activityCSV(v *visit) (*page, error) {
	filter, _ := activityFilter(v, v.URL.Query())
	all, missing, err := newest(v.zone, func(after string) ([]manage.Entry, string, error) {
		return c.Service.Audit(v.Context(), v.caller(), v.Account(), filter, manage.Page{After: after, Limit: fileStride})
	})
	if err != nil {
		return nil, err
	}
	v.w.Header().Set("Content-Disposition", `attachment; filename="activity.csv"`)
	return &page{status: http.StatusOK, contentType: "text/csv; charset=utf-8", body: api.AuditCSV(all, missing, c.Format)}, nil
}

// newest reads the entries of a file, and says what is missing if those are not
// all: a person may take the file for the whole.
func newest(zone *time.Location, read func(after string) (entries []manage.Entry, next string, err error)) (all []manage.Entry, missing string, err error) {
	after := ""
	for looks := 0; len(all) < maxFile && looks < maxLooks; looks++ {
		entries, next, err := read(after)
		if err != nil {
			return nil, "", err
		}
		all = append(all, entries...)
		if next == "" {
			return all, "", nil
		}
		after = next
	}
	missing = "This file is not complete: what happened before is not in it."
	if at, known := fact.Place(after).At(); known {
		day := at.In(zone).Format(time.DateOnly) // as the page reads it
		missing = "This file is not complete: it has what happened since " + at.Format(integration.Layout) + ". For what was before, pick days up to " + day + "."
	}
	return all, missing, nil
}

// maxFilter is longer than an e-mail address, and than any place in the list.
const maxFilter = 320

// activityFilter reads what is asked for, and what the form shows of it. What
// can't be is left out of both.
func activityFilter(v *visit, query url.Values) (manage.AuditFilter, active) {
	a := active{Actor: strings.TrimSpace(query.Get("actor")), Kinds: slices.Clone(sorts)}
	if len(a.Actor) > maxFilter {
		a.Actor = ""
	}
	f := manage.AuditFilter{Actor: a.Actor}
	for n := range a.Kinds {
		if k := &a.Kinds[n]; k.Value == query.Get("kind") {
			k.Picked, f.Kind = true, k.Value
		}
	}
	if from, err := time.ParseInLocation(time.DateOnly, query.Get("from"), v.zone); err == nil {
		a.From, f.From = query.Get("from"), from
	}
	if to, err := time.ParseInLocation(time.DateOnly, query.Get("to"), v.zone); err == nil {
		a.To, f.To = query.Get("to"), to.AddDate(0, 0, 1) // that day is meant, too
	}
	a.Filtered = f != manage.AuditFilter{}
	return f, a
}
