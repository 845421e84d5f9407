package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/private-integrations/private-integrations/pkg/api"
	"github.com/private-integrations/private-integrations/pkg/catalog"
	"github.com/private-integrations/private-integrations/pkg/console"
	"github.com/private-integrations/private-integrations/pkg/signin"
	"github.com/private-integrations/private-integrations/pkg/token"
)

// settings are what a deployment chooses. Each is a context value of the CDK
// with the name that readSettings gives it, as in `-c upstream=https://…`, or
// one of those that the context holds under the stage's name. The table in
// docs/deploy.md explains them.
type settings struct {
	stage string
	kept  bool   // whether what is stored outlives the stack
	dist  string // folder of the zips that `make build` made

	upstream             string // URL; empty: the contacts API
	forwardAuthorization bool
	servesV1             bool // by the catalogue

	issuer, audience string // empty: a user pool of our own
	consoleClient    string // at that issuer; empty as above
	consoleSecret    string // ARN of the client's secret; empty: it has none
	claim            string
	session          string // how long one lasts
	brandName        string
	brandLogo        string // URL; empty: none
	brandColor       string
	mailFrom         string // address; empty: no e-mails
	apiBaseURL       string // in the console's examples; empty: where API v2.0 is
	prefix           string
	maxIntegrations  int

	key                             string // ARN; empty: keys of AWS
	apiDomain, apiCertificate       string
	manageDomain, manageCertificate string
	rate, burst                     int
	webRate                         int // 0: no firewall
	topic                           string
	accountLogRole                  bool
}

// chosen reads context values and keeps what is wrong with them.
type chosen struct {
	node    constructs.Node
	ofStage map[string]any
	faults  []error
}

func (c *chosen) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf(format, args...))
}

// text gives the value of a name. Those of the command line are texts, those of
// cdk.json may be of other types.
func (c *chosen) text(name, otherwise string) string {
	for _, value := range []any{c.node.TryGetContext(jsii.String(name)), c.ofStage[name]} {
		if value != nil && value != "" {
			return fmt.Sprint(value)
		}
	}
	return otherwise
}

func (c *chosen) matching(name, otherwise, pattern, is string) string {
	value := c.text(name, otherwise)
	if value != "" && !regexp.MustCompile(`^(?:`+pattern+`)$`).MatchString(value) {
		c.fault("%s is %q: it has to be %s", name, value, is)
	}
	return value
}

func (c *chosen) number(name string, otherwise, least int) int {
	text := c.text(name, strconv.Itoa(otherwise))
	n, err := strconv.Atoi(text)
	if err != nil || n != otherwise && n < least {
		c.fault("%s is %q: it has to be a whole number, %d or more", name, text, least)
	}
	return n
}

func (c *chosen) flag(name string, otherwise bool) bool {
	text := c.text(name, strconv.FormatBool(otherwise))
	on, err := strconv.ParseBool(text)
	if err != nil {
		c.fault("%s is %q: it has to be true or false", name, text)
	}
	return on
}

// together faults if one of two values that need each other is missing.
func (c *chosen) together(name, value, other, otherValue string) {
	if (value == "") != (otherValue == "") {
		c.fault("%s and %s go together: give both or none", name, other)
	}
}

const arn = `arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:\d*:.+`

