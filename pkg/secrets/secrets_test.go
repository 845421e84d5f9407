package secrets

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/private-integrations/private-integrations/pkg/keyring"
)

// manager is a Secrets Manager that answers GetSecretValue with a status and a
// body (AWS JSON 1.1), and keeps what it was asked.
type manager struct {
	status int
	body   string
	asked  []string
}

func (m *manager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Header.Get("X-Amz-Target") != "secretsmanager.GetSecretValue" ||
		!strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ") {
		http.Error(w, "no signed GetSecretValue", http.StatusBadRequest)
		return
	}
	m.asked = append(m.asked, string(body))
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(m.status)
	_, _ = io.WriteString(w, m.body)
}

// holding is the answer that a secret holds text.
func holding(text string) string {
	b, err := json.Marshal(map[string]any{"Name": "pepper", "SecretString": text, "VersionStages": []string{"AWSCURRENT"}})
	if err != nil {
		panic(err) // a map of strings
	}
	return string(b)
}

func source(t *testing.T, m *manager) keyring.Source {
	t.Helper()
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	return Source(aws.Config{
		Region: "eu-central-1", BaseEndpoint: aws.String(server.URL),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	}, "pepper")
}

func TestSourceReadsTheCurrentTextAnewEachTime(t *testing.T) {
	m := &manager{status: 200}
	read := source(t, m)
	for _, want := range []string{`{"current": 1}`, "", "zoë\n"} {
		m.body = holding(want)
		got, err := read(t.Context())
		if err != nil || string(got) != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
	if want := `{"SecretId":"pepper"}`; len(m.asked) != 3 || m.asked[0] != want {
		t.Errorf("asked %q, want %q each time", m.asked, want)
	}
}

func TestSourceSaysWhichSecretCouldNotBeReadAndWhy(t *testing.T) {
	m := &manager{status: 200, body: `{"Name": "pepper", "SecretBinary": "AAAA"}`}
	if _, err := source(t, m)(t.Context()); err == nil || !strings.Contains(err.Error(), "read secret pepper: it holds bytes") {
		t.Errorf("bytes: %v", err)
	}
	m = &manager{status: 400, body: `{"__type": "ResourceNotFoundException", "Message": "no such secret"}`}
	_, err := source(t, m)(t.Context())
	if !errors.As(err, new(*types.ResourceNotFoundException)) || !strings.Contains(err.Error(), "read secret pepper") {
		t.Errorf("missing: %v", err)
	}
}

func TestRingReadsItsKeysFromTheSecret(t *testing.T) {
	m := &manager{status: 200, body: holding(`{"current": 2, "keys": {"1": "b25l", "2": "dHdv"}}`)}
	ring := keyring.New(source(t, m), func(key []byte) (string, error) { return string(key), nil }, time.Now)
	if version, key, err := ring.Current(t.Context()); version != 2 || key != "two" || err != nil {
		t.Errorf("current: %d, %q, %v", version, key, err)
	}
	if key, err := ring.Key(t.Context(), 1); key != "one" || err != nil {
		t.Errorf("version 1: %q, %v", key, err)
	}
	if len(m.asked) != 1 {
		t.Errorf("asked %d times", len(m.asked))
	}
}
