package problem

// The codes.
const (
	InvalidToken      Code = "invalid_token"
	SignInRequired    Code = "sign_in_required"
	InsufficientScope Code = "insufficient_scope"
	UnknownRoute      Code = "unknown_route"
	UseAPIv2          Code = "use_api_v2"
	VersionRequired   Code = "version_required"
	Forbidden         Code = "forbidden"
	FeatureDisabled   Code = "feature_disabled"
	NotFound          Code = "not_found"
	MethodNotAllowed  Code = "method_not_allowed"
	BadRequest        Code = "bad_request"
	InvalidJSON       Code = "invalid_json"
	InvalidCursor     Code = "invalid_cursor"
	BodyTooLarge      Code = "body_too_large"
	HeadersTooLarge   Code = "headers_too_large"
	UnsupportedMedia  Code = "unsupported_media_type"
	ValidationFailed  Code = "validation_failed"
	KeyReused         Code = "idempotency_key_reused"
	VersionMismatch   Code = "version_mismatch"
	NoLiveToken       Code = "no_live_token"
	RotationPending   Code = "rotation_pending"
	NoRotation        Code = "no_rotation"
	NewTokenInUse     Code = "new_token_in_use"
	QuotaReached      Code = "quota_reached"
	LastManager       Code = "last_manager"
	Conflict          Code = "conflict"
	TooManyRequests   Code = "too_many_requests"
	Internal          Code = "internal"
	UpstreamFailed    Code = "upstream_failed"
	UpstreamTimeout   Code = "upstream_timeout"
	Unavailable       Code = "unavailable"
)

// Kind is one row of the table: the code, its usual status, what it means, and
// what to do about it.
type Kind struct {
	Code   Code
	Status int
	Title  string
	Detail string
	Help   string
}

// Table lists every kind of problem, by status.
var Table = []Kind{
	{BadRequest, 400, "The request can't be read", "The request is not one that this API can read.",
		"Compare it with the API's description. A path of API v2.0 that is too long is told so as well, with the status 414."},
	{InvalidJSON, 400, "The body is not JSON as it should be", "The body must be one JSON object in UTF-8 without duplicate names.",
		"The detail says where reading stopped. Duplicate names, bytes that are not UTF-8, lone surrogates and anything after the object are refused as well as broken JSON."},
	{InvalidCursor, 400, "The cursor is not one of this list", "Cursors are valid only as they were given, for the list and the filters that they came with.",
		"Start again without a cursor."},
	{VersionRequired, 400, "The Version header is missing or unknown", "Send the header `Version: 2021-07-28`.",
		"Every call of API v2.0 names the version of the API that it was written for."},
	{InvalidToken, 401, "The token is missing or not valid", "Send a living token of a private integration as `Authorization: Bearer <token>`.",
		"All causes are told alike: no token, a mistyped one, an unknown, expired, rotated out or deleted one. Whoever holds the token can ask `GET /token` why it does not work."},
	{Forbidden, 403, "You may not do this", "Your permission in this account does not allow it.",
		"Ask an admin of the account: under Roles & Permissions they can let you view or manage integrations. Members and settings are for admins alone."},
	{FeatureDisabled, 403, "Private Integrations is switched off", "The account has switched Private Integrations off.",
		"An admin of the account can switch it on again, under Labs or with `PUT …/settings`. Tokens go on working in the meantime."},
	{SignInRequired, 401, "Sign in first", "The request carries no valid sign-in.",
		"Send a JWT of the identity provider as `Authorization: Bearer <jwt>`."},
	{InsufficientScope, 403, "The token lacks a scope", "The token does not hold the scope that this operation needs.",
		"The detail and the `WWW-Authenticate` header name the scope. An admin can add it to the integration; the token stays the same."},
	{UnknownRoute, 403, "No such operation", "No operation of this API has this method and path.",
		"Paths are compared as they are sent: letter case counts, and a path that could be read in two ways is refused."},
	{NotFound, 404, "Not found", "There is nothing here, or it is not yours.",
		"What belongs to another account is answered like what does not exist."},
	{UseAPIv2, 404, "API v1 is not served here", "Private integrations work with API v2.0 only.",
		"Use the operation of API v2.0 that does the same."},
	{MethodNotAllowed, 405, "The method is not allowed here", "This path does not have this method.", "Use one of the methods that the API's description names."},
	{NoLiveToken, 409, "No token lives", "The integration has no living token.",
		"Rotate with `\"expireOld\": \"now\"` to give it a new one."},
	{RotationPending, 409, "A rotation is in progress", "The old token is still in its grace window.",
		"Complete or cancel that rotation first, or rotate with `\"expireOld\": \"now\"`, which ends every older token."},
	{NoRotation, 409, "No rotation is in progress", "The integration is not in a grace window.",
		"There is no old token that could be brought back, kept or ended. `GET …/rotation` answers this with status 404."},
	{NewTokenInUse, 409, "The new token is in use", "The new token has been used, and cancelling would end it.",
		"Send `\"force\": true` to cancel all the same."},
	{QuotaReached, 409, "The account has all the integrations it may have", "The account's number of integrations is at its limit.",
		"Delete one that is no longer needed, or ask the operator for more."},
	{LastManager, 409, "Nobody else may manage", "Nobody would be left who may manage this account's integrations; nothing was done.",
		"Let somebody else manage them first."},
	{Conflict, 409, "Others were faster", "It was being changed by others; nothing was done.",
		"Read it again and repeat the request."},
	{VersionMismatch, 412, "It has changed since you read it", "The version in If-Match is not the current one; nothing was done.",
		"Read it again, look at what changed, and repeat the request with the new ETag."},
	{BodyTooLarge, 413, "The body is too large", "The body is larger than this operation takes.", "Send less."},
	{UnsupportedMedia, 415, "The body is not declared as JSON", "Send the header `Content-Type: application/json`.", "Other media types are not read."},
	{ValidationFailed, 422, "Some of what was sent is not valid", "See `errors` for each fault and where it is.", "Mend what is named and repeat the request; nothing was done."},
	{KeyReused, 422, "The idempotency key was used for another request", "The Idempotency-Key was sent with another request within the last 24 hours; nothing was done.",
		"Use a new key for each new request, and the same one only to repeat it."},
	{TooManyRequests, 429, "Too many requests", "Requests come faster than the limit.", "Wait as the `Retry-After` header says, then go on more slowly."},
	{HeadersTooLarge, 431, "The headers are too large", "The headers have more than 10,240 bytes in all.", "Send fewer or shorter headers."},
	{Internal, 500, "Something went wrong on our side", "The request could not be completed.", "Repeat it. If it goes on, tell the operator the `requestId`."},
	{UpstreamFailed, 502, "The API behind did not answer as it should", "The API behind the gateway could not be reached or gave no answer that can be passed on.", "Repeat the request later."},
	{Unavailable, 503, "Not available at the moment", "The request could not be decided; it was not let through, and nothing was done.", "Repeat it after the seconds in `Retry-After`. This says nothing against the token."},
	{UpstreamTimeout, 504, "The API behind took too long", "The API behind the gateway did not answer in time.", "Look whether the request had an effect before repeating it."},
}
