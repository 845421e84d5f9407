package manage_test

import (
	"errors"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/rig"
)

// Retiring tokens count as well, dead ones and those of others do not.
func TestLivingTokensAreThoseThatGoOnWorking(t *testing.T) {
	r := rig.New(t)
	living := func() int {
		t.Helper()
		n, err := r.Manage.LivingTokens(t.Context(), rig.Admin("acme"), "acme")
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := living(); n != 0 {
		t.Errorf("%d tokens live in an empty account", n)
	}
	rotated, deleted := r.Create(t, "acme"), r.Create(t, "acme")
	r.Create(t, "globex")
	if n := living(); n != 2 {
		t.Errorf("%d tokens live, want 2", n)
	}
	rotation := integration.Rotation{Grace: integration.MinGrace}
	if _, err := r.Manage.Rotate(t.Context(), rig.Admin("acme"), rig.Target(rotated), rotation, manage.Idempotency{}); err != nil {
		t.Fatal(err)
	}
	if n := living(); n != 3 {
		t.Errorf("%d tokens live within a grace window, want 3", n)
	}
	if err := r.Manage.Delete(t.Context(), rig.Admin("acme"), rig.Target(deleted)); err != nil {
		t.Fatal(err)
	}
	r.Clock.Advance(integration.MinGrace - time.Millisecond)
	if n := living(); n != 2 {
		t.Errorf("%d tokens live at the end of the window, want 2", n)
	}
	r.Clock.Advance(time.Millisecond)
	if n := living(); n != 1 {
		t.Errorf("%d tokens live after the window, want 1", n)
	}
	if _, err := r.Manage.LivingTokens(t.Context(), rig.Staff("acme"), "acme"); !errors.Is(err, manage.ErrForbidden) {
		t.Errorf("staff: %v, want %v", err, manage.ErrForbidden)
	}
}
