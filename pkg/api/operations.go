package api

import (
	"net/http"

	"github.com/private-integrations/private-integrations/pkg/integration"
	"github.com/private-integrations/private-integrations/pkg/manage"
	"github.com/private-integrations/private-integrations/pkg/problem"
)

// Operations is the management API.
var Operations = []Operation{
	with(Operation{
		ID: "list-scopes", Method: "GET", Path: "/api/v1/scopes", Status: http.StatusOK, Tag: tagScopes,
		Summary:     "List the scopes that can be granted",
		Description: "Each with what it is for and the operations that it opens.",
	}, (*API).listScopes),
	with(Operation{
		ID: "list-integrations", Method: "GET", Path: accountPath + "/integrations", Status: http.StatusOK, Tag: tagIntegrations,
		Summary: "List an account's integrations", Description: "Newest first.",
		Problems: []problem.Code{problem.InvalidCursor},
		Query: []Parameter{
			{Name: "query", Type: "string", MaxLength: maxQuery, Description: "Part of a name, in any letter case, or at least the first 4 characters of a token's public id, with or without its prefix."},
			{Name: "status", Type: "string", Enum: texts(integration.Statuses), Description: "Only those of this status."},
			limitParameter, cursorParameter,
		},
	}, (*API).listIntegrations),
	with(Operation{
		ID: "create-integration", Method: "POST", Path: accountPath + "/integrations", Status: http.StatusCreated, Tag: tagIntegrations,
		Summary: "Create an integration and its token", Description: "The token is in this answer and never shown again.",
		Idempotent: true, Problems: []problem.Code{problem.QuotaReached},
	}, (*API).createIntegration),
	with(Operation{
		ID: "get-integration", Method: "GET", Path: integrationPath, Status: http.StatusOK, Tag: tagIntegrations,
		Summary:     "Read an integration",
		Description: "`current` and `retiring` are null from the instant on that their token dies.",
	}, (*API).getIntegration),
	with(Operation{
		ID: "edit-integration", Method: "PATCH", Path: integrationPath, Status: http.StatusOK, Tag: tagIntegrations,
		Summary: "Change name, description or scopes", Conditional: true,
		Description: "The tokens stay as they are; the scopes hold for them from the next request on. Fields that are left out stay.",
	}, (*API).editIntegration),
	with(Operation{
		ID: "delete-integration", Method: "DELETE", Path: integrationPath, Status: http.StatusNoContent, Tag: tagIntegrations,
		Summary: "Delete an integration", Conditional: true,
		Description: "Its tokens are dead at once.",
	}, (*API).deleteIntegration),
	with(Operation{
		ID: "rotate-token", Method: "POST", Path: integrationPath + "/rotate", Status: http.StatusOK, Tag: tagRotation,
		Summary: "Rotate: issue a new token", Conditional: true, Idempotent: true,
		Description: "The old token dies at once, or lives on for a grace window. The new one is in this answer and never shown again.",
		Problems:    []problem.Code{problem.NoLiveToken, problem.RotationPending},
	}, (*API).rotateToken),
	with(Operation{
		ID: "get-rotation", Method: "GET", Path: integrationPath + "/rotation", Status: http.StatusOK, Tag: tagRotation,
		Summary: "Read the rotation in progress", Problems: []problem.Code{problem.NoRotation},
		Description: "With what both tokens were used for since then, and whether the old one can be ended. 404 `no_rotation` outside of a grace window.",
	}, (*API).getRotation),
	with(Operation{
		ID: "get-usage", Method: "GET", Path: integrationPath + "/usage", Status: http.StatusOK, Tag: tagUsage,
		Summary:     "Read what an integration's tokens were used for",
		Description: "Counted over all tokens that lived within the days, of which the last is today in UTC; of more than 50 tokens, over the newest. What was used within the last minute may be missing.",
		Query: []Parameter{{
			Name: "days", Type: "integer", Minimum: 1, Maximum: manage.MaxDays, Default: 30, Description: "How many days.",
		}},
	}, (*API).getUsage),
	with(Operation{
		ID: "get-advice", Method: "GET", Path: integrationPath + "/advice", Status: http.StatusOK, Tag: tagUsage,
		Summary:     "Read which scopes an integration does not need",
		Description: "A scope that was held for 45 days and not used in them could go. The preview says which calls of the last 30 days some scopes would have refused. To narrow them, change the integration.",
		Query: []Parameter{{
			Name: "scopes", Type: "string", MaxLength: maxScopesQuery, Description: "Scopes of the integration to make the preview of, with spaces between; `narrowed` if it is left out.",
		}},
	}, (*API).getAdvice),
	with(Operation{
		ID: "move-rotation", Method: "PATCH", Path: integrationPath + "/rotation", Status: http.StatusOK, Tag: tagRotation,
		Summary: "Move the end of the grace window", Conditional: true, Problems: []problem.Code{problem.NoRotation},
		Description: "Earlier or later, from now to 30 days after the rotation, never beyond the old token's own deadline.",
	}, (*API).moveRotation),
	with(Operation{
		ID: "cancel-rotation", Method: "POST", Path: integrationPath + "/rotation/cancel", Status: http.StatusOK, Tag: tagRotation,
		Summary: "Cancel the rotation: keep the old token", Conditional: true,
		Description: "The new token dies at once and the old one is current again, with the deadline that it had before. A new token that has been used is given up only with `force`.",
		Problems:    []problem.Code{problem.NoRotation, problem.NewTokenInUse},
	}, (*API).cancelRotation),
	with(Operation{
		ID: "complete-rotation", Method: "POST", Path: integrationPath + "/rotation/complete", Status: http.StatusOK, Tag: tagRotation,
		Summary: "Complete the rotation: end the old token now", Conditional: true, Problems: []problem.Code{problem.NoRotation},
		Description: "The new token stays.",
	}, (*API).completeRotation),
	with(Operation{
		ID: "expire-tokens", Method: "POST", Path: integrationPath + "/expire", Status: http.StatusOK, Tag: tagTokens,
		Summary: "Expire now, or set when", Conditional: true, Problems: []problem.Code{problem.NoLiveToken},
		Description: "Without `at` every token dies now; the integration stays and can be rotated to life. With `at` the current token's deadline is set or moved.",
	}, (*API).expireTokens),
	with(Operation{
		ID: "clear-expiry", Method: "DELETE", Path: integrationPath + "/expiry", Status: http.StatusOK, Tag: tagTokens,
		Summary: "Remove the current token's deadline", Conditional: true, Problems: []problem.Code{problem.NoLiveToken},
		Description: "The token then lives until somebody ends it.",
	}, (*API).clearExpiry),
	with(Operation{
		ID: "list-events", Method: "GET", Path: integrationPath + "/events", Status: http.StatusOK, Tag: tagIntegrations,
		Summary: "List what happened to an integration", Description: "Newest first.",
		Query:    []Parameter{limitParameter, cursorParameter},
		Problems: []problem.Code{problem.InvalidCursor},
	}, (*API).listEvents),
	with(Operation{
		ID: "lookup-token", Method: "POST", Path: accountPath + "/tokens/lookup", Status: http.StatusOK, Tag: tagTokens,
		Summary:     "Find the integration that a token belongs to",
		Description: "Alive or, for 90 days, dead, also of a deleted integration. For when a token has turned up somewhere.",
	}, (*API).lookupToken),
	with(Operation{
		ID: "list-audit", Method: "GET", Path: accountPath + "/audit", Status: http.StatusOK, Tag: tagAudit, Admins: true,
		Summary: "List what happened in an account",
		Description: "To its integrations, its people and its settings, newest first; for admins of the account. " +
			"What happened in the last moments may be missing, unless `integration` is given. " +
			"As CSV only the first page has the line of column names, so that pages can be put one behind the other; " +
			"a cell that a spreadsheet could take for a formula begins with `'`. `docs/audit.md` says what the hashes prove.",
		Problems: []problem.Code{problem.InvalidCursor},
		Formats:  []string{"text/csv", "application/jsonl"},
		Query: []Parameter{
			{Name: "integration", Type: "string", MaxLength: maxAuditText, Description: "Only what happened to the integration of this id, deleted or not."},
			{Name: "actor", Type: "string", MaxLength: maxAuditText, Description: "Only what was done by who has this id or, in any letter case, this e-mail address; `system` is the clock."},
			{Name: "kind", Type: "string", MaxLength: maxAuditText, Description: "Only entries of this type, such as `token.ended`, or of types that begin so before a dot, such as `token`."},
			{Name: "from", Type: "string", Format: "date-time", Description: "Only from this instant on."},
			{Name: "to", Type: "string", Format: "date-time", Description: "Only before this instant."},
			{Name: "format", Type: "string", Enum: auditFormats, Description: "What the answer is to be, whatever `Accept` says: JSON, CSV or JSON lines."},
			{Name: "limit", Type: "integer", Minimum: 1, Maximum: maxAudit, Default: defaultLimit, Description: "How many entries a page has at most. CSV and JSON lines have as many as there can be if it is left out."},
			cursorParameter,
		},
	}, (*API).listAudit),
	with(Operation{
		ID: "list-notifications", Method: "GET", Path: accountPath + "/notifications", Status: http.StatusOK, Tag: tagAccount,
		Summary: "List what people were told",
		Description: "What needs somebody, such as a token that should be rotated, has expired, or was used though it is dead: the same that " +
			"those who manage the account get by e-mail. Newest first, of the last 90 days. For those who may manage.",
		Problems: []problem.Code{problem.InvalidCursor},
		Query: []Parameter{
			{Name: "limit", Type: "integer", Minimum: 1, Maximum: 100, Default: defaultLimit, Description: "How many notifications a page has at most."},
			cursorParameter,
		},
	}, (*API).listNotifications),
	with(Operation{
		ID: "list-members", Method: "GET", Path: accountPath + "/members", Status: http.StatusOK, Tag: tagAccount, Admins: true,
		Summary: "List an account's people", Description: "Those who have signed in, and what they may do. For admins.",
	}, (*API).listMembers),
	with(Operation{
		ID: "set-permission", Method: "PUT", Path: memberPath + "/permissions", Status: http.StatusOK, Tag: tagAccount, Admins: true,
		Summary:     "Set what somebody may do",
		Description: "From the next request on, and whatever their role is or becomes. Somebody has to be left who may manage. For admins.",
		Problems:    []problem.Code{problem.LastManager, problem.Conflict},
	}, (*API).setPermission),
	with(Operation{
		ID: "get-settings", Method: "GET", Path: accountPath + "/settings", Status: http.StatusOK, Tag: tagAccount, Admins: true,
		Summary: "Read an account's settings", Description: "For admins.",
	}, (*API).getSettings),
	with(Operation{
		ID: "set-settings", Method: "PUT", Path: accountPath + "/settings", Status: http.StatusOK, Tag: tagAccount, Admins: true,
		Summary: "Change an account's settings", Conditional: true,
		Description: "What is left out stays. What the operator sets can be sent as it was read and not be changed. For admins.",
	}, (*API).setSettings),
}

func texts[T ~string](values []T) []string {
	all := make([]string, len(values))
	for n, v := range values {
		all[n] = string(v)
	}
	return all
}
