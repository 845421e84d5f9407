package api

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"mime"
	"regexp"
	"strconv"
	"strings"

	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/token"
)

var auditFormats = []string{auditJSON, auditCSV, auditJSONL}

// mediaTypes are the formats that a client may ask for with Accept.
var mediaTypes = map[string]string{
	"application/json": auditJSON, "text/csv": auditCSV, "application/jsonl": auditJSONL, "application/x-ndjson": auditJSONL,
}

// accepted is the format that an Accept header likes best (RFC 9110, section
// 12.5.1), of equal ones the first; JSON if it names none that there is.
func accepted(header string) string {
	best, weight := auditJSON, 0.0
	for _, part := range strings.Split(header, ",") {
		name, parameters, err := mime.ParseMediaType(part)
		format, known := mediaTypes[name]
		if err != nil || !known {
			continue
		}
		q := 1.0
		if text, weighed := parameters["q"]; weighed {
			if q, err = strconv.ParseFloat(text, 64); err != nil {
				continue
			}
		}
		if q > weight {
			best, weight = format, q
		}
	}
	return best
}

// export is the body of a page that is not wanted as one JSON object. Pages can
// be put one behind the other.
func (p Audit) export() (contentType string, body []byte) {
	var b bytes.Buffer
	switch p.format {
	case auditJSONL:
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		for _, e := range p.Entries {
			if err := encoder.Encode(e); err != nil {
				panic(err) // only strings, numbers and lists
			}
		}
		return "application/jsonl", b.Bytes()
	case auditCSV:
		first := !p.call.Query.Has("cursor")
		writeCSV(&b, p.Entries, first)
		header := "absent"
		if first {
			header = "present"
		}
		return mime.FormatMediaType("text/csv", map[string]string{"charset": "utf-8", "header": header}), b.Bytes()
	}
	return "", nil
}

// AuditCSV writes entries as list-audit does, for people who have no client: the
// line of column names and one for each. If they are not all that there are, the
// last line says so, in its first cell.
func AuditCSV(entries []manage.Entry, missing string, f token.Format) []byte {
	all := make([]AuditEntry, len(entries))
	for n, e := range entries {
		all[n] = shapes{f}.audited(e)
	}
	var b bytes.Buffer
	writeCSV(&b, all, true)
	if missing != "" {
		line := make([]string, len(auditColumns))
		line[0] = harmless(missing)
		writeLines(&b, line)
	}
	return b.Bytes()
}

func writeCSV(b *bytes.Buffer, entries []AuditEntry, header bool) {
	if header {
		writeLines(b, auditColumns)
	}
	for _, e := range entries {
		writeLines(b, e.cells())
	}
}

func writeLines(b *bytes.Buffer, lines ...[]string) {
	w := csv.NewWriter(b)
	w.UseCRLF = true      // RFC 4180
	_ = w.WriteAll(lines) // a buffer takes everything
}

var auditColumns = []string{
	"id", "at", "type", "integrationId", "integrationName", "actorId", "actorEmail", "address", "token",
	"memberId", "memberEmail", "operation", "count", "reason", "changes", "prev", "hash",
	"tokenId", "callerAgent", "callerKnown", "callerAt",
}

// cells are the entry's in the order of auditColumns; what changed is JSON.
func (e AuditEntry) cells() []string {
	var changes bytes.Buffer
	if len(e.Changes) > 0 {
		encoder := json.NewEncoder(&changes)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(e.Changes); err != nil {
			panic(err) // only strings
		}
	}
	var id, name, count, agent, known, calledAt string
	if e.IntegrationID != nil {
		id, name = *e.IntegrationID, *e.IntegrationName
	}
	if e.Count > 0 {
		count = strconv.FormatInt(e.Count, 10)
	}
	if c := e.Caller; c != nil {
		agent, known, calledAt = c.UserAgent, strconv.FormatBool(c.KnownBefore), string(c.At)
	}
	member := Person{}
	if e.Member != nil {
		member = *e.Member
	}
	cells := []string{
		e.ID, string(e.At), e.Type, id, name, e.Actor.ID, e.Actor.Email, e.Address, e.Token,
		member.ID, member.Email, e.Operation, count, e.Reason, strings.TrimSuffix(changes.String(), "\n"), e.Prev, e.Hash,
		e.TokenID, agent, known, calledAt,
	}
	for n := range cells {
		cells[n] = harmless(cells[n])
	}
	return cells
}

// within is where a cell goes on as another, for a spreadsheet that lists with
// semicolons or tabs and so takes quotes within a line for text.
var within = regexp.MustCompile(`([;\t\r\n]"*)([=+\-@＝＋－＠])`)

// harmless keeps a spreadsheet from taking a cell, or a part of it, for a formula:
// names are whatever somebody has entered.
//
// https://owasp.org/www-community/attacks/CSV_Injection
func harmless(cell string) string {
	cell = within.ReplaceAllString(cell, "$1'$2")
	for _, start := range []string{"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"} {
		if strings.HasPrefix(cell, start) {
			return "'" + cell
		}
	}
	return cell
}
