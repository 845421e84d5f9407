package outbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/deliver"
	"github.com/private-integrations/private-integrations/pkg/notice"
)

// Folder is a folder of e-mails. One that is sent again is the same file.
type Folder struct {
	Path string
	From string // the sender's name
	Now  func() time.Time
}

var _ deliver.Mailer = (*Folder)(nil)

// Send writes an e-mail into the folder.
func (f *Folder) Send(_ context.Context, event string, to account.Member, m notice.Message) error {
	address, err := mail.ParseAddress(to.Email)
	if err != nil || address.Address != to.Email {
		return deliver.ErrAddress
	}
	text, err := f.write(event, to, m)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.Path, 0o700); err != nil {
		return err
	}
	path := filepath.Join(f.Path, url.QueryEscape(event+"-"+to.ID)+".eml")
	draft := path + ".new"
	return errors.Join(os.WriteFile(draft, text, 0o600), os.Rename(draft, path))
}

// write is the e-mail as RFC 5322 has it.
func (f *Folder) write(event string, to account.Member, m notice.Message) ([]byte, error) {
	var b, parts bytes.Buffer
	body := multipart.NewWriter(&parts)
	for _, part := range []struct{ kind, text string }{{"text/plain", m.Text}, {"text/html", m.HTML}} {
		w, err := body.CreatePart(textproto.MIMEHeader{
			"Content-Type": {part.kind + "; charset=utf-8"}, "Content-Transfer-Encoding": {"quoted-printable"},
		})
		if err != nil {
			return nil, err
		}
		q := quotedprintable.NewWriter(w)
		if _, err := q.Write([]byte(part.text)); err != nil {
			return nil, err
		}
		if err := q.Close(); err != nil {
			return nil, err
		}
	}
	if err := body.Close(); err != nil {
		return nil, err
	}
	from := mail.Address{Name: f.From, Address: "no-reply@localhost"}
	for _, h := range [][2]string{
		{"From", from.String()}, {"To", to.Email}, {"Subject", mime.QEncoding.Encode("utf-8", m.Subject)},
		{"Date", f.Now().Format(time.RFC1123Z)}, {"Message-ID", "<" + url.QueryEscape(event+"-"+to.ID) + "@localhost>"},
		{"Auto-Submitted", "auto-generated"}, {"X-Event-Id", event}, {"MIME-Version", "1.0"},
		{"Content-Type", "multipart/alternative; boundary=" + body.Boundary()},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("\r\n")
	b.Write(parts.Bytes())
	return b.Bytes(), nil
}
