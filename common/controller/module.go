package controller

import (
	"github.com/vlcp-go/vlcp/common/controller/tables"
)

// Table is a table that a module asks for.
type Table = tables.Table

// What a table does with a packet that none of its flows takes.
const (
	MissNext       = tables.MissNext
	MissDrop       = tables.MissDrop
	MissController = tables.MissController
	MissOwn        = tables.MissOwn
)

// Module is what a controller is made of. It is a declaration: what a module works with is made by Start, so that one
// that is loaded or restarted begins afresh.
type Module struct {
	// Name of the module, unique in a controller. It names the module's coroutines, and its cookies.
	Name string
	// Needs are the modules that must be loaded before this one, and not be unloaded before it.
	Needs []string
	// Tables are the tables it asks for. The first is the one its flows are in when they do not say.
	Tables []Table
	// Number is the module's number in cookies, 1..4095; 0 makes it from the name.
	Number uint16
	// OnFailure is what happens when a coroutine or a handler of the module fails.
	OnFailure Policy
	// Late says that the module learns only after a switch has connected which flows it wants: those that an earlier
	// run of it left in the switch are kept until it calls Switch.Complete.
	Late bool
	// Start sets handlers and starts coroutines. It must not wait. The switches that are connected are told of when it
	// has returned. An error means that the module is not loaded.
	Start func(m *Instance) error
}

// Policy is what happens to a module that fails: one of whose coroutines panics or returns an error, or one of whose
// handlers panics.
type Policy uint8

// The policies.
const (
	// Unload ends the module and the modules that need it, and removes their flows.
	Unload Policy = iota
	// Restart ends the module and starts it again, after a time that grows with every failure. Its flows stay
	// meanwhile; those that it does not want any more go when it has been told of the switches.
	Restart
)

// State of a module.
type State uint8

// The states.
const (
	Loaded     State = iota
	Restarting       // failed, waits for its restart
	Unloaded         // by Unload, or after a failure
)

var stateNames = [...]string{"loaded", "restarting", "unloaded"}

// String is how people write the state.
func (s State) String() string { return stateNames[s] }

// Status is how a module is.
type Status struct {
	Name     string
	State    State
	Err      error // the last failure
	Restarts int
}
