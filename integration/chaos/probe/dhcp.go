package probe

import (
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/common/packet"
)

const (
	askEvery   = 20 * time.Millisecond
	askTimeout = time.Second // after the last
)

// DHCP is how a server answered.
type DHCP struct {
	Asked    int     `json:"asked"`
	Answered int     `json:"answered"`
	P50      float64 `json:"p50_ms"` // of those that were answered
	P99      float64 `json:"p99_ms"`
	Max      float64 `json:"max_ms"`
}

// ask sends DHCPDISCOVERs (RFC 2131 section 3.1) and waits for the offers.
func (g *guest) ask(n int) DHCP {
	g.mu.Lock()
	g.times, g.dhcp = nil, map[uint32]time.Time{}
	g.mu.Unlock()
	for i := range n {
		b := g.discover(uint32(i + 1))
		g.mu.Lock()
		g.dhcp[uint32(i+1)] = time.Now().Round(0) // on the kernel's clock
		g.mu.Unlock()
		_ = g.s.send(b) // it is not answered, and counted so
		time.Sleep(askEvery)
	}
	for end := time.Now().Add(askTimeout); time.Now().Before(end); time.Sleep(askEvery) {
		g.mu.Lock()
		left := len(g.dhcp)
		g.mu.Unlock()
		if left == 0 {
			break
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.dhcp = map[uint32]time.Time{}
	d := DHCP{Asked: n, Answered: len(g.times)}
	if len(g.times) > 0 {
		slices.Sort(g.times)
		at := func(q float64) float64 { return ms(g.times[int(math.Ceil(q*float64(len(g.times))))-1]) }
		d.P50, d.P99, d.Max = at(0.5), at(0.99), at(1)
	}
	return d
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (g *guest) discover(xid uint32) []byte {
	m := &packet.DHCPv4{Op: packet.BootRequest, HType: 1, HLen: 6, XID: xid, Options: packet.DHCPOptions{
		{Code: packet.OptMessageType, Data: []byte{byte(packet.DHCPDiscover)}}}}
	copy(m.CHAddr[:], g.c.MAC[:])
	body, _ := packet.AppendDHCPv4(nil, m, 0)
	zero, all := netip.AddrFrom4([4]byte{}), netip.AddrFrom4([4]byte{255, 255, 255, 255})
	return datagram(ends{g.c.MAC, packet.Broadcast, zero, all}, packet.DHCPClientPort, packet.DHCPServerPort, body)
}

// offered takes the time of an answer. The caller has the lock.
func (g *guest) offered(b []byte) {
	e, err := packet.ParseEthernet(b)
	if err != nil || e.Type != packet.EtherTypeIPv4 {
		return
	}
	p, err := packet.ParseIPv4(e.Payload)
	if err != nil {
		return
	}
	u, err := packet.ParseUDP(&p)
	if err != nil || u.DstPort != packet.DHCPClientPort {
		return
	}
	m, err := packet.ParseDHCPv4(u.Payload)
	if err != nil || m.Op != packet.BootReply {
		return
	}
	if at, ok := g.dhcp[m.XID]; ok {
		now, err := g.s.arrived()
		if err != nil {
			now = time.Now()
		}
		g.times = append(g.times, now.Sub(at))
		delete(g.dhcp, m.XID)
	}
}
