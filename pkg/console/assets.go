package console

import (
	"crypto/sha256"
	_ "embed" // for the files below
	"encoding/hex"
	"net/http"
)

var (
	//go:embed assets/console.css
	style []byte
	//go:embed assets/console.js
	script []byte
	//go:embed assets/icon.svg
	icon string
)

const (
	stylePath  = "/assets/console.css"
	scriptPath = "/assets/console.js"
	iconPath   = "/assets/icon.svg"
	logoPath   = "/assets/logo"

	iconType = "image/svg+xml"
)

// tag is what an asset's address carries, so that a browser keeps it for good
// and yet takes a new one at once.
func tag(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:6])
}

func sendScript(_ *Console, v *visit) (*page, error) {
	return file(v, "text/javascript; charset=utf-8", script), nil
}

func (c *Console) sendIcon(v *visit) (*page, error) { return file(v, iconType, c.icon), nil }

// file is an answer that is the same for everybody.
func file(v *visit, contentType string, content []byte) *page {
	caching := "public, max-age=300"
	if v.URL.Query().Get("v") == tag(content) {
		caching = "public, max-age=31536000, immutable"
	}
	return &page{status: http.StatusOK, contentType: contentType, caching: caching, body: content}
}

func (c *Console) sendStyle(v *visit) (*page, error) {
	return file(v, "text/css; charset=utf-8", c.style), nil
}

func (c *Console) sendLogo(v *visit) (*page, error) {
	if c.Brand.logo == nil {
		return nil, errNoPage
	}
	return file(v, c.Brand.logoType, c.Brand.logo), nil
}
