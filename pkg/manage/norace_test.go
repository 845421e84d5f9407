//go:build !race

package manage_test

// sequences is how many lives the model test walks through.
const sequences = 10_000
