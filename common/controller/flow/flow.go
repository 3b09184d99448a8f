package flow

import (
	"errors"
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// Ports that are not ports: they are for Actions.Output, PortLocal also for Match.InPort.
const (
	PortInPort     = of13.PortInPort
	PortTable      = of13.PortTable
	PortNormal     = of13.PortNormal
	PortFlood      = of13.PortFlood
	PortAll        = of13.PortAll
	PortController = of13.PortController
	PortLocal      = of13.PortLocal
)

// Next as Goto is the table that follows on the path of the flow's own, wherever a module that is loaded later puts it.
// At the end of the path it means that the flow is the last one.
const Next = "→"

// Errors of flows.
var (
	ErrVersion = errors.New("not in the version of OpenFlow that the switch speaks")
	ErrTable   = errors.New("no such table")
	ErrBack    = errors.New("a flow cannot send a packet back to its own or an earlier table")
)

// Flow is one flow. The zero Flow matches every packet with the lowest priority in the module's first table, and drops.
type Flow struct {
	// Table is the name of its table, "" the module's first.
	Table    string
	Priority uint16
	Match    Match
	// Do is done with the packet.
	Do Actions
	// DoIn is as Do, for actions that have the number of a table in them; it is called again when numbers change.
	DoIn func(Tables) Actions
	// Goto is the name of the table where the packet goes on, or Next; "" means that this flow is the last.
	Goto string

	// IdleTimeout and HardTimeout end the flow: so many seconds after its last packet, and after it was made. 0 is
	// never. Only a flow that is sent, not one that is wanted, can have them.
	IdleTimeout, HardTimeout uint16
	// TellRemoved asks the switch to tell when the flow has ended.
	TellRemoved bool
}

// Tables has the numbers of tables.
type Tables interface {
	// Number of a table.
	Number(name string) (uint8, bool)
	// Next is the table that follows on the same path, "" at its end.
	Next(name string) string
}

// Place is a flow's number and that of the table it goes on to, -1 when it is the last.
func (f *Flow) Place(ts Tables) (table uint8, next int, err error) {
	table, ok := ts.Number(f.Table)
	if !ok {
		return 0, 0, fmt.Errorf("table %q: %w", f.Table, ErrTable)
	}
	to := f.Goto
	if to == Next {
		to = ts.Next(f.Table)
	}
	if to == "" {
		return table, -1, nil
	}
	n, ok := ts.Number(to)
	switch {
	case !ok:
		return 0, 0, fmt.Errorf("table %q: %w", to, ErrTable)
	case n <= table:
		return 0, 0, fmt.Errorf("from %s (%d) to %s (%d): %w", f.Table, table, to, n, ErrBack)
	}
	return table, int(n), nil
}

// actions are those of Do, or of DoIn.
func (f *Flow) actions(ts Tables) Actions {
	if f.DoIn != nil {
		return f.DoIn(ts)
	}
	return f.Do
}

// AppendInstructions appends what the flow does to b; next is from Place.
func (f *Flow) AppendInstructions(b of13.Instructions, ts Tables, next int) of13.Instructions {
	b = b.Apply(f.actions(ts).a)
	if next >= 0 {
		b = b.Goto(uint8(next))
	}
	return b
}
