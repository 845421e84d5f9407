package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
)

// teller does the steps of a story and prints them.
type teller struct {
	out             io.Writer
	management, api string // addresses
	jwt             string
	known           []string // pairs for a strings.Replacer: what {id}, {first}, … stand for
	tokens          int
}

// ordinals name the tokens of the story.
var ordinals = []string{"{first}", "{second}", "{third}", "{fourth}"}

func (t *teller) tell(ctx context.Context, story []step) error {
	_, jwt, err := t.send(ctx, http.MethodGet, t.management+"/dev/token?user=admin@acme.test", "", "")
	if err != nil {
		return err
	}
	t.jwt = string(jwt)
	for n, s := range story {
		if err := t.step(ctx, n+1, s); err != nil {
			return fmt.Errorf("step %d, %s: %w", n+1, s.do, err)
		}
	}
	return nil
}

// step does one step, prints it and fails unless it was answered as it should.
func (t *teller) step(ctx context.Context, number int, s step) error {
	names := strings.NewReplacer(t.known...)
	method, path, _ := strings.Cut(names.Replace(s.do), " ")
	body, credential := names.Replace(s.body), names.Replace(s.with)
	address := t.api
	if strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/dev/") {
		address, credential = t.management, "Bearer "+t.jwt
	}
	status, answer, err := t.send(ctx, method, address+path, body, credential)
	if err != nil {
		return err
	}
	t.print("\n%d. %s\n\n   > %s %s\n", number, s.say, method, path)
	if s.with != "" {
		t.print("   > Authorization: %s\n", credential)
	}
	if body != "" {
		t.print("   > %s\n", body)
	}
	t.print("   < %d %s\n", status, http.StatusText(status))
	if len(answer) > 0 {
		t.print("   < %s\n", indent(answer))
	}
	if status != s.status {
		return fmt.Errorf("answered %d, not %d", status, s.status)
	}
	return t.learn(answer)
}

func (t *teller) send(ctx context.Context, method, url, body, credential string) (status int, answer []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	if credential != "" {
		r.Header.Set("Authorization", credential)
	}
	r.Header.Set("Version", "2021-07-28")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// learn keeps the id and the token of an answer for later steps.
func (t *teller) learn(answer []byte) error {
	var issued struct {
		Integration struct {
			ID string `json:"id"`
		} `json:"integration"`
		Token any `json:"token"`
	}
	if len(answer) == 0 || json.Unmarshal(answer, &issued) != nil {
		return nil
	}
	text, isToken := issued.Token.(string)
	if !isToken {
		return nil
	}
	if t.tokens == len(ordinals) {
		return fmt.Errorf("more tokens than names for them")
	}
	t.known = append(t.known, "{id}", issued.Integration.ID, ordinals[t.tokens], text)
	t.tokens++
	return nil
}

// secret finds the part of a token that is nobody else's business, though the
// tokens of the demo die with it.
var secret = regexp.MustCompile(`(pit_[0-9A-Za-z]{6})[0-9A-Za-z]{16}_[0-9A-Za-z]{49}`)

func (t *teller) print(format string, args ...any) {
	text := secret.ReplaceAllString(fmt.Sprintf(format, args...), "$1…")
	_, _ = io.WriteString(t.out, text)
}

func indent(answer []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, bytes.TrimSpace(answer), "   < ", "  ") != nil {
		return string(answer)
	}
	return b.String()
}
