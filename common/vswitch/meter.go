package vswitch

import (
	"time"

	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// meter is a meter with its bands, each a bucket of thousandths of a packet or of bits.
type meter struct {
	mod    *of13.MeterMod
	levels []int64
	at     time.Time
	in     uint64 // packets
	drops  uint64
}

// unit is what a packet takes from a bucket: thousandths of a packet, or bits.
func (m *meter) unit(frame []byte) int64 {
	if m.mod.Flags&of13.MeterPktps != 0 {
		return 1000
	}
	return int64(len(frame)) * 8
}

// size is the size of a band's bucket. Without a burst it is one second's worth.
func (m *meter) size(b *of13.MeterBand) int64 {
	n := int64(b.Rate)
	if m.mod.Flags&of13.MeterBurst != 0 && b.Burst > 0 {
		n = int64(b.Burst)
	}
	return n * 1000
}

func newMeter(mod *of13.MeterMod, now time.Time) *meter {
	m := &meter{mod: mod, at: now}
	for i := range mod.Bands {
		m.levels = append(m.levels, m.size(&mod.Bands[i]))
	}
	return m
}

// pass reports whether a frame gets through: a band of drop that has not enough left stops it.
func (m *meter) pass(frame []byte, now time.Time) bool {
	ms := max(now.Sub(m.at).Milliseconds(), 0)
	m.at = m.at.Add(time.Duration(ms) * time.Millisecond)
	m.in++
	ok := true
	for i := range m.mod.Bands {
		b := &m.mod.Bands[i]
		m.levels[i] = min(m.size(b), m.levels[i]+ms*int64(b.Rate))
		if n := m.unit(frame); m.levels[i] >= n {
			m.levels[i] -= n
		} else {
			ok = false
		}
	}
	if !ok {
		m.drops++
	}
	return ok
}
