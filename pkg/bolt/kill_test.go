package bolt

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/pkg/fact"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/storetest"
	"github.com/private-integrations/private-integrations/pkg/table"
)

// writeTo makes the test binary a program that changes integrations in a data
// file until it is killed.
var writeTo = flag.String("write-to", "", "data file to write to, in place of running tests")

func TestMain(m *testing.M) {
	flag.Parse()
	if *writeTo == "" {
		os.Exit(m.Run())
	}
	fmt.Fprintln(os.Stderr, writeUntilKilled(*writeTo))
	os.Exit(1)
}

const (
	victimAccount = "acme"
	victimWriters = 4
)

func writeUntilKilled(path string) error {
	db, err := Open(path, Options{})
	if err != nil {
		return err
	}
	store := table.New(db)
	var writers sync.WaitGroup
	faults := make(chan error, victimWriters)
	for writer := range victimWriters {
		writers.Go(func() { faults <- liveAndDie(store, writer) })
	}
	return <-faults
}

// liveAndDie takes one integration after another through its life and prints
// each change that was answered.
func liveAndDie(store *table.Store, writer int) error {
	now := time.Now()
	for round := 0; ; round++ {
		id := fmt.Sprintf("%d-%d-%d", os.Getpid(), writer, round)
		change, err := integration.Create(integration.New{
			ID: id, Account: victimAccount, Name: "victim", Scopes: []string{"a", "b"},
		}, storetest.Everything{}, storetest.Mint(), fact.System, now)
		for step := 0; err == nil && change.Facts != nil; step++ {
			if err = store.Commit(context.Background(), change, 1<<20, nil); err != nil {
				break
			}
			fmt.Printf("%s %d\n", id, change.After.Seq)
			change, err = next(change.After, step, now)
		}
		if err != nil {
			return err
		}
	}
}

// next is what becomes of an integration after a step; no facts at the end.
func next(i integration.Integration, step int, now time.Time) (integration.Change, error) {
	switch step {
	case 0:
		return i.Rotate(integration.Rotation{Grace: time.Hour}, storetest.Mint(), fact.System, now)
	case 1:
		return i.Edit(integration.Edit{Scopes: &[]string{"c"}}, storetest.Everything{}, fact.System, now)
	case 2:
		return i.Cancel(false, fact.System, now)
	case 3:
		return i.Rotate(integration.Rotation{}, storetest.Mint(), fact.System, now)
	case 4:
		return i.Delete(fact.System, now), nil
	}
	return integration.Change{}, nil
}

func TestKilledWriterLosesNothingThatItAnswered(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data")
	answered := map[string]int64{}
	for round := range 6 {
		runAndKill(t, path, 20+31*round, answered)
		db, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		store := table.New(db)
		for id, seq := range answered {
			if i := storetest.CheckWhole(t, store, victimAccount, id); i.Seq < seq {
				t.Errorf("%s has seq %d, and %d was answered", id, i.Seq, seq)
			}
		}
		all, err := store.Integrations(t.Context(), victimAccount, "", 1<<20)
		if err != nil {
			t.Error(err)
		}
		for _, i := range all { // those that were not answered too
			storetest.CheckWhole(t, store, victimAccount, i.ID)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

// runAndKill lets another process write, kills it after some answers and adds
// the newest seq that was answered for each integration.
func runAndKill(t *testing.T, path string, answers int, answered map[string]int64) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-write-to", path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		var id string
		var seq int64
		if _, err := fmt.Sscanf(lines.Text(), "%s %d", &id, &seq); err != nil {
			t.Fatalf("the writer said %q: %v", lines.Text(), err)
		}
		answered[id] = seq
		if n == answers {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	exit := (*exec.ExitError)(nil)
	if err := child.Wait(); !errors.As(err, &exit) || exit.Exited() {
		t.Fatalf("the writer ended by itself: %v", err)
	}
}
