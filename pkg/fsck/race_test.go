//go:build race

package fsck_test

// trails is how many integrations share the facts of the long audit trail: fewer
// under the race detector, which is some ten times slower.
const trails = 10

const patience = 1
