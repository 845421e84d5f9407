package apigateway

import (
	"context"
	"fmt"
	"strings"

	"github.com/private-integrations/private-integrations/pkg/gateway"
)

// arnPrefix is all of a method ARN up to the method: region, account, API and
// stage are made up.
const arnPrefix = "arn:aws:execute-api:us-east-1:" + accountID + ":" + apiID + "/" + stage + "/"

// authorize asks the authorizer about the call and gives the type of the
// gateway response that refuses it, or nothing where it may pass.
func (c *call) authorize() (refusal string) {
	ctx, cancel := context.WithTimeout(c.r.Context(), c.authorizerTimeout)
	defer cancel()
	response, err := c.askSafely(ctx)
	switch {
	case err != nil && err.Error() == "Unauthorized":
		return "UNAUTHORIZED"
	case err != nil:
		c.config.Log.Error("authorizer failed", "requestId", c.id, "error", err)
		return "AUTHORIZER_FAILURE"
	case !usable(response):
		c.config.Log.Error("authorizer's answer is not usable", "requestId", c.id)
		return "AUTHORIZER_CONFIGURATION_ERROR"
	}
	c.allowed = response
	if !allows(&response.PolicyDocument.Statement[0], c.arn) {
		return "ACCESS_DENIED"
	}
	return ""
}

// askSafely makes an error of a panic, as Lambda does.
func (c *call) askSafely(ctx context.Context) (response *gateway.AuthorizerResponse, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return c.ask(ctx, c)
}

// usable reports whether the answer has what API Gateway insists on.
func usable(r *gateway.AuthorizerResponse) bool {
	if r == nil || r.PrincipalID == "" || r.PolicyDocument.Version != "2012-10-17" {
		return false
	}
	s := &r.PolicyDocument.Statement[0]
	return (s.Effect == "Allow" || s.Effect == "Deny") && s.Action != "" && s.Resource != ""
}

// allows evaluates the policy for one method: what no statement allows is
// denied.
func allows(s *gateway.Statement, methodARN string) bool {
	return s.Effect == "Allow" &&
		matches(strings.ToLower(s.Action), "execute-api:invoke") &&
		matches(s.Resource, methodARN)
}

// matches compares s with a pattern of IAM: "*" stands for any characters and
// "?" for one; both take in slashes too. Upon a mismatch only the last star
// tries again, so that the work is at most the product of both lengths.
func matches(pattern, s string) bool {
	star, resume := -1, 0
	p, i := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, resume = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			resume++
			p, i = star+1, resume
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
