package ofp

import (
	"encoding/binary"
	"testing"
)

// broken changes a message in a byte or two, or its length, as a faulty switch or a faulty wire does.
func (g gen) broken(b []byte) []byte {
	b = append([]byte(nil), b...)
	switch g.IntN(8) {
	case 0: // cut off
		n := 8 + g.IntN(len(b)-7)
		b = b[:n]
	case 1: // too long
		b = append(b, g.rnd(pick(g, 1, 4, 8, 16, 24))...)
	case 2: // a number that is nearly right
		at := 4 + g.IntN(len(b)-4)
		b[at] += byte(pick(g, 1, 255, 8, 248))
	case 3, 4: // something at the beginning, where most is that is checked
		b[8+g.IntN(min(len(b)-7, 24))%max(1, len(b)-8)] ^= 1 << g.IntN(8)
	default:
		b[1+g.IntN(len(b)-1)] ^= 1 << g.IntN(8)
	}
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	return b
}

// Messages that are broken are refused where ovs-ofctl refuses them, and printed alike where it does not.
func TestBrokenMessagesAreRefusedLikeOVSDoes(t *testing.T) {
	g := newGen(41)
	var all [][]byte
	for _, b := range g.everyMessage(60) {
		if len(b) > 8 && len(b) < 60000 {
			all = append(all, g.broken(b), g.broken(b))
		}
	}
	compare(t, all)
}
