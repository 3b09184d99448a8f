package ofp

import (
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/action"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// actions10 writes actions of OpenFlow 1.0, as packets and flows have them.
func (t *text) actions10(a of10.Actions) error { return t.actions(openflow.Version10, a) }

// actions13 writes actions of OpenFlow 1.3, as packets and buckets have them.
func (t *text) actions13(a of13.Actions) error { return t.actions(openflow.Version13, a) }

func (t *text) actions(v openflow.Version, a []byte) error {
	if err := action.Check(v, a); err != nil {
		return err
	}
	t.b = action.AppendText(t.b, v, a)
	return nil
}

// does writes what a flow does: the actions of OpenFlow 1.0, the instructions of OpenFlow 1.3.
func (t *text) does(b []byte) error {
	if err := action.CheckInstructions(t.v, b); err != nil {
		return err
	}
	t.b = action.AppendTextInstructions(t.b, t.v, b)
	return nil
}

// doesMatching writes what a flow does that is to be added, which has to go with what it matches.
func (t *text) doesMatching(b []byte, match *oxm.Flow, table uint8) error {
	if err := action.CheckFlow(t.v, match, table, b); err != nil {
		return err
	}
	t.b = action.AppendTextInstructions(t.b, t.v, b)
	return nil
}
