package dc

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/vlcp-go/vlcp/common/packet"
)

const (
	floodTime   = time.Second
	floodFrames = 600 // in that time; ports may ask for addresses 100 times a second
	answerMax   = 500 * time.Millisecond
)

// flood has a guest ask for an address as fast as it can, while another of the same host asks for its own again: it has
// its answer as it had before.
func (h *Host) flood() string {
	from, to := h.someGuest(), h.someGuest()
	if from == nil || to == nil || from == to || !h.calm(to) {
		return ""
	}
	to.renew(func() {
		rev, life, disturbed, shaken := h.w.defs.rev, to.life, h.disturbed, h.shaken
		from.askFast()
		h.w.after(floodTime/2, func() {
			if h.w.defs.rev != rev || to.life != life || !h.calm(to) {
				return
			}
			answered := false
			xid := to.renew(func() { answered = true })
			h.w.after(answerMax, func() {
				same := h.w.defs.rev == rev && to.life == life && h.disturbed == disturbed && h.shaken == shaken
				if !answered && same && to.xid == xid && h.calm(to) {
					h.w.fail("%v floods, and %v asks for its address, which was answered before, and not within %v", from, to,
						answerMax)
				}
			})
		})
	})
	return fmt.Sprintf("%v floods, and %v asks, too", from, to)
}

// someGuest is one that runs, nil when there is none.
func (h *Host) someGuest() *Guest {
	if n, ok := choose(h.w, h.guests); ok && !h.guests[n].paused && !h.guests[n].moving && !h.guests[n].quiet {
		return h.guests[n]
	}
	return nil
}

// calm reports whether a guest that has an address gets answers.
func (h *Host) calm(g *Guest) bool {
	return h.well() && h.w.clock.Now().Sub(h.shaken) > troubleMax && g.ip.IsValid() && !g.gone && !g.paused && !g.quiet &&
		g.number != 0
}

// renew asks for the address again that a guest has; then is called when it was acknowledged.
func (g *Guest) renew(then func()) (xid uint32) {
	g.xid = g.h.w.rand.Uint32()
	g.renewed = then
	g.dhcp(packet.DHCPRequest)
	xid = g.xid
	g.h.w.after(2*answerMax, func() {
		if g.xid == xid {
			g.renewed = nil
		}
	})
	return xid
}

// askFast floods. Of what it says itself meanwhile, some is lost.
func (g *Guest) askFast() {
	const steps = 20
	for i := range steps {
		g.h.w.after(time.Duration(i)*floodTime/steps, func() {
			if g.gone {
				return
			}
			g.rewired(g.number)
			for range floodFrames / steps {
				xid, ip := g.xid, g.ip
				g.xid, g.ip = g.h.w.rand.Uint32(), netip.Addr{}
				g.dhcp(packet.DHCPDiscover)
				g.xid, g.ip = xid, ip
			}
		})
	}
}
