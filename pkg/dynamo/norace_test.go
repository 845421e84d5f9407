//go:build !race

package dynamo

// faultsApart is how far the calls lie apart that a fault is put at: each has one
// once.
const faultsApart = 1
