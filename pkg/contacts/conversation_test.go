package contacts_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/private-integrations/private-integrations/pkg/gateway"
)

var update = flag.Bool("update", false, "write the answers into testdata")

// TestConversationsGoAsWritten holds the conversations under testdata: each file
// whose name is an account is a request of that account, without Host and
// lengths, and the file after it is the answer.
func TestConversationsGoAsWritten(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			api := newAPI(t)
			for n := 0; n+1 < len(archive.Files); n += 2 {
				question, answer := archive.Files[n], &archive.Files[n+1]
				got := text(api.do(parse(question.Name, string(question.Data))))
				if *update {
					answer.Data = []byte(got)
				}
				if diff := cmp.Diff(string(answer.Data), got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", question.Data, diff)
				}
			}
			if *update {
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func parse(account, text string) *gateway.Request {
	head, body, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(strings.TrimSpace(head), "\n")
	method, target, _ := strings.Cut(lines[0], " ")
	r := request(account, method, target, strings.TrimSuffix(body, "\n"))
	clear(r.Header)
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		r.Header[strings.ToLower(name)] = value
	}
	return r
}
