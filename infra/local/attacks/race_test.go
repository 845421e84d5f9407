//go:build race

package attacks_test

// textsApart is how far the texts lie apart that are tried in every place: few of
// them under the race detector, which is some ten times slower.
const textsApart = 10
