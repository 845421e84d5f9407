package describe

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	domain "github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/event"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/rig"
)

// check holds an event's detail to the committed schema of its type, and to the
// members that the type is said to have.
func check(t *testing.T, detail []byte) {
	t.Helper()
	e, err := event.Parse(detail)
	if err != nil {
		t.Error(err)
		return
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile(filepath.Join("../../docs/events", string(e.Type)+".schema.json"))
	if err != nil {
		t.Error(err)
		return
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(detail))
	if err != nil {
		t.Error(err)
		return
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%s: %v", detail, err)
	}
	n := slices.IndexFunc(event.Kinds, func(k event.Kind) bool { return k.Type == e.Type })
	want := slices.Sorted(slices.Values(slices.Concat(event.Members, event.Kinds[n].Has)))
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(value.(map[string]any)))); diff != "" {
		t.Errorf("members of %s (-documented +sent):\n%s", detail, diff)
	}
}

func TestEveryTypeOfFactIsADocumentedEvent(t *testing.T) {
	file, err := parser.ParseFile(gotoken.NewFileSet(), "../fact/fact.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var types, documented []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if of, ok := spec.Type.(*ast.Ident); ok && of.Name == "Type" {
			name, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			types = append(types, name)
		}
		return true
	})
	for _, k := range event.Kinds {
		documented = append(documented, string(k.Type))
	}
	slices.Sort(types)
	slices.Sort(documented)
	if diff := cmp.Diff(types, documented); diff != "" {
		t.Errorf("(-facts +documented):\n%s", diff)
	}
}

func TestSamplesOfEventsFitTheirSchemas(t *testing.T) {
	files, err := filepath.Glob("../../events/out/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(event.Kinds) {
		t.Errorf("%d samples of %d types", len(files), len(event.Kinds))
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var sample struct {
			DetailType string `json:"detail-type"`
			Detail     json.RawMessage
		}
		if err := json.Unmarshal(text, &sample); err != nil {
			t.Fatal(err)
		}
		if want := strings.TrimSuffix(filepath.Base(file), ".json"); sample.DetailType != want {
			t.Errorf("%s is a %s", file, sample.DetailType)
		}
		check(t, sample.Detail)
	}
	if schemas, _ := filepath.Glob("../../docs/events/*.schema.json"); len(schemas) != len(event.Kinds) {
		t.Errorf("%d schemas of %d types", len(schemas), len(event.Kinds))
	}
}

func TestEventsOfWhatPeopleDoFitTheirSchemasAndHoldNoSecret(t *testing.T) {
	r := rig.New(t)
	c := rig.Admin("acme")
	issued := r.Create(t, "acme")
	target := rig.Target(issued)
	name := "Till"
	secrets := []string{issued.Token.Reveal()[len("pit_")+22:]}
	rotate := func(grace time.Duration) {
		again, err := r.Manage.Rotate(t.Context(), c, target, integration.Rotation{Grace: grace}, manage.Idempotency{})
		if err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, again.Token.Reveal()[len("pit_")+22:])
	}
	must := func(_ manage.View, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(r.Manage.Edit(t.Context(), c, target, integration.Edit{Name: &name}))
	rotate(time.Hour)
	must(r.Manage.MoveWindow(t.Context(), c, target, rig.Start.Add(2*time.Hour)))
	must(r.Manage.Cancel(t.Context(), c, target, false))
	rotate(time.Hour)
	must(r.Manage.Complete(t.Context(), c, target))
	rotate(0)
	must(r.Manage.SetExpiry(t.Context(), c, target, rig.Start.Add(time.Hour)))
	must(r.Manage.SetExpiry(t.Context(), c, target, time.Time{}))
	must(r.Manage.Expire(t.Context(), c, target))
	if err := r.Manage.Delete(t.Context(), c, target); err != nil {
		t.Fatal(err)
	}
	facts, err := r.Store.Facts(t.Context(), "acme", issued.ID, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	seen := checkFacts(t, r, append(facts, accountFacts(t, r)...), secrets)
	for _, k := range event.Kinds {
		if !seen[k.Type] && k.Type != fact.ReuseDetected && !slices.Contains(reminders, k.Type) {
			t.Errorf("nothing was done of which %s tells", k.Type)
		}
	}
}

// accountFacts has somebody denied something, a permission, the settings and
// the switch changed.
func accountFacts(t *testing.T, r *rig.Rig) []fact.Fact {
	t.Helper()
	admin, staff := rig.Admin("acme"), rig.Staff("acme")
	if _, err := r.Manage.Members(t.Context(), staff, "acme"); err == nil {
		t.Fatal("not denied")
	}
	id := domain.MemberID(staff.Issuer, staff.ID)
	if _, err := r.Manage.SetPermission(t.Context(), admin, "acme", id, domain.View); err != nil {
		t.Fatal(err)
	}
	off, grace := false, 2*time.Hour
	if _, err := r.Manage.SetSettings(t.Context(), admin, "acme", nil, domain.Edit{PrivateIntegrations: &off, Grace: &grace}); err != nil {
		t.Fatal(err)
	}
	facts, err := r.Store.AccountFacts(t.Context(), "acme", 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

func checkFacts(t *testing.T, r *rig.Rig, facts []fact.Fact, secrets []string) map[fact.Type]bool {
	t.Helper()
	seen := map[fact.Type]bool{}
	for _, f := range facts {
		seen[f.Type] = true
		detail := event.Of(f, r.Format).Text()
		check(t, detail)
		for _, secret := range secrets {
			if bytes.Contains(detail, []byte(secret)) || bytes.Contains(detail, []byte(f.Token)) && f.Token != "" {
				t.Errorf("%s tells more of a token than its hint", detail)
			}
		}
	}
	return seen
}

// reminders are of the clock alone.
var reminders = []fact.Type{
	fact.RotationUpcoming, fact.RotationDue, fact.RotationEnding, fact.OldTokenStillUsed, fact.ExpiryUpcoming, fact.IdleWarning,
}

// A type that ends what another begins is written without it, ".moved".
func TestAuditDocumentNamesEveryType(t *testing.T) {
	text, err := os.ReadFile("../../docs/audit.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "## What is in it")
	section, _, _ = strings.Cut(section, "\n## ")
	var named, want []string
	for _, row := range strings.Split(section, "\n") {
		cell, _, _ := strings.Cut(strings.TrimPrefix(row, "| "), " |")
		kind := ""
		for _, quoted := range regexp.MustCompile("`([a-z_.]+)`").FindAllStringSubmatch(cell, -1) {
			name := quoted[1]
			if before, _, whole := strings.Cut(name, "."); whole && before != "" {
				kind = before
			} else {
				name = kind + name
			}
			if strings.HasPrefix(row, "| ") {
				named = append(named, name)
			}
		}
	}
	for _, k := range event.Kinds {
		want = append(want, string(k.Type))
	}
	slices.Sort(named)
	slices.Sort(want)
	if diff := cmp.Diff(want, named); diff != "" {
		t.Errorf("docs/audit.md (-want +got):\n%s", diff)
	}
}
