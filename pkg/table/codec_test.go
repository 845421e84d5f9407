package table

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/scope"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// full is an integration of which every field is set.
func full() integration.Integration {
	at := func(n int) time.Time { return begin.Add(time.Duration(n) * time.Millisecond) }
	return integration.Integration{
		ID: "I", Account: "A", Name: "name", Description: "text", Scopes: scope.Set{"a", "b"}, Seq: 7, Head: "v1:7", Version: 5,
		CreatedAt: at(1), CreatedBy: "creator", UpdatedAt: at(2), DeletedAt: at(3),
		Current: &integration.Token{ID: "C", CreatedAt: at(4), CreatedBy: "c", ExpiresAt: at(5), RemindedAt: at(6), Told: integration.Told{Age: 1, Expiry: 2, Window: 3, Idle: 4, IdleAt: at(20), UsedAt: at(21)}},
		Retiring: &integration.Retiring{
			Token:     integration.Token{ID: "R", CreatedAt: at(7), CreatedBy: "r", ExpiresAt: at(8), RemindedAt: at(9), Told: integration.Told{Age: 5, Window: 1}},
			RotatedAt: at(10), WindowEndsAt: at(11),
		},
		Last:    &integration.Ended{ID: "L", At: at(12), Reason: integration.ReasonIdle},
		Touched: 3, Policy: integration.Policy{ReminderAge: time.Hour, QuietFor: 2 * time.Hour, IdleAfter: 3 * time.Hour, IdleSince: at(13)},
	}
}

// codecs has a whole item of each sort, how it is read, and which attributes it
// can be without.
func codecs(t *testing.T) map[string]codec {
	t.Helper()
	i := full()
	credential := encodeCredential(i, minted("T"), integration.Deadline{At: begin, Reason: integration.ReasonGrace})
	credential.time(attributeDeadAt, begin)
	credential.text(attributeDeadReason, string(integration.ReasonRotated))
	credential.time(attributeFirstUsedAt, begin)
	credential.time(attributeRetiringSince, begin)
	accountFact := fact.Fact{
		Account: "A", Seq: 4, Type: fact.AccessDenied, At: begin, Actor: actor,
		Member: "M", MemberEmail: "E", Operation: "list-members", Reason: "forbidden", Count: 2,
	}
	fact, err := encodeFact(fact.Link("v1:2", fact.Fact{
		Account: "A", Integration: "I", Seq: 3, Type: fact.TokenEnded, At: begin, Actor: actor,
		Token: "T", Reason: string(integration.ReasonIdle), Changes: []fact.Delta{{Field: "f", From: "a", To: "b"}},
		Caller: fact.Caller{Address: "192.0.2.1", Agent: "curl", Known: true, At: begin},
	}))
	if err != nil {
		t.Fatal(err)
	}
	denial, err := encodeFact(accountFact)
	if err != nil {
		t.Fatal(err)
	}
	member := encodeMember(account.Member{
		Account: "A", ID: "M", Issuer: "I", Subject: "S", Email: "E", Role: account.RoleStaff, SeenAt: begin,
	})
	member.text(attributePermission, string(account.View))
	receipt := encodeReceipt(integration.Receipt{Key: "K", Fingerprint: "F", At: begin, Answer: i, RetiringUsedAt: begin, RetiringLastUsedAt: begin})
	optional := []string{
		"head", "description", "scopes", "createdBy", "updatedAt", "deletedAt", "currentCreatedBy", "currentExpiresAt",
		"currentRemindedAt", "retiringId", "retiringCreatedBy", "retiringExpiresAt", "retiringRemindedAt", "lastId",
		"touched", "reminderAge", "quietFor", "idleAfter", "idleSince",
		"currentToldAge", "currentToldExpiry", "currentToldWindow", "currentToldIdle", "currentToldIdleAt", "currentToldUsedAt",
		"retiringToldAge", "retiringToldWindow",
	}
	return map[string]codec{
		"integration": {encodeIntegration(i), optional, func(item Item) error {
			_, err := decodeIntegration(item)
			return err
		}},
		"credential": {credential, []string{attributeFirstUsedAt, attributeRetiringSince}, func(item Item) error {
			_, err := decodeCredential("T", item)
			return err
		}},
		"account": {encodeAccount(account.Account{ID: "A", Seq: 4, Version: 2, Settings: account.Defaults, UpdatedAt: begin}), nil, func(item Item) error {
			_, err := decodeAccount("A", item)
			return err
		}},
		"member": {member, []string{"issuer", "email", attributePermission}, func(item Item) error {
			_, err := decodeMember(item)
			return err
		}},
		"account fact": {denial, []string{AttributeTimeline, "email", "address", "member", "memberEmail", "operation", "reason", attributeCount}, func(item Item) error {
			_, err := decodeAccountFact(item)
			return err
		}},
		"fact": {fact, []string{
			AttributeTimeline, "email", "address", "token", "reason", "changes", "prev", "hash",
			"callerAt", "callerAddress", "callerAgent",
		}, func(item Item) error {
			_, err := decodeFact(item)
			return err
		}},
		"receipt": {receipt, append(optional, "retiringUsedAt", "retiringLastUsedAt", AttributeTTL), func(item Item) error {
			_, err := decodeReceipt("K", item)
			return err
		}},
	}
}

type codec struct {
	item     Item
	optional []string
	decode   func(Item) error
}

func TestFullIntegrationIsReadAsItWasWritten(t *testing.T) {
	got, err := decodeIntegration(encodeIntegration(full()))
	if diff := cmp.Diff(full(), got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestItemWithoutAnAttributeThatItNeedsIsDamaged(t *testing.T) {
	for name, codec := range codecs(t) {
		if err := codec.decode(codec.item); err != nil {
			t.Fatalf("the whole %s: %v", name, err)
		}
		for _, a := range codec.item {
			without := slices.DeleteFunc(slices.Clone(codec.item), func(b Attribute) bool { return b.Name == a.Name })
			err := codec.decode(without)
			if want := !slices.Contains(codec.optional, a.Name); errors.Is(err, ErrDamaged) != want {
				t.Errorf("%s without %s: %v, want it damaged: %v", name, a.Name, err, want)
			}
		}
	}
}

func TestAttributeOfAnotherKindIsDamage(t *testing.T) {
	for name, codec := range codecs(t) {
		for n, a := range codec.item {
			if a.Name == AttributeTTL || a.Name == AttributeTimeline {
				continue // which only backends read
			}
			for _, kind := range []Kind{String, Number, Binary, List} {
				if kind == a.Kind {
					continue
				}
				changed := slices.Clone(codec.item)
				changed[n] = Attribute{Name: a.Name, Kind: kind, Text: "1", Number: 1, List: []string{"1"}}
				if err := codec.decode(changed); !errors.Is(err, ErrDamaged) {
					t.Errorf("%s with %s of kind %c: %v", name, a.Name, kind, err)
				}
			}
		}
	}
}

func TestWhatIsEmptyIsLeftOut(t *testing.T) {
	var item Item
	item.text("text", "")
	item.time("time", time.Time{})
	if len(item) != 0 {
		t.Errorf("%v", item)
	}
	bare := integration.Integration{
		ID: "I", Account: "A", Name: "n", Scopes: scope.Set{"a"}, CreatedAt: begin,
		Current: &integration.Token{ID: token.ID("C"), CreatedAt: begin},
	}
	for _, a := range encodeIntegration(bare) {
		if a.Kind == String && a.Text == "" {
			t.Errorf("%s is empty", a.Name)
		}
	}
}
