package dynamo

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// folder is where .ci/dynamodb-local puts Amazon's DynamoDB Local.
const folder = "../../.build/dynamodb-local"

// endpoint is where DynamoDB Local answers while the tests run; empty if it is
// not on this machine.
var endpoint string

func TestMain(m *testing.M) {
	stop, err := start()
	if err != nil {
		fmt.Fprintln(os.Stderr, "start DynamoDB Local:", err)
		os.Exit(1)
	}
	status := m.Run()
	stop()
	os.Exit(status)
}

// untilEOF runs java until its standard input ends, so that it never outlives
// the tests, however those end.
const untilEOF = `java "$@" & read -r _; kill $!`

// start starts DynamoDB Local, if it and Java are there, and waits until it
// answers.
func start() (stop func(), err error) {
	_, noJar := os.Stat(filepath.Join(folder, "DynamoDBLocal.jar"))
	_, noJava := exec.LookPath("java")
	if noJar != nil || noJava != nil {
		return func() {}, nil
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	var output bytes.Buffer
	java := exec.Command("sh", "-c", untilEOF, "sh", "-Djava.library.path=DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar",
		"-inMemory", "-disableTelemetry", "-port", strconv.Itoa(port))
	java.Dir, java.Stdout, java.Stderr = folder, &output, &output
	stdin, err := java.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := java.Start(); err != nil {
		return nil, err
	}
	stop = func() {
		_ = stdin.Close()
		_ = java.Wait()
	}
	endpoint = "http://127.0.0.1:" + strconv.Itoa(port)
	patience := time.After(time.Minute)
	for tick := time.Tick(50 * time.Millisecond); ; {
		select {
		case <-patience:
			stop()
			return nil, fmt.Errorf("no answer within a minute\n%s", &output)
		case <-tick:
			if r, err := http.Get(endpoint); err == nil {
				_ = r.Body.Close()
				return stop, nil
			}
		}
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// config is for DynamoDB Local, to which any credentials are right.
func config(client aws.HTTPClient) aws.Config {
	return aws.Config{
		Region: "eu-central-1", BaseEndpoint: aws.String(endpoint), HTTPClient: client,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	}
}

// needsLocal leaves a test out where DynamoDB Local is not.
func needsLocal(t *testing.T) {
	t.Helper()
	if endpoint == "" {
		t.Skip("this needs DynamoDB Local: fetch it with .ci/dynamodb-local, and have Java 17")
	}
}

// newTable makes a table of the test's own.
func newTable(t *testing.T) *DB {
	t.Helper()
	needsLocal(t)
	db := New(config(nil), "test-"+rand.Text())
	if err := db.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

// through opens the same table with another HTTP client.
func (db *DB) through(client aws.HTTPClient) *DB { return New(config(client), *db.table) }
