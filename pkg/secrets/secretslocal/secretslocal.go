// Package secretslocal is a Secrets Manager beside tests: one secret, and as
// much of the API as this project calls, with versions and staging labels as
// the service keeps them.
package secretslocal

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

const (
	current  = "AWSCURRENT"
	pending  = "AWSPENDING"
	previous = "AWSPREVIOUS"
)

// Manager keeps one secret, whatever id it is asked for. Safe for concurrent
// use.
type Manager struct {
	URL string

	mu      sync.Mutex
	now     func() time.Time
	values  map[string]string // by version; none for one that was only announced
	labels  map[string]string // the version of each
	changed time.Time
	faults  map[string][]Fault // of the next calls
}

// Fault is how calls of one operation go wrong.
type Fault int

// The faults.
const (
	None      Fault = iota
	Down            // nothing is done
	ReplyLost       // it is done, and a fault answered
)

// Start runs a Manager with a secret of that text until the test ends.
func Start(t testing.TB, text string, now func() time.Time) *Manager {
	t.Helper()
	m := &Manager{
		now: now, changed: now(), faults: map[string][]Fault{},
		values: map[string]string{"v1": text}, labels: map[string]string{current: "v1"},
	}
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	m.URL = server.URL
	return m
}

// Config is for clients of the Manager.
func (m *Manager) Config() aws.Config {
	return aws.Config{
		Region: "eu-central-1", BaseEndpoint: aws.String(m.URL),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	}
}

// Announce does what RotateSecret does before it calls the rotation function:
// AWSPENDING is on a version that has no value yet.
func (m *Manager) Announce(version string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.labels[pending] = version
	m.changed = m.now()
}

// Put changes the secret as an operator can by hand: a version with a value and
// a label.
func (m *Manager) Put(version, text, label string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.values[version] = text
	m.move(label, version)
}

// Fail has the next calls of an operation go wrong. Clients try three times.
func (m *Manager) Fail(operation string, f ...Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults[operation] = f
}

func (m *Manager) fault(operation string) Fault {
	left := m.faults[operation]
	if len(left) == 0 {
		return None
	}
	m.faults[operation] = left[1:]
	return left[0]
}

// Text is the value of the version that has a label; empty if there is none.
func (m *Manager) Text(label string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.values[m.labels[label]]
}

// Labels lists the labels of each version.
func (m *Manager) Labels() map[string][]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.byVersion()
}

func (m *Manager) byVersion() map[string][]string {
	versions := map[string][]string{}
	for _, label := range slices.Sorted(maps.Keys(m.labels)) {
		versions[m.labels[label]] = append(versions[m.labels[label]], label)
	}
	return versions
}

// request has the fields of all operations.
type request struct {
	VersionID           string `json:"VersionId"`
	VersionStage        string
	VersionStages       []string
	ClientRequestToken  string
	SecretString        string
	MoveToVersionID     string `json:"MoveToVersionId"`
	RemoveFromVersionID string `json:"RemoveFromVersionId"`
}

// refusal is an answer of the API that is none of success.
type refusal struct{ code, message string }

func (r *refusal) Error() string { return r.code + ": " + r.message }

func refuse(code, format string, args ...any) *refusal {
	return &refusal{code, fmt.Sprintf(format, args...)}
}

// ServeHTTP speaks AWS JSON 1.1.
func (m *Manager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "secretsmanager.")
	fault := m.fault(operation)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	var in request
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ") {
		http.Error(w, "not a signed request", http.StatusBadRequest)
		return
	}
	if fault == Down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	out, refused := m.do(operation, in)
	switch {
	case refused != nil:
		w.WriteHeader(http.StatusBadRequest)
		out = map[string]string{"__type": refused.code, "Message": refused.message}
	case fault == ReplyLost:
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	_ = json.NewEncoder(w).Encode(out)
}

func (m *Manager) do(operation string, in request) (any, *refusal) {
	switch operation {
	case "GetSecretValue":
		return m.get(in)
	case "DescribeSecret":
		return map[string]any{"LastChangedDate": float64(m.changed.UnixMilli()) / 1000, "VersionIdsToStages": m.byVersion()}, nil
	case "PutSecretValue":
		return m.put(in)
	case "UpdateSecretVersionStage":
		return m.update(in)
	}
	return nil, refuse("InvalidRequestException", "no operation %q here", operation)
}

func (m *Manager) get(in request) (any, *refusal) {
	stage := in.VersionStage
	if stage == "" && in.VersionID == "" {
		stage = current
	}
	version := in.VersionID
	if version == "" {
		version = m.labels[stage]
	}
	text, found := m.values[version]
	if !found || stage != "" && m.labels[stage] != version {
		return nil, refuse("ResourceNotFoundException", "no value of version %q with the label %q", version, stage)
	}
	return map[string]string{"VersionId": version, "SecretString": text}, nil
}

func (m *Manager) put(in request) (any, *refusal) {
	version := in.ClientRequestToken
	if text, found := m.values[version]; found && text != in.SecretString {
		return nil, refuse("ResourceExistsException", "version %q has another value", version)
	}
	m.values[version] = in.SecretString
	stages := in.VersionStages
	if len(stages) == 0 {
		stages = []string{current}
	}
	for _, label := range stages {
		m.move(label, version)
	}
	return map[string]string{"VersionId": version}, nil
}

func (m *Manager) update(in request) (any, *refusal) {
	switch _, found := m.values[in.MoveToVersionID]; {
	case m.labels[in.VersionStage] != in.RemoveFromVersionID:
		return nil, refuse("InvalidParameterException", "%s is on version %q, not %q", in.VersionStage, m.labels[in.VersionStage], in.RemoveFromVersionID)
	case in.MoveToVersionID == "":
		delete(m.labels, in.VersionStage)
		m.changed = m.now()
	case !found:
		return nil, refuse("ResourceNotFoundException", "no version %q", in.MoveToVersionID)
	default:
		m.move(in.VersionStage, in.MoveToVersionID)
	}
	return map[string]string{}, nil
}

func (m *Manager) move(label, version string) {
	if label == current && m.labels[current] != version {
		m.labels[previous] = m.labels[current]
	}
	m.labels[label] = version
	m.changed = m.now()
}
