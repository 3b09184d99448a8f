package ofp

import (
	"encoding/binary"
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// Meters that have names, and the highest number of the others.
const (
	meterMax        = 0xffff0000
	meterSlowPath   = 0xfffffffd
	meterController = 0xfffffffe
)

func meterName(sep string, id uint32) string {
	switch {
	case id <= meterMax:
		return fmt.Sprintf("meter%s%d", sep, id)
	case id == meterSlowPath:
		return "meter" + sep + "slowpath"
	case id == meterController:
		return "meter" + sep + "controller"
	case id == of13.AllMeters:
		return "meter" + sep + "all"
	}
	return "meter" + sep + "unknown"
}

var (
	meterFlags    = names{"kbps", "pktps", "burst", "stats"}
	meterBands    = names{1: "drop", 2: "dscp_remark"}
	meterCommands = [3]string{" ADD ", " MOD ", " DEL "}
)

func (t *text) meterMod(m *of13.MeterMod) error {
	if int(m.Command) >= len(meterCommands) {
		return spot{8, "Command"}.refuse("OFPMMFC_BAD_COMMAND", "%d: unknown command", m.Command)
	}
	t.s(meterCommands[m.Command])
	c := of13.MeterConfig{Meter: m.Meter, Flags: m.Flags, Bands: m.Bands}
	if m.Command == of13.MeterDelete {
		c.Flags, c.Bands = 0, nil
	}
	const both = of13.MeterKbps | of13.MeterPktps
	if c.Flags&both == both {
		return spot{10, "Flags"}.refuse("OFPMMFC_BAD_FLAGS", "rates are in kbit/s or in packets per second")
	}
	return t.meter(16, &c)
}

// deletesMeter writes the deletion of a meter, whose bands nobody looks at: also of one whose bands cannot be read. It
// reports whether the message is one.
func (t *text) deletesMeter() bool {
	const command, id = 8, 12 // offsets
	if of13.Type(openflow.MessageType(t.msg)) != of13.TypeMeterMod ||
		of13.MeterCommand(binary.BigEndian.Uint16(t.msg[command:])) != of13.MeterDelete {
		return false
	}
	return t.meterMod(&of13.MeterMod{Command: of13.MeterDelete, Meter: binary.BigEndian.Uint32(t.msg[id:])}) == nil
}

func (t *text) meterConfig(meters []of13.MeterConfig) error {
	const bandsAt = 8
	at := stats13Len
	for n := range meters {
		t.s("\n")
		if err := t.meter(bandsAt, &meters[n]); err != nil {
			return item(at, "Meters", n).refused(err)
		}
		at += int(meters[n].Length)
	}
	return nil
}

// meter writes a meter with its bands, which begin at an offset.
func (t *text) meter(at int, m *of13.MeterConfig) error {
	t.s(meterName("=", m.Meter), " ")
	flags := uint32(m.Flags)
	for n, name := range meterFlags {
		if flags>>n&1 != 0 {
			t.s(name, " ")
		}
	}
	if flags &^= meterFlags.known(); flags != 0 {
		t.f("flags:0x%x ", flags)
	}
	t.s("bands=")
	for n := range m.Bands {
		if err := t.band(m.Flags, &m.Bands[n]); err != nil {
			return item(at, "Bands", n).refused(err)
		}
		at += int(m.Bands[n].Length)
	}
	t.s("\n")
	return nil
}

func (t *text) band(flags of13.MeterFlags, b *of13.MeterBand) error {
	const extraLen = 4 // of the two types there are
	switch {
	case len(b.Extra) != extraLen:
		return spot{2, "Length"}.refuse(badLen, "%d: wrong length", b.Length)
	case b.Type != of13.MeterBandDrop && b.Type != of13.MeterBandDSCPRemark:
		return spot{0, "Type"}.refuse("OFPMMFC_BAD_BAND", "%d: unknown type", b.Type)
	}
	t.f("\ntype=%s rate=%d", meterBands[b.Type], b.Rate)
	if flags&of13.MeterBurst != 0 {
		t.f(" burst_size=%d", b.Burst)
	}
	if b.Type == of13.MeterBandDSCPRemark {
		t.f(" prec_level=%d", b.Extra[0])
	}
	return nil
}

func (t *text) meterStats(meters []of13.MeterStatsEntry) {
	for n := range meters {
		m := &meters[n]
		t.f("\n%s flow_count:%d packet_in_count:%d byte_in_count:%d duration:", meterName(":", m.Meter), m.Flows, m.Packets,
			m.Bytes)
		t.duration(m.DurationSec, m.DurationNsec)
		t.s(" bands:\n")
		for k, b := range m.Bands {
			t.f("%d: packet_count:%d byte_count:%d\n", k, b.Packets, b.Bytes)
		}
	}
}

func (t *text) meterFeatures(m *of13.MeterFeaturesReply) {
	t.f("\nmax_meter:%d max_bands:%d max_color:%d\nband_types: ", m.MaxMeters, m.MaxBands, m.MaxColor)
	t.bits(m.BandTypes, meterBands)
	t.s("\ncapabilities: ")
	t.bits(uint32(m.Capabilities), meterFlags)
	t.s("\n")
}
