package main_test

import (
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// creates makes an integration.
func (p *process) creates() change {
	p.t.Helper()
	p.sign()
	var c change
	if err := p.ask("POST", integrations, `{"name":"Export","scopes":["contacts.readonly"]}`, &c); err != nil {
		p.t.Fatal(err)
	}
	return c
}

// calls makes requests, several at a time.
func (p *process) calls(token string, times int) {
	p.t.Helper()
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for n := w; n < times; n += workers {
				if _, err := p.send("GET", p.api+"/contacts/ada", "", token); err != nil {
					p.t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// counted is how many requests are told to have passed.
func (p *process) counted(id string) (sum int) {
	p.t.Helper()
	p.sign()
	var told struct{ Days []struct{ Count int } }
	if err := p.ask("GET", integrations+"/"+id+"/usage", "", &told); err != nil {
		p.t.Fatal(err)
	}
	for _, d := range told.Days {
		sum += d.Count
	}
	return sum
}

// awaits asks until so many are told.
func (p *process) awaits(id string, want int) {
	p.t.Helper()
	for began := time.Now(); p.counted(id) != want; {
		if time.Since(began) > patience {
			p.t.Fatalf("%d requests are counted, want %d", p.counted(id), want)
		}
	}
}

func TestAfterCtrlCEveryUseIsCounted(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	p := start(t, folder)
	c := p.creates()
	const calls = 500
	p.calls(c.Token, calls)
	p.interrupt()
	p = start(t, folder)
	if got := p.counted(c.Integration.ID); got != calls {
		t.Errorf("%d of %d requests are counted", got, calls)
	}
	p.interrupt()
}

func TestAPowerCutLosesTheUsesOfTheLastMinuteAtMost(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	p := start(t, folder)
	c := p.creates()
	p.calls(c.Token, 1)
	p.awaits(c.Integration.ID, 1) // the first use is written at once
	p.calls(c.Token, 100)
	if _, err := p.send("POST", p.management+"/dev/clock", `{"advance":"1m"}`, ""); err != nil {
		t.Fatal(err)
	}
	p.awaits(c.Integration.ID, 101) // later ones a minute after
	p.calls(c.Token, 10)
	p.kill()
	p = start(t, folder)
	if got := p.counted(c.Integration.ID); got < 101 || got > 111 {
		t.Errorf("%d requests are counted of 101, and 10 in the last minute", got)
	}
	p.interrupt()
}
