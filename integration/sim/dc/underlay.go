package dc

import (
	"net/netip"
	"time"

	"github.com/vlcp-go/vlcp/common/vswitch"
)

// underlay carries frames between the tunnel ports of hosts.
type underlay struct {
	w            *World
	lossy        int                    // percent of frames that are lost
	twice        int                    // percent of frames that arrive twice
	slow         time.Duration          // what frames take in addition, at most
	apart        map[[2]netip.Addr]bool // from one host nothing reaches the other
	reorder      bool                   // frames overtake each other
	life         int                    // counts what may lose frames
	disturbances int                    // so far
}

const (
	underlayMin = 50 * time.Microsecond
	underlayMax = 5 * time.Millisecond
	slowMax     = 200 * time.Millisecond
	flightMax   = time.Second // of a frame, whatever there is on its way
)

func (u *underlay) init(w *World) { u.w, u.apart = w, map[[2]netip.Addr]bool{} }

// disturbed reports whether frames may be lost.
func (u *underlay) disturbed() bool { return u.lossy > 0 || len(u.apart) > 0 }

// send brings a frame to the host with an address. A frame that is made twice here is noted, so that any other that
// comes twice is somebody's fault.
func (u *underlay) send(from *Host, to way, frame []byte) {
	if u.w.chance(u.lossy) || u.apart[[2]netip.Addr{from.addr, to.host}] {
		return
	}
	copies := 1
	if u.w.chance(u.twice) {
		copies = 2
		if p := u.w.defs.probes[probeOf(frame)]; p != nil {
			p.again++
		}
	}
	if to.host == collector {
		u.w.defs.collect(frame)
	}
	for range copies {
		u.carry(from, to, frame)
	}
}

func (u *underlay) carry(from *Host, to way, frame []byte) {
	d := 2 * underlayMin
	if u.reorder {
		d = u.w.between(underlayMin, underlayMax)
	}
	if u.slow > 0 {
		d += u.w.between(0, u.slow)
	}
	for _, h := range u.w.hosts {
		if h.addr == to.host {
			u.w.after(d, func() { h.fromTunnel(from.addr, to, frame) })
		}
	}
}

// way is where a frame goes: a host, the tunnel port there, which stands for type and UDP port, and the key.
type way struct {
	host   netip.Addr
	tunnel string
	vni    uint64
}

func (h *Host) fromTunnel(from netip.Addr, to way, frame []byte) {
	if number := h.tunnels[to.tunnel]; number != 0 && h.ofUp {
		h.sw.Receive(number, frame, &vswitch.Tunnel{Key: to.vni, Src: from, Dst: h.addr})
	}
}
