package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/table"
	"github.com/private-integrations/private-integrations/pkg/token"
	"github.com/private-integrations/private-integrations/pkg/usage"
)

// The keys as they lie in the table. That they do not change is part of the
// contract: data that was written has to be found by later versions.

func accountKey(account, sort string) table.Key {
	return table.Key{Partition: "ACCOUNT#" + account, Sort: sort}
}

func integrationKey(account, id string) table.Key { return accountKey(account, "INTEGRATION#"+id) }

func receiptKey(account, key string) table.Key { return accountKey(account, "IDEM#"+key) }

func factKey(account, id, seq string) table.Key {
	return accountKey(account, fmt.Sprintf("FACT#%s#%012s", id, seq))
}

func tokenKey(id token.ID) table.Key {
	return table.Key{Partition: "TOKEN#" + string(id), Sort: "TOKEN"}
}

// A damage is done to an item behind the store's back.
type damage struct {
	name   string
	update table.Update
}

func without(attribute string) damage {
	return damage{"without " + attribute, table.Update{Remove: []string{attribute}}}
}

func with(a table.Attribute) damage {
	return damage{fmt.Sprintf("with %s of kind %c", a.Name, a.Kind), table.Update{Set: table.Item{a}}}
}

var (
	tokenDamages = []damage{
		without("mac"), without("scopes"), without("account"), without("integration"), without("pepper"),
		without("createdAt"), without("endsAt"), without("endsReason"),
		with(text("mac", strings.Repeat("x", 32))), with(binary("mac", strings.Repeat("x", 31))),
		with(binary("mac", strings.Repeat("x", 33))), with(text("scopes", "a")), with(text("pepper", "1")),
		with(text("endsAt", "never")), with(text("retiringSince", "never")), with(text("deadAt", "never")), with(text("firstUsedAt", "never")),
		with(number("deadAt", 1)), with(text("deadReason", "expired")),
	}
	useDamages         = []damage{with(text("firstUsedAt", "never"))}
	integrationDamages = []damage{
		without("id"), without("account"), without("name"), without("seq"), without("version"), without("createdAt"),
		without("currentId"), without("currentCreatedAt"), without("rotatedAt"), without("windowEndsAt"),
		without("lastAt"), without("lastReason"),
		with(number("name", 1)), with(text("seq", "1")), with(text("scopes", "a")), with(text("retiringExpiresAt", "x")),
		with(number("head", 1)),
	}
	factDamages = []damage{
		without("seq"), without("type"), without("at"), without("actor"), without("account"), without("integration"),
		with(number("hash", 1)), with(number("prev", 1)), with(number("changes", 1)), with(text("changes", `[{"field":`)), with(number("type", 1)),
	}
	receiptDamages = []damage{without("fingerprint"), without("receiptAt"), without("id"), with(number("name", 1))}
)

var (
	usageDamages = []damage{
		without("account"), without("integration"), without("lastUsedAt"), with(text("lastUsedAt", "never")), with(text("count", "1")),
		with(text("op#GET /contacts/{contactId}", "1")), with(text("op#", "1")), with(text("scope#contacts.write", "1")), with(text("seen#"+from, "now")),
		with(text("from#"+from, "1")), with(text("firstUsedAt", "never")),
	}
	lastUseDamages = []damage{with(text("lastUsedAt", "never"))}
	pointerDamages = []damage{with(text("lastUsedAt", "never")), with(number("newest", 1))}
)

// from is a caller as attributes are named after it.
var from = curl.Address + " " + curl.Agent

func usageKey(id token.ID, sort string) table.Key {
	return table.Key{Partition: "USAGE#" + string(id), Sort: sort}
}

