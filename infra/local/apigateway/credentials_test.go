package apigateway

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/gateway"
)

// static is an answer without what differs from one request to the next.
func (a answer) static() (header http.Header, body string) {
	id := a.Header.Get("x-amzn-RequestId")
	header = a.Header.Clone()
	header.Del("Date")
	header.Del("x-amzn-RequestId")
	return header, strings.ReplaceAll(a.Text, id, "<id>")
}

// swapCase changes the letter case of every letter.
func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		if lower := strings.ToLower(string(r)); lower != string(r) {
			return []rune(lower)[0]
		}
		return []rune(strings.ToUpper(string(r)))[0]
	}, s)
}

// A request is refused alike whatever is wrong with its credential, and costs
// as many reads as the row says.
func TestEveryBadCredentialGetsTheOneStatic401(t *testing.T) {
	w := newWorld(t)
	b := newBackend(t)
	a := serve(t, NewREST(w.rest(b.upstream(t))))
	scopes := []string{"contacts.readonly", "contacts.write"}
	m := w.create(scopes...)

	unknown, _ := w.mint([48]byte{7})
	stolen := m.entropy // the id of a living token with another secret
	stolen[47]++
	guessed, _ := w.mint(stolen)
	expired := w.createUntil(w.now().Add(time.Hour), scopes...)
	due := w.createUntil(w.now().Add(time.Hour+time.Millisecond), scopes...)
	rotated := w.create(scopes...)
	w.rotate(rotated.of, 0)
	deleted := w.create(scopes...)
	w.commit(deleted.of.Delete(actor, w.now()), nil)
	revoked := w.create(scopes...)
	w.commit(revoked.of.Expire(actor, w.now()))
	w.advance(time.Hour + time.Millisecond) // now is due's deadline, and 1 ms after expired's

	last := m.text[len(m.text)-1:]
	typo := m.text[:len(m.text)-1] + swapCase(last)
	if typo == m.text {
		typo = m.text[:len(m.text)-1] + string(rune(last[0]^1))
	}
	var wantHeader http.Header
	var wantBody string
	for _, row := range []struct {
		name   string
		reads  int64
		header []string
	}{
		{"no Authorization", 0, nil},
		{"empty", 0, []string{"Authorization:"}},
		{"spaces only", 0, []string{"Authorization:      "}},
		{"tab only", 0, []string{"Authorization: \t"}},
		{"scheme only", 0, []string{"Authorization: Bearer"}},
		{"scheme and spaces", 0, []string{"Authorization: Bearer    "}},
		{"Basic", 0, []string{"Authorization: Basic " + m.text}},
		{"Token", 0, []string{"Authorization: Token " + m.text}},
		{"Digest", 0, []string{"Authorization: Digest " + m.text}},
		{"scheme twice", 0, []string{"Authorization: Bearer Bearer " + m.text}},
		{"scheme run together", 0, []string{"Authorization: Bearer" + m.text}},
		{"scheme with a colon", 0, []string{"Authorization: Bearer: " + m.text}},
		{"scheme and tab", 0, []string{"Authorization: Bearer\t" + m.text}},
		{"quoted", 0, []string{`Authorization: Bearer "` + m.text + `"`}},
		{"more after it", 0, []string{bearer(m.text) + " x"}},
		{"comma and another", 0, []string{bearer(m.text) + ", Bearer " + m.text}},
		{"semicolon after it", 0, []string{bearer(m.text) + ";"}},
		{"zero width space", 0, []string{bearer("\u200b" + m.text)}},
		{"other prefix", 0, []string{bearer("abc" + m.text[3:])}},
		{"upper-case prefix", 0, []string{bearer("PIT" + m.text[3:])}},
		{"letters of another case", 0, []string{bearer(m.text[:4] + swapCase(m.text[4:]))}},
		{"all in lower case", 0, []string{bearer(strings.ToLower(m.text))}},
		{"bad checksum", 0, []string{bearer(typo)}},
		{"cut by one", 0, []string{bearer(m.text[:len(m.text)-1])}},
		{"longer by one", 0, []string{bearer(m.text + "0")}},
		{"half of one and half of another", 0, []string{bearer(m.text[:40] + unknown[40:])}},
		{"only the id", 0, []string{bearer(string(m.of.Current.ID))}},
		{"8 KB", 0, []string{bearer(strings.Repeat("a", 8<<10))}},
		{"another header", 0, []string{"X-Authorization: " + m.text, "X-Api-Key: " + m.text, "Proxy-Authorization: Bearer " + m.text}},
		{"underscore for a hyphen", 0, []string{"Proxy_Authorization: " + m.text, "Authorization_: " + m.text}},
		{"cookie", 0, []string{"Cookie: access_token=" + m.text + "; Authorization=" + m.text}},
		{"two, the valid one first", 0, []string{bearer(m.text), bearer(unknown)}},
		{"two, the valid one last", 0, []string{bearer(unknown), bearer(m.text)}},
		{"two, both the same", 0, []string{bearer(m.text), bearer(m.text)}},
		{"two, one empty", 0, []string{"Authorization:", bearer(m.text)}},
		{"two, in two letter cases", 0, []string{bearer(m.text), "authorization: " + m.text}},
		{"unknown id", 1, []string{bearer(unknown)}},
		{"right id and wrong secret", 1, []string{bearer(guessed)}},
		{"expired 1 ms ago", 1, []string{bearer(expired.text)}},
		{"deadline is now", 1, []string{bearer(due.text)}},
		{"rotated out", 1, []string{bearer(rotated.text)}},
		{"integration deleted", 1, []string{bearer(deleted.text)}},
		{"expired by an admin", 1, []string{bearer(revoked.text)}},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, target := range []string{"/contacts/1", "/contacts/1?access_token=" + m.text, "/nope"} {
				reads := w.tokens.reads.Load()
				got := send(t, a, line("GET", target, row.header...))
				got.refused(t, 401, "invalid_token")
				if n := w.tokens.reads.Load() - reads; n != row.reads {
					t.Errorf("%d reads, want %d", n, row.reads)
				}
				header, body := got.static()
				if wantHeader == nil {
					wantHeader, wantBody = header, body
				}
				if diff := cmp.Diff(wantHeader, header); diff != "" || body != wantBody {
					t.Error(diff, body)
				}
			}
		})
	}
	if got := wantHeader.Get("WWW-Authenticate"); got != gateway.Challenge {
		t.Errorf("challenge %q", got)
	}
	if b.calls.Load() != 0 || w.tokens.marks.Load() != 0 {
		t.Errorf("%d calls of the upstream, %d marks", b.calls.Load(), w.tokens.marks.Load())
	}
	w.nothingLogged(m.text)
}

