//go:build !race

package fsck_test

// trails is how many integrations share the facts of the long audit trail.
const trails = 100

// patience is how often the check may take too long.
const patience = 3
