package ofp

import (
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/action"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// FormatInstructions writes what a flow of OpenFlow 1.3 does, whatever is in it; "drop" when it does nothing.
func FormatInstructions(i of13.Instructions) string {
	return action.TextInstructions(openflow.Version13, i)
}

// FormatActions writes a list of actions of OpenFlow 1.3, whatever is in it.
func FormatActions(a of13.Actions) string { return action.Text(openflow.Version13, a) }
