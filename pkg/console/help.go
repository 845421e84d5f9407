package console

import (
	"bytes"
	"fmt"
	"html/template"
	"image/png"
	"io/fs"
	"net/http"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/private-integrations/private-integrations/docs"
)

// guide is docs/guide.md as it is shown.
type guide struct {
	Title    string
	Body     template.HTML
	Contents []chapter
}

// chapter is a heading of the second level: what it says, and where it is.
type chapter struct{ Name, ID string }

// apiPlaceholder stands in the guide for where the API is.
const apiPlaceholder = "API_BASE_URL"

// readGuide renders the guide, when it is first asked for.
func readGuide(apiURL string) func() (guide, error) {
	return sync.OnceValues(func() (guide, error) {
		source, err := docs.Files.ReadFile("guide.md")
		if err != nil {
			return guide{}, fmt.Errorf("read the guide: %w", err)
		}
		source = bytes.ReplaceAll(source, []byte(apiPlaceholder), []byte(apiURL))
		var g guide
		markdown := goldmark.New(
			goldmark.WithExtensions(extension.Table),
			goldmark.WithParserOptions(parser.WithAutoHeadingID(), parser.WithASTTransformers(util.Prioritized(&g, 0))),
		)
		var body bytes.Buffer
		if err := markdown.Convert(source, &body); err != nil {
			return guide{}, fmt.Errorf("render the guide: %w", err)
		}
		g.Body = template.HTML(body.String()) //nolint:gosec // of our own file; raw HTML in it is left out
		return g, nil
	})
}

// Transform fits the guide to the page: its title and contents are gathered,
// pictures get their address and size or are left out, and cells of tables get
// the name of their column, for where there is no room for columns.
func (g *guide) Transform(document *ast.Document, reader text.Reader, _ parser.Context) {
	var out []ast.Node
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			id, _ := n.AttributeString("id")
			switch n.Level {
			case 1:
				g.Title = plain(n, reader.Source())
				out = append(out, n)
			case 2:
				g.Contents = append(g.Contents, chapter{plain(n, reader.Source()), string(id.([]byte))})
			}
		case *ast.Image:
			if !place(n) {
				out = append(out, n.Parent()) // the paragraph, of which it is all
			}
		case *tables.Table:
			label(n, reader.Source())
		}
		return ast.WalkContinue, nil
	})
	for _, n := range out {
		n.Parent().RemoveChild(n.Parent(), n)
	}
}

// plain is the text of a node without marks.
func plain(n ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, is := n.(*ast.Text); is && entering {
			b.Write(t.Segment.Value(source))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

const (
	pictures   = "screenshots/"
	imagesPath = helpPath + "/images"
)

// place gives a picture its address, and its size, so that what follows does
// not jump once it is there. False if there is no such picture.
func place(n *ast.Image) bool {
	file := string(n.Destination)
	picture, err := docs.Files.Open(file)
	if err != nil {
		return false
	}
	defer func() { _ = picture.Close() }()
	size, err := png.DecodeConfig(picture)
	if err != nil {
		return false
	}
	n.Destination = []byte(imagesPath + "/" + strings.TrimSuffix(strings.TrimPrefix(file, pictures), ".png"))
	n.SetAttributeString("width", []byte(fmt.Sprint(size.Width)))
	n.SetAttributeString("height", []byte(fmt.Sprint(size.Height)))
	n.SetAttributeString("loading", []byte("lazy"))
	if size.Width*5 == size.Height*8 {
		n.Parent().SetAttributeString("class", []byte("picture")) // which has room for it before it is there
	}
	return true
}

// label tells each cell of a table the name of its column.
func label(n *tables.Table, source []byte) {
	var names []string
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		column := 0
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			if row == n.FirstChild() {
				names = append(names, plain(cell, source))
			} else if column > 0 { // the first one is the row's title
				cell.SetAttributeString("data-label", []byte(names[column]))
			}
			column++
		}
	}
}

// help shows the guide. It is long, and nothing of an address is in it, nor a
// secret: the gateway may compress it.
func (c *Console) help(v *visit) (*page, error) {
	g, err := c.guide()
	if err != nil {
		return nil, err
	}
	v.w.Header().Set("Vary", "Accept-Encoding")
	return &page{template: "help", title: "Help", data: g}, nil
}

// helpImage sends a picture of the guide.
func (c *Console) helpImage(v *visit) (*page, error) {
	picture, err := fs.ReadFile(docs.Files, pictures+v.PathValue("name")+".png")
	if err != nil {
		return nil, errNoPage
	}
	return &page{status: http.StatusOK, contentType: "image/png", caching: "public, max-age=3600", body: picture}, nil
}
