package action

import (
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/wire"
)

func (a *RegMove) check(*checker) error {
	m := move{a.Src, a.Dst, int(a.SrcOffset), int(a.DstOffset), int(a.NBits)}
	return first(m.check(), zero(a.Extra))
}

func (a *CopyField) check(*checker) error {
	m := move{a.Src, a.Dst, int(a.SrcOffset), int(a.DstOffset), int(a.NBits)}
	return first(m.check(), zero(a.Extra))
}

// move is what RegMove and CopyField do.
type move struct {
	src, dst          FieldHeader
	srcOfs, dstOfs, n int
}

func (m move) check() error {
	return first(exact(m.src), exact(m.dst), source(m.src.Field, m.srcOfs, m.n),
		destination(m.dst.Field, m.dstOfs, m.n))
}

func (a *RegLoad) check(*checker) error {
	n := a.Bits.Len()
	if err := destination(a.Dst.Field(), a.Bits.Offset(), n); err != nil {
		return err
	}
	if n < 64 && a.Value>>n != 0 {
		return fmt.Errorf("value %#x in %d bits: %w", a.Value, n, ErrArgument)
	}
	return nil
}

func (a *RegLoad2) check(*checker) error {
	_, err := a.Entry.writable()
	return first(err, zero(a.Extra))
}

func (a *StackPush) check(*checker) error {
	return first(exact(a.Field), source(a.Field.Field, int(a.Offset), int(a.NBits)))
}

func (a *StackPop) check(*checker) error {
	return first(exact(a.Field), destination(a.Field.Field, int(a.Offset), int(a.NBits)))
}

func (a *DeleteField) check(*checker) error {
	if int(a.Length) != deleteFieldLen {
		return fmt.Errorf("length %d: %w", a.Length, wire.ErrLength)
	}
	return exact(a.Field)
}

func (a *CheckPktLarger) check(*checker) error {
	return first(exact(a.Dst), destination(a.Dst.Field, int(a.Offset), 1), zero(a.Extra))
}

func (a *OutputReg) check(*checker) error {
	return source(a.Src.Field(), a.Bits.Offset(), a.Bits.Len())
}

func (a *OutputReg2) check(*checker) error {
	return first(exact(a.Src), source(a.Src.Field, a.Bits.Offset(), a.Bits.Len()))
}

func (a *OutputTrunc) check(*checker) error {
	if a.MaxLen < ethHeaderLen {
		return fmt.Errorf("MaxLen %d: %w", a.MaxLen, ErrArgument)
	}
	return nil
}

func (b *Bundle) check(*checker) error {
	switch {
	case int(b.Fields) >= len(hashNames):
		return fmt.Errorf("fields %d: %w", b.Fields, ErrArgument)
	case b.N > BundleMembersMax:
		return fmt.Errorf("%d members: %w", b.N, ErrArgument)
	case int(b.Algorithm) >= len(bundleNames):
		return fmt.Errorf("algorithm %d: %w", b.Algorithm, ErrArgument)
	case b.MemberType != HeaderOf(oxm.NXInPort):
		return fmt.Errorf("MemberType %#x: %w", uint32(b.MemberType), ErrArgument)
	case b.Bits != 0 || b.Dst != 0:
		return fmt.Errorf("dst: %w", ErrNotZero)
	}
	return members(b.Members)
}

// bundleBits is how many bits it takes to hold a port.
const bundleBits = 16

// check looks at less than that of Bundle: of BundleLoad Open vSwitch takes any fields, algorithm and type of members.
func (a *BundleLoad) check(*checker) error {
	if err := destination(a.Dst.Field(), a.Bits.Offset(), a.Bits.Len()); err != nil {
		return err
	}
	if a.Bits.Len() < bundleBits {
		return fmt.Errorf("%d bits for a port: %w", a.Bits.Len(), ErrArgument)
	}
	return members(a.Members)
}

// members checks the ports of a bundle, which may be none.
func members(ports []uint16) error {
	for i, p := range ports {
		switch {
		case p == portNone10:
		case p == portController10:
			return fmt.Errorf("member %d: port %d: %w", i, p, ErrPort)
		default:
			if err := outPort(p); err != nil {
				return fmt.Errorf("member %d: %w", i, err)
			}
		}
	}
	return nil
}

func (a *Multipath) check(*checker) error {
	switch links := int(a.MaxLink) + 1; {
	case int(a.Fields) >= len(hashNames):
		return fmt.Errorf("fields %d: %w", a.Fields, ErrArgument)
	case int(a.Algorithm) >= len(multipathNames):
		return fmt.Errorf("algorithm %d: %w", a.Algorithm, ErrArgument)
	case a.Bits.Len() < log2Ceil(links):
		return fmt.Errorf("%d bits for %d links: %w", a.Bits.Len(), links, ErrArgument)
	}
	return destination(a.Dst.Field(), a.Bits.Offset(), a.Bits.Len())
}

// needs are the shortest and the longest data of the properties of a controller action.
var needs = map[PropertyType][2]int{PropertyMaxLen: {2, anyLen}, PropertyControllerID: {2, anyLen},
	PropertyReason: {1, anyLen}, PropertyUserData: {0, anyLen}, PropertyPause: {0, anyLen}, PropertyMeterID: {4, 4}}

const anyLen = 1 << 16

func (a *NXController2) check(*checker) error {
	for _, q := range a.Properties {
		need, ok := needs[q.Type]
		switch {
		case !ok:
			return fmt.Errorf("type %d: %w", q.Type, errPropType)
		case len(q.Data) < need[0] || len(q.Data) > need[1]:
			return fmt.Errorf("property %s of %d bytes: %w", q.Type, len(q.Data), errPropLen)
		}
	}
	return nil
}

func (e *Encap) check(*checker) error {
	if packetTypes[e.PacketType] == "" {
		return fmt.Errorf("packet type %#x: %w", e.PacketType, errEncap)
	}
	for i := range e.Properties {
		if err := e.Properties[i].check(); err != nil {
			return err
		}
	}
	return nil
}

func (p *EncapProperty) check() error {
	switch n := int(p.Length); {
	case p.Class == EncapNSH && p.Type == EncapNSHMDType:
		if n > propAlign {
			return fmt.Errorf("md_type of %d bytes: %w", n, errEncapLen)
		}
	case p.Class == EncapNSH && p.Type == EncapNSHTLV:
		value := int(p.Data[3])
		if n != propAlign+value+padding(value) {
			return fmt.Errorf("tlv of %d bytes: %w", n, errEncapLen)
		}
	default:
		return fmt.Errorf("class %d type %d: %w", p.Class, p.Type, ErrProperty)
	}
	return nil
}

func (a *Decap) check(*checker) error {
	if len(a.Extra) > 0 {
		return fmt.Errorf("decap has none: %w", ErrProperty)
	}
	return nil
}
