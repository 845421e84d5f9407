package stories_test

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/private-integrations/private-integrations/infra/local/browser"
)

var write = flag.Bool("write", false, "write the pictures in docs/screenshots anew")

const (
	pictures = "../../../docs/screenshots"
	// maxPicture is what a picture may weigh: they are kept with the code.
	maxPicture = 60_000
)

// sets are how pictures are taken: the name of each ends with that of its set.
var sets = []struct {
	ending  string
	options []browser.Option
	views   []string // none: all
}{
	{"", nil, nil},
	{"-dark", []browser.Option{browser.Dark}, []string{"list", "window"}},
	{"-narrow", []browser.Option{browser.Narrow}, []string{"list", "window", "scopes"}},
}

// names are those of all pictures.
func names() []string {
	var all []string
	for _, set := range sets {
		for _, v := range views {
			if set.views == nil || slices.Contains(set.views, v.name) {
				all = append(all, v.name+set.ending+".png")
			}
		}
	}
	return all
}

func TestPicturesAreThoseOfTheViews(t *testing.T) {
	if *write {
		for _, set := range sets {
			tour(t, set.views, set.options, func(t *testing.T, v view, p *browser.Page) {
				save(t, v.name+set.ending+".png", p.Picture())
			})
		}
	}
	there, err := os.ReadDir(pictures)
	if err != nil {
		t.Fatalf("make screenshots writes them: %v", err)
	}
	var found []string
	for _, entry := range there {
		if filepath.Ext(entry.Name()) != ".png" {
			continue
		}
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > maxPicture {
			t.Errorf("%s has %d bytes, more than %d", entry.Name(), info.Size(), maxPicture)
		}
		if !slices.Contains(names(), entry.Name()) {
			t.Errorf("%s is of no view", entry.Name())
		}
		found = append(found, entry.Name())
	}
	for _, name := range names() {
		if !slices.Contains(found, name) {
			t.Errorf("%s is missing: make screenshots", name)
		}
	}
}

// save writes a picture with few colours, unless the one that is there is the
// same.
func save(t *testing.T, name string, picture []byte) {
	t.Helper()
	full, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	var small bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&small, reduce(full)); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(pictures, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(pictures, name), small.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// colours is how many a picture keeps: what pages are drawn with, and enough
// between them for the edges of letters.
const colours = 64

// reduce gives picture with its most frequent colours alone; each other becomes
// the nearest of them.
func reduce(picture image.Image) *image.Paletted {
	bounds := picture.Bounds()
	count := map[color.RGBA]int{}
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(picture.At(x, y)).(color.RGBA) }
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			count[at(x, y)]++
		}
	}
	var palette color.Palette
	for c := range count {
		palette = append(palette, c)
	}
	slices.SortFunc(palette, func(a, b color.Color) int {
		one, other := a.(color.RGBA), b.(color.RGBA)
		if d := count[other] - count[one]; d != 0 {
			return d
		}
		return strings.Compare(string([]byte{one.R, one.G, one.B}), string([]byte{other.R, other.G, other.B}))
	})
	palette = palette[:min(len(palette), colours)]
	small := image.NewPaletted(bounds, palette)
	nearest := map[color.RGBA]uint8{}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := at(x, y)
			index, known := nearest[c]
			if !known {
				index = uint8(palette.Index(c))
				nearest[c] = index
			}
			small.SetColorIndex(x, y, index)
		}
	}
	return small
}
