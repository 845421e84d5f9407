package authorize_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/authorize"
	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/scope"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// memory holds one token, so that nothing but the logic is measured.
type memory struct{ credential integration.Credential }

func (m memory) Credential(context.Context, token.ID) (integration.Credential, error) {
	return m.credential, nil
}

func (memory) MarkUsed(context.Context, token.ID, time.Time) error { return nil }

// logic is an authorizer without I/O for an API of 600 operations, and a
// request that it lets through.
func logic(t testing.TB) (*authorize.Authorizer, authorize.Request) {
	t.Helper()
	r := rig.New(t)
	var (
		scopes     []catalog.Scope
		operations []catalog.Operation
	)
	for group := range 60 {
		for _, access := range []string{"readonly", "write"} {
			name := fmt.Sprintf("group%02d.%s", group, access)
			scopes = append(scopes, catalog.Scope{Name: name})
			for part := range 5 {
				operations = append(operations, catalog.Operation{
					Method: map[string]string{"readonly": "GET", "write": "PUT"}[access],
					Path:   fmt.Sprintf("/group%02d/{groupId}/part%d/{partId}", group, part), Requirement: []scope.Set{scope.NewSet(name)},
				})
			}
		}
	}
	c, err := catalog.New(scopes, operations)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Operations) != 600 {
		t.Fatalf("%d operations", len(c.Operations))
	}
	version, pepper, err := r.Peppers.Current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	minted := r.Format.Mint(entropy(1, 1))
	tokens := memory{integration.Credential{
		ID: minted.ID(), Account: "acme", Integration: "i1", Scopes: scope.NewSet("group07.readonly", "group42.readonly", "group42.write"),
		MAC: pepper.MAC(minted), PepperVersion: version, CreatedAt: rig.Start, FirstUsedAt: rig.Start,
	}}
	request := authorize.Request{Method: "GET", Path: "/group42/0123456789/part3/9876543210", Credentials: []string{"Bearer " + minted.Reveal()}}
	return authorize.New(r.Format, tokens, r.Peppers, c, nil, r.Clock.Now), request
}

// BenchmarkTokenLogic is parsing, checksum, MAC, route among 600 operations and
// scopes. Goal: 1 µs, 3 allocations.
func BenchmarkTokenLogic(b *testing.B) {
	authorizer, request := logic(b)
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := authorizer.Authorize(ctx, request); err != nil {
			b.Fatal(err)
		}
	}
}
