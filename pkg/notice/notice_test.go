package notice

import (
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/event"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/token"
)

var at = time.Date(2027, 3, 1, 8, 0, 0, 0, time.UTC)

const shop = `Shop <img src=x onerror=alert(1)> & "Till"`

// eventOf is an event as its fact gives it.
func eventOf(t *testing.T, f fact.Fact) event.Event {
	t.Helper()
	format, err := token.NewFormat(token.DefaultPrefix)
	if err != nil {
		t.Fatal(err)
	}
	f.Account, f.Seq, f.At = "acme", 7, at
	return event.Of(f, format)
}

// told has an event of each kind, and what its title and text have to say.
func told() []struct {
	name string
	fact fact.Fact
	path string
	says []string
} {
	const id, dead = "01KAN2W8QG7T5Y9C3ZB4D6EXMP", token.ID("SAMPLE0000000000000000")
	ada := fact.Actor{ID: "a", Email: "ada@acme.test"}
	page := listPath + "/" + id
	ends := []fact.Delta{{Field: "expiresAt", To: "2027-03-03T08:00:00.000Z"}, {Field: "lastUsedAt", To: "2027-02-28T08:00:00.000Z"}}
	caller := func(known bool) fact.Caller {
		return fact.Caller{Address: "192.0.2.7", Agent: "curl/8.5", Known: known, At: at}
	}
	return []struct {
		name string
		fact fact.Fact
		path string
		says []string
	}{
		{"rotation due", fact.Fact{Integration: id, Type: fact.RotationDue, Token: dead}, page, []string{"Time to rotate", "pit_SAMPLE"}},
		{"rotation upcoming", fact.Fact{Integration: id, Type: fact.RotationUpcoming, Token: dead, Changes: []fact.Delta{{Field: "tokenAgeDays", To: "76"}}}, page,
			[]string{"should be rotated soon", "76 days old"}},
		{"window ends", fact.Fact{Integration: id, Type: fact.RotationEnding, Token: dead, Changes: ends}, page,
			[]string{"is still in use", "ends on 3 March 2027, 08:00 UTC", "was used on 28 February 2027, 08:00 UTC"}},
		{"window ends soon", fact.Fact{Integration: id, Type: fact.OldTokenStillUsed, Token: dead, Changes: ends}, page, []string{"within a day"}},
		{"expires", fact.Fact{Integration: id, Type: fact.ExpiryUpcoming, Token: dead, Changes: append([]fact.Delta{{Field: "expiresInDays", To: "1"}}, ends...)}, page,
			[]string{"expires on 3 March 2027, 08:00 UTC", "on 3 March 2027, 08:00 UTC"}},
		{"idle soon", fact.Fact{Integration: id, Type: fact.IdleWarning, Token: dead, Changes: append([]fact.Delta{{Field: "endsInDays", To: "15"}}, ends...)}, page,
			[]string{"ends on 3 March 2027, 08:00 UTC", "last used on 28 February 2027", "this one on 3 March 2027"}},
		{"idle and never used", fact.Fact{Integration: id, Type: fact.IdleWarning, Token: dead, Changes: []fact.Delta{{Field: "endsInDays", To: "7"}, ends[0]}}, page,
			[]string{"has never been used", "this one on 3 March 2027"}},
		{"expired", fact.Fact{Integration: id, Type: fact.TokenEnded, Token: dead, Reason: "expired"}, page,
			[]string{"has expired", "1 March 2027, 08:00 UTC"}},
		{"idle", fact.Fact{Integration: id, Type: fact.TokenEnded, Token: dead, Reason: "idle"}, page, []string{"was not used"}},
		{"reused by a stranger", fact.Fact{Integration: id, Type: fact.ReuseDetected, Token: dead, Caller: caller(false)}, page,
			[]string{"192.0.2.7", "curl/8.5", "wrong hands"}},
		{"reused by the old program", fact.Fact{Integration: id, Type: fact.ReuseDetected, Token: dead, Caller: caller(true)}, page,
			[]string{"192.0.2.7", "was not given the new token"}},
		{"reused by somebody without a name", fact.Fact{Integration: id, Type: fact.ReuseDetected, Token: dead, Caller: fact.Caller{At: at}}, page,
			[]string{"1 March 2027, 08:00 UTC from an address that was not kept", "wrong hands"}},
		{"permission", fact.Fact{
			Type: fact.PermissionChanged, Actor: ada, Member: "m", MemberEmail: "bob@acme.test",
			Changes: []fact.Delta{{Field: "privateIntegrations", From: "view", To: "manage"}},
		}, staffPath, []string{"ada@acme.test", "bob@acme.test", "from view to manage"}},
		{"permission that the role gave", fact.Fact{
			Type: fact.PermissionChanged, Actor: ada, Member: "m", MemberEmail: "bob@acme.test",
			Changes: []fact.Delta{{Field: "privateIntegrations", From: "manage", To: "manage"}},
		}, staffPath, []string{"ada@acme.test", "bob@acme.test", "it is manage, as before"}},
		{"off", fact.Fact{
			Type: fact.LabsSwitched, Actor: ada, Changes: []fact.Delta{{Field: "labs.privateIntegrations", From: "true", To: "false"}},
		}, labsPath, []string{"switched off", "keep working"}},
		{"on", fact.Fact{
			Type: fact.LabsSwitched, Actor: ada, Changes: []fact.Delta{{Field: "labs.privateIntegrations", From: "false", To: "true"}},
		}, labsPath, []string{"switched on"}},
	}
}

