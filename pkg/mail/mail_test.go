package mail_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/deliver"
	"github.com/private-integrations/private-integrations/pkg/mail"
	"github.com/private-integrations/private-integrations/pkg/notice"
)

var message = notice.Message{Subject: "Zeit für “Kasse”", Text: "text", HTML: "<p>html</p>"}

// serve is an SES that answers so, and keeps what it was sent.
func serve(t *testing.T, status int) (*mail.Sender, *[]map[string]any) {
	t.Helper()
	var sent []map[string]any
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method+r.URL.Path != "POST/v2/email/outbound-emails" {
			t.Errorf("called %s %s", r.Method, r.URL.Path)
		}
		body := map[string]any{}
		_ = json.NewDecoder(r.Body).Decode(&body)
		sent = append(sent, body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{"MessageId":"1"}`))
	}))
	t.Cleanup(server.Close)
	return mail.New(aws.Config{
		Region: "eu-central-1", BaseEndpoint: aws.String(server.URL),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	}, "Käse GmbH", "no-reply@acme.test"), &sent
}

func TestOneEmailGoesToOnePersonAsTextAndHTML(t *testing.T) {
	sender, sent := serve(t, 200)
	if err := sender.Send(t.Context(), "i.7", account.Member{Email: "ada@acme.test"}, message); err != nil {
		t.Fatal(err)
	}
	type object = map[string]any
	content := func(data string) object { return object{"Charset": "UTF-8", "Data": data} }
	want := []object{{
		"FromEmailAddress": "=?utf-8?q?K=C3=A4se_GmbH?= <no-reply@acme.test>",
		"Destination":      object{"ToAddresses": []any{"ada@acme.test"}},
		"Content": object{"Simple": object{
			"Subject": content(message.Subject),
			"Body":    object{"Text": content(message.Text), "Html": content(message.HTML)},
			"Headers": []any{object{"Name": "Auto-Submitted", "Value": "auto-generated"}, object{"Name": "X-Event-Id", "Value": "i.7"}},
		}},
	}}
	if diff := cmp.Diff(want, *sent); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFaultIsToldAndNotTriedAgainUnasked(t *testing.T) {
	sender, sent := serve(t, 500)
	if err := sender.Send(t.Context(), "i.7", account.Member{Email: "ada@acme.test"}, message); err == nil || len(*sent) != 1 {
		t.Errorf("%v after %d calls", err, len(*sent))
	}
}

func TestWhatIsNoAddressIsNeverSentTo(t *testing.T) {
	sender, sent := serve(t, 200)
	for _, email := range []string{"ada", "ada@acme.test, eve@evil.test", "Ada <ada@acme.test>", "ada@acme.test\r\nBcc: eve@evil.test", ""} {
		err := sender.Send(t.Context(), "i.7", account.Member{Email: email}, message)
		if !errors.Is(err, deliver.ErrAddress) || len(*sent) > 0 {
			t.Errorf("%q: %v", email, err)
		}
	}
}