// readSettings tells all that is wrong at once.
func readSettings(node constructs.Node) (settings, error) {
	c := &chosen{node: node}
	stage := c.matching("stage", "dev", `[a-z][a-z0-9-]{0,19}`, "up to 20 small letters, digits and hyphens, a letter first")
	c.ofStage, _ = node.TryGetContext(jsii.String(stage)).(map[string]any)
	s := settings{
		stage:                stage,
		dist:                 c.text("dist", "dist"),
		upstream:             c.text("upstream", "contacts"),
		forwardAuthorization: c.flag("forwardAuthorization", false),
		issuer:               c.matching("issuer", "", `https://.+`, "the issuer's URL, which begins with https://"),
		audience:             c.text("audience", ""),
		consoleClient:        c.text("consoleClientId", ""),
		consoleSecret:        c.matching("consoleClientSecretArn", "", arn, "the ARN of a secret"),
		claim:                c.text("membershipClaim", api.DefaultClaim),
		session:              c.matching("sessionLifetime", signin.DefaultLifetime.String(), `[0-9hms.]+`, "a duration such as 8h"),
		brandName:            c.text("brandName", console.DefaultName),
		mailFrom:             c.matching("mailFrom", "", `[^@\s<>,]+@[^@\s<>,]+\.[^@\s<>,]+`, "an e-mail address"),
		brandLogo:            c.matching("brandLogo", "", `https://.+`, "the logo's URL, which begins with https://"),
		brandColor:           c.text("brandColor", console.DefaultColor),
		apiBaseURL:           c.text("apiBaseUrl", ""),
		prefix:               c.text("tokenPrefix", token.DefaultPrefix),
		maxIntegrations:      c.number("maxIntegrations", 100, 1),
		key:                  c.matching("key", "", arn, "the ARN of a KMS key"),
		apiDomain:            c.text("apiDomain", ""),
		apiCertificate:       c.matching("apiCertificate", "", arn, "the ARN of a certificate"),
		manageDomain:         c.text("manageDomain", ""),
		manageCertificate:    c.matching("manageCertificate", "", arn, "the ARN of a certificate"),
		rate:                 c.number("rate", 1000, 1),
		burst:                c.number("burst", 2000, 1),
		webRate:              c.number("webRate", 0, 10), // the least that WAF takes
		topic:                c.matching("alarmTopic", "", arn, "the ARN of an SNS topic"),
		accountLogRole:       c.flag("accountLogRole", true),
	}
	s.kept = s.stage != "dev"
	c.together("issuer", s.issuer, "audience", s.audience)
	c.together("issuer", s.issuer, "consoleClientId", s.consoleClient)
	c.console(s)
	c.together("apiDomain", s.apiDomain, "apiCertificate", s.apiCertificate)
	c.together("manageDomain", s.manageDomain, "manageCertificate", s.manageCertificate)
	if _, err := token.NewFormat(s.prefix); err != nil {
		c.fault("tokenPrefix: %w", err)
	}
	s.upstream = c.upstream(s.upstream)
	s.servesV1 = c.servesV1(s.dist)
	return s, errors.Join(c.faults...)
}

// console checks what the console would not start with.
func (c *chosen) console(s settings) {
	if s.consoleSecret != "" && s.issuer == "" {
		c.fault("consoleClientSecretArn is for an issuer of your own: the user pool's client has no secret")
	}
	if _, err := console.NewBrand(s.brandName, s.brandLogo, s.brandColor); err != nil {
		c.fault("brandName, brandLogo and brandColor: %w", err)
	}
	if d, err := time.ParseDuration(s.session); err != nil || d < time.Minute || d > signin.MaxLifetime {
		c.fault("sessionLifetime is %q: it has to be from 1m to %s", s.session, signin.MaxLifetime)
	}
	if s.apiBaseURL != "" {
		if _, err := console.BaseURL(s.apiBaseURL); err != nil {
			c.fault("apiBaseUrl: %w", err)
		}
	}
}

// upstream is the URL without a slash at its end, or empty for the contacts API.
func (c *chosen) upstream(text string) string {
	if text == "contacts" {
		return ""
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		c.fault("upstream is %q: it has to be contacts, or a URL of the form https://host/path", text)
	}
	return strings.TrimSuffix(text, "/")
}

// servesV1 looks into the catalogue that was built.
func (c *chosen) servesV1(dist string) bool {
	data, err := os.ReadFile(filepath.Join(dist, "catalog.json"))
	if err != nil {
		c.fault("%w: run make build first", err)
		return false
	}
	compiled, err := catalog.Decode(data)
	if err != nil {
		c.fault("read %s/catalog.json: %w", dist, err)
		return false
	}
	return compiled.ServesV1()
}
