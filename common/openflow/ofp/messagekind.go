package ofp

import (
	"encoding/binary"
	"strings"

	"github.com/vlcp-go/vlcp/common/openflow"
)

// kind is what a message is, told from its header, from the type of statistics or from vendor and subtype.
type kind struct {
	name string
	// head is the length of what tells the kind; at least min bytes follow it, and then a multiple of step (none if 0).
	head, min, step int
}

// checkLength refuses a message that is too short or too long for its kind.
func (k kind) checkLength(b []byte) error {
	n := len(b) - k.head - k.min
	if n < 0 || k.step == 0 && n != 0 || k.step > 0 && n%k.step != 0 {
		return spot{2, k.name + ".Length"}.refuse(badLen, "%d: wrong length", len(b))
	}
	return nil
}

// key is what tells the kind of a message.
type key struct {
	version         openflow.Version
	class           class
	typ             uint16 // of the message or of its statistics
	vendor, subtype uint32
}

type class uint8

const (
	plain class = iota
	request
	reply
	vendorMessage
	vendorRequest
	vendorReply
)

// list says whether the message is a list of which Open vSwitch prints the elements one by one, up to what is wrong.
func (k kind) list() bool {
	return strings.HasSuffix(k.name, " reply") || strings.Contains(k.name, "_FEATURES ") ||
		strings.Contains(k.name, "_MONITOR ")
}

// Lengths of what tells the kind of a message.
const (
	vendorHeadLen  = 16 // also of messages
	stats10Len     = 12
	stats13Len     = 16
	vendorStatsLen = 24
	vendorLen      = 4
)

const statsVendor = 0xffff

// kindOf says what the first message in b is. It does not look at its length, so that it understands what is cut off.
func kindOf(b []byte) (kind, error) {
	k, head, err := keyOf(b)
	if err != nil {
		return kind{}, err
	}
	if out, ok := lookUp(k); ok {
		out.head = head
		return out, nil
	}
	return kind{}, k.unknown()
}

// unknown is the error about a kind that there is not.
func (k key) unknown() error {
	name, known := openflowNames[k.version]
	what := "unknown kind"
	switch {
	case !known && k.class >= vendorMessage:
		return spot{0, "Version"}.refuse(badSubtype, "%#02x: unknown version", uint8(k.version))
	case !known:
		return spot{0, "Version"}.refuse(badType, "%#02x: unknown version", uint8(k.version))
	case k.version == openflow.Version14:
		what = "of OpenFlow 1.4 only hello, error, echo, bundles and what they add are read"
	case k.version != openflow.Version10 && k.version != openflow.Version13:
		what = "of OpenFlow " + name + " only hello, error and echo are read"
	}
	switch {
	case k.class == request || k.class == reply:
		return spot{8, "Kind"}.refuse(badStat, "type %d of statistics: %s", k.typ, what)
	case k.class <= reply:
		return spot{1, "Type"}.refuse(badType, "%d: %s", k.typ, what)
	}
	return spot{k.vendorAt() + vendorLen, "Subtype"}.refuse(badSubtype, "%d of vendor %#x: %s", k.subtype, k.vendor, what)
}

// vendorAt is where a message of a vendor has its number.
func (k key) vendorAt() int {
	switch {
	case k.class == vendorMessage:
		return openflow.HeaderLen
	case k.version == openflow.Version10:
		return stats10Len
	}
	return stats13Len
}

var openflowNames = map[openflow.Version]string{1: "1.0", 2: "1.1", 3: "1.2", 4: "1.3", 5: "1.4", 6: "1.5"}

func lookUp(k key) (kind, bool) {
	if k.class == plain && k.typ <= 3 {
		out, ok := kinds[key{class: plain, typ: k.typ}]
		return out, ok && k.version >= 1
	}
	if k.class >= vendorMessage {
		return vendorKind(k)
	}
	out, ok := kinds[k]
	if !ok {
		return vendorKind(k)
	}
	return out, ok
}

// keyOf reads what tells the kind of a message, and how long that is.
func keyOf(b []byte) (k key, head int, err error) {
	if len(b) < openflow.HeaderLen {
		return key{}, 0, spot{len(b), "Header"}.refuse(badLen, "%d bytes: truncated", len(b))
	}
	k = key{version: openflow.MessageVersion(b), typ: uint16(openflow.MessageType(b))}
	head = openflow.HeaderLen
	switch first := statsRequestType(k.version); {
	case k.typ == uint16(openflow.TypeExperimenter):
		k.class, head = vendorMessage, vendorHeadLen
		k.vendor, k.subtype, err = vendorOf(b, openflow.HeaderLen, vendorHeadLen)
	case k.typ == first || k.typ == first+1:
		k.class = request + class(k.typ-first)
		head, err = k.stats(b)
	}
	return k, head, err
}

// statsRequestType is the type of requests for statistics; the one of replies is next.
func statsRequestType(v openflow.Version) uint16 {
	if v == openflow.Version10 {
		return 16
	}
	return 18
}

func (k *key) stats(b []byte) (head int, err error) {
	head, end := stats13Len, vendorStatsLen
	if k.version == openflow.Version10 {
		head = stats10Len
	}
	if len(b) < head {
		return head, spot{len(b), "Kind"}.refuse(badLen, "type of statistics: truncated")
	}
	if k.typ = binary.BigEndian.Uint16(b[openflow.HeaderLen:]); k.typ != statsVendor {
		return head, nil
	}
	k.class += vendorRequest - request
	if k.version == openflow.Version10 {
		k.vendor, k.subtype, err = vendorOf(b, head, head+vendorLen)
		if err == nil && len(b) < end {
			err = spot{len(b), "padding"}.refuse(badLen, "truncated")
		}
		if err == nil && k.vendor == openflow.VendorONF {
			err = spot{head, "Vendor"}.refuse(badVendor, "%#x: not of OpenFlow 1.0", k.vendor)
		}
		return end, err
	}
	k.vendor, k.subtype, err = vendorOf(b, head, end)
	return end, err
}

// vendorOf reads vendor and subtype of what has at least min bytes. It does not know what other vendors have after
// their number.
func vendorOf(b []byte, at, min int) (vendor, subtype uint32, err error) {
	if len(b) < min {
		return 0, 0, spot{len(b), "Vendor"}.refuse(badLen, "truncated")
	}
	vendor = binary.BigEndian.Uint32(b[at:])
	if vendor != openflow.VendorNicira && vendor != openflow.VendorONF {
		return vendor, 0, spot{at, "Vendor"}.refuse(badVendor, "%#x: unknown vendor", vendor)
	}
	if len(b) < at+8 {
		return vendor, 0, spot{len(b), "Subtype"}.refuse(badLen, "truncated")
	}
	return vendor, binary.BigEndian.Uint32(b[at+4:]), nil
}
