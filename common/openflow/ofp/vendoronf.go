package ofp

import (
	"encoding/binary"
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/of14"
)

// onf writes the body of a message of the ONF, which are of OpenFlow 1.3.
func (t *text) onf() error {
	m, err := of13.DecodeLoose(t.msg)
	if err != nil {
		return err
	}
	switch m := m.(type) {
	case *of13.BundleControl:
		t.bundleControl(m.Bundle, uint16(m.Control), uint16(m.Flags))
	case *of13.BundleAdd:
		return t.bundleAdd(spot{24, "Message"}, m.Bundle, uint16(m.Flags), m.Message)
	case *of13.RoleStatus:
		return t.roleStatus(m)
	case *of13.RequestForward:
		return t.requestForward(m.Request)
	case *of13.FlowMonitorCancel:
		t.u(" id=", uint64(m.ID))
	case *of13.FlowMonitorPaused, *of13.FlowMonitorResumed:
	case *of13.FlowMonitorRequest:
		t.statsFlags(uint16(m.Part().Flags), true)
		return t.monitors13(m.Monitors)
	case *of13.FlowMonitorReply:
		t.statsFlags(uint16(m.Part().Flags), true)
		return t.updates13(m.Updates)
	default:
		return spot{8, "Vendor"}.refuse(badVendor, "%T: unknown vendor", m)
	}
	return nil
}

// bodyOther writes the bodies of messages of other versions: of OpenFlow 1.4 bundles, and what can be in them.
func (t *text) bodyOther() error {
	if t.v != openflow.Version14 {
		return spot{0, "Version"}.refuse(badVersion, "%#02x: unknown version", uint8(t.v))
	}
	switch openflow.MessageType(t.msg) {
	case uint8(of14.TypeBundleControl), uint8(of14.TypeBundleAdd):
		m, err := of14.Decode(t.msg)
		if err != nil {
			return err
		}
		if c, ok := m.(*of14.BundleControl); ok {
			t.bundleControl(c.Bundle, uint16(c.Control), uint16(c.Flags))
			return nil
		}
		a := m.(*of14.BundleAdd)
		return t.bundleAdd(spot{16, "Message"}, a.Bundle, uint16(a.Flags), a.Message)
	}
	return t.inBundle14()
}

var (
	bundleFlags = names{"atomic", "ordered"}
	bundleTypes = [8]string{"OPEN_REQUEST", "OPEN_REPLY", "CLOSE_REQUEST", "CLOSE_REPLY", "COMMIT_REQUEST", "COMMIT_REPLY",
		"DISCARD_REQUEST", "DISCARD_REPLY"}
)

func (t *text) bundleControl(id uint32, control, flags uint16) {
	name := ""
	if int(control) < len(bundleTypes) {
		name = bundleTypes[control]
	}
	t.s("\n bundle_id=", hexNumberText(uint64(id)), " type=", name, " flags=")
	t.bits(uint32(flags), bundleFlags)
}

// Codes of what is in a bundle.
const (
	badInnerLen     = "OFPBFC_MSG_BAD_LEN"
	badInnerVersion = "OFPBFC_BAD_VERSION"
	badInnerXid     = "OFPBFC_MSG_BAD_XID"
	badInnerKind    = "OFPBFC_MSG_UNSUP"
)

// inner takes the message out of another that has it inside.
func (t *text) inner(b []byte, versionCode string) ([]byte, error) {
	if len(b) >= openflow.HeaderLen && openflow.MessageVersion(b) != t.v {
		return nil, spot{0, "Version"}.refuse(versionCode, "%#02x: expected the one of the message", b[0])
	}
	n, err := openflow.Frame(b)
	if err != nil || n == 0 || n > len(b) {
		return nil, spot{min(2, len(b)), "Length"}.refuse(badInnerLen, "%d bytes: wrong length", len(b))
	}
	return b[:n], nil
}

// wholeKind says what a message is that must have the length of its kind.
func wholeKind(b []byte) (kind, error) {
	k, err := kindOf(b)
	if err != nil {
		return kind{}, err
	}
	return k, k.checkLength(b)
}

// bundled are the kinds that Open vSwitch takes into a bundle.
var bundled = map[string]bool{"OFPT_PORT_MOD": true, "OFPT_FLOW_MOD": true, "NXT_FLOW_MOD": true,
	"OFPT_GROUP_MOD": true, "OFPT_PACKET_OUT": true}

