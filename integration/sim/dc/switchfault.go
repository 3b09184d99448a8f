package dc

import (
	"fmt"
	"time"
)

// restartSwitch empties the switch, as a restart of ovs-vswitchd does; ports may get other numbers.
func (h *Host) restartSwitch() string {
	if !h.ofUp {
		return ""
	}
	h.ofUp = false
	h.cut()
	h.sw.Clear()
	h.shake()
	h.trouble()
	other := h.w.chance(50)
	h.w.after(h.w.between(100*time.Millisecond, 3*time.Second), func() {
		if other {
			h.renumberAll()
		}
		h.ofUp = true
		h.shake()
		h.trouble()
	})
	return fmt.Sprintf("switch of %s restarts, with other port numbers: %v", h.name, other)
}

// renumberAll deals the numbers of all ports out anew: each port gets one that another had.
func (h *Host) renumberAll() {
	ports := h.sw.Ports()
	for _, p := range ports {
		h.sw.RemovePort(p.Number)
	}
	perm := h.w.rand.Perm(len(ports))
	clear(h.byNumber)
	clear(h.uplinks)
	for i, p := range ports {
		h.setNumber(p.Name, ports[perm[i]].Number)
	}
}

// renumberPort gives a port a number that none had yet, while everything runs.
func (h *Host) renumberPort() string {
	name, ok := choose(h.w, h.guests)
	if h.w.chance(10) {
		name, ok = choose(h.w, h.tunnels)
	}
	if !ok || h.numberOf(name) == 0 {
		return ""
	}
	h.ofport++
	h.sw.RemovePort(h.numberOf(name))
	h.setNumber(name, h.ofport)
	return fmt.Sprintf("port %s of %s is number %d now", name, h.name, h.ofport)
}

func (h *Host) numberOf(ifname string) uint32 {
	_, r := h.db.find("Interface", "name", ifname)
	n, _ := r.Int("ofport") // 0 where it is not on the bridge
	return uint32(n)
}
