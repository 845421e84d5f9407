package api

import "testing"

func TestCellsThatASpreadsheetCouldTakeForFormulasAreDefused(t *testing.T) {
	for cell, want := range map[string]string{
		"": "", "Shop": "Shop", "a=1": "a=1", " =1": " =1", "'": "'", "[1]": "[1]",
		"=1+1": "'=1+1", "+49 30": "'+49 30", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1",
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
