// Package dynamolocal runs Amazon's DynamoDB Local beside tests.
package dynamolocal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// folder is where .ci/dynamodb-local puts it, below the folder of go.mod.
const folder = ".build/dynamodb-local"

var errMissing = errors.New("this needs DynamoDB Local: fetch it with .ci/dynamodb-local, and have Java 17")

// server is a DynamoDB Local that runs until the process ends, or until nothing
// refers to its standard input any more.
type server struct {
	url   string
	stdin io.Closer
}

// shared is the one that all tests of a binary use.
var shared = sync.OnceValues(start)

// URL is where DynamoDB Local answers. The first test that asks starts it, and
// it ends with the process. A test is left out where it, or Java, is missing.
func URL(t testing.TB) string {
	t.Helper()
	s, err := shared()
	switch {
	case errors.Is(err, errMissing):
		t.Skip(err)
	case err != nil:
		t.Fatalf("start DynamoDB Local: %v", err)
	}
	return s.url
}

// Config is for the DynamoDB Local at url. Any credentials are right to it, but
// it keeps the tables of each access key and region apart.
func Config(url string) aws.Config {
	return aws.Config{
		Region: "eu-central-1", BaseEndpoint: aws.String(url),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	}
}

// untilEOF runs java until its standard input ends, so that it never outlives
// the tests, however those end.
const untilEOF = `java "$@" & read -r _; kill $!`

// start starts it and waits until it answers.
func start() (*server, error) {
	root, err := moduleRoot()
	if err != nil {
		return nil, err
	}
	_, noJar := os.Stat(filepath.Join(root, folder, "DynamoDBLocal.jar"))
	_, noJava := exec.LookPath("java")
	if noJar != nil || noJava != nil {
		return nil, errMissing
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	var output bytes.Buffer
	//nolint:gosec // all of it is constant but for a number
	java := exec.CommandContext(context.Background(), "sh", "-c", untilEOF, "sh", "-Djava.library.path=DynamoDBLocal_lib",
		"-jar", "DynamoDBLocal.jar", "-inMemory", "-disableTelemetry", "-port", strconv.Itoa(port))
	java.Dir, java.Stdout, java.Stderr = filepath.Join(root, folder), &output, &output
	stdin, err := java.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := java.Start(); err != nil {
		return nil, err
	}
	url := "http://127.0.0.1:" + strconv.Itoa(port)
	if !answers(url) {
		_ = stdin.Close()
		_ = java.Wait()
		return nil, fmt.Errorf("no answer within a minute\n%s", &output)
	}
	return &server{url, stdin}, nil
}

func answers(url string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for tick := time.Tick(50 * time.Millisecond); ; {
		select {
		case <-ctx.Done():
			return false
		case <-tick:
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
			if err != nil {
				return false
			}
			if r, err := http.DefaultClient.Do(request); err == nil {
				_ = r.Body.Close()
				return true
			}
		}
	}
}

// moduleRoot is the folder of go.mod, above the one that tests run in.
func moduleRoot() (string, error) {
	at, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return at, nil
		}
		above := filepath.Dir(at)
		if above == at {
			return "", errors.New("no go.mod above the working folder")
		}
		at = above
	}
}

func freePort() (int, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}
