package runner_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/infra/local/localtest"
	"github.com/private-integrations/private-integrations/infra/local/runner"
	"github.com/private-integrations/private-integrations/pkg/bolt"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/notice"
	"github.com/private-integrations/private-integrations/pkg/table"
)

// delivered has all that has arrived delivered, and lists the events as lines
// "01…2 token.created".
func delivered(t *testing.T, r *localtest.Runner) []string {
	t.Helper()
	if answer := r.Manage("POST", "/dev/deliver", ""); answer.Status != 200 {
		t.Fatalf("deliver: %s", answer)
	}
	var all []string
	for line := range strings.Lines(string(r.Manage("GET", "/dev/events", "").Body)) {
		var e struct {
			Type   string `json:"detail-type"`
			Detail struct{ ID string }
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		all = append(all, e.Detail.ID+" "+e.Type)
	}
	return all
}

// mails lists the e-mails as lines "to: subject".
func mails(t *testing.T, r *localtest.Runner) []string {
	t.Helper()
	var out struct {
		Mail []struct{ File, To, Subject string }
	}
	if err := r.Manage("GET", "/dev/mail", "").Into(&out); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range out.Mail {
		all = append(all, m.To+": "+m.Subject)
		info, err := os.Stat(filepath.Join(r.Config.DataDir, "mail", m.File))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", m.File, info, err)
		}
	}
	slices.Sort(all)
	return all
}

func TestManagersAreToldOfAnExpiredTokenByEmailAndTheRestIsAnEvent(t *testing.T) {
	r := localtest.Start(t)
	r.As("staff@acme.test").Manage("GET", integrations, "") // becomes known, and may not manage
	r.As("agency@acme.test").Manage("GET", integrations, "")
	r.As("admin@globex.test").Manage("GET", strings.Replace(integrations, "acme", "globex", 1), "")
	soon := r.Clock.Now().Add(time.Hour).UTC().Format(integration.Layout)
	id := r.Manage("POST", integrations, `{"name":"Shop","scopes":["contacts.readonly"],"expiresAt":"`+soon+`"}`).ID()
	want := []string{"account:acme.1 access.denied", id + ".1 integration.created", id + ".2 token.created"}
	if diff := cmp.Diff(want, delivered(t, r)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if all := mails(t, r); len(all) > 0 {
		t.Errorf("e-mails of what people did: %v", all)
	}
	for range 2 {
		r.Manage("POST", "/dev/clock", `{"advance":"1h"}`)
		r.Manage("POST", "/dev/sweep", "")
	}
	if diff := cmp.Diff(append(want, id+".3 token.ended"), delivered(t, r)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	told := []string{"admin@acme.test: A token of “Shop” has expired", "agency@acme.test: A token of “Shop” has expired"}
	if diff := cmp.Diff(told, mails(t, r)); diff != "" {
		t.Errorf("e-mails (-want +got):\n%s", diff)
	}
}

// fallDue writes that the token of an integration should be rotated.
func fallDue(t *testing.T, store *table.Store, id string) {
	t.Helper()
	i, err := store.Integration(t.Context(), "acme", id)
	if err != nil {
		t.Fatal(err)
	}
	due := i.Remind(integration.Look{}, i.CreatedAt.Add(integration.ReminderAge))
	if err := store.Commit(t.Context(), due, 0, nil); err != nil {
		t.Fatal(err)
	}
}

func TestWhatWasNotDeliveredWhenTheProgramEndedIsDeliveredByTheNext(t *testing.T) {
	r := localtest.Start(t)
	id := r.Manage("POST", integrations, readonly).ID()
	before := delivered(t, r)
	r.Stop()
	// Something is written, and the program dies before anybody hears of it.
	db, err := bolt.Open(filepath.Join(r.Config.DataDir, "data.db"), bolt.Options{Stream: true})
	if err != nil {
		t.Fatal(err)
	}
	store := table.New(db)
	fallDue(t, store, id)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r = localtest.Start(t, func(c *runner.Config) { c.DataDir = r.Config.DataDir })
		if diff := cmp.Diff(append(slices.Clone(before), id+".3 rotation.upcoming", id+".4 rotation.due"), delivered(t, r)); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"admin@acme.test: Time to rotate the token of “Export”"}, mails(t, r)); diff != "" {
			t.Errorf("e-mails (-want +got):\n%s", diff)
		}
		r.Stop()
	}
}

