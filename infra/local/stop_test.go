package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const integrations = "/api/v1/accounts/acme/integrations"

// shown is what a change is answered with.
type shown struct {
	ID      string
	Version int
	Current struct{ Hint string }
}

type change struct {
	Integration shown
	Token       string
}

// ask sends a request to the management API and reads the answer into v. The
// error is that of a request that was not answered as it should.
func (p *process) ask(method, path, body string, v any) error {
	answer, err := p.send(method, p.management+path, body, "Bearer "+p.jwt)
	if err != nil {
		return err
	}
	return json.Unmarshal(answer, v)
}

func (p *process) send(method, url, body, credential string) ([]byte, error) {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", credential)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Version", "2021-07-28")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s %s", method, url, response.Status, answer)
	}
	return answer, err
}

// sign signs the admin in.
func (p *process) sign() {
	p.t.Helper()
	jwt, err := p.send("GET", p.management+"/dev/token?user=admin@acme.test", "", "")
	if err != nil {
		p.t.Fatal(err)
	}
	p.jwt = string(jwt)
}

const (
	workers   = 8
	rotations = 3 // of each integration
)

// work creates and rotates until something is not answered.
func (p *process) work(answered chan<- change) {
	for {
		var c change
		if p.ask("POST", integrations, `{"name":"Export","scopes":["contacts.readonly"]}`, &c) != nil {
			return
		}
		answered <- c
		for range rotations {
			if p.ask("POST", integrations+"/"+c.Integration.ID+"/rotate", `{"expireOld":"now"}`, &c) != nil {
				return
			}
			answered <- c
		}
	}
}

// until has many work at once, stops the process in the midst of it, once so
// many changes have been answered, and gives the last answer on each integration.
func (p *process) until(enough int, stop func()) map[string]change {
	p.t.Helper()
	p.sign()
	answered := make(chan change)
	var busy sync.WaitGroup
	for range workers {
		busy.Go(func() { p.work(answered) })
	}
	go func() {
		busy.Wait()
		close(answered)
	}()
	last := map[string]change{}
	keep := func(c change) { last[c.Integration.ID] = c }
	for range enough {
		keep(<-answered)
	}
	var rest sync.WaitGroup
	rest.Go(func() {
		for c := range answered {
			keep(c)
		}
	})
	stop()
	rest.Wait()
	return last
}

// holds checks that every answered change is there, at most one more on each
// integration, and that nothing is there without its events.
func (p *process) holds(answered map[string]change) {
	p.t.Helper()
	p.sign()
	all := p.list()
	for id, c := range answered {
		now, found := all[id]
		switch more := now.Version - c.Integration.Version; {
		case !found || more < 0 || more > 1:
			p.t.Errorf("%s was answered in version %d and is in version %d", id, c.Integration.Version, now.Version)
		case more == 0:
			if _, err := p.send("GET", p.api+"/contacts/ada", "", c.Token); err != nil {
				p.t.Errorf("with a token that was answered: %v", err)
			}
		}
	}
	for id, i := range all {
		p.told(id, i)
	}
}

func (p *process) list() map[string]shown {
	p.t.Helper()
	all := map[string]shown{}
	var page struct {
		Integrations []shown
		NextCursor   string
	}
	for query := "?limit=100"; query != ""; {
		page.NextCursor = ""
		if err := p.ask("GET", integrations+query, "", &page); err != nil {
			p.t.Fatal(err)
		}
		for _, i := range page.Integrations {
			all[i.ID] = i
		}
		if query = ""; page.NextCursor != "" {
			query = "?limit=100&cursor=" + page.NextCursor
		}
	}
	return all
}

// told checks that the events of an integration tell all of its changes: its
// creation, and each token until the current one.
func (p *process) told(id string, i shown) {
	p.t.Helper()
	var page struct {
		Events []struct{ ID, Type, Token string }
	}
	if err := p.ask("GET", integrations+"/"+id+"/events?limit=100", "", &page); err != nil {
		p.t.Fatal(err)
	}
	tokens, newest := 0, ""
	for n, e := range page.Events {
		if want := fmt.Sprintf("%s.%d", id, len(page.Events)-n); e.ID != want {
			p.t.Errorf("the event %s stands where %s should", e.ID, want)
		}
		if e.Type == "token.created" {
			if tokens++; newest == "" {
				newest = e.Token
			}
		}
	}
	if n := len(page.Events); n == 0 || page.Events[n-1].Type != "integration.created" || tokens != i.Version || newest != i.Current.Hint {
		p.t.Errorf("%s is in version %d with the token %s and has these events: %v", id, i.Version, i.Current.Hint, page.Events)
	}
}

func TestCtrlCInTheMidstOfRequestsLosesNothing(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	p := start(t, folder, "MAX_INTEGRATIONS=100000")
	answered := p.until(100, p.interrupt)
	p = start(t, folder)
	p.holds(answered)
	p.interrupt()
}

func TestAPowerCutInTheMidstOfWritesLosesNothing(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	answered := map[string]change{}
	for round := range 5 {
		p := start(t, folder, "MAX_INTEGRATIONS=100000")
		p.holds(answered)
		for id, c := range p.until(20+7*round, p.kill) {
			answered[id] = c
		}
	}
	p := start(t, folder)
	p.holds(answered)
	p.interrupt()
}

// The first start makes the files, one after the other; it is cut short at each.
func TestAPowerCutAtTheFirstStartDoesNoHarm(t *testing.T) {
	for files := range 4 {
		folder := filepath.Join(t.TempDir(), "data")
		cmd := command(folder)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for began := time.Now(); time.Since(began) < patience; {
			if entries, _ := os.ReadDir(folder); len(entries) >= files {
				break
			}
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		p := start(t, folder)
		p.sign()
		p.interrupt()
	}
}

func TestCtrlCLetsARequestThatIsUnderWayFinish(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-release
		_, _ = w.Write([]byte("finished"))
	}))
	t.Cleanup(upstream.Close)
	p := start(t, filepath.Join(t.TempDir(), "data"), "UPSTREAM="+upstream.URL)
	p.sign()
	var c change
	if err := p.ask("POST", integrations, `{"name":"Export","scopes":["contacts.readonly"]}`, &c); err != nil {
		t.Fatal(err)
	}
	answer := make(chan string)
	go func() {
		body, err := p.send("GET", p.api+"/contacts/ada", "", c.Token)
		answer <- fmt.Sprint(string(body), err)
	}()
	<-arrived
	stopped := make(chan struct{})
	go func() {
		p.interrupt()
		close(stopped)
	}()
	for { // until it takes no more requests
		if _, err := p.send("GET", p.api+"/healthz", "", ""); err != nil {
			break
		}
	}
	close(release)
	if got := <-answer; got != "finished<nil>" {
		t.Errorf("the request was answered %q", got)
	}
	<-stopped
}

func TestCtrlCDoesNotWaitForConnectionsThatAskNothing(t *testing.T) {
	p := start(t, filepath.Join(t.TempDir(), "data"))
	for _, at := range []string{p.management, p.api, p.api} {
		c, err := net.Dial("tcp", strings.TrimPrefix(at, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
	}
	if _, err := p.send("GET", p.api+"/healthz", "", ""); err != nil { // it has taken the others before
		t.Fatal(err)
	}
	p.interrupt()
}
