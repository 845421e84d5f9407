package main_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// program is the runner's binary, built once for all tests.
var program string

func TestMain(m *testing.M) { os.Exit(build(m)) }

func build(m *testing.M) int {
	folder, err := os.MkdirTemp("", "private-integrations-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	program = filepath.Join(folder, "local")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// process is a running program.
type process struct {
	t               *testing.T
	cmd             *exec.Cmd
	greeting        string
	management, api string // addresses
	jwt             string
	errors          *bytes.Buffer
	ended           chan error
}

// command is the program on a data folder, with free ports and nothing of the
// environment but what is given.
func command(folder string, variables ...string) *exec.Cmd {
	cmd := exec.Command(program)
	cmd.Env = append([]string{"DATA_DIR=" + folder, "PORT=0", "API_PORT=0"}, variables...)
	return cmd
}

var address = regexp.MustCompile(`http://localhost:\d+`)

// start runs the program until it has greeted.
func start(t *testing.T, folder string, variables ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: command(folder, variables...), errors: &bytes.Buffer{}, ended: make(chan error, 1)}
	p.cmd.Stderr = p.errors
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	lines := bufio.NewReader(out)
	for !strings.HasSuffix(p.greeting, "Ctrl-C stops it.\n") {
		line, err := lines.ReadString('\n')
		if p.greeting += line; err != nil {
			t.Fatalf("it ended: %v %s\n%s", p.cmd.Wait(), p.greeting, p.errors)
		}
	}
	go func() {
		_, _ = io.Copy(io.Discard, lines)
		p.ended <- p.cmd.Wait()
	}()
	found := address.FindAllString(p.greeting, -1)
	p.management, p.api = found[0], found[3]
	return p
}

// patience is longer than anything here takes.
const patience = 20 * time.Second

// stop sends a signal and waits for the end.
func (p *process) stop(signal os.Signal) error {
	p.t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		p.t.Fatal(err)
	}
	select {
	case err := <-p.ended:
		return err
	case <-time.After(patience):
		p.t.Fatalf("after %v it still runs", signal)
		return nil
	}
}

// interrupt stops it as Ctrl-C does and wants a clean end.
func (p *process) interrupt() {
	p.t.Helper()
	if err := p.stop(os.Interrupt); err != nil || p.errors.Len() > 0 {
		p.t.Errorf("it ended with %v and said %q", err, p.errors)
	}
}

// kill stops it as a power cut does.
func (p *process) kill() {
	p.t.Helper()
	if err := p.stop(syscall.SIGKILL); err == nil {
		p.t.Error("it ended by itself")
	}
}

