package api

import (
	"context"
	"errors"

	"github.com/private-integrations/private-integrations/pkg/account"
	"github.com/private-integrations/private-integrations/pkg/cursor"
	"github.com/private-integrations/private-integrations/pkg/gateway"
	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/problem"
	"github.com/private-integrations/private-integrations/pkg/strictjson"
)

var (
	errNoClaims     = errors.New("the request has no claims")
	errBodyTooLarge = errors.New("the body is too large")
	errMediaType    = errors.New("the body is not declared as JSON")
)

// codes says how each refusal of the domain is told.
var codes = []struct {
	err  error
	code problem.Code
}{
	{errNoClaims, problem.SignInRequired},
	{errBodyTooLarge, problem.BodyTooLarge},
	{errMediaType, problem.UnsupportedMedia},
	{cursor.ErrInvalid, problem.InvalidCursor},
	{manage.ErrForbidden, problem.Forbidden},
	{manage.ErrFeatureDisabled, problem.FeatureDisabled},
	{manage.ErrVersion, problem.VersionMismatch},
	{manage.ErrKeyReused, problem.KeyReused},
	{account.ErrNoMember, problem.NotFound},
	{account.ErrLastManager, problem.LastManager},
	{integration.ErrNotFound, problem.NotFound},
	{integration.ErrQuota, problem.QuotaReached},
	{integration.ErrConflict, problem.Conflict},
	{integration.ErrNoLiveToken, problem.NoLiveToken},
	{integration.ErrRotationPending, problem.RotationPending},
	{integration.ErrNoRotation, problem.NoRotation},
	{integration.ErrNewTokenInUse, problem.NewTokenInUse},
}

// problemOf says what a client of o is told of err: the one place where errors meet
// clients. What is not known is a fault of ours, of which nothing is told.
func problemOf(o Operation, err error) problem.Problem {
	if p, ok := strictjson.Problem(err); ok {
		return p
	}
	for _, c := range codes {
		if errors.Is(err, c.err) {
			return o.Problem(c.code)
		}
	}
	return problem.New(problem.Internal)
}

func (a *API) refuse(ctx context.Context, c *call, err error) *gateway.Response {
	p := problemOf(c.operation, err)
	p.RequestID = c.ID
	if p.Code == problem.Internal {
		a.Log.ErrorContext(ctx, "management fault", "operation", c.operation.ID, "requestId", c.ID, "error", err)
	}
	return gateway.ProblemResponse(p)
}
