package openapi

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Print writes the report for people: the scopes and how many operations each
// opens, the operations and what they need, what is refused and why, totals.
func (r *Report) Print(w io.Writer) error {
	var b strings.Builder
	row := func(cells ...string) { b.WriteString(strings.Join(cells, "\t") + "\n") }
	row("SCOPE", "OPERATIONS", "DESCRIPTION")
	for _, s := range r.Catalog.Listing() {
		row(s.Name, strconv.Itoa(len(s.Operations)), s.Description)
	}
	row("\nMETHOD", "PATH", "SCOPES")
	for _, o := range r.Catalog.Operations {
		need := alternatives(o.Requirement)
		if o.Unscoped {
			need = "(any live token)"
		}
		row(o.Method, o.Path, need)
	}
	if len(r.Refused) > 0 {
		row("\nREFUSED", "PATH", "FILE", "REASON")
		for _, no := range r.Refused {
			row(no.Method, no.Path, no.File, no.Reason)
		}
	}
	fmt.Fprintf(&b, "\nDocuments: %d. Operations: %d. Scopes: %d. Refused: %d.\n",
		r.Documents, len(r.Catalog.Operations), len(r.Catalog.Scopes), len(r.Refused))

	var aligned strings.Builder
	table := tabwriter.NewWriter(&aligned, 0, 0, 2, ' ', 0)
	if _, err := io.WriteString(table, b.String()); err != nil {
		return fmt.Errorf("align report: %w", err)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("align report: %w", err)
	}
	for line := range strings.Lines(aligned.String()) {
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " \n")); err != nil {
			return fmt.Errorf("print report: %w", err)
		}
	}
	return nil
}
