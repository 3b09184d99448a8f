package dc

import (
	"net/netip"
	"time"

	"github.com/vlcp-go/vlcp/common/vswitch"
)

// underlay carries frames between the tunnel ports of hosts.
type underlay struct {
	w       *World
	lossy   int                    // percent of frames that are lost
	apart   map[[2]netip.Addr]bool // pairs of hosts that do not reach each other
	reorder bool
}

func (u *underlay) init(w *World) { u.w, u.apart = w, map[[2]netip.Addr]bool{} }

func pair(a, b netip.Addr) [2]netip.Addr {
	if b.Less(a) {
		a, b = b, a
	}
	return [2]netip.Addr{a, b}
}

// send brings a frame to the host with an address. What is lost is lost; nothing is made twice here, so that a frame
// that comes twice is somebody's fault.
func (u *underlay) send(from *Host, to netip.Addr, vni uint64, frame []byte) {
	if u.w.chance(u.lossy) || u.apart[pair(from.addr, to)] {
		return
	}
	d := 100 * time.Microsecond
	if u.reorder {
		d = u.w.between(50*time.Microsecond, 5*time.Millisecond)
	}
	for _, h := range u.w.hosts {
		if h.addr == to {
			u.w.after(d, func() { h.fromTunnel(from.addr, vni, frame) })
		}
	}
}

func (h *Host) fromTunnel(from netip.Addr, vni uint64, frame []byte) {
	_, r := h.db.find("Interface", "name", tunnelPort)
	if n, ok := r.Int("ofport"); ok && h.ofUp {
		h.sw.Receive(uint32(n), frame, &vswitch.Tunnel{Key: vni, Src: from, Dst: h.addr})
	}
}
