package action

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
)

// Sample4 is of Open vSwitch 3.4 and later (struct nx_action_sample4 in its ofp-actions.c): 40 bytes in all, an id is
// either a header of a field with ofs_nbits after it, or zero and a number. Here is no ovs-ofctl that could be asked.
func TestSample4IsWhatNewerVersionsDefine(t *testing.T) {
	const head = "ffff 0028 00002320 0033 3039 00005ba0 "
	for text, raw := range map[string]string{
		"sample(probability=12345,collector_set_id=23456,obs_domain_id=NXM_NX_REG3[4..19],obs_point_id=7)": head +
			"00010604 010f0000 00000000 00000007 ffff 00 0000000000",
		"sample(probability=12345,collector_set_id=23456,obs_domain_id=0,obs_point_id=NXM_OF_IN_PORT[]," +
			"sampling_port=9,egress)": head + "00000000 00000000 00000002 000f0000 0009 02 0000000000",
		"sample(probability=12345,collector_set_id=23456,obs_domain_id=NXM_NX_TUN_ID[32..63]," +
			"obs_point_id=NXM_NX_REG0[],sampling_port=LOCAL,ingress)": head +
			"00012008 081f0000 00010004 001f0000 fffe 01 0000000000",
	} {
		want, err := hex.DecodeString(strings.ReplaceAll(raw, " ", ""))
		require.NoError(t, err)
		for _, v := range []openflow.Version{openflow.Version10, openflow.Version13} {
			got, err := Format(v, want)
			require.NoError(t, err, text)
			require.Equal(t, text, got)
			b, err := Parse(v, text)
			require.NoError(t, err, text)
			require.Equal(t, want, b, text)
		}
	}
}

// Ids without fields have Open vSwitch make an older form; the bytes survive nevertheless.
func TestSample4OfNumbersKeepsItsBytes(t *testing.T) {
	a := &Sample4{Probability: 1, ObsDomain: SampleID{Value: 5}, ObsPoint: SampleID{Value: 6}, SamplingPort: 3}
	b := Encode(a)
	text, err := Format(openflow.Version13, b)
	require.NoError(t, err)
	require.Equal(t, "sample(probability=1,collector_set_id=0,obs_domain_id=5,obs_point_id=6,sampling_port=3)", text)
	again, err := Decode(openflow.Version13, b)
	require.NoError(t, err)
	require.Equal(t, b, Encode(again...))
}

func TestSample4IsRefused(t *testing.T) {
	long := SampleID{Src: 0x00012008, Value: uint32(Bits(0, 33)) << 16}
	for code, a := range map[string]*Sample4{
		"OFPBAC_BAD_ARGUMENT": {Probability: 1, ObsPoint: long},
		"OFPBAC_BAD_SET_TYPE": {Probability: 1, ObsDomain: SampleID{Src: 0x0001fe04}},
		"OFPBAC_BAD_SET_LEN":  {Probability: 1, ObsDomain: SampleID{Src: 0x00010604, Value: 0x081f0000}},
		"NXBRC_MUST_BE_ZERO":  {Probability: 1},
	} {
		b := Encode(a)
		if code == "NXBRC_MUST_BE_ZERO" {
			b[len(b)-1] = 1
		}
		err := Check(openflow.Version13, b)
		require.ErrorContains(t, err, "action at offset 0: Sample4: ")
		require.Equal(t, code, Code(err), err)
	}
	for _, a := range []*Sample4{{}, {Probability: 1, Direction: 3}} {
		require.Equal(t, "OFPBAC_BAD_ARGUMENT", Code(Check(openflow.Version10, Encode(a))))
	}
	for _, text := range []string{"sample(probability=1,obs_domain_id=tun_id)",
		"sample(probability=1,obs_point_id=nope)"} {
		_, err := Parse(openflow.Version13, text)
		require.ErrorContains(t, err, "offset ")
	}
}
