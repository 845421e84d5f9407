package console

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Brand is whose console it seems to be.
type Brand struct {
	Name string
	// LogoURL is where the logo lies, if it is not the file below.
	LogoURL  string
	logo     []byte
	logoType string
	color    colour
}

// The brand of who sets none.
const (
	DefaultName  = "Private Integrations"
	DefaultColor = "#2456d6"
)

const maxLogo = 100 << 10

// NewBrand checks what an operator sets: a name; a logo as an https URL, or as
// a PNG or SVG file of at most 100 KB, or empty; a colour as #rrggbb. The errors
// say which of the three is wrong and what is right.
func NewBrand(name, logo, color string) (Brand, error) {
	b := Brand{Name: name}
	if strings.TrimSpace(name) == "" || len(name) > 60 {
		return b, fmt.Errorf("BRAND_NAME=%s: must have 1 to 60 bytes", name)
	}
	var err error
	if b.color, err = parseColour(color); err != nil {
		return b, fmt.Errorf("BRAND_COLOR=%s: must be a colour such as %s", color, DefaultColor)
	}
	switch {
	case logo == "":
		return b, nil
	case strings.HasPrefix(logo, "https://"):
		// It stands in a Content-Security-Policy, where these would end the source.
		if strings.ContainsAny(logo, " ;,'\"?#\\") {
			return b, fmt.Errorf("BRAND_LOGO=%s: must be an https URL without query, spaces and quotes", logo)
		}
		b.LogoURL = logo
		return b, nil
	}
	types := map[string]string{".png": "image/png", ".svg": "image/svg+xml"}
	b.logoType = types[strings.ToLower(filepath.Ext(logo))]
	unfit := fmt.Errorf("BRAND_LOGO=%s: must be an https URL, or a file that ends in .png or .svg and has at most 100 KB", logo)
	if strings.Contains(logo, "://") || b.logoType == "" {
		return b, unfit
	}
	if b.logo, err = os.ReadFile(logo); err != nil {
		return b, fmt.Errorf("BRAND_LOGO: %w", err)
	}
	if len(b.logo) > maxLogo {
		return b, unfit
	}
	b.LogoURL = logoPath
	return b, nil
}

// style are the colours of the brand as the stylesheet uses them: as text and
// lines on the page, and as a fill with text on it. Each is brought as far from
// the brand's own as it takes to be read (WCAG 2.2, 1.4.3: contrast 4.5).
func (b Brand) style() []byte {
	light, dark := b.color.until(black, white), b.color.until(white, darkest)
	fill, on := b.fill()
	var css bytes.Buffer
	fmt.Fprintf(&css, ":root {\n  --accent: light-dark(%s, %s);\n  --accent-soft: light-dark(%s, %s);\n  --accent-fill: %s;\n  --on-accent: %s;\n}\n",
		light, dark, light.mix(white, 0.92), dark.mix(darkest, 0.86), fill, on)
	return css.Bytes()
}

// fill is the brand's colour as a fill, and that of what stands on it.
func (b Brand) fill() (fill, on colour) {
	switch {
	case contrast(b.color, white) >= readable:
		return b.color, white
	case contrast(b.color, black) >= readable:
		return b.color, black
	}
	return b.color.until(black, white), white
}

// icon is the key in the brand's colours.
func (b Brand) icon() []byte {
	fill, on := b.fill()
	return []byte(strings.NewReplacer(DefaultColor, fill.String(), "#fff", on.String()).Replace(icon))
}

// colour is one of the sRGB space.
type colour [3]float64 // from 0 to 255

var (
	black   = colour{0, 0, 0}
	white   = colour{255, 255, 255}
	darkest = colour{23, 27, 33} // of cards in the dark
)

func parseColour(text string) (colour, error) {
	digits, found := strings.CutPrefix(text, "#")
	n, err := strconv.ParseUint(digits, 16, 24)
	if !found || len(digits) != 6 || err != nil {
		return colour{}, strconv.ErrSyntax
	}
	return colour{float64(n >> 16), float64(n >> 8 & 0xff), float64(n & 0xff)}, nil
}

func (c colour) String() string {
	return fmt.Sprintf("#%02x%02x%02x", int(math.Round(c[0])), int(math.Round(c[1])), int(math.Round(c[2])))
}

// mix goes a share of the way to another colour.
func (c colour) mix(to colour, share float64) (mixed colour) {
	for n := range c {
		mixed[n] = c[n] + (to[n]-c[n])*share
	}
	return mixed
}

// readable is a little above what WCAG asks for, since the soft backgrounds lie
// a little nearer.
const readable = 5.4

// until goes towards a colour until it can be read on back.
func (c colour) until(towards, back colour) colour {
	for share := 0.0; share < 1; share += 0.02 {
		if mixed := c.mix(towards, share); contrast(mixed, back) >= readable {
			return mixed
		}
	}
	return towards
}

// contrast is that of WCAG 2.2, from 1 to 21.
func contrast(a, b colour) float64 {
	la, lb := a.luminance(), b.luminance()
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func (c colour) luminance() float64 {
	linear := func(v float64) float64 {
		if v /= 255; v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}