func TestPeopleAreNotToldOfWhatWasOvertaken(t *testing.T) {
	late := fact.Fact{
		Integration: "01KAN2W8QG7T5Y9C3ZB4D6EXMP", Type: fact.ExpiryUpcoming, Token: "SAMPLE0000000000000000",
		Changes: []fact.Delta{{Field: "expiresInDays", To: "30"}, {Field: fact.OvertakenBy, To: "1"}},
	}
	if n, told := Of(eventOf(t, late), Subject{Name: "Reports"}); told {
		t.Errorf("%s", n.Title)
	}
}

func TestEveryKindIsToldInWordsThatNameWhatItIsAbout(t *testing.T) {
	covered := map[fact.Type]bool{}
	for _, c := range told() {
		covered[c.fact.Type] = true
		n, found := Of(eventOf(t, c.fact), Subject{Name: shop})
		if !found {
			t.Errorf("%s: nobody is told", c.name)
			continue
		}
		m := n.Message(Letterhead{Brand: "Acme", Console: "https://console.test"})
		for _, part := range c.says {
			if !strings.Contains(m.Subject+"\n"+m.Text, part) {
				t.Errorf("%s does not say %q:\n%s\n\n%s", c.name, part, m.Subject, m.Text)
			}
		}
		if c.fact.Integration != "" && !strings.Contains(m.Subject, shop) {
			t.Errorf("%s does not name the integration: %s", c.name, m.Subject)
		}
		url := "https://console.test" + c.path
		if !strings.Contains(m.Text, url+"\n") || !strings.Contains(m.HTML, `<a href="`+url+`">`) {
			t.Errorf("%s does not lead to %s:\n%s", c.name, url, m.Text)
		}
		for _, left := range []string{"<no value>", "{{", "%!", "  "} {
			if strings.Contains(m.Subject+m.Text, left) {
				t.Errorf("%s says %q:\n%s\n%s", c.name, left, m.Subject, m.Text)
			}
		}
	}
	for _, of := range Types() {
		if !covered[of] {
			t.Errorf("%s is told and not tried here", of)
		}
	}
}

func TestWhatPeopleHaveJustDoneIsNotTold(t *testing.T) {
	for _, f := range []fact.Fact{
		{Type: fact.Created}, {Type: fact.Deleted}, {Type: fact.TokenCreated}, {Type: fact.SettingsChanged}, {Type: fact.AccessDenied},
		{Type: fact.TokenEnded, Reason: "rotated"}, {Type: fact.TokenEnded, Reason: "deleted"}, {Type: fact.TokenEnded, Reason: "grace_ended"},
		{Type: "something.new"},
	} {
		if n, found := Of(eventOf(t, f), Subject{}); found {
			t.Errorf("%s %s: %s", f.Type, f.Reason, n.Title)
		}
	}
}

func TestNamesAreTextAndNeverMarkup(t *testing.T) {
	for _, c := range told() {
		n, _ := Of(eventOf(t, c.fact), Subject{Name: shop})
		if m := n.Message(Letterhead{Brand: `<b>&`}); strings.Contains(m.HTML, "<img") || strings.Contains(m.HTML, "<b>") {
			t.Errorf("%s:\n%s", c.name, m.HTML)
		}
	}
}

func TestSubjectIsOneHeaderWhateverPeopleAreCalled(t *testing.T) {
	f := fact.Fact{Type: fact.PermissionChanged, Member: "m", MemberEmail: "a@b.test\r\nBcc: all@b.test\u2028x"}
	n, _ := Of(eventOf(t, f), Subject{})
	subject := n.Message(Letterhead{}).Subject
	if strings.ContainsAny(subject, "\r\n\u2028") {
		t.Errorf("%q", subject)
	}
	m, err := mail.ReadMessage(strings.NewReader("Subject: " + subject + "\r\n\r\n"))
	if err != nil || m.Header.Get("Bcc") != "" {
		t.Errorf("%v, %v", m.Header, err)
	}
}

func TestDeletedIntegrationHasNoPageToLeadTo(t *testing.T) {
	f := fact.Fact{Type: fact.ReuseDetected, Integration: "i", Caller: fact.Caller{At: at}}
	if n, _ := Of(eventOf(t, f), Subject{Name: "n", Deleted: true}); n.Link.Path != listPath {
		t.Errorf("leads to %s", n.Link.Path)
	}
}
