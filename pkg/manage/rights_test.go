package manage_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/rig"
	"github.com/private-integrations/private-integrations/pkg/storetest"
)

var (
	atOnce = integration.Rotation{}
	later  = integration.Rotation{Grace: time.Hour}
	never  = manage.Idempotency{} // no key
)

// method is one thing that a caller asks for of an integration.
type method struct {
	name string
	call func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error
}

// onOne are the methods on one integration, onAccount those on an account.
var (
	onOne = []method{
		{"get", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
			_, err := s.Get(ctx, c, t.Account, t.ID)
			return err
		}},
		{"usage", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
			_, err := s.Usage(ctx, c, t.Account, t.ID, 30)
			return err
		}},
		{"advice", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
			_, err := s.Advice(ctx, c, t.Account, t.ID, nil)
			return err
		}},
		{"events", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
			_, err := s.Events(ctx, c, t.Account, t.ID, 0, 10)
			return err
		}},
		{"rotation", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
			_, err := s.Rotation(ctx, c, t.Account, t.ID)
			if errors.Is(err, integration.ErrNoRotation) {
				return nil // got past the rights
			}
			return err
		}},
		{"edit", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
			name := "Till"
			_, err := s.Edit(ctx, c, t, integration.Edit{Name: &name})
			return err
		}},
		{"rotate", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
			_, err := s.Rotate(ctx, c, t, later, never)
			return err
		}},
		{"move", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
			_, err := s.MoveWindow(ctx, c, t, rig.Start.Add(2*time.Hour))
			return err
		}},
		{"cancel", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
			_, err := s.Cancel(ctx, c, t, true)
			return err
		}},
		{"rotate with a key", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
			_, err := s.Rotate(ctx, c, t, later, manage.Idempotency{Key: "k", Fingerprint: "body"})
			return err
		}},
		{"complete", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
			_, err := s.Complete(ctx, c, t)
			return err
		}},
		{"set expiry", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
			_, err := s.SetExpiry(ctx, c, t, rig.Start.Add(week))
			return err
		}},
		{"clear expiry", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
			_, err := s.SetExpiry(ctx, c, t, time.Time{})
			return err
		}},
		{"expire", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
			_, err := s.Expire(ctx, c, t)
			return err
		}},
		{"delete", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
			return s.Delete(ctx, c, t)
		}},
	}
	onAccount = []method{
		{"create", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
			_, err := s.Create(ctx, c, integration.New{Account: t.Account, Name: "Shop", Scopes: []string{rig.Readonly}}, never)
			return err
		}},
		{"list", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
			_, _, err := s.List(ctx, c, t.Account, manage.Filter{}, manage.Page{Limit: 10})
			return err
		}},
		{"notices", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
			_, _, err := s.Notices(ctx, c, t.Account, manage.Page{Limit: 10})
			return err
		}},
		{"lookup", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
			_, err := s.Lookup(ctx, c, t.Account, "no token")
			if invalid := (*integration.Invalid)(nil); errors.As(err, &invalid) {
				return nil // got past the rights
			}
			return err
		}},
	}
)

// viewing are the methods that need no more than the right to view.
var viewing = []string{"get", "usage", "advice", "events", "rotation", "list", "notices", "lookup"}

func isViewing(m method) bool { return slices.Contains(viewing, m.name) }

// only keeps the methods for which keep is true.
func only(methods []method, keep func(method) bool) []method {
	return slices.DeleteFunc(slices.Clone(methods), func(m method) bool { return !keep(m) })
}

// onPeople are the methods for an account's admins. The target names no member.
var onPeople = []method{
	{"members", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
		_, err := s.Members(ctx, c, t.Account)
		return err
	}},
	{"member", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
		_, err := s.Member(ctx, c, t.Account, account.MemberID(c.Issuer, c.ID))
		return err
	}},
	{"set permission", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
		_, err := s.SetPermission(ctx, c, t.Account, account.MemberID(c.Issuer, c.ID), account.Manage)
		return err
	}},
	{"settings", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
		_, err := s.Settings(ctx, c, t.Account)
		return err
	}},
	{"set settings", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
		grace := 2 * time.Hour
		_, err := s.SetSettings(ctx, c, t.Account, nil, account.Edit{Grace: &grace})
		return err
	}},
	{"account events", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
		_, err := s.AccountEvents(ctx, c, t.Account, 0, 10)
		return err
	}},
	{"audit", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
		_, _, err := s.Audit(ctx, c, t.Account, manage.AuditFilter{}, manage.Page{Limit: 10})
		return err
	}},
	{"audit of one", func(ctx context.Context, s *manage.Service, c manage.Caller, t manage.Target) error {
		_, _, err := s.Audit(ctx, c, t.Account, manage.AuditFilter{Integration: t.ID}, manage.Page{Limit: 10})
		return err
	}},
}

