//go:build race

package dynamo

// faultsApart is how far the calls lie apart that a fault is put at: few of them
// under the race detector, which is some ten times slower.
const faultsApart = 5
