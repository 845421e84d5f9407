//go:build race

package remind_test

const raceDetector = true
