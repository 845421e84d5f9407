package localtest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
)

// Person is somebody at a browser without JavaScript: it keeps cookies, follows
// redirects, and sends forms as of the page that it shows.
type Person struct {
	r      *Runner
	client *http.Client
	Jar    *cookiejar.Jar
}

// Page is what the browser shows in the end, and on which way it came there.
type Page struct {
	Answer
	URL  *url.URL
	Hops []Hop // the redirects, in their order
}

// Hop is a redirect.
type Hop struct {
	Status   int
	Location string
}

// Person is a new browser, in which nobody has signed in.
func (r *Runner) Person() *Person {
	r.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return &Person{r, &http.Client{
		Jar: jar, Transport: r.client.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, jar}
}

// Get goes to a path of the console, or to a whole URL.
func (p *Person) Get(target string) Page {
	p.r.t.Helper()
	return p.send(http.MethodGet, target, nil)
}

// Post sends a form to a path of the console, or to a whole URL.
func (p *Person) Post(target string, form url.Values) Page {
	p.r.t.Helper()
	return p.send(http.MethodPost, target, form)
}

// SignIn goes to a path, and there through sign-in as the user.
func (p *Person) SignIn(user, target string) Page {
	p.r.t.Helper()
	page := p.Get(target)
	if !strings.HasPrefix(page.URL.Path, "/dev/oidc/") {
		p.r.t.Fatalf("%s did not lead to sign-in but to %s: %s", target, page.URL, page)
	}
	page = p.Post(page.URL.String(), url.Values{"user": {user}})
	borrowKey(p.r.t, p.r.Config.DataDir)
	return page
}

// maxHops is far more than any way has.
const maxHops = 10

func (p *Person) send(method, target string, form url.Values) Page {
	p.r.t.Helper()
	if strings.HasPrefix(target, "/") {
		target = p.r.ManagementURL + target
	}
	var hops []Hop
	for range maxHops {
		page, next, err := p.once(method, target, form)
		if err != nil {
			p.r.t.Fatalf("%s %s: %v", method, target, err)
		}
		if page.Hops = hops; next == "" {
			return page
		}
		hops = append(hops, Hop{page.Status, page.Header.Get("Location")})
		method, target, form = http.MethodGet, next, nil
	}
	p.r.t.Fatalf("%s goes in circles", target)
	return Page{}
}

// once sends one request with what a browser says about it: here every page is
// of the console's own site. It gives the address that the answer redirects to,
// empty if it does not.
func (p *Person) once(method, target string, form url.Values) (page Page, next string, err error) {
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(form.Encode())
	}
	request, err := http.NewRequestWithContext(context.Background(), method, target, body)
	if err != nil {
		return Page{}, "", err
	}
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := p.client.Do(request)
	if err != nil {
		return Page{}, "", err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return Page{}, "", fmt.Errorf("read the answer: %w", err)
	}
	if location, err := response.Location(); err == nil {
		next = location.String()
	}
	return Page{Answer: Answer{response.StatusCode, response.Header, answer}, URL: response.Request.URL}, next, nil
}
