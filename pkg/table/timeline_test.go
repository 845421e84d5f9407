package table

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUpgradeGivesAnOldFactItsPlaceAndNothingElseAnything(t *testing.T) {
	all := codecs(t)
	whole := all["fact"].item
	place, _ := whole.Get(AttributeTimeline)
	old := slices.DeleteFunc(slices.Clone(whole), func(a Attribute) bool { return a.Name == AttributeTimeline })
	damaged := slices.DeleteFunc(slices.Clone(old), func(a Attribute) bool { return a.Name == "at" })
	key := factKey("A", "I", 3)
	for name, c := range map[string]struct {
		key  Key
		item Item
		want Item
	}{
		"old fact":      {key, old, Item{*place}},
		"whole fact":    {key, whole, nil},
		"damaged fact":  {key, damaged, nil},
		"integration":   {integrationKey("A", "I"), all["integration"].item, nil},
		"token":         {tokenKey("T"), all["credential"].item, nil},
		"receipt":       {receiptKey("A", "K"), all["receipt"].item, nil},
		"some contact":  {contactKey("A", "FACT#"), old, nil},
		"nothing of us": {Key{"ACCOUNT", "FACT#"}, old, nil},
	} {
		if diff := cmp.Diff(c.want, Upgrade(c.key, c.item)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
