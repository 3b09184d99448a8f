package ofp

import "github.com/vlcp-go/vlcp/common/openflow/of10"

// body10 writes the body of a message of OpenFlow 1.0.
func (t *text) body10() error {
	m, err := of10.Decode(t.msg)
	if err != nil {
		return err
	}
	switch m := m.(type) {
	case *of10.FeaturesRequest, *of10.GetConfigRequest, *of10.BarrierRequest, *of10.BarrierReply:
		return nil
	case *of10.Vendor, *of10.VendorStatsRequest, *of10.VendorStatsReply:
		return t.vendor(m)
	}
	return refuse(badType, "offset 1: %T: unknown kind", m)
}
