package nicira

import (
	"github.com/vlcp-go/vlcp/common/openflow/action"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// The actions that flows of controllers are full of; package action has all others.

// Move copies all bits of src to dst, fields of the same length (NXAST_REG_MOVE).
func Move(a of13.Actions, src, dst oxm.Field) of13.Actions { return action.Move(a, src, dst) }

// Load writes v into bits of dst from ofs on, n of them (NXAST_REG_LOAD). For a whole field use SetField.
func Load(a of13.Actions, dst oxm.Field, ofs, n int, v uint64) of13.Actions {
	return action.Load(a, dst, action.Bits(ofs, n), v)
}

// Resubmit has the packet looked up in a table as one of the port that it came in by, does what the flow found there
// says, and goes on (NXAST_RESUBMIT_TABLE).
func Resubmit(a of13.Actions, table uint8) of13.Actions { return action.LookUp(a, table) }

// Controller sends the packet to the controllers that asked for NXT_PACKET_IN2, whole and with userData
// (NXAST_CONTROLLER2).
func Controller(a of13.Actions, userData []byte) of13.Actions { return action.Controller(a, userData) }
