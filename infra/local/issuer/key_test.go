package issuer_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/infra/local/issuer"
)

const testURL = "http://localhost:8080/dev/oidc"

// jwks fetches the published keys.
func jwks(t *testing.T, is *issuer.Issuer) (status int, body string) {
	t.Helper()
	recorder := httptest.NewRecorder()
	is.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, testURL+"/jwks", nil))
	return recorder.Code, recorder.Body.String()
}

func TestKeyIsMadeAtFirstNeedAndSurvivesARestart(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "issuer.pem")
	first := newIssuer(t, testURL, file, time.Now)
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Fatalf("a key before its first need: %v", err)
	}
	_, before := jwks(t, first)
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	_, after := jwks(t, newIssuer(t, testURL, file, time.Now))
	if before != after {
		t.Errorf("keys before and after a restart:\n%s\n%s", before, after)
	}
	if entries, _ := os.ReadDir(folder); len(entries) != 1 {
		t.Errorf("left beside the key: %v", entries)
	}
}

func TestKeyIDIsTheThumbprintAndPrivatePartsStayHome(t *testing.T) {
	is := newIssuer(t, testURL, filepath.Join(t.TempDir(), "issuer.pem"), time.Now)
	_, body := jwks(t, is)
	var set struct{ Keys []map[string]string }
	if err := json.Unmarshal([]byte(body), &set); err != nil || len(set.Keys) != 1 {
		t.Fatalf("%v in %s", err, body)
	}
	key := set.Keys[0]
	// RFC 7638, section 3: the required members in lexicographic order.
	sum := sha256.Sum256([]byte(`{"e":"` + key["e"] + `","kty":"RSA","n":"` + key["n"] + `"}`))
	kid := base64.RawURLEncoding.EncodeToString(sum[:])
	if key["kid"] != kid || key["alg"] != "RS256" || key["use"] != "sig" || len(key) != 6 {
		t.Errorf("published %v, want kid %s", key, kid)
	}
	if modulus, err := base64.RawURLEncoding.DecodeString(key["n"]); err != nil || len(modulus) != 256 {
		t.Errorf("modulus of %d bytes, %v", len(modulus), err)
	}

	token, err := is.Token("admin@acme.test")
	if err != nil {
		t.Fatal(err)
	}
	header, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[0])
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"alg":"RS256","kid":"` + kid + `","typ":"JWT"}`; string(header) != want {
		t.Errorf("header %s, want %s", header, want)
	}
}

func TestConcurrentFirstUsesMakeOneKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "issuer.pem")
	// Two issuers on one file are as two processes: no lock is between them.
	issuers := []*issuer.Issuer{newIssuer(t, testURL, file, time.Now), newIssuer(t, testURL, file, time.Now)}
	answers := make([]string, 8)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { _, answers[i] = jwks(t, issuers[i%2]) })
	}
	all.Wait()
	for _, answer := range answers {
		if answer != answers[0] || !strings.Contains(answer, "kid") {
			t.Errorf("one answered\n%s\nanother\n%s", answers[0], answer)
		}
	}
}

func pkcs8(t *testing.T, key any, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func TestUnfitKeyFileIsNamedAndLeftAlone(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	weak := pkcs8(t, small, err)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	other := pkcs8(t, curve, err)
	large, err := rsa.GenerateKey(rand.Reader, 2048)
	good := pkcs8(t, large, err)
	for name, c := range map[string]struct {
		content []byte
		mode    os.FileMode
		advice  string
	}{
		"empty":                   {nil, 0o600, "restore it, or delete it"},
		"no PEM":                  {[]byte("hello\n"), 0o600, "restore it, or delete it"},
		"truncated":               {good[:len(good)/2], 0o600, "restore it, or delete it"},
		"PEM of garbage":          {pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}), 0o600, "restore it, or delete it"},
		"key of another kind":     {other, 0o600, "restore it, or delete it"},
		"key that is too short":   {weak, 0o600, "restore it, or delete it"},
		"readable by everybody":   {good, 0o644, "chmod 600"},
		"readable by the group":   {good, 0o640, "chmod 600"},
		"writable by others only": {good, 0o602, "chmod 600"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "issuer.pem")
			if err := os.WriteFile(file, c.content, c.mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(file, c.mode); err != nil { // whatever the umask is
				t.Fatal(err)
			}
			is := newIssuer(t, testURL, file, time.Now)
			_, err := is.Token("admin@acme.test")
			if err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), c.advice) {
				t.Errorf("error %v", err)
			}
			if status, body := jwks(t, is); status != http.StatusInternalServerError || strings.Contains(body, file) {
				t.Errorf("JWKS %d %s", status, body)
			}
			if left, err := os.ReadFile(file); err != nil || !bytes.Equal(left, c.content) {
				t.Errorf("file is %q, %v", left, err)
			}

			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			if _, err := is.Token("admin@acme.test"); err != nil {
				t.Errorf("after following the advice: %v", err)
			}
		})
	}
}

func TestMissingFolderIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "missing", "issuer.pem")
	if _, err := newIssuer(t, testURL, file, time.Now).Token("admin@acme.test"); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("error %v", err)
	}
}
