package store

import (
	"errors"
	"fmt"
)

// Errors that every implementation returns (wrapped).
var (
	ErrNotInitialised = errors.New("store is not initialised: run vlcp-coordinator init")
	ErrUnavailable    = errors.New("store unavailable")
	ErrUnknown        = errors.New("outcome of the commit is unknown")
	// ErrTooFewReplicas refuses a commit that is to be durable.
	ErrTooFewReplicas = errors.New("too few replicas to make it durable")
)

// Reason says which precondition of a commit failed.
type Reason string

// The reasons of a Conflict.
const (
	ReasonExists  Reason = "exists"  // Check Absent, but it exists
	ReasonMissing Reason = "missing" // Check Exists or a revision, but it does not exist
	ReasonChanged Reason = "changed" // Check of a revision, but it has another
	ReasonClaimed Reason = "claimed" // a claim is held by Owner, or a release was not by the owner
	ReasonInUse   Reason = "in use"  // an index that must be empty has Count entries, Owners are some of them
)

// Conflict is a refused commit. Nothing was applied.
type Conflict struct {
	Reason Reason
	Key    Key    // for exists, missing, changed
	Index  string // for claimed, in use
	Entry  string // the index key, for claimed
	Owner  string // for claimed
	Owners []string
	Count  int
}

// Error implements error.
func (c *Conflict) Error() string {
	switch c.Reason {
	case ReasonClaimed:
		return fmt.Sprintf("%s %s is held by %s", c.Index, c.Entry, c.Owner)
	case ReasonInUse:
		return fmt.Sprintf("%s has %d entries: %v", c.Index, c.Count, c.Owners)
	default:
		return fmt.Sprintf("%s %s in %s: %s", c.Key.Kind, c.Key.ID, c.Key.Scope, c.Reason)
	}
}