func TestSomebodyWhomAnotherWasAboutToTellIsToldOnceThatOneIsGivenUp(t *testing.T) {
	r := localtest.Start(t)
	ids := []string{r.Manage("POST", integrations, readonly).ID(), r.Manage("POST", integrations, readonly).ID()}
	before := delivered(t, r)
	r.Stop()
	now := time.Now()
	db, err := bolt.Open(filepath.Join(r.Config.DataDir, "data.db"), bolt.Options{Stream: true})
	if err != nil {
		t.Fatal(err)
	}
	store := table.New(db)
	members, err := store.Members(t.Context(), "acme")
	if err != nil || len(members) != 1 {
		t.Fatal(members, err)
	}
	for _, id := range ids {
		fallDue(t, store, id)
	}
	if err := store.Claim(t.Context(), ids[0]+".4", members[0].ID, now); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	var clock atomic.Int64 // in nanoseconds
	clock.Store(now.UnixNano())
	r = localtest.Start(t, func(c *runner.Config) {
		c.DataDir, c.Now = r.Config.DataDir, func() time.Time { return time.Unix(0, clock.Load()) }
	})
	for range 10 {
		if answer := r.Manage("POST", "/dev/deliver", ""); answer.Status == 200 {
			t.Fatalf("the claim holds nobody back: %s", answer)
		}
	}
	due := "admin@acme.test: Time to rotate the token of “Export”"
	clock.Add(int64(notice.ClaimAge))
	want := slices.Concat(before, []string{ids[0] + ".3 rotation.upcoming", ids[0] + ".4 rotation.due", ids[1] + ".3 rotation.upcoming", ids[1] + ".4 rotation.due"})
	if diff := cmp.Diff(want, delivered(t, r)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{due, due}, mails(t, r)); diff != "" {
		t.Errorf("e-mails (-want +got):\n%s", diff)
	}
	if _, err := os.Stat(filepath.Join(r.Config.DataDir, "undelivered.jsonl")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("given up: %v", err)
	}
}

func TestChangeThatCannotBeDeliveredIsGivenUpAndKeepsNothingElseBack(t *testing.T) {
	r := localtest.Start(t)
	delivered(t, r)
	r.Stop()
	db, err := bolt.Open(filepath.Join(r.Config.DataDir, "data.db"), bolt.Options{Stream: true})
	if err != nil {
		t.Fatal(err)
	}
	poison := table.Key{Partition: "ACCOUNT#acme", Sort: "FACT#i#000000000001"}
	if err := db.Write(t.Context(), []table.Write{{Key: poison, Put: table.Item{{Name: "type", Kind: table.String, Text: "x"}}}}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	r = localtest.Start(t, func(c *runner.Config) { c.DataDir = r.Config.DataDir })
	created := r.Manage("POST", integrations, readonly)
	for range 5 { // or fewer: it is tried by itself as well
		r.Manage("POST", "/dev/deliver", "")
	}
	want := []string{created.ID() + ".1 integration.created", created.ID() + ".2 token.created"}
	if diff := cmp.Diff(want, delivered(t, r)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	file, err := os.ReadFile(filepath.Join(r.Config.DataDir, "undelivered.jsonl"))
	if err != nil || !strings.Contains(string(file), fmt.Sprint(poison)) {
		t.Errorf("%s, %v", file, err)
	}
}

func TestUseOfADeadTokenIsToldOfOnceAnHourAndMailedOnceADayAndEndsNothing(t *testing.T) {
	r := localtest.Start(t, func(c *runner.Config) { c.Begin = dawn })
	created := r.Manage("POST", integrations, readonly)
	dead, one := created.Token(), integrations+"/"+created.ID()
	use := func(token string) int {
		status := r.API("GET", "/contacts/ada", token, "User-Agent", "nightly/1.0").Status
		r.Manage("POST", "/dev/usage", "")
		return status
	}
	if got := use(dead); got != 200 {
		t.Fatalf("while it lives: %d", got)
	}
	living := r.Manage("POST", one+"/rotate", `{"expireOld":"now"}`).Token()
	alarms := func() (n int) {
		for _, e := range delivered(t, r) {
			if strings.HasSuffix(e, " token.reuse_detected") {
				n++
			}
		}
		return n
	}
	for minutes, want := range []int{1, 1, 1} {
		if got := use(dead); got != 401 {
			t.Errorf("dead: %d", got)
		}
		if got := alarms(); got != want {
			t.Errorf("after %d0 minutes: %d alarms, want %d", minutes, got, want)
		}
		r.Manage("POST", "/dev/clock", `{"advance":"10m"}`)
	}
	r.Manage("POST", "/dev/clock", `{"advance":"50m"}`)
	use(dead)
	if got := alarms(); got != 2 {
		t.Errorf("in the next hour: %d alarms", got)
	}
	told := []string{"admin@acme.test: A dead token of “Export” was used"}
	if diff := cmp.Diff(told, mails(t, r)); diff != "" {
		t.Errorf("e-mails of one day (-want +got):\n%s", diff)
	}
	r.Manage("POST", "/dev/clock", `{"advance":"24h"}`)
	r = r.As("admin@acme.test")
	use(dead)
	if got := alarms(); got != 3 {
		t.Errorf("on the next day: %d alarms", got)
	}
	if diff := cmp.Diff(append(told, told...), mails(t, r)); diff != "" {
		t.Errorf("e-mails of two days (-want +got):\n%s", diff)
	}
	if got := use(living); got != 200 {
		t.Errorf("the living one: %d", got)
	}
	if events := r.Manage("GET", "/dev/events", "").Body; !strings.Contains(string(events), `"userAgent":"nightly/1.0","knownBefore":true`) {
		t.Errorf("the caller: %s", events)
	}
}
