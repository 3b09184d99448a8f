package vswitch

import (
	"hash/fnv"

	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// group is a group with its buckets, each of which is an action set (5.6.1 and 5.10 of OpenFlow 1.3).
type group struct {
	mod     *of13.GroupMod
	buckets [][]member
}

func newGroup(mod *of13.GroupMod) (*group, error) {
	g := &group{mod: mod}
	for i := range mod.Buckets {
		set, err := compileSet(mod.Buckets[i].Actions)
		if err != nil {
			return nil, err
		}
		g.buckets = append(g.buckets, set)
	}
	return g, nil
}

// group does buckets of a group, each on a copy: all of them, the one that the packet's fields choose, or the first
// that is alive.
func (x *execution) group(number uint32) {
	g := x.s.groups[number]
	if g == nil || x.depth > depthMax {
		return
	}
	x.depth++
	defer func() { x.depth-- }()
	if g.mod.Type == of13.GroupAll {
		for _, b := range g.buckets {
			x.bucket(b)
		}
		return
	}
	if i := x.choose(g); i >= 0 {
		x.bucket(g.buckets[i])
	}
}

func (x *execution) bucket(b []member) {
	x.onCopy(func() {
		outer := x.set
		x.set = nil
		x.write(b)
		x.finish()
		x.set = outer
	})
}

// choose is the bucket of a group that has one for a packet, -1 for none. Of a select group it is the live one with the
// highest score, which is a hash of the packet's addresses and the bucket times its weight: a flow of packets keeps its
// bucket when others come and go. Open vSwitch chooses in the same way, with a hash of its own.
func (x *execution) choose(g *group) int {
	best, score := -1, uint64(0)
	for i := range g.mod.Buckets {
		b := &g.mod.Buckets[i]
		switch {
		case g.mod.Type == of13.GroupIndirect:
			return i
		case !x.s.alive(b, 0):
		case g.mod.Type != of13.GroupSelect:
			return i
		case b.Weight > 0:
			if n := uint64(x.p.hash(byte(i))) * uint64(b.Weight); best < 0 || n > score {
				best, score = i, n
			}
		}
	}
	return best
}

// livenessMax is how deep groups may watch groups, as in Open vSwitch.
const livenessMax = 128

// alive reports whether the port or the group that a bucket watches is; one that watches nothing is.
func (s *Switch) alive(b *of13.Bucket, depth int) bool {
	if b.WatchPort == of13.PortAny && b.WatchGroup == of13.AnyGroup || depth >= livenessMax {
		return depth < livenessMax
	}
	if p := s.ports[b.WatchPort]; p != nil && !p.Down {
		return true
	}
	if g := s.groups[b.WatchGroup]; g != nil {
		for i := range g.mod.Buckets {
			if s.alive(&g.mod.Buckets[i], depth+1) {
				return true
			}
		}
	}
	return false
}

// hashed are the fields that a select group chooses by, symmetric to none.
var hashed = []oxm.Field{oxm.EthSrc, oxm.EthDst, oxm.EthType, oxm.IPv4Src, oxm.IPv4Dst, oxm.IPv6Src, oxm.IPv6Dst,
	oxm.IPProto, oxm.TCPSrc, oxm.TCPDst, oxm.UDPSrc, oxm.UDPDst}

// hash is 16 bits of what the packet and a bucket are.
func (p *packet) hash(bucket byte) uint16 {
	h := fnv.New64a()
	for _, f := range hashed {
		if p.has(f) {
			_, _ = h.Write(p.fields.Value(f)) // a hash takes everything
		}
	}
	_, _ = h.Write([]byte{bucket}) // as above
	v := h.Sum64()
	v = (v ^ v>>30) * 0xbf58476d1ce4e5b9 // the last byte has to reach all bits (SplitMix64)
	v = (v ^ v>>27) * 0x94d049bb133111eb
	return uint16(v ^ v>>31)
}
