// Package attacks holds tests alone: what must be refused, sent over HTTP to the
// whole product as it runs on one machine. Every row is a class of input with
// several samples of it, and wherever a class touches all operations the table
// of operations is looped over, so that a new one is attacked from its first
// day.
//
// Whatever is answered is watched: nothing may be a fault of ours, no refusal
// may lack its code, and no body may hold what is internal or secret.
package attacks
