package localtest

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Code is the code of a problem; empty if the answer is none.
func (a Answer) Code() string {
	var problem struct {
		Code string `json:"code"`
	}
	if json.Unmarshal(a.Body, &problem) != nil {
		return ""
	}
	return problem.Code
}

// Into reads a JSON body into v, where what v does not know is left out.
func (a Answer) Into(v any) error {
	if err := json.Unmarshal(a.Body, v); err != nil {
		return fmt.Errorf("read the body of %s: %w", a, err)
	}
	return nil
}

// Token is the token of an answer to create or rotate; empty if it has none.
func (a Answer) Token() string {
	var issued struct {
		Token string `json:"token"`
	}
	if json.Unmarshal(a.Body, &issued) != nil {
		return ""
	}
	return issued.Token
}

// ID is the id of the integration that an answer shows; empty if it shows none.
func (a Answer) ID() string {
	var shown struct {
		ID          string `json:"id"`
		Integration struct {
			ID string `json:"id"`
		} `json:"integration"`
	}
	switch {
	case json.Unmarshal(a.Body, &shown) != nil:
		return ""
	case shown.Integration.ID != "":
		return shown.Integration.ID
	}
	return shown.ID
}

func (a Answer) String() string { return fmt.Sprintf("%d %s", a.Status, a.Body) }