// nothingLogged checks that no log has the token, or a piece of its secret.
func (w *world) nothingLogged(token string) {
	w.t.Helper()
	if log := w.logged.String(); strings.Contains(log, token[30:50]) {
		w.t.Errorf("a token was logged:\n%s", log)
	}
}

func TestTokenInAFormIsNoCredential(t *testing.T) {
	w := newWorld(t)
	b := newBackend(t)
	a := serve(t, NewREST(w.rest(b.upstream(t))))
	m := w.create("contacts.write")
	for _, form := range []string{"access_token=" + m.text, `{"access_token":"` + m.text + `"}`} {
		for _, kind := range []string{"application/x-www-form-urlencoded", "application/json"} {
			request := post(0, true, "Content-Type: "+kind)
			request = request[:strings.Index(request, "\r\n\r\n")+4] + chunk(form)
			send(t, a, request).refused(t, 401, "invalid_token")
		}
	}
	if b.calls.Load() != 0 {
		t.Error("the upstream was called")
	}
	w.nothingLogged(m.text)
}

func TestTokenIsTakenBareOrAfterBearer(t *testing.T) {
	w := newWorld(t)
	a := serve(t, NewREST(w.rest(Echo())))
	m := w.create("contacts.readonly")
	for n, value := range []string{m.text, "Bearer " + m.text, "bearer " + m.text, "BEARER " + m.text, "Bearer   " + m.text, "  " + m.text + "  "} {
		reads := w.tokens.reads.Load()
		send(t, a, line("GET", "/contacts/1", "Authorization: "+value)).want(t, 200, "")
		if reads := w.tokens.reads.Load() - reads; reads != 1 {
			t.Errorf("%d reads, want 1", reads)
		}
		send(t, a, line("GET", "/contacts/1", "aUTHORIZATION: "+value)).want(t, 200, "")
		if marks := w.tokens.marks.Load(); marks != 1 {
			t.Errorf("%d marks after %d uses, want 1", marks, n+1)
		}
	}
}

