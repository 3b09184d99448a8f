package action

import (
	"bytes"
	"fmt"
)

// ctHeadLen is the length of CT without the actions in it.
const ctHeadLen = 24

func (a *CT) check(c *checker) error {
	if a.Flags&CTForce != 0 && a.Flags&CTCommit == 0 {
		return fmt.Errorf("force without commit: %w", ErrArgument)
	}
	if a.ZoneSrc != 0 {
		r := BitRange(a.Zone)
		if err := source(a.ZoneSrc.Field(), r.Offset(), r.Len()); err != nil {
			return err
		}
		if r.Len() != zoneBits {
			return fmt.Errorf("%d bits for a zone: %w", r.Len(), ErrBits)
		}
	}
	list, err := c.inner(ctHeadLen, a.Actions)
	if err != nil {
		return err
	}
	if err := verify(list, inCT); err != nil || a.Flags&CTCommit != 0 {
		return err
	}
	for _, inner := range list {
		if nat, ok := inner.Action.(*NAT); !ok || nat.Flags != 0 || nat.Present&(NATIPv4Min|NATIPv6Min) != 0 {
			return inner.refuse(fmt.Errorf("without commit: %w", ErrNested))
		}
	}
	return nil
}

// inner checks the actions inside of the one that c is at, which begin at ofs of it.
func (c *checker) inner(ofs int, actions []byte) ([]placed, error) {
	in := checker{v: c.v, base: c.base + ofs}
	return in.list(actions)
}

func (a *Clone) check(c *checker) error {
	list, err := c.inner(extensionLen, a.Actions)
	if err != nil {
		return err
	}
	return verify(list, inClone)
}

const natFlags = NATSrc | NATDst | NATPersistent | NATProtoHash | NATProtoRandom

func (n *NAT) check(*checker) error {
	if n.Flags&^natFlags != 0 || n.Flags&NATSrc != 0 && n.Flags&NATDst != 0 ||
		n.Flags&NATProtoHash != 0 && n.Flags&NATProtoRandom != 0 {
		return fmt.Errorf("flags %s: %w", n.Flags, ErrArgument)
	}
	return first(n.checkAddresses(), n.checkProto())
}

func (n *NAT) checkAddresses() error {
	has := func(r NATRange) bool { return n.Present&r != 0 }
	wrong := fmt.Errorf("range %s: %w", n.Present, ErrArgument)
	switch {
	case has(NATIPv4Min):
		if has(NATIPv6Min|NATIPv6Max) || n.IPv4Min == [4]byte{} ||
			has(NATIPv4Max) && bytes.Compare(n.IPv4Max[:], n.IPv4Min[:]) < 0 {
			return wrong
		}
	case has(NATIPv4Max):
		return wrong
	case has(NATIPv6Min):
		if n.IPv6Min == [16]byte{} || has(NATIPv6Max) && bytes.Compare(n.IPv6Max[:], n.IPv6Min[:]) < 0 {
			return wrong
		}
	case has(NATIPv6Max):
		return wrong
	}
	return nil
}

func (n *NAT) checkProto() error {
	has := func(r NATRange) bool { return n.Present&r != 0 }
	switch {
	case !has(NATProtoMin | NATProtoMax):
		return nil
	case !has(NATProtoMin), !has(NATIPv4Min | NATIPv6Min), n.ProtoMin == 0, has(NATProtoMax) && n.ProtoMax < n.ProtoMin:
		return fmt.Errorf("ports %d-%d: %w", n.ProtoMin, n.ProtoMax, ErrArgument)
	}
	return nil
}
