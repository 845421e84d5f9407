// Package mail sends e-mails by Amazon SES.
package mail

import (
	"context"
	"fmt"
	"net/mail"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/deliver"
	"github.com/private-integrations/private-integrations/pkg/notice"
)

// Sender sends from one address. Safe for concurrent use.
type Sender struct {
	client *sesv2.Client
	from   *string
}

var _ deliver.Mailer = (*Sender)(nil)

// New sends from an address, under a name.
func New(cfg aws.Config, name, address string) *Sender {
	from := mail.Address{Name: name, Address: address}
	return &Sender{sesv2.NewFromConfig(cfg, func(o *sesv2.Options) {
		// SES has no way to tell a repetition from a second e-mail. What is tried
		// again is up to whoever remembers who was told.
		o.RetryMaxAttempts = 1
	}), aws.String(from.String())}
}

const charset = "UTF-8"

// Send sends a message to one member.
func (s *Sender) Send(ctx context.Context, event string, to account.Member, m notice.Message) error {
	content := func(text string) *types.Content {
		return &types.Content{Charset: aws.String(charset), Data: aws.String(text)}
	}
	address, err := mail.ParseAddress(to.Email)
	if err != nil || address.Address != to.Email {
		return deliver.ErrAddress
	}
	_, err = s.client.SendEmail(ctx, &sesv2.SendEmailInput{
		FromEmailAddress: s.from,
		Destination:      &types.Destination{ToAddresses: []string{to.Email}},
		Content: &types.EmailContent{Simple: &types.Message{
			Subject: content(m.Subject),
			Body:    &types.Body{Text: content(m.Text), Html: content(m.HTML)},
			Headers: []types.MessageHeader{
				{Name: aws.String("Auto-Submitted"), Value: aws.String("auto-generated")}, // RFC 3834: no answer from absent people
				{Name: aws.String("X-Event-Id"), Value: aws.String(event)},
			},
		}},
	})
	if err != nil {
		return fmt.Errorf("send by SES: %w", err)
	}
	return nil
}
