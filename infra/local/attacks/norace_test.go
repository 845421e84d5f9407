//go:build !race

package attacks_test

// textsApart is how far the texts lie apart that are tried in every place: each
// of them is.
const textsApart = 1
