package ofp

import "github.com/vlcp-go/vlcp/common/openflow/of13"

// body13 writes the body of a message of OpenFlow 1.3.
func (t *text) body13() error {
	m, err := of13.Decode(t.msg)
	if err != nil {
		return err
	}
	switch m := m.(type) {
	case *of13.FeaturesRequest, *of13.GetConfigRequest, *of13.BarrierRequest, *of13.BarrierReply, *of13.GetAsyncRequest:
		return nil
	case *of13.Experimenter, *of13.BundleControl, *of13.BundleAdd, *of13.ExperimenterRequest, *of13.ExperimenterReply:
		return t.vendor(m)
	}
	return refuse(badType, "offset 1: %T: unknown kind", m)
}
