package action

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

const envSeed = "VLCP_TEST_SEED" // repeats a run

// gen makes actions from a seed, most of which Open vSwitch takes.
type gen struct{ *rand.Rand }

// newGen is a gen of a new seed, or of that in the environment.
func newGen(t testing.TB) gen {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv(envSeed); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
		seed = n
	}
	t.Logf("%s=%d", envSeed, seed)
	return seeded(seed)
}

func seeded(seed uint64) gen { return gen{rand.New(rand.NewPCG(seed, 1))} }

func pick[T any](g gen, of ...T) T { return of[g.IntN(len(of))] }

// rare is true once in a while.
func (g gen) rare() bool { return g.IntN(12) == 0 }

func (g gen) u8() uint8   { return uint8(g.Uint64N(256)) }
func (g gen) u16() uint16 { return uint16(g.word(16)) }
func (g gen) u32() uint32 { return uint32(g.word(32)) }
func (g gen) u64() uint64 { return g.word(64) }

// word is a number of up to n bits: small, large or with few bits.
func (g gen) word(n int) uint64 {
	switch g.IntN(4) {
	case 0:
		return g.Uint64N(4)
	case 1:
		return 1 << g.IntN(n)
	case 2:
		return ^uint64(0) >> (64 - n)
	}
	return g.Uint64() >> (64 - n)
}

func (g gen) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		if g.IntN(3) > 0 {
			b[i] = g.u8()
		}
	}
	return b
}

func (g gen) pad2() (b [2]byte) { copy(b[:], g.pad(2)); return b }
func (g gen) pad3() (b [3]byte) { copy(b[:], g.pad(3)); return b }
func (g gen) pad4() (b [4]byte) { copy(b[:], g.pad(4)); return b }
func (g gen) pad5() (b [5]byte) { copy(b[:], g.pad(5)); return b }
func (g gen) pad6() (b [6]byte) { copy(b[:], g.pad(6)); return b }

// pad are bytes that are mostly zero.
func (g gen) pad(n int) []byte {
	if g.rare() {
		return g.bytes(n)
	}
	return make([]byte, n)
}

func (g gen) mac() (b [6]byte) { copy(b[:], g.bytes(6)); return b }
func (g gen) ip() (b [4]byte)  { copy(b[:], g.bytes(4)); return b }

func (g gen) ip6() (b [16]byte) {
	copy(b[:], pick(g, g.bytes(16), make([]byte, 16), append(make([]byte, 12), g.bytes(4)...),
		append(append(make([]byte, 10), 0xff, 0xff), g.bytes(4)...)))
	return b
}

// port10 is a port of OpenFlow 1.0 that there can be.
func (g gen) port10() uint16 {
	if g.rare() {
		return g.u16()
	}
	return pick(g, uint16(g.IntN(portMax10)), uint16(g.IntN(20)), portInPort10+uint16(g.IntN(7)))
}

func (g gen) port() uint32 {
	if g.rare() {
		return g.u32()
	}
	return oxm.Port32(g.port10())
}

// header is a field under one of its headers, one without experimenter if short.
func (g gen) header(short, write bool) oxm.Field {
	for {
		i := pick(g, oxm.Infos()...)
		f := pick(g, i.Fields...)
		if i.Variable {
			if g.IntN(4) > 0 {
				continue
			}
			f = oxm.TunMetadata(int(f.Number())-40, pick(g, 4, 1, 124, g.IntN(125)))
		}
		if f.HeaderLen() > 4 && short || g.IntN(60) > 0 && (i.Foreign || write && i.ReadOnly) {
			continue
		}
		if ct := f == oxm.CTMark || f == oxm.CTLabel; ct && write && g.IntN(3) > 0 {
			continue
		}
		return f
	}
}

// bits are bits of a field, at most max.
func (g gen) bits(f oxm.Field, limit int) (ofs, n int) {
	i, _ := oxm.Known(f)
	if i == nil || g.IntN(40) == 0 {
		return g.IntN(64), 1 + g.IntN(64)
	}
	if g.IntN(3) == 0 && i.Bits <= limit {
		return 0, i.Bits
	}
	n = 1 + g.IntN(min(i.Bits, limit))
	return g.IntN(i.Bits - n + 1), n
}

// masked is a header with the mask bit, once in a while.
func (g gen) masked(f oxm.Field) oxm.Field {
	if g.IntN(40) == 0 {
		return f | 1<<40 + oxm.Field(f.Len())<<32
	}
	return f
}

// entry is a field with a value, and a mask if it may have one.
func (g gen) entry(mask bool) Entry {
	f := g.header(false, true)
	value, m := g.bytes(f.Len()), g.bytes(f.Len())
	if i, _ := oxm.Known(f); i != nil && !i.Variable && i.Bits < 8*f.Len() && g.IntN(10) > 0 {
		clear(value[:len(value)-(i.Bits+7)/8])
		value[len(value)-(i.Bits+7)/8] &= 0xff >> (-i.Bits & 7)
	}
	if f == oxm.VLANVID && g.IntN(4) > 0 {
		value[0] |= 0x10
	}
	if !mask && !g.rare() {
		return EntryOf(oxm.Match(nil).Bytes(f, value))
	}
	switch g.IntN(4) {
	case 0:
		return EntryOf(oxm.Match(nil).Bytes(f, value))
	case 1:
		for i := range m {
			m[i] = 0xff
		}
	case 2:
		clear(m)
	}
	for i := range value {
		value[i] &= m[i]
	}
	return EntryOf(oxm.Match(nil).BytesMasked(f, value, m))
}

// zeros are what may follow an action.
func (g gen) zeros() []byte {
	if g.rare() {
		return make([]byte, 8*g.IntN(3))
	}
	return nil
}

// list is a list of actions of a version.
func (g gen) list(v openflow.Version, n int) []byte {
	var b []byte
	for range n {
		b = append(b, Encode(g.one(v))...)
	}
	return b
}

// one is an action of a version.
func (g gen) one(v openflow.Version) Action {
	kinds := kinds13
	if v == openflow.Version10 {
		kinds = kinds10
	}
	return pick(g, kinds...)(g, v)
}

// mutated breaks bytes: bits, the length, a part that is gone or there twice.
func (g gen) mutated(b []byte) []byte {
	b = append([]byte(nil), b...)
	for range 1 + g.IntN(2) {
		switch at := g.IntN(len(b)); g.IntN(7) {
		case 0:
			b[at] ^= 1 << g.IntN(8)
		case 1:
			b[at] = g.u8()
		case 2:
			b[g.IntN(min(len(b), 16))] ^= 1 << g.IntN(8)
		case 3:
			b[at] = pick[byte](g, 0, 1, 0xff, 0x7f, 0x80)
		case 4:
			n := at &^ 7
			if g.IntN(2) == 0 {
				n = at
			}
			b = b[:max(n, 1)]
		case 5:
			b = append(b, g.pad(8)...)
			if g.IntN(2) == 0 && len(b) < 1<<16 {
				binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
			}
		case 6:
			if at > 3 && at+2 < len(b) {
				binary.BigEndian.PutUint16(b[at:], g.u16())
			}
		}
	}
	return b
}
