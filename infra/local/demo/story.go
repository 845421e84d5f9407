package main

// step is one request of the story, and the status that it has to be answered
// with. In texts, {id} stands for the integration and {first}, {second}, … for
// the tokens in the order in which they were issued.
type step struct {
	say    string
	do     string // method and path; paths under /api and /dev go to management
	body   string
	with   string // the token of a call of API v2.0
	status int
}

const integrations = "/api/v1/accounts/acme/integrations"

// story is the life of an integration, row by row.
var story = []step{
	{say: "An admin looks up what can be granted.", do: "GET /api/v1/scopes", status: 200},
	{say: "She creates an integration. The token is shown this once.", do: "POST " + integrations,
		body: `{"name":"Nightly export","description":"Copies contacts to the warehouse","scopes":["contacts.readonly"]}`, status: 201},
	{say: "Her program calls the API with it.", do: "GET /contacts/ada", with: "{first}", status: 200},
	{say: "Writing needs another scope: the answer names it.", do: "DELETE /contacts/ada", with: "{first}", status: 403},
	{say: "She adds the scope. The token stays the same.", do: "PATCH " + integrations + "/{id}",
		body: `{"scopes":["contacts.readonly","contacts.write"]}`, status: 200},
	{say: "The same token may write from the next request on.", do: "DELETE /contacts/linus", with: "{first}", status: 204},
	{say: "Time to rotate: the old token lives on for seven days.", do: "POST " + integrations + "/{id}/rotate",
		body: `{"expireOld":"later","graceHours":168}`, status: 200},
	{say: "The old one still works …", do: "GET /contacts/ada", with: "{first}", status: 200},
	{say: "… and so does the new one.", do: "GET /contacts/ada", with: "{second}", status: 200},
	{say: "Another rotation has to wait for this one.", do: "POST " + integrations + "/{id}/rotate",
		body: `{"expireOld":"later"}`, status: 409},
	{say: "Cancelling would end the new token, which is in use.", do: "POST " + integrations + "/{id}/rotation/cancel",
		body: `{}`, status: 409},
	{say: "She insists: the old token is current again.", do: "POST " + integrations + "/{id}/rotation/cancel",
		body: `{"force":true}`, status: 200},
	{say: "The new one is dead at once.", do: "GET /contacts/ada", with: "{second}", status: 401},
	{say: "Whoever holds it can ask why.", do: "GET /token", with: "{second}", status: 200},
	{say: "She rotates again, and this time lets the window run.", do: "POST " + integrations + "/{id}/rotate",
		body: `{"expireOld":"later","graceHours":168}`, status: 200},
	{say: "Seven days later …", do: "POST /dev/clock", body: `{"advance":"168h"}`, status: 200},
	{say: "… the old token is dead, though nothing has swept it yet.", do: "GET /contacts/ada", with: "{first}", status: 401},
	{say: "The new one goes on.", do: "GET /contacts/ada", with: "{third}", status: 200},
	{say: "The sweep records what the clock has done.", do: "POST /dev/sweep", status: 200},
	{say: "A leak! She rotates, and the old token dies now.", do: "POST " + integrations + "/{id}/rotate",
		body: `{"expireOld":"now"}`, status: 200},
	{say: "The leaked one is refused with the very next request.", do: "GET /contacts/ada", with: "{third}", status: 401},
	{say: "Which integration did it belong to?", do: "POST /api/v1/accounts/acme/tokens/lookup",
		body: `{"token":"{third}"}`, status: 200},
	{say: "Ninety days on, a rotation is due.", do: "POST /dev/clock", body: `{"advance":"2160h"}`, status: 200},
	{say: "The reminder says so, once.", do: "POST /dev/remind", status: 200},
	{say: "She ends every token, and keeps the integration.", do: "POST " + integrations + "/{id}/expire", body: `{}`, status: 200},
	{say: "Nothing works any more.", do: "GET /contacts/ada", with: "{fourth}", status: 401},
	{say: "What happened, newest first.", do: "GET " + integrations + "/{id}/events?limit=5", status: 200},
	{say: "She deletes it.", do: "DELETE " + integrations + "/{id}", status: 204},
	{say: "It is gone.", do: "GET " + integrations + "/{id}", status: 404},
}
