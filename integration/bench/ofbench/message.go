package main

import (
	"encoding/binary"
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

const (
	ports      = 16 // of each switch
	frameLen   = 60
	macLen     = 6
	noBuffer   = 0xffffffff
	numberAt   = 14 + 20 + 8 // in the frame, behind Ethernet, IPv4 and UDP: the number of the packet
	bufferAt10 = openflow.HeaderLen
)

// template is a packet-in that is made another packet-in by writing into it.
type template struct {
	msg             []byte
	buffer, inPort  int // where they are
	frame           int
	portWide, named bool // the port has four bytes; the buffer has a number
}

func newTemplate(o *Options) template {
	frame := udpFrame()
	var m openflow.Message
	t := template{named: o.Buffers, buffer: openflow.HeaderLen}
	if o.Version == openflow.Version10 {
		m = &of10.PacketIn{BufferID: noBuffer, TotalLen: frameLen, Data: frame}
		t.inPort = bufferAt10 + 6
	} else {
		m = &of13.PacketIn{BufferID: noBuffer, TotalLen: frameLen, Match: of13.Match{Fields: oxm.Match(nil).Uint(oxm.InPort,
			0)}, Data: frame}
		t.inPort, t.portWide = 24+4+4, true // the only field of the match
	}
	var err error
	if t.msg, err = openflow.Append(nil, m); err != nil {
		panic(err) // it is a constant but for the version
	}
	t.frame = len(t.msg) - frameLen
	return t
}

// udpFrame is a small packet of UDP over IPv4.
func udpFrame() []byte {
	b := make([]byte, frameLen)
	b[12], b[13] = 8, 0
	ip := b[14:34]
	copy(ip, []byte{0x45, 0, 0, frameLen - 14, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2})
	sum := uint32(0)
	for i := 0; i < len(ip); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(ip[i:]))
	}
	binary.BigEndian.PutUint16(ip[10:], ^uint16(sum+sum>>16))
	copy(b[34:], []byte{0x30, 0x39, 0x30, 0x39, 0, frameLen - 34, 0, 0})
	return b
}

// append makes packet number n, from host src to host dst of a switch.
func (t *template) append(b []byte, n uint32, sw, src, dst int) []byte {
	start := len(b)
	b = append(b, t.msg...)
	m := b[start:]
	if t.named {
		binary.BigEndian.PutUint32(m[t.buffer:], n)
	}
	if port := portOf(src); t.portWide {
		binary.BigEndian.PutUint32(m[t.inPort:], port)
	} else {
		binary.BigEndian.PutUint16(m[t.inPort:], uint16(port))
	}
	frame := m[t.frame:]
	putMAC(frame, sw, dst)
	putMAC(frame[macLen:], sw, src)
	binary.BigEndian.PutUint32(frame[numberAt:], n)
	return b
}

// portOf is the port that a host is at.
func portOf(host int) uint32 { return uint32(host%ports) + 1 }

// putMAC writes the address of a host: locally administered, and no two are the same.
func putMAC(b []byte, sw, host int) {
	b[0], b[1] = 0x0a, byte(sw)
	binary.BigEndian.PutUint32(b[2:], uint32(host)+1)
}

// response is what the controller sent.
type response uint8

const (
	otherMessage response = iota
	flowMod
	packetOut
)

// read says what a message is and which packet it is for; ok is false when it is for none.
func (t *template) read(msg []byte) (r response, n uint32, ok bool) {
	wide := openflow.MessageVersion(msg) == openflow.Version13
	switch typ := openflow.MessageType(msg); {
	case typ == uint8(of10.TypePacketOut): // the same in both versions
		r = packetOut
	case wide && typ == uint8(of13.TypeFlowMod), !wide && typ == uint8(of10.TypeFlowMod):
		r = flowMod
	default:
		return otherMessage, 0, false
	}
	at := bufferAt10
	if r == flowMod {
		at = bufferOfFlowMod(wide)
	}
	if len(msg) < at+4 {
		return r, 0, false
	}
	if n = binary.BigEndian.Uint32(msg[at:]); n != noBuffer {
		return r, n, t.named
	}
	if r == flowMod || t.named {
		return r, 0, false
	}
	return numberIn(msg, wide)
}

func bufferOfFlowMod(wide bool) int {
	if wide {
		return 32
	}
	return 64
}

// numberIn reads the number of the packet that a packet-out has.
func numberIn(msg []byte, wide bool) (r response, n uint32, ok bool) {
	lenAt, actions := 14, 16
	if wide {
		lenAt, actions = 16, 24
	}
	if len(msg) < actions {
		return packetOut, 0, false
	}
	at := actions + int(binary.BigEndian.Uint16(msg[lenAt:])) + numberAt
	if len(msg) < at+4 {
		return packetOut, 0, false
	}
	return packetOut, binary.BigEndian.Uint32(msg[at:]), true
}

// answer is what a switch says to a message that asks for something, nil to others.
func (s *fakeSwitch) answer(msg []byte) ([]byte, error) {
	m, err := decode(s.o.Version, msg)
	if err != nil {
		return s.refuse(msg), nil
	}
	r := s.reply(m)
	if r == nil {
		return nil, nil
	}
	r.SetXid(openflow.Xid(msg))
	b, err := openflow.Append(nil, r)
	if err != nil {
		return nil, fmt.Errorf("answer %T: %w", m, err)
	}
	return b, nil
}

func decode(v openflow.Version, msg []byte) (openflow.Message, error) {
	if v == openflow.Version10 {
		return of10.Decode(msg)
	}
	return of13.Decode(msg)
}

// refuse makes the error that says that a message is not understood: OFPET_BAD_REQUEST, OFPBRC_BAD_TYPE.
func (s *fakeSwitch) refuse(msg []byte) []byte {
	b := []byte{byte(s.o.Version), openflow.TypeError, 0, 12, 0, 0, 0, 0, 0, 1, 0, 1}
	openflow.SetXid(b, openflow.Xid(msg))
	b = append(b, msg[:min(len(msg), 64)]...)
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	return b
}
