package ofp

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

func TestMessagesWithoutABodyHaveAHeadOnly(t *testing.T) {
	m := &of13.BarrierRequest{}
	m.SetXid(7)
	s, err := FormatMessage(of13.Encode(m))
	require.NoError(t, err)
	require.Equal(t, "OFPT_BARRIER_REQUEST (OF1.3) (xid=0x7):\n", s)
	s, err = FormatMessage(of10.Encode(&of10.FeaturesRequest{}))
	require.NoError(t, err)
	require.Equal(t, "OFPT_FEATURES_REQUEST (xid=0x0):\n", s)
}

func TestRefusedMessagesNameTheirCode(t *testing.T) {
	for name, b := range map[string][]byte{
		badLen:     {4, 20, 0, 9, 0, 0, 0, 0, 0},
		badType:    {9, 5, 0, 8, 0, 0, 0, 0},
		badStat:    {1, 16, 0, 12, 0, 0, 0, 0, 0, 99, 0, 0},
		badVendor:  {1, 4, 0, 16, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0},
		badSubtype: {1, 4, 0, 16, 0, 0, 0, 0, 0, 0, 0x23, 0x20, 0xff, 0xff, 0xff, 0xff},
	} {
		_, err := FormatMessage(b)
		var r *Refused
		require.ErrorAs(t, err, &r, name)
		require.Equal(t, name, r.Name)
	}
}
