package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// check is one request and what has to come of it.
type check struct {
	name string
	request
	want want
	// of is what the request may do.
	of standing
	// unsure says that it can't be known without AWS what comes: another answer
	// is noted and no failure.
	unsure bool
}

// standing is what a request may do.
type standing int

const (
	stranger standing = iota // has no credential, or a bad one: a 2xx is a breach
	holder                   // has a right one, though it may be hard to find
	visitor                  // asks for what is public
)

// want is what an answer has to be.
type want struct {
	text  string
	holds func(answer) bool
}

var (
	success = want{"2xx", answer.success}
	refusal = want{"4xx", func(a answer) bool { return a.status >= 400 && a.status <= 499 || a.status == 0 }}
	// decided is either, and neither a redirect nor a fault.
	decided = want{"2xx or 4xx", func(a answer) bool { return success.holds(a) || refusal.holds(a) }}

	// invalidToken is the one refusal of all that is wrong with a credential.
	invalidToken = want{"401 invalid_token", func(a answer) bool {
		return a.status == 401 && a.code() == "invalid_token" && a.header.Get("WWW-Authenticate") != ""
	}}
	unknownRoute = problem(403, "unknown_route")
)

func status(n int) want {
	return want{strconv.Itoa(n), func(a answer) bool { return a.status == n }}
}

func problem(status int, code string) want {
	return want{fmt.Sprint(status, " ", code), func(a answer) bool { return a.status == status && a.code() == code }}
}

// verdict is what is said of an answer.
type verdict string

const (
	right  verdict = "ok"
	noted  verdict = "note"
	failed verdict = "FAIL"
	breach verdict = "BREACH"
)

func (c check) judge(a answer) verdict {
	switch {
	case c.of == stranger && a.success():
		return breach
	case c.want.holds(a):
		return right
	case c.unsure:
		return noted
	}
	return failed
}

// suite are the checks of one server.
type suite struct {
	title  string
	server *server
	checks []check
}

// report runs all checks and prints a line for each. The error says that some
// failed, or that a server can't be reached.
func report(ctx context.Context, out io.Writer, suites []suite, leftOut bool) error {
	count := map[verdict]int{}
	var lines strings.Builder
	for _, s := range suites {
		fmt.Fprintf(&lines, "%s\n", s.title)
		for _, c := range s.checks {
			got, err := s.server.send(ctx, c.request)
			if err != nil {
				return fmt.Errorf("%s: %w", s.title, err)
			}
			v := c.judge(got)
			count[v]++
			fmt.Fprintf(&lines, "%s\t%s\texpected %s\tgot %s\n", v, c.name, c.want.text, got)
		}
	}
	if leftOut {
		fmt.Fprintln(&lines, "Left out: what needs a sign-in (-jwt).")
	}
	total := count[right] + count[noted] + count[failed] + count[breach]
	fmt.Fprintf(&lines, "%d cases: ok %d, note %d (decided by AWS, and safe), FAIL %d, BREACH %d (let through without a credential)\n",
		total, count[right], count[noted], count[failed], count[breach])
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, err := io.WriteString(table, lines.String())
	if err := errors.Join(err, table.Flush()); err != nil {
		return err
	}
	if n := count[failed] + count[breach]; n > 0 {
		return fmt.Errorf("%d of %d cases failed", n, total)
	}
	return nil
}