// answers holds what methods answer to a caller.
func answers(t *testing.T, r *rig.Rig, methods []method, c manage.Caller, target manage.Target, want error) {
	t.Helper()
	for _, m := range methods {
		if err := m.call(t.Context(), r.Manage, c, target); err != want { //nolint:errorlint // nothing may be wrapped around it
			t.Errorf("%s of %+v by %s: %v, want %v", m.name, target, c.Email, err, want)
		}
	}
}

func TestAdminsMayDoEverythingInTheirAccount(t *testing.T) {
	r := rig.New(t)
	target := rig.Target(r.Create(t, "acme"))
	answers(t, r, onAccount, rig.Admin("acme"), target, nil)
	answers(t, r, onOne, rig.Admin("acme"), target, nil)
	answers(t, r, onPeople, rig.Admin("acme"), target, nil)
	again := only(onOne, func(m method) bool { return m.name != "rotate with a key" }) // that is answered as before
	answers(t, r, again, rig.Admin("acme"), target, integration.ErrNotFound)
	storetest.CheckWhole(t, r.Store, "acme", target.ID)
}

func TestOthersMayDoNothing(t *testing.T) {
	r := rig.New(t)
	issued := r.Create(t, "acme")
	foreign := r.Create(t, "globex")
	ofAcme, misplaced, unknown := rig.Target(issued), manage.Target{Account: "globex", ID: issued.ID}, manage.Target{Account: "globex", ID: "01JZ0000000000000000000000"}
	for _, methods := range [][]method{onAccount, onOne, onPeople} {
		answers(t, r, methods, rig.Staff("acme"), ofAcme, manage.ErrForbidden)
		answers(t, r, methods, rig.Admin("globex"), ofAcme, integration.ErrNotFound)
		answers(t, r, methods, rig.Staff("globex"), ofAcme, integration.ErrNotFound)
		answers(t, r, methods, manage.Caller{}, ofAcme, integration.ErrNotFound)
		answers(t, r, methods, rig.Admin("acme"), manage.Target{}, integration.ErrNotFound)
		visitor := rig.Admin("acme")
		visitor.Roles = map[string]account.Role{"acme": "visitor"}
		answers(t, r, methods, visitor, ofAcme, manage.ErrForbidden)
	}
	answers(t, r, onOne, rig.Admin("globex"), misplaced, integration.ErrNotFound)
	answers(t, r, onOne, rig.Admin("globex"), unknown, integration.ErrNotFound)
	answers(t, r, onOne, rig.Admin("globex"), manage.Target{Account: "globex", ID: "no id"}, integration.ErrNotFound)
	for _, i := range []manage.Issued{issued, foreign} {
		if after := storetest.CheckWhole(t, r.Store, i.Account, i.ID); after.Seq != i.Seq {
			t.Errorf("%d facts, want %d", after.Seq, i.Seq)
		}
		if _, err := r.Authorizer.Authorize(t.Context(), rig.Get(i.Token.Reveal())); err != nil {
			t.Errorf("the token of %s: %v", i.Account, err)
		}
	}
}

func TestRoleInOneAccountIsNoneInAnother(t *testing.T) {
	r := rig.New(t)
	acme, globex := r.Create(t, "acme"), r.Create(t, "globex")
	agency := rig.Admin("acme")
	agency.Roles = map[string]account.Role{"acme": account.RoleAdmin, "globex": account.RoleStaff}
	answers(t, r, onOne, agency, rig.Target(globex), manage.ErrForbidden)
	answers(t, r, onOne, agency, rig.Target(acme), nil)
}
