package ofp

import (
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

func (t *text) actions10(a of10.Actions) error {
	if len(a) == 0 {
		t.s("drop")
		return nil
	}
	t.f("actions10(%x)", []byte(a))
	return nil
}

func (t *text) actions13(a of13.Actions) error {
	if len(a) == 0 {
		t.s("drop")
		return nil
	}
	t.s(FormatActions(a))
	return nil
}

func (t *text) instructions(i of13.Instructions) error {
	t.s(FormatInstructions(i))
	return nil
}