func TestScopeForReadingDoesNotWrite(t *testing.T) {
	w := newWorld(t)
	b := newBackend(t)
	a := serve(t, NewREST(w.rest(b.upstream(t))))
	m := w.create("contacts.readonly")
	for _, c := range [][2]string{{"POST", "/contacts/"}, {"PUT", "/contacts/1"}, {"DELETE", "/contacts/1"}} {
		got := send(t, a, line(c[0], c[1], bearer(m.text)))
		got.refused(t, 403, "insufficient_scope")
		challenge := `Bearer realm="v2.0", error="insufficient_scope", scope="contacts.write"`
		if got.Header.Get("WWW-Authenticate") != challenge || !strings.Contains(got.Text, "contacts.write") {
			t.Error(got.Header, got.Text)
		}
	}
	writer := w.create("contacts.write")
	send(t, a, line("GET", "/contacts/1", bearer(writer.text))).refused(t, 403, "insufficient_scope")
	if b.calls.Load() != 0 {
		t.Error("the upstream was called")
	}
}

func TestRetiringTokenWorksUntilTheLastMillisecondOfItsWindow(t *testing.T) {
	w := newWorld(t)
	a := serve(t, NewREST(w.rest(Echo())))
	old := w.create("contacts.readonly")
	fresh := w.rotate(old.of, time.Hour)
	get := func(m issued) answer { return send(t, a, line("GET", "/contacts/1", bearer(m.text))) }
	get(old).want(t, 200, "")
	get(fresh).want(t, 200, "")
	w.advance(time.Hour - time.Millisecond)
	get(old).want(t, 200, "")
	w.advance(time.Millisecond)
	get(old).refused(t, 401, "invalid_token")
	get(fresh).want(t, 200, "")
}

func TestDeadTokensHolderLearnsWhyAndNothingElseOpens(t *testing.T) {
	w := newWorld(t)
	a := serve(t, NewREST(w.rest(Echo())))
	m := w.create("contacts.readonly")
	w.commit(m.of.Expire(actor, w.now()))
	var got gateway.Introspected
	if err := json.Unmarshal([]byte(send(t, a, line("GET", "/token", bearer(m.text))).Text), &got); err != nil {
		t.Fatal(err)
	}
	if got.Active || got.Reason != "expired_by_admin" || got.EndedAt == nil {
		t.Errorf("%+v", got)
	}
	send(t, a, line("GET", "/contacts/1", bearer(m.text))).refused(t, 401, "invalid_token")
	stolen := m.entropy
	stolen[47]++
	guessed, _ := w.mint(stolen)
	for _, header := range [][]string{nil, {bearer(guessed)}, {"Authorization: Basic " + m.text}, {bearer(m.text), bearer(m.text)}} {
		send(t, a, line("GET", "/token", header...)).refused(t, 401, "invalid_token")
	}
	w.nothingLogged(m.text)
}
