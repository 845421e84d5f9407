package integration

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Normalise gives a text the form in which names and descriptions are kept, so
// that one that looks the same is the same: Unicode's NFC.
func Normalise(text string) string { return norm.NFC.String(text) }

// LookAlike reports whether two texts look the same: spaces and what can't be
// seen make no difference.
func LookAlike(a, b string) bool { return slices.Equal(words(a), words(b)) }

func words(text string) []string {
	return strings.Fields(Normalise(strings.Map(func(r rune) rune {
		if hidden(r) {
			return -1
		}
		return r
	}, text)))
}

func visible(r rune) bool {
	return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !hidden(r) && r != '\u2800' // blank Braille
}

// unprintable are characters that show as nothing or make the text around them
// look like another one: controls, line separators, private use, and
// those that turn the direction of writing (Unicode Bidi_Control).
func unprintable(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp, unicode.Bidi_Control) ||
		r == utf8.RuneError || r == '\ufeff' || unicode.Is(unicode.Noncharacter_Code_Point, r)
}

// hidden are characters that take no room of their own, such as a zero-width
// space, a filler or a tag: Default_Ignorable_Code_Point, near enough, of The
// Unicode Standard, section 5.21.
func hidden(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) &&
		!unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

// misplaced finds the first hidden character of text that does not belong to the
// one before it, as joiners and variation selectors do in emoji and in
// scripts such as those of Hindi and Persian.
func misplaced(text string) (r rune, found bool) {
	before := ' '
	for _, r := range text {
		if hidden(r) && !joins(before, r) && !varies(before, r) {
			return r, true
		}
		before = r
	}
	return 0, false
}

// lastLatin is the end of the blocks of Latin letters and their modifiers, which
// nothing joins.
const lastLatin = '\u02ff'

func joins(before, r rune) bool {
	return (r == '\u200c' || r == '\u200d') && before > lastLatin && unicode.In(before, unicode.L, unicode.M, unicode.S)
}

func varies(before, r rune) bool {
	return unicode.Is(unicode.Variation_Selector, r) && !hidden(before) &&
		(unicode.In(before, unicode.M, unicode.P, unicode.S, unicode.Nd) || before > lastLatin && unicode.IsLetter(before))
}
