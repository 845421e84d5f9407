package token_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/pkg/token"
)

// holders are values that someone could print, log or marshal with a token
// somewhere in them.
func holders(t token.Token) map[string]any {
	type exported struct{ Token token.Token }
	type pointer struct{ Token *token.Token }
	type unexported struct{ token token.Token }
	type hidden struct{ token *token.Token }
	type embedded struct{ token.Token }
	type deep struct{ Inner struct{ inner []unexported } }
	d := deep{}
	d.Inner.inner = []unexported{{t}}
	return map[string]any{
		"a token":               t,
		"a pointer":             &t,
		"a struct":              exported{t},
		"a pointer to a struct": &exported{t},
		"a struct of a pointer": pointer{&t},
		"an unexported field":   unexported{t},
		"a hidden pointer":      hidden{&t},
		"a pointer to hidden":   &unexported{t},
		"an embedded token":     embedded{t},
		"deep inside":           d,
		"a slice":               []token.Token{t},
		"an array":              [1]token.Token{t},
		"a slice of pointers":   []*token.Token{&t},
		"a map":                 map[string]token.Token{"token": t},
		"a key of a map":        map[token.Token]int{t: 1},
		"any":                   []any{t, &t, unexported{t}},
		"an error":              fmt.Errorf("use %v: %w", t, errors.New("it failed")),
	}
}

// checkRedacted refuses any five characters of the secret or the checksum, as
// they are, in hex or as decimal bytes.
func checkRedacted(t *testing.T, secret, where, output string) {
	t.Helper()
	for i := range len(secret) - 5 {
		part := []byte(secret[i : i+5])
		decimal := strings.Trim(fmt.Sprint(part), "[]")
		for _, form := range []string{string(part), hex.EncodeToString(part), decimal, strings.ReplaceAll(decimal, " ", ",")} {
			if strings.Contains(strings.ToLower(output), strings.ToLower(form)) {
				t.Fatalf("%s holds %q of the secret: %s", where, form, output)
			}
		}
	}
}

func redactedSample(t *testing.T) (sample token.Token, secret string) {
	t.Helper()
	v := readVectors(t).Good[1]
	sample, err := format(t, v.Prefix).Parse(v.Token)
	if err != nil {
		t.Fatal(err)
	}
	return sample, v.Token[len(v.Prefix)+24:]
}

func TestTokensDontPrint(t *testing.T) {
	sample, secret := redactedSample(t)
	for name, holder := range holders(sample) {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%#x", "%d", "%c", "%U", "%b", "%t", "%g", "%p", "%T", "%w", "%100.3v"} {
			checkRedacted(t, secret, name+" by "+verb, fmt.Sprintf(verb, holder))
		}
		checkRedacted(t, secret, name+" by Sprint", fmt.Sprint(holder)+fmt.Sprintln(holder))
	}
	for _, text := range []string{sample.String(), sample.GoString(), fmt.Sprint(sample), fmt.Sprintf("%x", &sample), fmt.Sprintf("%#v", sample)} {
		if text != "[redacted]" {
			t.Errorf("%q, want [redacted]", text)
		}
	}
}

func TestTokensDontMarshal(t *testing.T) {
	sample, secret := redactedSample(t)
	for name, holder := range holders(sample) {
		b, err := json.Marshal(holder)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		checkRedacted(t, secret, name+" in JSON", string(b))
		if b, err := xml.Marshal(holder); err == nil {
			checkRedacted(t, secret, name+" in XML", string(b))
		}
	}
	if b, err := json.Marshal(map[string]any{"token": sample}); err != nil || string(b) != `{"token":"[redacted]"}` {
		t.Errorf("%s, %v", b, err)
	}
	if b, err := sample.MarshalText(); err != nil || string(b) != "[redacted]" {
		t.Errorf("%s, %v", b, err)
	}
}

func TestTokensDontReachLogs(t *testing.T) {
	sample, secret := redactedSample(t)
	var output bytes.Buffer
	options := &slog.HandlerOptions{Level: slog.LevelDebug}
	for name, handler := range map[string]slog.Handler{
		"JSON": slog.NewJSONHandler(&output, options), "text": slog.NewTextHandler(&output, options),
	} {
		logger := slog.New(handler)
		for holderName, holder := range holders(sample) {
			output.Reset()
			logger.With("with", holder).WithGroup("group").Info("message", "key", holder, slog.Group("inner", "key", holder))
			logger.LogAttrs(context.Background(), slog.LevelError, fmt.Sprint(holder), slog.Any("any", holder))
			checkRedacted(t, secret, holderName+" in the "+name+" log", output.String())
		}
	}
	output.Reset()
	log.New(&output, "", 0).Print(sample, &sample)
	if got := output.String(); got != "[redacted] [redacted]\n" {
		t.Errorf("log: %q", got)
	}
}
