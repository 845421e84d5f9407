package secrets_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/private-integrations/private-integrations/pkg/keyset"
	"github.com/private-integrations/private-integrations/pkg/secrets"
	"github.com/private-integrations/private-integrations/pkg/secrets/secretslocal"
)

const initial = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// manager is a Secrets Manager with a secret as it was generated.
func manager(t *testing.T) *secretslocal.Manager {
	t.Helper()
	return secretslocal.Start(t, `{"initial": "`+initial+`"}`, func() time.Time { return noon })
}

var steps = []string{"createSecret", "setSecret", "testSecret", "finishSecret"}

// call has the rotation function do a step.
func call(t *testing.T, m *secretslocal.Manager, step, version string) error {
	t.Helper()
	return secrets.NewPepperRotation(m.Config()).Handle(t.Context(),
		events.SecretsManagerSecretRotationEvent{Step: step, SecretID: "pepper", ClientRequestToken: version})
}

func mustCall(t *testing.T, m *secretslocal.Manager, step, version string) {
	t.Helper()
	if err := call(t, m, step, version); err != nil {
		t.Fatal(err)
	}
}

// keysOf are the current keys.
func keysOf(t *testing.T, m *secretslocal.Manager) keyset.Set {
	t.Helper()
	keys, err := keyset.Parse([]byte(m.Text("AWSCURRENT")))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func labels(t *testing.T, m *secretslocal.Manager, want map[string][]string) {
	t.Helper()
	if diff := cmp.Diff(want, m.Labels()); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
}

func TestRotationAddsAPepperHoweverOftenItsStepsAreRepeated(t *testing.T) {
	for _, times := range []int{1, 2, 3} {
		m := manager(t)
		for n, version := range []string{"v2", "v3"} {
			before := keysOf(t, m)
			m.Announce(version)
			for _, step := range steps {
				var pending string
				for range times {
					mustCall(t, m, step, version)
					if text := m.Text("AWSPENDING"); pending != "" && text != "" && text != pending {
						t.Errorf("%s, repeated, changed the pending version", step)
					}
					pending = m.Text("AWSPENDING")
					if step != "finishSecret" && !keysOf(t, m).Equal(before) {
						t.Errorf("%s changed the current version", step)
					}
				}
			}
			after := keysOf(t, m)
			if !after.Follows(before) || after.Current() != n+2 || string(after.Key(1)) != initial {
				t.Errorf("versions %v, %d current", after.Versions(), after.Current())
			}
			labels(t, m, map[string][]string{version: {"AWSCURRENT"}, []string{"v1", "v2"}[n]: {"AWSPREVIOUS"}})
		}
		for _, step := range steps { // long after
			mustCall(t, m, step, "v3")
		}
		labels(t, m, map[string][]string{"v3": {"AWSCURRENT"}, "v2": {"AWSPREVIOUS"}})
	}
}

var (
	operations = []string{"DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage"}
	outages    = [][]secretslocal.Fault{
		{secretslocal.Down}, {secretslocal.ReplyLost}, // which a client gets over by itself
		{secretslocal.Down, secretslocal.Down, secretslocal.Down}, {secretslocal.ReplyLost, secretslocal.Down, secretslocal.Down},
		{secretslocal.None, secretslocal.Down, secretslocal.Down, secretslocal.Down},
	}
)

// afflicted runs a test with each outage of each operation.
func afflicted(t *testing.T, test func(t *testing.T, operation string, faults []secretslocal.Fault)) {
	for _, operation := range operations {
		for _, faults := range outages {
			t.Run(fmt.Sprint(operation, faults), func(t *testing.T) {
				t.Parallel()
				test(t, operation, faults)
			})
		}
	}
}

func TestStepThatFailedAnywhereIsDoneWhenItIsRepeated(t *testing.T) {
	afflicted(t, func(t *testing.T, operation string, faults []secretslocal.Fault) {
		for _, failing := range steps {
			m := manager(t)
			before := keysOf(t, m)
			m.Announce("v2")
			for _, step := range steps {
				if step == failing {
					m.Fail(operation, faults...)
				}
				if call(t, m, step, "v2") != nil {
					mustCall(t, m, step, "v2")
				}
			}
			if after := keysOf(t, m); !after.Follows(before) {
				t.Errorf("in %s: versions %v", failing, after.Versions())
			}
			labels(t, m, map[string][]string{"v2": {"AWSCURRENT"}, "v1": {"AWSPREVIOUS"}})
		}
	})
}

func TestRotationThatWasSetUpAndNotBegunPassesItsTest(t *testing.T) {
	m := manager(t)
	m.Announce("v2")
	m.Put("v2", m.Text("AWSCURRENT"), "AWSPENDING")
	mustCall(t, m, "testSecret", "v2")
	if err := call(t, m, "finishSecret", "v2"); err == nil {
		t.Error("a copy was made current")
	}
}

// A pepper was retired while a rotation was under way, by hand.
func TestRotationNeverBringsBackWhatWasTakenOutMeanwhile(t *testing.T) {
	m := manager(t)
	for _, step := range append([]string{""}, steps...) {
		if step == "" {
			m.Announce("v2")
			continue
		}
		mustCall(t, m, step, "v2")
	}
	m.Announce("v3")
	mustCall(t, m, "createSecret", "v3")
	retired, err := keysOf(t, m).Retired(1)
	if err != nil {
		t.Fatal(err)
	}
	m.Put("by-hand", string(retired.Encode()), "AWSCURRENT")
	for _, step := range []string{"testSecret", "finishSecret"} {
		if err := call(t, m, step, "v3"); err == nil || !strings.Contains(err.Error(), "AWSPENDING") {
			t.Errorf("%s: %v", step, err)
		}
	}
	if got := keysOf(t, m).Versions(); !slices.Equal(got, []int{2}) {
		t.Errorf("versions %v", got)
	}
}

func TestPeppersThatWouldNotWorkFailTheTest(t *testing.T) {
	m := manager(t)
	current := keysOf(t, m)
	for name, test := range map[string]struct {
		pending keyset.Set
		why     string
	}{
		"too short":      {current.Rotated([]byte("short")), "key version 2"},
		"the same again": {current.Rotated(current.Key(1)), "versions 1 and 2 are the same"},
		"other keys":     {keyset.First([]byte(strings.ToUpper(initial))).Rotated([]byte(initial)), "not the current one"},
		"two new ones":   {current.Rotated([]byte(initial + "2")).Rotated([]byte(initial + "3")), "not the current one"},
	} {
		m.Announce(name)
		m.Put(name, string(test.pending.Encode()), "AWSPENDING")
		if err := call(t, m, "testSecret", name); err == nil || !strings.Contains(err.Error(), test.why) {
			t.Errorf("%s: %v", name, err)
		}
	}
	m.Announce("no keys")
	m.Put("no keys", `{"password": "`+initial+`"}`, "AWSPENDING")
	for _, step := range []string{"testSecret", "finishSecret"} {
		if err := call(t, m, step, "no keys"); err == nil || strings.Contains(err.Error(), initial) {
			t.Errorf("%s: %v", step, err)
		}
	}
}

func TestStepsThatNobodyAskedForAreRefused(t *testing.T) {
	m := manager(t)
	for _, step := range steps {
		if err := call(t, m, step, "v9"); err == nil || !strings.Contains(err.Error(), "RotateSecret") {
			t.Errorf("%s of a version that was not announced: %v", step, err)
		}
	}
	m.Announce("v2")
	for _, step := range []string{"", "create_secret", "CreateSecret", "deleteSecret"} {
		if err := call(t, m, step, "v2"); err == nil || !strings.Contains(err.Error(), "no such step") {
			t.Errorf("step %q: %v", step, err)
		}
	}
	labels(t, m, map[string][]string{"v1": {"AWSCURRENT"}, "v2": {"AWSPENDING"}})
}
