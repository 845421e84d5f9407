package console

import "net/http"

// keepDraft answers a form that was sent after the session had ended.
func (c *Console) keepDraft(*visit) (*page, error) {
	return &page{
		status: http.StatusUnauthorized, template: "trouble", title: "Your session has ended",
		data: trouble{"Your session has ended", "Nothing was changed.", "Sign in", signInPath},
	}, nil
}
