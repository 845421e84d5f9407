package deliver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/event"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/notice"
)

// Store knows what and whom events are about, and remembers who was told.
type Store interface {
	// Integration reads one, a deleted one too. Error: integration.ErrNotFound.
	Integration(ctx context.Context, account, id string) (integration.Integration, error)
	// Members reads all members of an account.
	Members(ctx context.Context, account string) ([]account.Member, error)
	// Note keeps a notice for the account's list. One that is there already stays
	// as it is.
	Note(ctx context.Context, n notice.Notice) error
	// Claim reserves it, from now on for a while, to tell a member of what
	// notice.Mailed names. Errors: notice.ErrTold, notice.ErrClaimed.
	Claim(ctx context.Context, event, member string, now time.Time) error
	// Told notes that a member was told.
	Told(ctx context.Context, event, member string, now time.Time) error
	// Release gives back the claim that was made at an instant.
	Release(ctx context.Context, event, member string, claimed time.Time) error
}

// ErrAddress means that what a sign-in tells as somebody's e-mail address is none.
var ErrAddress = errors.New("is no e-mail address")

// Mailer sends e-mails.
type Mailer interface {
	// Send sends a message about an event to one member. The error says that it
	// was not sent, or that nobody knows whether it was; [ErrAddress] says that it
	// never can be.
	Send(ctx context.Context, event string, to account.Member, m notice.Message) error
}

// Notifier tells people.
type Notifier struct {
	Store      Store
	Mailer     Mailer // nil: notices are listed, and nothing is sent
	Letterhead notice.Letterhead
	Now        func() time.Time
}

// Notify tells the managers of an account of an event, if it is one that people
// are told of. Each is told once, however often it is asked for; should the
// program die between sending and noting so, that one is told again. An error
// means that it has to be asked for again: somebody may not have been told,
// which keeps nobody else from being told.
func (n *Notifier) Notify(ctx context.Context, e event.Event) error {
	if _, any := notice.Of(e, notice.Subject{}); !any {
		return nil
	}
	subject, err := n.subject(ctx, e)
	if err != nil {
		return fmt.Errorf("tell of %s: %w", e.ID, err)
	}
	told, _ := notice.Of(e, subject)
	if err := n.Store.Note(ctx, told); err != nil {
		return fmt.Errorf("note %s: %w", e.ID, err)
	}
	if n.Mailer == nil {
		return nil
	}
	members, err := n.Store.Members(ctx, e.Account)
	if err != nil {
		return fmt.Errorf("tell of %s: %w", e.ID, err)
	}
	message, once := told.Message(n.Letterhead), notice.Mailed(e)
	var failed []error
	for _, m := range members {
		if m.Permission() != account.Manage || m.Email == "" {
			continue
		}
		if err := n.mail(ctx, e.ID, once, m, message); err != nil {
			failed = append(failed, fmt.Errorf("tell member %s of %s: %w", m.ID, e.ID, err))
		}
	}
	return errors.Join(failed...)
}

// subject is what an event is about; nothing where it is the account itself.
func (n *Notifier) subject(ctx context.Context, e event.Event) (notice.Subject, error) {
	if e.Integration == "" {
		return notice.Subject{}, nil
	}
	i, err := n.Store.Integration(ctx, e.Account, e.Integration)
	return notice.Subject{Name: i.Name, Deleted: i.Deleted()}, err
}

// mail sends a message about an event unless one was sent of what once names.
// What has to be noted afterwards is, even if the time that was given for all is
// over.
func (n *Notifier) mail(ctx context.Context, event, once string, to account.Member, m notice.Message) error {
	claimed := integration.Instant(n.Now())
	err := n.Store.Claim(ctx, once, to.ID, claimed)
	if errors.Is(err, notice.ErrTold) {
		return nil
	}
	if err != nil {
		return err
	}
	after := context.WithoutCancel(ctx)
	if err := n.Mailer.Send(ctx, event, to, m); err != nil && !errors.Is(err, ErrAddress) {
		return errors.Join(err, n.Store.Release(after, once, to.ID, claimed))
	}
	return n.Store.Told(after, once, to.ID, n.Now())
}