// refuses runs the program where it must not start, and gives what it says.
func refuses(t *testing.T, folder string, variables ...string) string {
	t.Helper()
	cmd := command(folder, variables...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || out.Len() > 0 || !strings.HasPrefix(said.String(), "private-integrations: ") {
		t.Errorf("with %q it ended with %v, printed %q and said %q", variables, err, out.String(), said.String())
	}
	return said.String()
}

func TestItAnswersOnBothPortsAtOnce(t *testing.T) {
	began := time.Now()
	p := start(t, filepath.Join(t.TempDir(), "data"))
	greeted := time.Since(began)
	for _, base := range []string{p.management, p.api} {
		response, err := http.Get(base + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != 200 {
			t.Errorf("%s: %s", base, response.Status)
		}
	}
	t.Logf("on new data: greeted after %v, answered on both ports after %v", greeted, time.Since(began))
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	p.interrupt()
}

func TestTheLinesOfTheGreetingWorkAsPasted(t *testing.T) {
	p := start(t, filepath.Join(t.TempDir(), "data"))
	for _, want := range []string{"Private Integrations\n", "console      " + p.management, "management   " + p.management, "described at " + p.management + "/docs", "API v2.0     " + p.api} {
		if !strings.Contains(p.greeting, want) {
			t.Errorf("the greeting lacks %q:\n%s", want, p.greeting)
		}
	}
	var lines []string
	for line := range strings.Lines(p.greeting) {
		if strings.HasPrefix(line, "TOKEN=") || strings.HasPrefix(line, "curl ") {
			lines = append(lines, line)
		}
	}
	if len(lines) != 2 {
		t.Fatalf("%d lines to paste in:\n%s", len(lines), p.greeting)
	}
	out, err := exec.Command("bash", "-c", lines[0]+lines[1]).Output()
	token, contact, _ := strings.Cut(string(out), "\n")
	if err != nil || !regexp.MustCompile(`^pit_[0-9A-Za-z]{22}_[0-9A-Za-z]{49}$`).MatchString(token) {
		t.Errorf("the first line: %v, it printed %q", err, token)
	}
	if !strings.Contains(contact, `"contact":{"id":"ada"`) {
		t.Errorf("the second line printed %q", contact)
	}
	p.interrupt()
}

func TestFilesAreForTheirOwnerAlone(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	p := start(t, folder)
	p.sign()
	p.interrupt()
	info, err := os.Stat(folder)
	if err != nil || info.Mode() != os.ModeDir|0o700 {
		t.Errorf("the folder: %v, %v", info.Mode(), err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
		if info, err := e.Info(); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: %v, %v", e.Name(), info.Mode(), err)
		}
	}
	if got := strings.Join(names, " "); got != "data.db events.jsonl issuer.pem pepper.json sealing.json signing.json" {
		t.Errorf("files: %s", got)
	}
}

func TestAVariableThatIsWrongIsNamed(t *testing.T) {
	for _, wrong := range []string{
		"PORT=http", "API_PORT=65536", "SWEEP_EVERY=soon", "SWEEP_EVERY=-1s", "REMIND_EVERY=24", "MAX_INTEGRATIONS=0", "MAX_INTEGRATIONS=many",
		"SAMPLE=no", "THROUGH_JSON=yes", "CATALOG_UNSCOPED=1", "FORWARD_AUTHORIZATION=true", "TOKEN_PREFIX=a-b", "TOKEN_PREFIX=a", "UPSTREAM=ftp://x",
		"CATALOG=nowhere.yaml", "SESSION_LIFETIME=8", "SESSION_LIFETIME=25h", "SESSION_LIFETIME=0", "SESSION_LIFETIME=59s", "BRAND_COLOR=blue", "BRAND_LOGO=nowhere.png", "BRAND_LOGO=http://x/y.png", "API_BASE_URL=api.example.com", "API_BASE_URL=https://api.example.com?a=b",
	} {
		t.Run(wrong, func(t *testing.T) {
			name, value, _ := strings.Cut(wrong, "=")
			said := refuses(t, filepath.Join(t.TempDir(), "data"), wrong)
			if !strings.Contains(said, name) || !strings.Contains(said, value) {
				t.Errorf("it said %q", said)
			}
		})
	}
	for wrong, right := range map[string]string{"SESSION_LIFETIME=x": "from 1m to 24h", "BRAND_LOGO=http://x/y.png": "must be an https URL"} {
		if said := refuses(t, t.TempDir(), wrong); !strings.Contains(said, right) || strings.Contains(said, "never") {
			t.Errorf("%s: it said %q", wrong, said)
		}
	}
	if said := refuses(t, t.TempDir(), "SAMPLE=no", "SWEEP_EVERY=soon"); !strings.Contains(said, "SAMPLE") || !strings.Contains(said, "SWEEP_EVERY") {
		t.Errorf("of two that are wrong it said %q", said)
	}
}

func TestASecondProcessOnTheSameDataOrPortIsToldWhatToDo(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	p := start(t, folder)
	if said := refuses(t, folder); !strings.Contains(said, "in use by another program") || !strings.Contains(said, "choose another folder") {
		t.Errorf("the same data: %q", said)
	}
	for variable, base := range map[string]string{"PORT": p.management, "API_PORT": p.api} {
		port := strings.TrimPrefix(base, "http://localhost:")
		if said := refuses(t, t.TempDir(), variable+"="+port); !strings.Contains(said, "port "+port+" is in use") || !strings.Contains(said, "set "+variable) {
			t.Errorf("the same port: %q", said)
		}
	}
	p.interrupt()
}
