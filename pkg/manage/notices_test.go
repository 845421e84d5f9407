package manage_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/notice"
	"github.com/private-integrations/private-integrations/pkg/rig"
)

// noted keeps so many notices, one an hour, the newest an hour ago.
func noted(t *testing.T, r *rig.Rig, of string, count int) (ids []string) {
	t.Helper()
	for n := range count {
		one := notice.Notice{
			ID: fmt.Sprintf("i.%d", n), Type: fact.RotationDue, Account: of, Integration: "i", Title: "title",
			At: r.Clock.Now().Add(time.Duration(n-count) * time.Hour),
		}
		for range 2 { // the second is one that is there
			if err := r.Store.Note(t.Context(), one); err != nil {
				t.Fatal(err)
			}
		}
		ids = append([]string{one.ID}, ids...)
	}
	return ids
}

// pagesOf reads all pages of the notices.
func pagesOf(t *testing.T, r *rig.Rig, of string, limit int) (ids []string) {
	t.Helper()
	for after := ""; ; {
		page, next, err := r.Manage.Notices(t.Context(), rig.Admin(of), of, manage.Page{After: after, Limit: limit})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range page {
			ids = append(ids, n.ID)
		}
		if next == "" {
			return ids
		}
		if after = next; len(page) != limit {
			t.Errorf("a page of %d before the last, want %d", len(page), limit)
		}
	}
}

func TestNoticesAreListedNewestFirstOnceEach(t *testing.T) {
	r := rig.New(t)
	want := noted(t, r, "acme", 6)
	noted(t, r, "globex", 2)
	for _, limit := range []int{1, 2, 3, 5, 6, 7} {
		if diff := cmp.Diff(want, pagesOf(t, r, "acme", limit)); diff != "" {
			t.Errorf("%d a page (-want +got):\n%s", limit, diff)
		}
	}
}

func TestNoticeEndsByTheClockWhetherOrNotItWasRemoved(t *testing.T) {
	r := rig.New(t)
	want := noted(t, r, "acme", 2)
	r.Clock.Advance(notice.Age - 2*time.Hour - time.Millisecond)
	if diff := cmp.Diff(want, pagesOf(t, r, "acme", 10)); diff != "" {
		t.Errorf("a millisecond before (-want +got):\n%s", diff)
	}
	r.Clock.Advance(time.Millisecond)
	if diff := cmp.Diff(want[:1], pagesOf(t, r, "acme", 10)); diff != "" {
		t.Errorf("on it (-want +got):\n%s", diff)
	}
}

func TestNoticesAreForThoseWhoMayView(t *testing.T) {
	r := rig.New(t)
	noted(t, r, "acme", 1)
	staff := rig.Staff("acme")
	ask := func(c manage.Caller) error {
		_, _, err := r.Manage.Notices(t.Context(), c, "acme", manage.Page{Limit: 1})
		return err
	}
	if err := ask(rig.Admin("globex")); !errors.Is(err, integration.ErrNotFound) {
		t.Errorf("another account's admin: %v", err)
	}
	if err := ask(staff); !errors.Is(err, manage.ErrForbidden) {
		t.Errorf("staff: %v", err)
	}
	for permission, want := range map[account.Permission]error{account.None: manage.ErrForbidden, account.View: nil, account.Manage: nil} {
		id := account.MemberID(staff.Issuer, staff.ID)
		if _, err := r.Manage.SetPermission(t.Context(), rig.Admin("acme"), "acme", id, permission); err != nil {
			t.Fatal(err)
		}
		if err := ask(staff); !errors.Is(err, want) {
			t.Errorf("with %s: %v", permission, err)
		}
	}
}
