// Package storetest is what every store.Store has to pass. Each implementation runs the same tests; what only one of
// them can do (killing a server) it tests itself.
package storetest
