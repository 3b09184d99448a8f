package ofp

import (
	"testing"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Of a masked field of odd length Open vSwitch does not look at the last byte, whatever the field.
func TestMaskedFieldsOfOddLengthAreThoseOfOVS(t *testing.T) {
	g := newGen(59)
	infos := oxm.Infos()
	var all [][]byte
	for range 2000 {
		f := oxm.TunMetadata(g.IntN(oxm.TunMetadataCount), 1+g.IntN(60))
		if i := infos[g.IntN(len(infos))]; g.IntN(2) == 0 {
			f = i.Fields[g.IntN(len(i.Fields))]
		}
		value, mask := g.rnd(f.Len()), g.rnd(f.Len())
		for n := range value {
			value[n] &= mask[n]
		}
		m := append(oxm.Match(nil).BytesMasked(f, value, mask), byte(g.IntN(256)))
		m[3]++ // the length
		for _, v := range []openflow.Version{openflow.Version10, openflow.Version13} {
			b, err := nicira.Append(nil, &nicira.FlowMod{Header: nicira.Header{Version: v}, Match: m})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, b)
		}
	}
	compare(t, all)
}

// Every field under each of its headers, with what it needs and no more, is printed as ovs-ofctl prints it: some not at
// all, as they mean nothing without another.
func TestEveryFieldAloneIsPrintedAsByOVS(t *testing.T) {
	g := newGen(77)
	var all [][]byte
	for _, i := range oxm.Infos() {
		for _, f := range i.Fields {
			for range 20 {
				value, mask := g.rnd(f.Len()), g.rnd(f.Len())
				if g.IntN(2) == 0 {
					clear(value[:max(0, len(value)-1)])
				}
				m := g.needs(i.Prereq)
				if g.IntN(2) == 0 {
					m = m.Bytes(f, value)
				} else {
					for n := range value {
						value[n] &= mask[n]
					}
					m = m.BytesMasked(f, value, mask)
				}
				b, err := nicira.Append(nil, &nicira.FlowMod{Header: nicira.Header{Version: 1}, Match: m})
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, b)
			}
		}
	}
	compare(t, all)
}
