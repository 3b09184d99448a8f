// Package oxm has the match fields of OpenFlow (OXM) and of Nicira (NXM), and a Match made of them.
//
//	Field  constant: class, number, length      InPort, EthDst, Reg(0), TunnelID …
//	Match  the bytes of a list of fields        Match(nil).Uint(InPort, 3).MAC(EthDst, mac)
//	TLV    one field looked at in place         for tlv := range m.All()
//	Info   what is known of a field             EthDst.Info(), FieldByName("eth_dst")
//	Flow   a Match taken apart, bit for bit     w.Take(tlv), w.AppendMatch(nil)
//
// Match.Check says what Open vSwitch would say of a match, and why.
//
// A Match stays in its wire form. The builder methods append, so a match on a stack buffer costs no allocation, and
// Canonical brings two matches that mean the same to the same bytes: fields in one order, aliases (NXM_OF_ETH_DST and
// OXM_OF_ETH_DST) under one name, masks of all ones and of all zeros gone.
package oxm
