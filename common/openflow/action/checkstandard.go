package action

import (
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// Ports of OpenFlow 1.0.
const (
	portMax10        = 0xff00
	portController10 = 0xfffd
	portLocal10      = 0xfffe
)

// outPort checks a port that packets are sent out of.
func outPort(p uint16) error {
	if p < portMax10 || p >= portInPort10 && p <= portLocal10 {
		return nil
	}
	return fmt.Errorf("port %d: %w", p, ErrPort)
}

func (a *Output10) check(*checker) error { return outPort(a.Port) }

func (a *Output) check(*checker) error {
	if a.Port >= portMax10 && a.Port < firstReserved {
		return fmt.Errorf("port %d: %w", a.Port, ErrPort)
	}
	return outPort(uint16(a.Port))
}

func (a *Enqueue10) check(*checker) error {
	if a.Port < portMax10 || a.Port == portInPort10 || a.Port == portLocal10 {
		return nil
	}
	return fmt.Errorf("port %d: %w", a.Port, ErrPort)
}

// within checks that a number has no bits but those of a mask.
func within(name string, v, mask uint16) error {
	if v&^mask != 0 {
		return fmt.Errorf("%s %#x: %w", name, v, ErrArgument)
	}
	return nil
}

func (a *SetVLANVID10) check(*checker) error { return within("VID", a.VID, 0xfff) }
func (a *SetVLANVID) check(*checker) error   { return within("VID", a.VID, 0xfff) }
func (a *SetVLANPCP10) check(*checker) error { return within("PCP", uint16(a.PCP), 7) }
func (a *SetVLANPCP) check(*checker) error   { return within("PCP", uint16(a.PCP), 7) }
func (a *SetNwTOS10) check(*checker) error   { return within("TOS", uint16(a.TOS), 0xfc) }
func (a *SetNwTOS) check(*checker) error     { return within("TOS", uint16(a.TOS), 0xfc) }
func (a *SetNwECN) check(*checker) error     { return within("ECN", uint16(a.ECN), 3) }

func ethTypeOneOf(t, one, other uint16) error {
	if t != one && t != other {
		return fmt.Errorf("EthType %#x: %w", t, ErrArgument)
	}
	return nil
}

func (a *PushVLAN) check(*checker) error   { return ethTypeOneOf(a.EthType, ethVLAN, ethVLANOuter) }
func (a *PushMPLS) check(*checker) error   { return ethTypeOneOf(a.EthType, ethMPLS, ethMPLSMany) }
func (a *NXPushMPLS) check(*checker) error { return ethTypeOneOf(a.EthType, ethMPLS, ethMPLSMany) }

const vlanPresent = 0x1000

// check says also that in_port is not for set_field, and that a VLAN has to have the bit that says that there is one.
func (a *SetField) check(*checker) error {
	i, err := a.Entry.writable()
	if err != nil {
		return err
	}
	_, value, mask := a.Entry.parts()
	switch {
	case mask != nil:
		return field(i.Name, errSetMask)
	case i.Field == oxm.InPort:
		return field(i.Name, ErrReadOnly)
	case !i.Valid(value), i.Field == oxm.VLANVID && value[0]&(vlanPresent>>8) == 0:
		return field(i.Name, oxm.ErrValue)
	}
	return zero(a.Extra)
}

// writable is the field, if actions may write it.
func (e *Entry) writable() (*oxm.Info, error) {
	i, masked := oxm.Known(e.field())
	switch {
	case i == nil:
		return nil, fmt.Errorf("%s: %w", e.field(), oxm.ErrField)
	case i.ReadOnly:
		return nil, field(i.Name, ErrReadOnly)
	case !masked:
		return i, nil
	}
	value := e.OXM[e.field().HeaderLen():]
	for n := range len(value) / 2 {
		if value[n]&^value[len(value)/2+n] != 0 {
			return nil, field(i.Name, oxm.ErrMask)
		}
	}
	return i, nil
}
