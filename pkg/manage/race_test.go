//go:build race

package manage_test

// sequences is how many lives the model test walks through: fewer under the
// race detector, which is some ten times slower.
const sequences = 200
