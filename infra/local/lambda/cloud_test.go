package lambda_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/private-integrations/private-integrations/infra/local/lambda"
	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/contacts"
	"github.com/private-integrations/private-integrations/pkg/dynamo"
	"github.com/private-integrations/private-integrations/pkg/dynamo/dynamolocal"
	"github.com/private-integrations/private-integrations/pkg/keyring"
	"github.com/private-integrations/private-integrations/pkg/openapi"
)

// root is the folder of go.mod.
const root = "../../.."

// bootstraps builds every function, and the empty one, as they are deployed but
// for this machine, and gives their folder.
var bootstraps = sync.OnceValues(func() (string, error) {
	folder, err := filepath.Abs(filepath.Join(root, ".build/bootstraps"))
	if err != nil {
		return "", err
	}
	// One that is up to date is left as it is.
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", folder+"/",
		"./functions/...", "./infra/local/lambda/testdata/empty")
	build.Dir = root
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, output)
	}
	return folder, nil
})

// cloud is what the functions reach: a table of the test's own on DynamoDB
// Local, and a Secrets Manager.
type cloud struct {
	Env     map[string]string // of the functions
	DB      *dynamo.DB
	Secrets *secretsManager
	Catalog *catalog.Catalog
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	url := dynamolocal.URL(t)
	config := dynamolocal.Config(url)
	credentials, err := config.Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	report, err := openapi.Compile([]openapi.File{{Name: "contacts.yaml", Data: contacts.OpenAPI}}, openapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "catalog.json")
	encoded, err := report.Catalog.Encode()
	if err == nil {
		err = os.WriteFile(file, encoded, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	c := &cloud{Secrets: newSecretsManager(t), Catalog: report.Catalog}
	c.Env = map[string]string{
		"AWS_REGION": config.Region, "AWS_ACCESS_KEY_ID": credentials.AccessKeyID, "AWS_SECRET_ACCESS_KEY": credentials.SecretAccessKey,
		"AWS_ENDPOINT_URL_DYNAMODB": url, "AWS_ENDPOINT_URL_SECRETS_MANAGER": serve(t, c.Secrets, false).URL,
		"TABLE": "test-" + rand.Text(), "PEPPER_SECRET": "pepper", "SIGNING_SECRET": "signing", "CATALOG_FILE": file,
		"SEALING_SECRET": "sealing", "BUS": "integrations", "OIDC_ISSUER": "https://id.example.com", "OIDC_CLIENT_ID": "console",
		"CONSOLE_URL": "https://manage0000.execute-api.eu-central-1.amazonaws.com", "API_BASE_URL": "https://api.example.com",
	}
	c.DB = dynamo.New(config, c.Env["TABLE"])
	if err := c.DB.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

// start starts a function, which runs until the test ends. Further variables
// are pairs of name and value.
func (c *cloud) start(t *testing.T, name string, variables ...string) *lambda.Function {
	t.Helper()
	f, err := lambda.Start(c.config(t, name, variables...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Stop() })
	return f
}

func (c *cloud) config(t *testing.T, name string, variables ...string) lambda.Config {
	t.Helper()
	folder, err := bootstraps()
	if err != nil {
		t.Fatalf("build the functions: %v", err)
	}
	config := lambda.Config{Bootstrap: filepath.Join(folder, name), Env: map[string]string{}, Timeout: time.Minute, Log: t.Output()}
	for name, value := range c.Env {
		config.Env[name] = value
	}
	for n := 0; n < len(variables); n += 2 {
		config.Env[variables[n]] = variables[n+1]
	}
	return config
}

// secretsManager answers GetSecretValue, unless it is down.
type secretsManager struct {
	secrets map[string]string
	down    atomic.Bool
}

func newSecretsManager(t *testing.T) *secretsManager {
	t.Helper()
	m := &secretsManager{secrets: map[string]string{}}
	for _, name := range []string{"pepper", "signing", "sealing"} {
		key := make([]byte, 32)
		_, _ = rand.Read(key) // never fails
		file := filepath.Join(t.TempDir(), name)
		if err := keyring.CreateFile(file, key); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m.secrets[name] = string(text)
	}
	return m
}

func (m *secretsManager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		ID string `json:"SecretId"`
	}
	switch err := json.NewDecoder(r.Body).Decode(&asked); {
	case m.down.Load():
		w.WriteHeader(http.StatusServiceUnavailable)
	case err != nil, r.Header.Get("X-Amz-Target") != "secretsmanager.GetSecretValue", m.secrets[asked.ID] == "",
		!strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 "):
		w.WriteHeader(http.StatusBadRequest)
	default:
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(map[string]string{"Name": asked.ID, "SecretString": m.secrets[asked.ID]})
	}
}

// payload reads a file of events/, with the token in the place that is kept for
// one.
func payload(t *testing.T, file, token string) []byte {
	t.Helper()
	event, err := os.ReadFile(filepath.Join(root, "events", file))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.ReplaceAll(event, []byte("pit_REPLACE_WITH_A_TOKEN"), []byte(token))
}

// invoke hands f an event and decodes its answer into out.
func invoke(t *testing.T, f *lambda.Function, event []byte, out any) {
	t.Helper()
	answer, err := f.Invoke(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(answer, out); err != nil {
		t.Fatalf("%v in %s", err, answer)
	}
}
