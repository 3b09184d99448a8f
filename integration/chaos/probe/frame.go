package probe

import (
	"bytes"
	"encoding/binary"
	"net/netip"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
)

// Port is the UDP port, of both sides, of the frames. In each guest a socket has it, so that no kernel answers with
// "port unreachable".
const Port = 7777

const (
	magic   = "VLCPprob"
	markLen = len(magic) + 2 + 8
	seqAt   = len(magic) + 2
	ttl     = 64
)

// Mark is what a frame says of itself.
type Mark struct {
	Network   byte // of its sender
	Broadcast bool
	Seq       uint64 // of its sender, from 0; broadcasts have numbers of their own
}

func (m Mark) payload() []byte {
	b := append(make([]byte, 0, markLen), magic...)
	b = append(b, m.Network, 0)
	if m.Broadcast {
		b[len(b)-1] = 1
	}
	return binary.BigEndian.AppendUint64(b, m.Seq)
}

// ends are the addresses of a frame.
type ends struct {
	srcMAC, dstMAC model.MAC
	src, dst       netip.Addr
}

// datagram is a whole frame: Ethernet, IPv4 and UDP (RFC 768) around a payload.
func datagram(e ends, srcPort, dstPort uint16, payload []byte) []byte {
	b := packet.AppendEthernet(nil, &packet.Ethernet{Dst: e.dstMAC, Src: e.srcMAC, Type: packet.EtherTypeIPv4})
	b = packet.AppendIPv4(b, &packet.IPv4{TTL: ttl, Protocol: packet.ProtoUDP, Src: e.src, Dst: e.dst, DontFragment: true},
		packet.UDPLen+len(payload))
	return packet.AppendUDP(b, &packet.UDP{SrcPort: srcPort, DstPort: dstPort, Payload: payload}, e.src, e.dst)
}

// frame is one that carries m.
func frame(e ends, m Mark) []byte { return datagram(e, Port, Port, m.payload()) }

// find reads the mark of a frame, wherever it is in it; false if there is none.
func find(b []byte) (Mark, bool) {
	at := bytes.Index(b, []byte(magic))
	if at < 0 || len(b) < at+markLen {
		return Mark{}, false
	}
	b = b[at:]
	return Mark{Network: b[seqAt-2], Broadcast: b[seqAt-1] != 0, Seq: binary.BigEndian.Uint64(b[seqAt:])}, true
}
