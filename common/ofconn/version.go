package ofconn

import (
	"encoding/binary"
	"slices"

	"github.com/vlcp-go/vlcp/common/openflow"
)

// Hello elements (OpenFlow 1.3.1, 7.5.1).
const (
	elementHeadLen  = 4
	elementBitmap   = 1 // OFPHET_VERSIONBITMAP
	elementAlign    = 8
	bitmapVersions  = 32 // of the one word that has all versions there are
	errorHelloClass = 0  // OFPET_HELLO_FAILED, code OFPHFC_INCOMPATIBLE, the same in all versions
)

// offer is what a hello says.
type offer struct {
	highest openflow.Version // in the header
	bitmap  uint32           // of 1<<version
	listed  bool             // there is a bitmap
}

// appendHello makes the hello that offers versions, in ascending order. A peer that knows 1.0 only may stumble over
// elements, but a hello of more than 1.0 it does not have to understand.
func appendHello(b []byte, versions []openflow.Version) []byte {
	highest := versions[len(versions)-1]
	n := openflow.HeaderLen
	if highest > openflow.Version10 {
		n += elementHeadLen + 4
	}
	b = append(b, byte(highest), openflow.TypeHello, 0, byte(n), 0, 0, 0, 0)
	if highest == openflow.Version10 {
		return b
	}
	b = append(b, 0, elementBitmap, 0, elementHeadLen+4)
	var bitmap uint32
	for _, v := range versions {
		bitmap |= 1 << v
	}
	return binary.BigEndian.AppendUint32(b, bitmap)
}

// readHello reads a framed hello. Elements that cannot be read are passed over with all after them: what a version of
// the future puts there must not keep us from talking to it.
func readHello(msg []byte) offer {
	o := offer{highest: openflow.MessageVersion(msg)}
	for b := msg[openflow.HeaderLen:]; len(b) >= elementHeadLen; {
		n := int(binary.BigEndian.Uint16(b[2:]))
		if n < elementHeadLen || n > len(b) {
			break
		}
		if binary.BigEndian.Uint16(b) == elementBitmap && n >= elementHeadLen+4 {
			o.bitmap, o.listed = binary.BigEndian.Uint32(b[elementHeadLen:]), true
		}
		n = (n + elementAlign - 1) &^ (elementAlign - 1)
		b = b[min(n, len(b)):]
	}
	return o
}

// negotiate chooses a version of ours, in ascending order, as both sides do (6.3.1): the highest that is in both
// bitmaps, or without two bitmaps the smaller of the two versions in the headers, if both speak it.
func negotiate(ours []openflow.Version, theirs offer) (openflow.Version, bool) {
	highest := ours[len(ours)-1]
	if theirs.listed && highest > openflow.Version10 { // ours has one too
		for _, v := range slices.Backward(ours) {
			if theirs.speaks(v) {
				return v, true
			}
		}
		return 0, false
	}
	v := min(highest, theirs.highest)
	return v, slices.Contains(ours, v) && (!theirs.listed || theirs.speaks(v))
}

func (o offer) speaks(v openflow.Version) bool { return v < bitmapVersions && o.bitmap&(1<<v) != 0 }

// String is the versions offered.
func (o offer) String() string {
	if !o.listed {
		return "up to " + o.highest.String()
	}
	var vs []openflow.Version
	for v := openflow.Version(1); v < bitmapVersions; v++ {
		if o.speaks(v) {
			vs = append(vs, v)
		}
	}
	if len(vs) == 0 {
		return "none"
	}
	return versionList(vs)
}

// appendHelloFailed makes the error that tells the peer that there is no common version, in one that it may
// understand.
func appendHelloFailed(b []byte, ours []openflow.Version, theirs offer) []byte {
	text := "we speak OpenFlow " + versionList(ours)
	v := min(ours[len(ours)-1], max(theirs.highest, openflow.Version10))
	b = append(b, byte(v), openflow.TypeError, 0, byte(openflow.HeaderLen+4+len(text)), 0, 0, 0, 0)
	b = append(b, 0, errorHelloClass, 0, 0)
	return append(b, text...)
}