func (t *text) bundleAdd(at spot, id uint32, flags uint16, message []byte) error {
	inner, err := t.bundled(message)
	if err != nil {
		return at.refused(err)
	}
	t.s("\n bundle_id=", hexNumberText(uint64(id)), " flags=")
	t.bits(uint32(flags), bundleFlags)
	t.s("\n")
	q := text{msg: inner, v: t.v}
	if t.brief { // inside of an error what is wrong is printed, too
		q.quoteWhole(inner)
	} else if err := q.message(); err != nil {
		return at.refused(err)
	}
	t.s(string(q.b))
	return nil
}

// bundled takes the message for a bundle out of another.
func (t *text) bundled(message []byte) ([]byte, error) {
	inner, err := t.inner(message, badInnerVersion)
	if err != nil {
		return nil, err
	}
	if xid := openflow.Xid(inner); xid != openflow.Xid(t.msg) {
		return nil, spot{4, "Xid"}.refuse(badInnerXid, "%#x: expected the one of the message", xid)
	}
	k, err := wholeKind(inner)
	if err != nil {
		r := refusedBy(err)
		r.Name = badInnerKind
		return nil, &r
	}
	if !bundled[k.name] {
		return nil, spot{1, "Type"}.refuse(badInnerKind, "%s: not for bundles", k.name)
	}
	return inner, nil
}

// requestForward writes a change of a group or of a meter that another controller made.
func (t *text) requestForward(request []byte) error {
	at := spot{vendorHeadLen, "Request"}
	inner, err := t.inner(request, badVersion)
	if err != nil {
		return at.refused(err)
	}
	k, err := wholeKind(inner)
	if err != nil {
		return at.refused(err)
	}
	_, name, _ := strings.Cut(k.name, "_")
	if name != "GROUP_MOD" && name != "METER_MOD" {
		return at.refuse(badInnerKind, "%s: expected a change of a group or of a meter", k.name)
	}
	t.s(" reason=", strings.ToLower(name))
	q := text{msg: inner, v: t.v}
	if err := q.body(); err != nil {
		return at.refused(spot{0, k.name}.refused(err))
	}
	t.s(string(q.b))
	return nil
}

var roleReasons = [3]string{"primary_request", "configuration_changed", "experimenter_data_changed"}

func (t *text) roleStatus(m *of13.RoleStatus) error {
	if err := t.role(spot{16, "Role"}, m.Role, m.GenerationID, false); err != nil {
		return err
	}
	reason := "(unknown)"
	if int(m.Reason) < len(roleReasons) {
		reason = roleReasons[m.Reason]
	}
	t.s(" reason=", reason)
	return nil
}

// inBundle14 writes the body of a message of OpenFlow 1.4 that is also one of 1.3, but for its version.
func (t *text) inBundle14() error {
	b := append([]byte(nil), t.msg...)
	b[0] = byte(openflow.Version13)
	if b[1] == byte(of13.TypePortMod) {
		return t.portMod14()
	}
	m, err := of13.DecodeLoose(b)
	if err != nil {
		return err
	}
	t.v = openflow.Version13 // what there are of actions and instructions
	switch m := m.(type) {
	case *of13.FlowMod:
		if m.Command == of13.FlowAdd {
			t.importance = binary.BigEndian.Uint16(t.msg[importanceAt:])
		}
		return t.flowMod13(m)
	case *of13.GroupMod:
		return t.groupMod(m)
	case *of13.PacketOut:
		return t.packetOut13(m)
	}
	return spot{1, "Type"}.refuse(badType, "%T: unknown kind", m)
}

// importanceAt is where a flow-mod of OpenFlow 1.4 has what in 1.3 is padding.
const importanceAt = 46

// portMod14 writes the body of a port-mod of OpenFlow 1.4: a property says what to advertise.
func (t *text) portMod14() error {
	b := t.msg[openflow.HeaderLen:]
	number := binary.BigEndian.Uint32(b)
	if err := (spot{8, "Number"}).checkPort(number); err != nil {
		return err
	}
	modes := uint32(0)
	for rest, n := b[24:], 0; len(rest) > 0; n++ {
		at := item(len(t.msg)-len(rest), "Properties", n)
		typ, body, next, err := property(rest, 8)
		switch {
		case err != nil:
			return at.refused(err)
		case typ == 0 && len(body) != 4:
			return at.refuse(badPropLen, "%d bytes of value: expected 4", len(body))
		case typ == 0:
			modes = binary.BigEndian.Uint32(body)
		}
		rest = next
	}
	t.portMod(number, [6]byte(b[8:]), binary.BigEndian.Uint32(b[16:]),
		binary.BigEndian.Uint32(b[20:])&configNames13.known())
	t.advertise(modes & modes13)
	return nil
}
