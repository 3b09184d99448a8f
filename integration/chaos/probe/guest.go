package probe

import (
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
)

const (
	interval       = time.Millisecond
	broadcastEvery = 50 // frames
	burstMax       = 20 // frames that a late sender catches up with at once; the others are not sent
)

// Config says what a program in a guest does.
type Config struct {
	Network byte `json:"network"`
	// Addresses of this guest and of the one that frames are sent to; without the latter none are.
	MAC     model.MAC  `json:"mac"`
	IP      netip.Addr `json:"ip"`
	PeerMAC model.MAC  `json:"peer_mac"`
	PeerIP  netip.Addr `json:"peer_ip"`
	// VNIs are those of the networks 0, 1, ... They make it a Wire on the underlay.
	VNIs []uint32 `json:"vnis,omitempty"`
}

// guest is the program in a guest.
type guest struct {
	c     Config
	s     *socket
	sent  atomic.Uint64
	mu    sync.Mutex
	tally Tally
	dhcp  map[uint32]time.Time // when the request was sent, by transaction
	times []time.Duration      // of answers
}

func newGuest(c Config) (*guest, error) {
	s, err := open("eth0")
	if err != nil {
		return nil, err
	}
	quiet, err := net.ListenPacket("udp4", fmt.Sprintf(":%d", Port)) // never read: what does not fit is dropped
	if err != nil {
		return nil, err
	}
	g := &guest{c: c, s: s, tally: Tally{Network: c.Network}, dhcp: map[uint32]time.Time{}}
	go func() { fail(s.receive(g.got)); quiet.Close() }() //nolint:errcheck // never
	if c.PeerIP.IsValid() {
		go g.send()
	}
	return g, nil
}

func (g *guest) got(b []byte) {
	m, ok := find(b)
	g.mu.Lock()
	defer g.mu.Unlock()
	if ok {
		g.tally.Note(m)
	} else if len(g.dhcp) > 0 {
		g.offered(b)
	}
}

// send sends a frame a millisecond. Those that are late are sent at once, within bounds: what a guest's own lack of
// processor time costs is nobody's loss.
func (g *guest) send() {
	e := ends{g.c.MAC, g.c.PeerMAC, g.c.IP, g.c.PeerIP}
	all := ends{g.c.MAC, packet.Broadcast, g.c.IP, netip.AddrFrom4([4]byte{255, 255, 255, 255})}
	next := time.Now()
	for {
		now := time.Now()
		for i := 0; !next.After(now); next = next.Add(interval) {
			if i++; i > burstMax {
				next = now
				continue
			}
			n := g.sent.Load()
			if g.s.send(frame(e, Mark{Network: g.c.Network, Seq: n})) != nil {
				continue // not sent
			}
			g.sent.Add(1)
			if n%broadcastEvery == 0 {
				_ = g.s.send(frame(all, Mark{Network: g.c.Network, Broadcast: true, Seq: n})) // one more comes
			}
		}
		time.Sleep(interval)
	}
}

// wire looks into VXLAN packets (RFC 7348 section 5).
type wire struct {
	vnis    []uint32
	seen    atomic.Int64 // VXLAN packets with a mark
	foreign atomic.Int64
	sample  atomic.Pointer[string] // the last foreign frame
}

const vxlanHeader = 8 // bytes: flags, reserved, VNI (24 bits), reserved

func newWire(c Config) (*wire, error) {
	s, err := open("")
	if err != nil {
		return nil, err
	}
	w := &wire{vnis: c.VNIs}
	go func() { fail(s.receive(w.got)) }()
	return w, nil
}

func (w *wire) got(b []byte) {
	m, ok := find(b)
	if !ok {
		return
	}
	e, err := packet.ParseEthernet(b)
	if err != nil {
		return
	}
	p, err := packet.ParseIPv4(e.Payload)
	if err == nil && p.Protocol == packet.ProtoICMP {
		return // a host's kernel quotes what it had no use for, to the host that sent it
	}
	w.seen.Add(1)
	vni, ok := vniOf(p)
	if !ok || int(m.Network) >= len(w.vnis) || w.vnis[m.Network] != vni {
		w.foreign.Add(1)
		text := fmt.Sprintf("network %d on the wire: %x", m.Network, b)
		w.sample.Store(&text)
	}
}

// vniOf is the VNI of a VXLAN packet; false for anything else, such as a tenant's frame as it is.
func vniOf(p packet.IPv4) (uint32, bool) {
	u, err := packet.ParseUDP(&p)
	if err != nil || u.DstPort != vxlanPort || len(u.Payload) < vxlanHeader {
		return 0, false
	}
	return uint32(u.Payload[4])<<16 | uint32(u.Payload[5])<<8 | uint32(u.Payload[6]), true
}

const vxlanPort = 4789