func (s suite) damagedUsageIsNamed(t *testing.T) {
	today := "DAY#" + usage.DayOf(begin).String()
	gathered := func(st *story) token.ID {
		id := st.After.Current.ID
		if rows, err := s.store.Usage(t.Context(), []token.ID{id}, usage.DayOf(begin)); err == nil && len(rows) == 0 {
			s.gather(t, used(id, begin))
		}
		return id
	}
	s.damage(t, usageDamages, func(st *story, _ integration.Receipt) (table.Key, string, error) {
		id := gathered(st)
		_, err := s.store.Usage(t.Context(), []token.ID{id}, usage.DayOf(begin))
		return usageKey(id, today), string(id) + "/" + today, err
	})
	for sort, damages := range map[string][]damage{today: lastUseDamages, "LAST": pointerDamages} {
		s.damage(t, damages, func(st *story, _ integration.Receipt) (table.Key, string, error) {
			id := gathered(st)
			_, err := s.store.LastUses(t.Context(), []token.ID{id})
			return usageKey(id, sort), string(id) + "/" + sort, err
		})
	}
}

func (s suite) damagedItemsAreNamed(t *testing.T) {
	s.damage(t, tokenDamages, func(st *story, _ integration.Receipt) (table.Key, string, error) {
		id := st.After.Retiring.ID
		_, err := s.store.Credential(t.Context(), id)
		return tokenKey(id), string(id), err
	})
	s.damage(t, useDamages, func(st *story, _ integration.Receipt) (table.Key, string, error) {
		id := st.After.Current.ID
		_, err := s.store.FirstUses(t.Context(), []token.ID{st.After.Retiring.ID, id})
		return tokenKey(id), string(id), err
	})
	s.damage(t, integrationDamages, func(st *story, _ integration.Receipt) (table.Key, string, error) {
		_, err := s.store.Integration(t.Context(), st.Account, st.ID)
		return integrationKey(st.Account, st.ID), st.ID, err
	})
	s.damage(t, integrationDamages, func(st *story, _ integration.Receipt) (table.Key, string, error) {
		_, err := s.store.Integrations(t.Context(), st.Account, "", 10)
		return integrationKey(st.Account, st.ID), st.ID, err
	})
	s.damage(t, factDamages, func(st *story, _ integration.Receipt) (table.Key, string, error) {
		_, err := s.store.Facts(t.Context(), st.Account, st.ID, 0, 100)
		return factKey(st.Account, st.ID, "1"), st.ID + "#000000000001", err
	})
	s.damage(t, receiptDamages, func(st *story, r integration.Receipt) (table.Key, string, error) {
		_, err := s.store.Receipt(t.Context(), st.Account, r.Key)
		return receiptKey(st.Account, r.Key), r.Key, err
	})
}

// damage does each of damages to the item that read reads. Read tells its key,
// how an error has to name it, and the error.
func (s suite) damage(t *testing.T, damages []damage, read func(*story, integration.Receipt) (table.Key, string, error)) {
	t.Helper()
	for _, damage := range damages {
		st, r := s.rotating(t)
		key, named, err := read(st, r)
		if err != nil {
			t.Fatalf("undamaged: %v", err)
		}
		s.write(t, table.Write{Key: key, Update: &damage.update})
		if _, _, err := read(st, r); !errors.Is(err, table.ErrDamaged) || !strings.Contains(err.Error(), named) {
			t.Errorf("%s %s: %v, want it damaged and naming %q", key, damage.name, err, named)
		}
	}
}

// rotating is a story in which every item has every attribute that it may have
// while it lives.
func (s suite) rotating(t *testing.T) (*story, integration.Receipt) {
	t.Helper()
	st := s.story(t)
	st.commit(rotate(0)(st.After, st.now))
	st.commit(expireIn(4*week)(st.After, st.now))
	c, err := rotate(week)(st.After, st.now)
	if err != nil {
		t.Fatal(err)
	}
	r := integration.Receipt{Key: fresh("key"), Fingerprint: "f", At: begin, Answer: c.After}
	if err := s.store.Commit(t.Context(), c, plenty, &r); err != nil {
		t.Fatal(err)
	}
	st.add(c)
	return st, r
}
